/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_LAST_WORDS_H
#define RUN_LAST_WORDS_H

#include "base/arena.h"
#include "lang/value.h"

/*
 * The sentence with the last line that a process wrote to standard error behind it, at most some 300 bytes of it: where
 * a person looks first, and mostly the reason. The sentence itself when it wrote none. `result` is as recorded, masked
 * and bounded, or NULL. What is returned lives in the arena, or is `why`.
 */
struct str add_last_words(struct arena *arena, struct str why, const struct value *result);

#endif
