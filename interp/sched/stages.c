/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

#include <assert.h>

/*
 * What happens in each stage. A stage's function either leaves the stage as it is (the instance waits: for needs, an
 * operation, an answer, a timer, its children) or moves on; stages_run() calls until it waits or is done. Each may be
 * called again at any time and must then find out by itself that it still waits.
 */

static void set_stage(struct sched *sched, uint32_t index, enum stage stage)
{
	instance_at(sched, index)->stage = (uint8_t)stage;
}

static const struct value *evaluate(
    struct sched *sched, uint32_t index, const struct expr *expr, struct str *ret_why)
{
	struct sched_scope scope;
	const struct value *value;

	scope_init(&scope, sched, index, sched->at_us);
	value = expr_eval(expr, &scope.scope, sched->scratch);
	*ret_why = (struct str){0};
	if (value->type != VALUE_BOOL || !value->boolean)
		*ret_why = judge_explain(expr, value, &scope.scope, sched->scratch);
	return value;
}

static void stage_waiting(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	if (instance->waiting)
		return;
	instance->began_us = sched->t_us;
	if (instance->culprit != NONE) {
		const struct instance *culprit = instance_at(sched, instance->culprit);

		instance_finish(sched, index, OUTCOME_BLOCKED,
		    say(sched, "it needs %.*s, which %s%s",
			STR_ARG(step_of(sched, instance->culprit)->id),
			culprit->outcome == OUTCOME_FAILED || culprit->outcome == OUTCOME_TIMED_OUT
			    ? ""
			    : "was ",
			culprit->outcome == OUTCOME_TIMED_OUT ? "timed out"
							      : outcome_names[culprit->outcome]));
		return;
	}
	set_stage(sched, index, STAGE_WHEN);
}

static void stage_when(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	const struct value *value;
	struct str why;

	if (!step->when) {
		set_stage(sched, index, STAGE_PRECONDITIONS);
		return;
	}
	value = evaluate(sched, index, step->when, &why);
	if (value->type == VALUE_UNKNOWN || (instance->taint && value->type == VALUE_BOOL)) {
		struct str path = path_of(sched, index);
		struct message *out = emit(sched, MESSAGE_CHOOSE);

		instance->ask = sched->next_ask++;
		out->choose.id = instance->ask;
		out->choose.node = path;
		out->choose.what = STR("when");
		out->choose.expr = expr_text(step->when);
		out->choose.deps = store_get(sched->store, instance->taint);
		set_stage(sched, index, STAGE_CHOICE);
	} else if (value->type != VALUE_BOOL) {
		instance_finish(
		    sched, index, OUTCOME_FAILED, say(sched, "when: %.*s", STR_ARG(why)));
	} else {
		emit_decided(sched, index, "when", value, expr_text(step->when));
		if (value->boolean)
			set_stage(sched, index, STAGE_PRECONDITIONS);
		else
			instance_finish(
			    sched, index, OUTCOME_SKIPPED, say(sched, "when: %.*s", STR_ARG(why)));
	}
}

/* Somebody else decides; chosen() in sched.c goes on from here. */
static void stage_choice(struct sched *sched, uint32_t index)
{
	(void)sched;
	(void)index;
}

/* A check that is an expression alone is decided here and now; true when it holds, or is assumed to. */
static bool check_expression(struct sched *sched, uint32_t index, const struct check *check,
    const char *what, struct str *ret_why)
{
	struct instance *instance = instance_at(sched, index);
	struct rules rules = rules_of_check(check);
	struct sched_scope scope;
	struct verdict verdict;

	scope_init(&scope, sched, index, sched->at_us);
	rules.replaces_success = true;
	verdict = judge(&rules, &scope.scope, sched->scratch, true, (struct str){0}, NULL);
	if (!verdict.ok && instance->taint) {
		emit_decided(sched, index, what, value_null(), STR("assumed"));
		return true;
	}
	emit_decided(sched, index, what, value_bool(verdict.ok),
	    verdict.ok ? expr_text(check->expect) : verdict.why);
	*ret_why = verdict.why;
	return verdict.ok;
}

