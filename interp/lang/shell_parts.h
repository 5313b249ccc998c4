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
	size_t first_piece; /* of this text, in the shell */
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

/* Whether a word is a group of short options; whether it is the long one of a name, alone or with "=value". */
bool word_is_short(struct str word);
bool word_is_long(struct str word, const char *name);

/* Whether a letter stands in a group before one whose value follows; whether that is the next word. */
bool word_has_letter(struct str word, char letter, const char *with_value);
bool word_takes_next(struct str word, const char *with_value);

/*
 * A mark in a text: an expression of a template stands there. One that stands in for a default, whose text follows, is
 * never part of a word.
 */
enum { MARK = 1, MARK_BESIDE = 2, MARK_LEN = 3, MARKED_MAX = 1 << 14 };

/* Whether it runs something in a container or a pod. (shell_container.c) */
bool container_entered(const struct command *command);

/* What is run in a container, a pod or a namespace, as a command; false: nothing is. (shell_container.c) */
bool container_command(
    struct arena *arena, const struct command *command, struct command *ret_inner);

/* Appends the mark of an expression, which is added to the shell; false where there are too many. (shell_mark.c) */
bool mark_add(
    struct arena *arena, struct shell *shell, struct buf *out, char kind, struct expr *expr);
void mark_put(struct buf *out, char kind, size_t index);

/* The number of the expression whose mark stands at a place of a text; SIZE_MAX: there is none. */
size_t mark_at(const struct shell *shell, struct str text, size_t at);

bool has_mark(const struct shell *shell, struct str text);

/* Writes down what a text has marks of, before it is read; then that one is met outside of quotes. */
void pieces_begin(struct reader *reader);
bool take_mark(struct reader *reader, struct buf *text);

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
