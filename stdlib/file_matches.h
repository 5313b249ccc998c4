/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_MATCHES_H
#define STDLIB_FILE_MATCHES_H

#include <stdbool.h>

#include "base/regex.h"
#include "value/value.h"

/*
 * The matches that a result keeps, the first or the last of any number, bounded in number and in what the record needs
 * for them. A match is a map of "line", "offset", "text", "groups" and "named".
 */
enum { FILE_MATCHES_MOST = 10000 };

struct file_generation {
	struct arena *arena; /* NULL: not begun */
	const struct value **items;
	size_t *costs;
	size_t count;
	size_t cost;
};

struct file_matches {
	int64_t max;
	bool last; /* keep the last ones, not the first */
	bool full; /* of the first ones no more are kept */
	int64_t count; /* of all */
	/* of the last ones, the newest generation and the one before it; of the first ones, one alone */
	struct file_generation generations[2];
};

void file_matches_init(struct file_matches *matches, int64_t max, bool last);
void file_matches_done(struct file_matches *matches);

/* One more: the last match of the regex in `searched`. text is what the match is told by. line is -1 when not known. */
void file_matches_add(struct file_matches *matches, const struct regex *regex, struct str searched,
    struct str text, int64_t line, int64_t offset);

/* Those that are kept, in order, as a list in the arena. */
const struct value *file_matches_value(const struct file_matches *matches, struct arena *arena);

#endif
