/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_LAST_WORDS_H
#define RUN_LAST_WORDS_H

#include "base/arena.h"
#include "value/value.h"

/*
 * The sentence, and behind it what a process said last on standard error: one line, at most 300 bytes of it, of the
 * last few the one that tells of trouble (psql prints a caret behind it). The sentence itself when it said nothing.
 * `result` is as recorded, masked and bounded, or NULL. What is returned lives in the arena, or is `why`.
 */
struct str add_last_words(struct arena *arena, struct str why, const struct value *result);

#endif
