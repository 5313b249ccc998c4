/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_MATCHER_H
#define RECORD_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Finds any of many patterns in one pass (Wu and Manber's shifts by pairs of bytes). Built once, then immutable. It
 * owns copies of its patterns.
 */
struct matcher;

struct matcher *matcher_new(void);
void matcher_free(struct matcher *matcher);

/* Adds a pattern of at least two bytes with a number of the caller's; one that is there already is ignored. */
void matcher_add(struct matcher *matcher, struct str pattern, uint32_t number);

/* No pattern may be added afterwards, and nothing found before. */
void matcher_build(struct matcher *matcher);

/* Length of the longest pattern; 0 when there is none. */
size_t matcher_longest(const struct matcher *matcher);

struct match {
	size_t start;
	size_t len;
	uint32_t number;
};

/* The first match that begins at `from` or later and lies in text whole; of those that begin there, the longest. */
bool matcher_find(
    const struct matcher *matcher, struct str text, size_t from, struct match *ret_match);

/*
 * The first offset from which text, to its end, is the beginning of a pattern but not all of it; text.len when there is
 * none. What begins before it cannot become a match by more bytes.
 */
size_t matcher_pending(const struct matcher *matcher, struct str text);

#endif
