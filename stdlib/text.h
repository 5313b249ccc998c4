/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_TEXT_H
#define STDLIB_TEXT_H

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/* Foreign text as a value: copied to the arena, with U+FFFD for every byte that is not UTF-8. */
const struct value *text_value(struct arena *arena, struct str text);

/*
 * A captured stream with every byte that is not UTF-8 made U+FFFD, as the record will hold it; the stream itself where
 * all of it is UTF-8.
 */
const struct value *text_stream(struct arena *arena, const struct value *stream);

#endif
