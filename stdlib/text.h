/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_TEXT_H
#define STDLIB_TEXT_H

#include "base/arena.h"
#include "base/str.h"
#include "lang/value.h"

/* Foreign text as a value: copied to the arena, with U+FFFD for every byte that is not UTF-8. */
const struct value *text_value(struct arena *arena, struct str text);

#endif
