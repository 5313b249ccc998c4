/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/outlook.h"

/* In a record of somebody else's anything may stand there. */
static const struct value *names_copy(struct arena *arena, const struct value *names)
{
	return names && names->type == VALUE_LIST ? value_copy(arena, names) : NULL;
}

struct outlook outlook_copy(struct arena *arena, const struct outlook *outlook)
{
	struct outlook copy = *outlook;

	copy.estimates = names_copy(arena, outlook->estimates);
	copy.unknowns = names_copy(arena, outlook->unknowns);
	return copy;
}
