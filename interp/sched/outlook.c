/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/outlook.h"

struct outlook outlook_copy(struct arena *arena, const struct outlook *outlook)
{
	struct outlook copy = *outlook;

	copy.estimates = outlook->estimates ? value_copy(arena, outlook->estimates) : NULL;
	copy.unknowns = outlook->unknowns ? value_copy(arena, outlook->unknowns) : NULL;
	return copy;
}
