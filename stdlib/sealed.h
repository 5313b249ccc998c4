/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_SEALED_H
#define STDLIB_SEALED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/* What may be told of arguments that hold secrets: attempt->sealed. */

/* Whether a secret is in it, at any depth. NULL holds none. */
bool sealed_within(const struct value *sealed);

/* The text that it stands for, with "${{ secrets.NAME }}" for each secret; empty for what has no text. */
struct str sealed_text(struct arena *arena, const struct value *sealed);

#endif
