/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

#include <assert.h>

/*
 * What happens in each stage. A stage's function either leaves the stage as it is (the instance waits: for needs, an
 * operation, an answer, a timer, its children) or moves on; stages_run() calls until it waits or is done. Each may be
 * called again at any time and must then find out by itself that it still waits.
 */

void stage_set(struct sched *sched, uint32_t index, enum stage stage)
{
	struct instance *instance = instance_at(sched, index);

	instance->stage = (uint8_t)stage;
	instance->check = instance->check_item = 0;
	instance->check_list = STORE_NOTHING;
}

const struct value *evaluate(struct sched *sched, uint32_t index, const struct expr *expr,
    struct str *ret_why, uint32_t *ret_hangs)
{
	struct sched_scope scope;
	const struct value *value;

	scope_init(&scope, sched, index, sched->at_us);
	hangs_begin(sched);
	value = expr_eval(expr, &scope.scope, sched->scratch);
	*ret_hangs = hangs_end(sched, value);
	*ret_why = (struct str){0};
	if (value->type != VALUE_BOOL || !value->boolean)
		*ret_why = judge_explain(expr, value, &scope.scope, sched->scratch);
	return value;
}

struct str ended(struct sched *sched, uint32_t index)
{
	enum outcome outcome = instance_at(sched, index)->outcome;

	if (outcome == OUTCOME_TIMED_OUT)
		return STR("timed out");
	return say(sched, "%s%s", outcome == OUTCOME_FAILED ? "" : "was ", outcome_names[outcome]);
}

/* Nothing new begins: some step failed, and the runbook says so. */
static bool is_stopped(const struct sched *sched, const struct instance *instance)
{
	return sched->stopper != NONE && sched->rolling == NONE && !instance->shielded &&
	    !instance->began && instance->parent != NONE;
}

static void block_by_stop(struct sched *sched, uint32_t index)
{
	instance_at(sched, index)->culprit = sched->stopper;
	instance_finish(sched, index, OUTCOME_BLOCKED,
	    say(sched, "%.*s %.*s, and after that nothing new begins",
		STR_ARG(step_of(sched, sched->stopper)->id),
		STR_ARG(ended(sched, sched->stopper))));
}

static void stage_waiting(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	if (instance->waiting)
		return;
	instance->began_us = sched->t_us;
	if (instance->culprit != NONE && instance->item != NONE)
		instance_finish(sched, index, OUTCOME_BLOCKED, loop_refusal(sched, index));
	else if (instance->culprit != NONE)
		instance_finish(sched, index, OUTCOME_BLOCKED,
		    say(sched, "it needs %.*s, which %.*s",
			STR_ARG(step_of(sched, instance->culprit)->id),
			STR_ARG(ended(sched, instance->culprit))));
	else if (use_begin(sched, index))
		stage_set(sched, index,
		    instance_at(sched, index)->item != NONE ? STAGE_UNLESS : STAGE_WHEN);
}

void when_holds(struct sched *sched, uint32_t index)
{
	stage_set(sched, index, step_of(sched, index)->each.list ? STAGE_LOOP : STAGE_UNLESS);
}

static void stage_when(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	const struct value *value;
	struct str why;
	uint32_t hangs;

	if (!step->when) {
		when_holds(sched, index);
		return;
	}
	value = evaluate(sched, index, step->when, &why, &hangs);
	if (value->type == VALUE_UNKNOWN || hangs) {
		choice_ask(sched, index, "when", step->when,
		    value->type == VALUE_BOOL ? value : NULL, hangs);
		stage_set(sched, index, STAGE_CHOICE);
	} else if (value->type != VALUE_BOOL) {
		instance_finish(
		    sched, index, OUTCOME_FAILED, say(sched, "when: %.*s", STR_ARG(why)));
	} else {
		emit_decided(sched, index, "when", value, expr_text(step->when));
		if (value->boolean)
			when_holds(sched, index);
		else
			instance_finish(
			    sched, index, OUTCOME_SKIPPED, say(sched, "when: %.*s", STR_ARG(why)));
	}
}

static void stage_approval(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	struct str why;
	uint32_t hangs;

	if (instance->ask != NONE)
		return;
	if (instance->agreed &&
	    !str_eq(approval_digest(sched, index, NULL),
		value_text(store_get(sched->store, instance->approved_digest))))
		approval_void(sched, index, STR("the action is no longer what was approved"));
	approval_lapsed(sched, index);
	if (!node_of(sched, index)->asks || instance->approved) {
		stage_set(sched, index, STAGE_LOCK);
		return;
	}
	if (step->approve.when) {
		const struct value *value = evaluate(
		    sched, index, step->approve.when, &why, &hangs);

		if (value->type == VALUE_BOOL && !value->boolean && !hangs) {
			emit_decided(sched, index, "approve", value, expr_text(step->approve.when));
			stage_set(sched, index, STAGE_LOCK);
			return;
		}
	}
	/* nobody is asked for what would not be begun */
	if (step->is_block || !operation_unrecorded(sched, index, step->effect))
		approval_ask(sched, index);
}

