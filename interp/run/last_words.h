/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_LAST_WORDS_H
#define RUN_LAST_WORDS_H

#include "lang/value.h"

/*
 * The last line that a process wrote to standard error, at most some 300 bytes of it: where a person looks first, and
 * mostly the reason. Empty when it wrote none. `result` is as recorded, masked and bounded, or NULL; the line points
 * into it.
 */
struct str last_words(const struct value *result);

#endif
