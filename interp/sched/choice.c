/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/*
 * What somebody else decides, because it hangs on what was not performed: a condition, a check, the list of a loop or
 * of a check. Never in a live run.
 */

void choice_ask(struct sched *sched, uint32_t index, const char *what, const struct expr *expr,
    const struct value *guess, uint32_t hangs)
{
	struct str path = path_of(sched, index);
	const struct value *deps = taint_names(sched, hangs);
	struct message *out = emit(sched, MESSAGE_CHOOSE);

	instance_at(sched, index)->ask = numbers_give(&sched->asks, index);
	out->choose.id = instance_at(sched, index)->ask;
	out->choose.node = path;
	out->choose.what = str_from(what);
	out->choose.expr = expr_text(expr);
	out->choose.deps = deps;
	out->choose.value = guess;
	instance_at(sched, index)->chosen = true;
	instance_at(sched, index)->asks_list = str_ends(str_from(what), STR("for_each"));
}

const struct expr *choice_expr(const struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	const struct check *check = check_at(sched, index);

	if (instance_at(sched, index)->asks_list)
		return check ? check->each.list : step->each.list;
	return check ? check->expect : step->when;
}

/* choice_made() goes on from here. */
void stage_choice(struct sched *sched, uint32_t index)
{
	(void)sched;
	(void)index;
}

static void choose(struct sched *sched, uint32_t index, const struct value *value, struct str why)
{
	if (value && value->type == VALUE_LIST) {
		loop_begin(sched, index, value);
		return;
	}
	if (value && value->type == VALUE_ERROR) {
		instance_finish(sched, index, OUTCOME_FAILED,
		    say(sched, "when: %.*s", STR_ARG(value->error.message)));
		return;
	}
	emit_decided(sched, index, "when", value, why);
	if (value && value->type == VALUE_BOOL && value->boolean)
		when_holds(sched, index);
	else
		instance_finish(sched, index, OUTCOME_SKIPPED, why);
}

void choice_made(struct sched *sched, const struct message *in)
{
	uint32_t index = numbers_owner(&sched->asks, in->chosen.id);
	struct instance *instance = index == NONE ? NULL : instance_at(sched, index);
	struct str why = in->chosen.why.len ? in->chosen.why : STR("chosen");

	if (!instance || instance->ask != in->chosen.id || instance->stage == STAGE_APPROVAL ||
	    instance->stage == STAGE_ACTION || instance->stage == STAGE_LOST)
		return;
	instance->ask = NONE;
	if (instance->stage == STAGE_CHOICE)
		choose(sched, index, in->chosen.value, why);
	else
		check_chosen(sched, index, in->chosen.value, why);
	instance_wake(sched, index);
}