static void stage_preconditions(struct sched *sched, uint32_t index)
{
	const struct checks *checks = &step_of(sched, index)->preconditions;
	struct str why;

	while (instance_at(sched, index)->check < checks->count) {
		struct instance *instance = instance_at(sched, index);
		const struct check *check = &checks->items[instance->check];
		bool asked_before = instance->polled_once && check->poll.within_us != UNSET_US;

		if (instance->op != NONE || instance->parked)
			return;
		if (check->action.spec && !asked_before) {
			operation_begin(sched, index, START_PRECONDITION, instance->check);
			return;
		}
		if (!asked_before && !check_expression(sched, index, check, "precondition", &why)) {
			instance_finish(sched, index, OUTCOME_FAILED,
			    say(sched, "precondition: %.*s", STR_ARG(why)));
			return;
		}
		instance_at(sched, index)->check++;
	}
	instance_at(sched, index)->check = 0;
	set_stage(sched, index, STAGE_APPROVAL);
}

static void stage_approval(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	struct str why;

	if (instance->ask != NONE)
		return;
	if (instance->approved &&
	    !str_eq(approval_digest(sched, index, NULL),
		value_text(store_get(sched->store, instance->approved_digest)))) {
		emit_decided(sched, index, "approve", value_bool(false),
		    STR("the action is no longer what was approved"));
		instance->approved = false;
	}
	if (!node_of(sched, index)->asks || instance->approved) {
		set_stage(sched, index, STAGE_ACTION);
		return;
	}
	if (step->approve.when) {
		const struct value *value = evaluate(sched, index, step->approve.when, &why);

		if (value->type == VALUE_BOOL && !value->boolean) {
			emit_decided(sched, index, "approve", value, expr_text(step->approve.when));
			set_stage(sched, index, STAGE_ACTION);
			return;
		}
	}
	approval_ask(sched, index);
}

/* A step without an action only checks and computes. */
static void compute(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	instance->began = true;
	instance->attempt = 1;
	set_stage(sched, index, STAGE_VERIFY);
}

/* A block ends as the child that decides it. */
static void finish_by_worst(struct sched *sched, uint32_t index)
{
	static const enum outcome outcomes[] = {
	    [OUTCOME_FAILED] = OUTCOME_FAILED,
	    [OUTCOME_TIMED_OUT] = OUTCOME_FAILED,
	    [OUTCOME_DENIED] = OUTCOME_DENIED,
	    [OUTCOME_CANCELLED] = OUTCOME_CANCELLED,
	    [OUTCOME_BLOCKED] = OUTCOME_FAILED,
	    [OUTCOME_LOST] = OUTCOME_LOST,
	};
	uint32_t worst = instance_at(sched, index)->worst;
	const struct value *why = store_get(sched->store, instance_at(sched, worst)->why);

	instance_finish(sched, index, outcomes[instance_at(sched, worst)->outcome],
	    say(sched, "step %.*s: %.*s", STR_ARG(step_of(sched, worst)->id),
		STR_ARG(why ? value_text(why) : (struct str){0})));
}

/* All children of a block are done. */
static void children_done(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	if (instance->deadline != NONE) {
		timer_drop(sched, instance->deadline);
		instance->deadline = NONE;
	}
	if (instance->timed_out &&
	    (instance->worst == NONE ||
		instance_at(sched, instance->worst)->outcome != OUTCOME_LOST)) {
		instance->timed_out = false;
		instance_failed(sched, index, OUTCOME_TIMED_OUT, STR("its time was up"), true);
	} else if (sched->interrupts && !instance->shielded) {
		instance_finish(sched, index, OUTCOME_CANCELLED,
		    value_text(store_get(sched->store, sched->interrupt_why)));
	} else if (instance->worst == NONE || instance->parent == NONE) {
		set_stage(sched, index, STAGE_VERIFY);
	} else {
		finish_by_worst(sched, index);
	}
}

static void stage_action(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);

	if (instance->op != NONE || instance->parked)
		return;
	if (!step->is_block && step->action.spec)
		operation_begin(sched, index, START_ACTION, 0);
	else if (!step->is_block)
		compute(sched, index);
	else if (instance->children == NONE)
		block_begin(sched, index);
	else if (instance->running == 0)
		children_done(sched, index);
}

