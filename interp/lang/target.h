/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_TARGET_H
#define LANG_TARGET_H

#include "lang/plan.h"

/*
 * A target as a value: {name, ssh: {host, …}, become, docker: {container, …}}, what was given alone.
 *
 * Its templates do not always mean what the names mean where it is used: those of a declared one mean the runbook's,
 * those that a block said mean the block's. Who evaluates knows how to find the scope that is meant; of a target that
 * is many, the item of the loop that goes through it.
 */
struct target_sight {
	/* The scope of a target's templates: of a book, else of a step, else of where it is used. */
	const struct scope *(*scope)(
	    const struct target_sight *sight, const struct target *target, const struct at *at);
	/* Of many: the machine, and its place in the list; NULL: not known yet. */
	const struct value *(*machine)(
	    const struct target_sight *sight, const struct at *at, size_t *ret_index);
};

/*
 * The arguments of an action with `target`, or `targets`, added. An error, or unknown, when one of them is. With
 * `known` neither: what is not known stands as it was written.
 */
const struct value *target_add(struct arena *arena, const struct action *action,
    const struct value *args, const struct target_sight *sight, bool known);

/* Whether an action runs elsewhere, or a stage of it. */
bool action_is_away(const struct action *action);

#endif
