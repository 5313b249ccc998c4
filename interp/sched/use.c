/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* What is used has parameters of its own, made of what its user sees when it begins. */

static const struct use *use_of(const struct sched *sched, uint32_t index)
{
	uint32_t parent = instance_at(sched, index)->parent;
	const struct use *use = parent == NONE ? NULL : &step_of(sched, parent)->use;

	return use && use->book && node_of(sched, index)->part == PART_STEPS &&
		!instance_at(sched, parent)->is_loop
	    ? use
	    : NULL;
}

bool use_begin(struct sched *sched, uint32_t index)
{
	const struct use *use = use_of(sched, index);
	const struct value *given;
	struct sched_scope scope;
	struct map_builder map;
	struct str why = {0};
	uint32_t hangs;

	if (!use)
		return true;
	scope_init(&scope, sched, instance_at(sched, index)->parent, sched->at_us);
	hangs_begin(sched);
	given = template_eval(use->with, &scope.scope, sched->scratch);
	hangs = hangs_end(sched, given);
	if (given->type == VALUE_ERROR)
		why = given->error.message;
	map_begin(&map, sched->scratch);
	for (size_t i = 0; i < use->book->param_count && !why.len; i++) {
		const struct param_decl *decl = &use->book->params[i];
		const struct value *value = value_get_str(given, decl->name);

		if (given->type == VALUE_UNKNOWN)
			value = given;
		else
			value = value ? decl_bind(sched->scratch, decl, value, &why) : decl->preset;
		if (value && value != decl->preset && value->type != VALUE_UNKNOWN)
			value = decl_rebase(sched->scratch, decl, value, use->way);
		if (value)
			map_add_str(&map, decl->name, value);
	}
	if (why.len) {
		instance_finish(
		    sched, index, OUTCOME_FAILED, say(sched, "with: %.*s", STR_ARG(why)));
		return false;
	}
	instance_at(sched, index)->params = store_put(sched->store, map_end(&map));
	instance_at(sched, index)->params_taint = hangs;
	return true;
}
