/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SPELL_H
#define BASE_SPELL_H

#include <stddef.h>

#include "base/str.h"

/* "Did you mean": the nearest of several names by edits (insert, delete, replace, swap neighbours). */
struct spell {
	struct str wrong;
	struct str best; /* empty while nothing is near */
	size_t distance;
};

void spell_init(struct spell *spell, struct str wrong);

/* Considers one candidate; the first of equals stays. */
void spell_try(struct spell *spell, struct str candidate);

/* The nearest within a third of the word's length (at least one edit), or empty. */
struct str spell_best(const struct spell *spell);

#endif
