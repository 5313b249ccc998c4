/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PATTERN_H
#define STDLIB_PATTERN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * A regular expression (PCRE2, UTF-8) with which an action chooses from much foreign text. It is released with the
 * arena it was made in, and is used by one thread at a time.
 */
struct pattern;

/* NULL with a sentence when it does not compile. */
struct pattern *pattern_new(struct arena *arena, struct str text, struct str *ret_error);

/* Whether it is found anywhere. Work is bounded: a text that would take too many steps does not match. */
bool pattern_found(struct pattern *pattern, struct str text);

#endif
