/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PRACTISED_H
#define CLI_PRACTISED_H

#include <stdbool.h>

#include "base/map.h"
#include "cli/shelf.h"
#include "view/history.h"

/* The runbooks that a history tells of: those that were run, and those that can be found and may never have been. */
struct practised {
	struct arena *arena; /* the caller's */
	const struct past *past;
	const char *folder; /* where runs are kept */
	struct shelf shelf;
	struct history_book *books; /* by id */
	size_t count;
	size_t capacity;
	struct map by_id; /* id to index + 1, of these */
	struct map runs; /* ids of which there are runs */
	bool named; /* these were asked for, and no others */
};

void practised_init(
    struct practised *practised, struct arena *arena, const struct past *past, const char *folder);
void practised_done(struct practised *practised);

/*
 * Chooses by the words of a command line: ids, files, and folders of runbooks. Without any all of them; of these,
 * where there are runbooks to be found and it is said so, those that were found alone. False after saying what is
 * wrong.
 */
bool practised_choose(struct practised *practised, const char *const *words, size_t count,
    bool found_alone, bool color);

bool practised_find(const struct practised *practised, struct str id);

#endif
