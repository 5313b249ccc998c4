/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EXPR_REGEX_H
#define EXPR_EXPR_REGEX_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * A regular expression (PCRE2, UTF-8, `$` only at the very end). It is released with the arena it was made in. It
 * keeps the state of its last match, so one is used by one thread at a time.
 */
struct regex;

/* NULL with a sentence and the offset in the pattern when it does not compile. */
struct regex *regex_new(
    struct arena *arena, struct str pattern, struct str *ret_error, size_t *ret_offset);

enum regex_end { REGEX_NONE, REGEX_MATCH, REGEX_FAILED };

/*
 * Looks for the first match at or behind `from` in a text that must be well-formed UTF-8. *work is how much that may
 * take, in nodes of an expression, and then how much of it is left. REGEX_FAILED with *ret_error (static storage) when
 * it was used up, which is not "no match"; then nothing is left.
 */
enum regex_end regex_match(
    struct regex *regex, struct str text, size_t from, int64_t *work, const char **ret_error);

/* Groups of the pattern, without the whole. */
size_t regex_groups(const struct regex *regex);

/* Bytes of group i (0: the whole) of the last match; false when it took no part. */
bool regex_group(const struct regex *regex, size_t i, size_t *ret_start, size_t *ret_end);

/* Where to look for the next match: behind the last one, a code point further when it was empty; always past `from`. */
size_t regex_next(const struct regex *regex, struct str text, size_t from);

#endif