static void stage_delay(struct sched *sched, uint32_t index)
{
	(void)sched;
	(void)index;
}

/*
 * The runbook's own checks are asked whatever became of its steps: they say how things stand. After a failure they
 * cannot change the outcome any more, and are asked once, without waiting.
 */
static void stage_verify(struct sched *sched, uint32_t index)
{
	const struct checks *checks = &step_of(sched, index)->verify;
	bool decided = instance_at(sched, index)->worst != NONE;
	struct str why;

	while (instance_at(sched, index)->check < checks->count) {
		struct instance *instance = instance_at(sched, index);
		const struct check *check = &checks->items[instance->check];

		if (instance->op != NONE || instance->parked)
			return;
		if (check->action.spec) {
			operation_begin(sched, index, START_VERIFY, instance->check);
			return;
		}
		if (!check_expression(sched, index, check, "verify", &why) && !decided) {
			instance_failed(sched, index, OUTCOME_FAILED,
			    say(sched, "verify: %.*s", STR_ARG(why)), true);
			return;
		}
		instance_at(sched, index)->check++;
	}
	instance_at(sched, index)->check = 0;
	set_stage(sched, index, STAGE_OUTPUTS);
}

/* Outputs of an action were judged with its result; those of a block or a computing step are made here. */
static void stage_outputs(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	struct sched_scope scope;
	struct str why;

	if (instance->worst != NONE) {
		finish_by_worst(sched, index);
		return;
	}
	if (!step->action.spec) {
		const struct value *outputs;

		scope_init(&scope, sched, index, sched->at_us);
		outputs = judge_outputs(
		    step->outputs, step->output_count, &scope.scope, sched->scratch, &why);
		if (outputs && !value_fits(outputs, MESSAGE_VALUE)) {
			outputs = NULL;
			why = STR("its outputs are too large to be recorded");
		}
		if (!outputs) {
			instance_finish(sched, index, OUTCOME_FAILED, why);
			return;
		}
		instance->outputs = store_put(sched->store, outputs);
	}
	instance_finish(sched, index, OUTCOME_SUCCEEDED, (struct str){0});
}

static void stage_finally(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	const struct value *why;

	if (instance->running)
		return;
	why = store_get(sched->store, instance->why);
	if (instance->worst != NONE && instance->outcome == OUTCOME_SUCCEEDED)
		instance_finish(sched, index, OUTCOME_FAILED,
		    say(sched, "its finally step %.*s %s",
			STR_ARG(step_of(sched, instance->worst)->id),
			outcome_names[instance_at(sched, instance->worst)->outcome]));
	else
		instance_finish(
		    sched, index, instance->outcome, why ? value_text(why) : (struct str){0});
}

static void stage_done(struct sched *sched, uint32_t index)
{
	(void)sched;
	(void)index;
}

static void (*const stages[STAGES])(struct sched *, uint32_t) = {
    [STAGE_WAITING] = stage_waiting,
    [STAGE_WHEN] = stage_when,
    [STAGE_CHOICE] = stage_choice,
    [STAGE_PRECONDITIONS] = stage_preconditions,
    [STAGE_APPROVAL] = stage_approval,
    [STAGE_ACTION] = stage_action,
    [STAGE_DELAY] = stage_delay,
    [STAGE_VERIFY] = stage_verify,
    [STAGE_OUTPUTS] = stage_outputs,
    [STAGE_FINALLY] = stage_finally,
    [STAGE_DONE] = stage_done,
};

/* Nothing of it is under way, so that it may end at once. */
static bool is_idle(const struct instance *instance)
{
	return instance->op == NONE && instance->running == 0 && instance->stage != STAGE_FINALLY &&
	    instance->stage != STAGE_DONE;
}

void stages_run(struct sched *sched, uint32_t index)
{
	enum stage before;

	do {
		struct instance *instance = instance_at(sched, index);

		before = instance->stage;
		if (instance->cancelled && is_idle(instance)) {
			const struct value *why = store_get(sched->store, instance->why);

			instance_finish(sched, index, OUTCOME_CANCELLED,
			    why ? value_text(why) : STR("interrupted"));
		} else {
			stages[before](sched, index);
		}
	} while (instance_at(sched, index)->stage != before);
}
