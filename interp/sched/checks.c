/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* The stages that ask a list of checks, one after another: unless, preconditions, ready, verify. */

static const struct {
	enum start_what what;
	enum stage next;
} lists[STAGES] = {
    [STAGE_UNLESS] = {START_UNLESS, STAGE_VERIFY},
    [STAGE_PRECONDITIONS] = {START_PRECONDITION, STAGE_APPROVAL},
    [STAGE_READY] = {START_READY, STAGE_ACTION},
    [STAGE_VERIFY] = {START_VERIFY, STAGE_OUTPUTS},
};

enum start_what check_asked(const struct sched *sched, uint32_t index)
{
	return lists[instance_at(sched, index)->stage].what;
}

const struct check *check_at(const struct sched *sched, uint32_t index)
{
	enum start_what what = check_asked(sched, index);

	return start_is_check(what)
	    ? &checks_of(step_of(sched, index), what)->items[instance_at(sched, index)->check]
	    : NULL;
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

/* "verify.for_each": a check's list, in a decision and in a choice. */
static const char *list_name(struct sched *sched, enum start_what what)
{
	return say(sched, "%s.for_each", start_what_names[what]).ptr;
}

/* False with a sentence when there is nothing to go through. */
static bool take_list(struct sched *sched, uint32_t index, enum start_what what,
    const struct value *list, struct str *ret_why)
{
	const struct check *check = check_at(sched, index);
	struct str text = expr_text(check->each.list);

	emit_decided(sched, index, list_name(sched, what), list, text);
	if (list->list.count)
		instance_at(sched, index)->check_list = store_put(sched->store, list);
	else
		*ret_why = say(sched, "%.*s is empty: there is nothing to check", STR_ARG(text));
	return list->list.count > 0;
}

/* A check's list, before its first item; false with a sentence when there is none, without while it is chosen. */
static bool begin_list(struct sched *sched, uint32_t index, const struct check *check,
    enum start_what what, struct str *ret_why)
{
	const struct value *list;

	if (!check->each.list || instance_at(sched, index)->check_list)
		return true;
	list = loop_list(sched, index, &check->each, list_name(sched, what), ret_why);
	return list && take_list(sched, index, what, list, ret_why);
}

/* What a step is for was not seen: nobody knows whether it came to it, unless somebody has said so. */
static void assumed(struct sched *sched, uint32_t index, enum start_what what)
{
	struct instance *instance = instance_at(sched, index);

	if (what == START_VERIFY && !(instance->unperformed && !instance->vague))
		instance->unperformed = instance->vague = true;
}

void check_failed(struct sched *sched, uint32_t index, enum start_what what, struct str why,
    bool retry, uint32_t hangs)
{
	struct instance *instance = instance_at(sched, index);
	bool settled = what == START_VERIFY && instance->worst != NONE;

	if (what == START_UNLESS) { /* not so yet: the action is needed */
		stage_set(sched, index, STAGE_PRECONDITIONS);
		return;
	}
	if (what == START_VERIFY && instance->lost) {
		lost_verified(sched, index, false, why);
		return;
	}
	if (hangs) {
		emit_assumed(sched, index, start_what_names[what], value_null(),
		    taint_sentence(sched, hangs, why), hangs);
		assumed(sched, index, what);
		checks_next(sched, index);
		return;
	}
	why = say(sched, "%s: %.*s", start_what_names[what], STR_ARG(why));
	if (settled)
		checks_next(sched, index);
	else if (what == START_VERIFY)
		instance_failed(sched, index, OUTCOME_FAILED, why, retry && !instance->needless);
	else
		instance_finish(sched, index, OUTCOME_FAILED, why);
}

/* Where nobody knows, it is taken to hold, as what hangs on what was not done is. */
static void check_unknown(struct sched *sched, uint32_t index, enum start_what what, struct str why)
{
	if (what == START_UNLESS) {
		check_failed(sched, index, what, why, false, STORE_NOTHING);
		return;
	}
	emit_decided(sched, index, start_what_names[what], value_null(), why);
	assumed(sched, index, what);
	checks_next(sched, index);
}

void check_chosen(struct sched *sched, uint32_t index, const struct value *value, struct str why)
{
	enum start_what what = check_asked(sched, index);
	uint32_t taint = instance_at(sched, index)->taint;

	if (value && value->type == VALUE_LIST) {
		if (!take_list(sched, index, what, value, &why))
			check_failed(sched, index, what, why, false, taint);
		return;
	}
	if (value && value->type == VALUE_ERROR) {
		check_failed(sched, index, what, value->error.message, false, taint);
		return;
	}
	if (!value || value->type != VALUE_BOOL) {
		check_unknown(sched, index, what, why);
		return;
	}
	emit_decided(sched, index, start_what_names[what], value, why);
	if (value->boolean)
		checks_next(sched, index);
	else
		check_failed(sched, index, what, why, false, taint);
}

/* A check that is an expression alone is decided here and now, unless it hangs on what is not known. */
static void decide(
    struct sched *sched, uint32_t index, const struct check *check, enum start_what what)
{
	struct rules rules = rules_of_check(check);
	struct sched_scope scope;
	struct verdict verdict;
	uint32_t hangs;

	scope_init_check(
	    &scope, sched, index, check, instance_at(sched, index)->check_item, sched->at_us);
	rules.replaces_success = true;
	hangs_begin(sched);
	verdict = judge(&rules, &scope.scope, sched->scratch, true, (struct str){0}, NULL);
	hangs = hangs_end(sched, value_null());
	if (verdict.unknown) {
		choice_ask(sched, index, start_what_names[what], check->expect, NULL, hangs);
		return;
	}
	if (verdict.ok || !hangs || what == START_UNLESS)
		emit_assumed(sched, index, start_what_names[what], value_bool(verdict.ok),
		    verdict.ok ? expr_text(check->expect) : verdict.why, hangs);
	if (verdict.ok)
		checks_next(sched, index);
	else
		check_failed(sched, index, what, verdict.why, true, hangs);
}

/* Asks the check that is next, if only to decide it here and now; an operation, or a choice, leaves it where it is. */
static void ask(struct sched *sched, uint32_t index, enum start_what what)
{
	const struct instance *instance = instance_at(sched, index);
	const struct check *check = check_at(sched, index);
	bool again = what == START_UNLESS || what == START_PRECONDITION;
	struct str why = {0};

	if (again && instance->polled_once && check->poll.within_us != UNSET_US) {
		checks_next(sched, index);
	} else if (!begin_list(sched, index, check, what, &why)) {
		if (why.len)
			check_failed(sched, index, what, why, true, STORE_NOTHING);
	} else if (check->action.spec) {
		operation_begin(sched, index, what, instance->check);
	} else {
		decide(sched, index, check, what);
	}
}

/*
 * The runbook's own checks are asked whatever became of its steps: they say how things stand. After a failure they
 * cannot change the outcome any more, and are asked once, without waiting.
 */
void stage_checks(struct sched *sched, uint32_t index)
{
	enum stage stage = instance_at(sched, index)->stage;
	enum start_what what = lists[stage].what;
	size_t count = checks_of(step_of(sched, index), what)->count;

	if (stage == STAGE_UNLESS && count == 0) {
		stage_set(sched, index, STAGE_PRECONDITIONS);
		return;
	}
	while (instance_at(sched, index)->check < count) {
		const struct instance *instance = instance_at(sched, index);

		if (instance->op != NONE || instance->ask != NONE || instance->parked)
			return;
		ask(sched, index, what);
		if (instance_at(sched, index)->stage != stage)
			return;
	}
	if (stage == STAGE_UNLESS && instance_at(sched, index)->taint) {
		/* it holds by now, but perhaps not once that is done */
		emit_assumed(sched, index, "unless", value_null(),
		    STR("it holds as things are: taken to be needed all the same"),
		    instance_at(sched, index)->taint);
		stage_set(sched, index, STAGE_PRECONDITIONS);
		return;
	}
	if (stage == STAGE_UNLESS) {
		emit_decided(sched, index, "unless", value_bool(true), (struct str){0});
		instance_at(sched, index)->needless = true;
	}
	stage_set(sched, index, lists[stage].next);
}