/* A step without an action only checks and computes. */
static void compute(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	instance->began = true;
	instance->attempt = 1;
	stage_set(sched, index, STAGE_VERIFY);
}

static void stage_action(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);

	if (instance->op != NONE || instance->parked || instance->ask != NONE ||
	    approval_lapsed(sched, index))
		return;
	if (step->manual.text)
		manual_ask(sched, index);
	else if (!step->is_block && step->action.spec)
		operation_begin(sched, index, START_ACTION, 0);
	else if (!step->is_block)
		compute(sched, index);
	else if (instance->first[PART_STEPS] == NONE)
		block_begin(sched, index);
	else if (instance->running == 0)
		block_done(sched, index);
}

static void stage_delay(struct sched *sched, uint32_t index)
{
	(void)sched;
	(void)index;
}

/* Outputs of an action were judged with its result; those of a block or a computing step are made here. */
static void stage_outputs(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	struct sched_scope scope;
	struct str why;
	uint32_t hangs;

	if (instance->worst != NONE) {
		finish_by_worst(sched, index);
		return;
	}
	if (instance->lost) {
		lost_verified(sched, index, true, (struct str){0});
		return;
	}
	if (instance->needless) {
		instance_finish(sched, index, OUTCOME_SKIPPED,
		    STR("not needed: what `unless` asks for holds already"));
		return;
	}
	if (step->use.book) {
		instance->outputs = instance_at(sched, instance->first[PART_STEPS])->outputs;
	} else if (!step->action.spec && !step->manual.text) {
		const struct value *outputs;

		scope_init(&scope, sched, index, sched->at_us);
		hangs_begin(sched);
		outputs = judge_outputs(
		    step->outputs, step->output_count, &scope.scope, sched->scratch, &why);
		hangs = hangs_end(sched, value_null());
		if (!outputs && hangs) {
			emit_assumed(sched, index, "outputs", value_null(),
			    taint_sentence(sched, hangs, why), hangs);
			outputs = outputs_unknown(sched->scratch, node_of(sched, index), NULL);
		}
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

static void stage_done(struct sched *sched, uint32_t index)
{
	(void)sched;
	(void)index;
}

static void (*const stages[STAGES])(struct sched *, uint32_t) = {
    [STAGE_WAITING] = stage_waiting,
    [STAGE_WHEN] = stage_when,
    [STAGE_CHOICE] = stage_choice,
    [STAGE_LOOP] = stage_loop,
    [STAGE_UNLESS] = stage_checks,
    [STAGE_PRECONDITIONS] = stage_checks,
    [STAGE_APPROVAL] = stage_approval,
    [STAGE_LOCK] = stage_lock,
    [STAGE_BACKGROUND] = stage_background,
    [STAGE_READY] = stage_checks,
    [STAGE_ACTION] = stage_action,
    [STAGE_LOST] = stage_lost,
    [STAGE_DELAY] = stage_delay,
    [STAGE_VERIFY] = stage_checks,
    [STAGE_OUTPUTS] = stage_outputs,
    [STAGE_ROLLBACK] = stage_rollback,
    [STAGE_FINALLY] = stage_finally,
    [STAGE_ENDING] = stage_ending,
    [STAGE_DONE] = stage_done,
};

/* Nothing of it is under way, so that it may end at once. */
static bool is_idle(const struct instance *instance)
{
	return instance->op == NONE && instance->running == 0 &&
	    instance->stage != STAGE_ROLLBACK && instance->stage != STAGE_FINALLY &&
	    instance->stage != STAGE_ENDING && instance->stage != STAGE_DONE;
}

void stages_run(struct sched *sched, uint32_t index)
{
	enum stage before;

	do {
		struct instance *instance = instance_at(sched, index);

		before = instance->stage;
		if (instance->cancelled && is_idle(instance)) {
			const struct value *why = store_get(
			    sched->store, instance->why ? instance->why : sched->interrupt_why);

			instance_finish(sched, index,
			    instance->lost ? OUTCOME_LOST : OUTCOME_CANCELLED,
			    why ? value_text(why) : STR("interrupted"));
		} else if (instance->bg_lost && is_idle(instance)) {
			background_failed(sched, index);
		} else if (is_idle(instance) && is_stopped(sched, instance)) {
			block_by_stop(sched, index);
		} else {
			stages[before](sched, index);
		}
	} while (instance_at(sched, index)->stage != before);
}
