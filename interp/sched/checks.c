/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* Lists of checks, asked one after another: unless, preconditions, ready, verify. */

const struct checks *checks_of(const struct step *step, enum start_what what)
{
	switch (what) {
	case START_UNLESS:
		return &step->unless;
	case START_PRECONDITION:
		return &step->preconditions;
	case START_READY:
		return &step->ready;
	default:
		return &step->verify;
	}
}

void checks_next(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	const struct value *list = store_get(sched->store, instance->check_list);

	if (list && ++instance->check_item < list->list.count)
		return;
	instance->check_list = STORE_NOTHING;
	instance->check_item = 0;
	instance->check++;
}

/* The list of a check's loop, before its first item; false with a sentence when there is none to go through. */
static bool begin_list(
    struct sched *sched, uint32_t index, const struct check *check, struct str *ret_why)
{
	struct sched_scope scope;
	const struct value *list;

	if (!check->each.list || instance_at(sched, index)->check_list)
		return true;
	scope_init(&scope, sched, index, sched->at_us);
	list = expr_eval(check->each.list, &scope.scope, sched->scratch);
	if (list->type == VALUE_ERROR)
		*ret_why = say(sched, "for_each: %.*s", STR_ARG(list->error.message));
	else if (list->type != VALUE_LIST)
		*ret_why = say(
		    sched, "for_each: it gave no list but a value of type %s", value_noun(list));
	else if (!list->list.count)
		*ret_why = say(sched, "%.*s is empty: there is nothing to check",
		    STR_ARG(expr_text(check->each.list)));
	else
		instance_at(sched, index)->check_list = store_put(sched->store, list);
	return instance_at(sched, index)->check_list != STORE_NOTHING;
}

/* A check that is an expression alone is decided here and now. */
static bool decide(struct sched *sched, uint32_t index, const struct check *check,
    enum start_what what, struct str *ret_why)
{
	struct rules rules = rules_of_check(check);
	struct sched_scope scope;
	struct verdict verdict;

	scope_init_check(
	    &scope, sched, index, check, instance_at(sched, index)->check_item, sched->at_us);
	rules.replaces_success = true;
	verdict = judge(&rules, &scope.scope, sched->scratch, true, (struct str){0}, NULL);
	if (verdict.ok || !instance_at(sched, index)->taint || what == START_UNLESS)
		emit_decided(sched, index, start_what_names[what], value_bool(verdict.ok),
		    verdict.ok ? expr_text(check->expect) : verdict.why);
	*ret_why = verdict.why;
	return verdict.ok;
}

/* Downstream of what was not performed, a check that does not hold is no failure; nor a reason to leave a thing out. */
static bool assumed(struct sched *sched, uint32_t index, enum start_what what)
{
	if (!instance_at(sched, index)->taint || what == START_UNLESS)
		return false;
	emit_decided(sched, index, start_what_names[what], value_null(), STR("assumed"));
	return true;
}

enum checks_state checks_ask(
    struct sched *sched, uint32_t index, enum start_what what, struct str *ret_why)
{
	const struct checks *checks = checks_of(step_of(sched, index), what);

	while (instance_at(sched, index)->check < checks->count) {
		struct instance *instance = instance_at(sched, index);
		const struct check *check = &checks->items[instance->check];
		bool again = what == START_UNLESS || what == START_PRECONDITION;

		if (instance->op != NONE || instance->parked)
			return CHECKS_WAIT;
		if (again && instance->polled_once && check->poll.within_us != UNSET_US) {
			instance->check++;
			continue;
		}
		if (!begin_list(sched, index, check, ret_why)) {
			if (!assumed(sched, index, what))
				return CHECKS_FAIL;
		} else if (check->action.spec) {
			operation_begin(sched, index, what, instance->check);
			return CHECKS_WAIT;
		} else if (!decide(sched, index, check, what, ret_why) &&
		    !assumed(sched, index, what)) {
			return CHECKS_FAIL;
		}
		checks_next(sched, index);
	}
	return CHECKS_HOLD;
}
