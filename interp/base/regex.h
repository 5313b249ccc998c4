/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/*
 * A regular expression (PCRE2, UTF-8, `$` only at the very end). It is released with the arena it was made in. It
 * keeps the state of its last match, so one is used by one thread at a time.
 */
struct regex;

enum regex_flags {
	REGEX_LINES = 1, /* `^` and `$` hold at every line; a line ends in LF or CRLF */
	REGEX_FOREIGN = 2 /* the text need not be well-formed UTF-8: what is not never matches */
};

/* NULL with a sentence and the offset in the pattern when it does not compile. */
struct regex *regex_new(struct arena *arena, struct str pattern, unsigned flags,
    struct str *ret_error, size_t *ret_offset);

/* From now on asks now and then, within a search of a long text, whether to give up: that is REGEX_FAILED. */
void regex_heed(struct regex *regex, bool (*stops)(void *self), void *self);

enum regex_end { REGEX_NONE, REGEX_MATCH, REGEX_FAILED };

/*
 * Looks for the first match at or behind `from`. The text must be well-formed UTF-8, unless the flags say otherwise.
 * *steps is how many items of the pattern that may try, and then how many are left; NULL: as many as take about a
 * second.
 * REGEX_FAILED with *ret_error (static storage) when they were used up, which is not "no match"; then nothing is left.
 * Compiled and interpreted code count the same: another use of the pattern changes nothing.
 */
enum regex_end regex_match(
    struct regex *regex, struct str text, size_t from, int64_t *steps, const char **ret_error);

/* Groups of the pattern, without the whole. */
size_t regex_groups(const struct regex *regex);

/* The name of group i; empty when it has none. */
struct str regex_group_name(const struct regex *regex, size_t i);

/* Bytes of group i (0: the whole) of the last match; false when it took no part. */
bool regex_group(const struct regex *regex, size_t i, size_t *ret_start, size_t *ret_end);

/* Where to look for the next match: behind the last one, a code point further when it was empty; always past `from`. */
size_t regex_next(const struct regex *regex, struct str text, size_t from);

/*
 * What the last match in `text` is replaced by: appends `with`, where \0 to \9 are groups and \\ is a backslash. False
 * with *ret_error (in the arena of the regex) where `with` is malformed, whatever the match was.
 */
bool regex_expand(
    struct regex *regex, struct str text, struct str with, struct buf *out, struct str *ret_error);

#endif
