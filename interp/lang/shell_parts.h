/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_SHELL_PARTS_H
#define LANG_SHELL_PARTS_H

#include <string.h>

#include "base/buf.h"
#include "lang/shell.h"

/* What the files shell*.c share and nobody else sees. */

enum { HERE_MAX = 8, SHELL_DEPTH_MAX = 40 };

struct reader {
	struct arena *arena;
	struct shell *shell;
	struct str text;
	size_t at;
	struct shell_place place;
	size_t outer;
	bool far;
	bool captured;
	bool tick; /* within `…`, which the next one ends */
	size_t loops; /* bodies of loops around this place */
	size_t depth; /* of $(…) */
	size_t command; /* that the word being read belongs to, or SIZE_MAX */
	size_t word;
	struct str here[HERE_MAX]; /* ends of the texts that begin on the next line */
	size_t here_count;
};

/* The command that is being read. */
struct open {
	size_t index; /* SIZE_MAX: no word of it yet */
	struct word *words;
	size_t count;
	size_t capacity;
	enum link before;
	bool tested;
	bool ignored; /* words that name things: for x in a b */
	bool cases; /* between `case` and `in` */
	bool in_cases; /* between `in` and `esac` */
	bool fed;
};

char shell_peek(const struct reader *reader, size_t ahead);
bool shell_ahead(const struct reader *reader, const char *text);
struct span reader_span(const struct reader *reader, size_t start, size_t end);

/* Reads commands up to `close` (or 0: to the end), which stays unread. */
void shell_list(struct reader *reader, char close);

/* Reads one word; false when there is none. What is expanded is not split where `whole` is set. */
bool shell_word(struct reader *reader, struct word *ret_word, bool whole);

/* Reads up to the "]]", in which nothing is split. */
void shell_test(struct reader *reader);

#endif
