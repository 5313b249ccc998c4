/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/alone.h"
#include "sched/telling.h"

#include <assert.h>

bool outcome_is_good(const struct instance *instance)
{
	return instance->outcome == OUTCOME_SUCCEEDED || instance->outcome == OUTCOME_REHEARSED;
}

bool outcome_serves(const struct instance *instance)
{
	return outcome_is_good(instance) || instance->outcome == OUTCOME_SKIPPED ||
	    instance->allowed;
}

/*
 * Which of several ends decides a block's: the lower, the more. Where its failure is an answer, what somebody denied is
 * none: it says more than the failure then.
 */
static int rank(const struct sched *sched, uint32_t block, enum outcome outcome)
{
	static const int ranks[] = {
	    [OUTCOME_LOST] = 0,
	    [OUTCOME_FAILED] = 1,
	    [OUTCOME_TIMED_OUT] = 1,
	    [OUTCOME_DENIED] = 2,
	    [OUTCOME_CANCELLED] = 4,
	    [OUTCOME_BLOCKED] = 5,
	    [OUTCOME_REHEARSED] = 9,
	};
	const int answer = 3;

	return ranks[outcome] == 1 && step_of(sched, block)->allow_failure ? answer
									   : ranks[outcome];
}

/* Tells those that wait for an instance. */
static void release_dependents(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);
	const struct plan_node *node = node_of(sched, index);
	uint32_t first = instance_at(sched, instance->parent)->first[node->part];
	bool serves = outcome_serves(instance) || node->part == PART_FINALLY;

	if (alone_around(sched, node->parent)) /* nobody who waits for it is run */
		return;
	for (size_t i = 0; i < node->dependent_count; i++) {
		uint32_t at = first + sched->plan->nodes[node->dependents[i]].ordinal;
		struct instance *dependent = instance_at(sched, at);

		assert(dependent->waiting > 0);
		dependent->waiting--;
		taint_add(sched, at, instance->taint);
		if (!serves && dependent->culprit == NONE)
			dependent->culprit = instance->outcome == OUTCOME_BLOCKED
			    ? instance->culprit
			    : index;
		if (dependent->waiting == 0 && dependent->stage == STAGE_WAITING)
			instance_wake(sched, at);
	}
}

static void tell_parent(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);
	struct instance *parent = instance_at(sched, instance->parent);

	assert(parent->running > 0);
	parent->running--;
	taint_carry(sched, index);
	if (!outcome_serves(instance) &&
	    (parent->worst == NONE ||
		rank(sched, instance->parent, instance->outcome) <
		    rank(sched, instance->parent, instance_at(sched, parent->worst)->outcome)))
		parent->worst = index;
	if (instance->item != NONE)
		loop_item_done(sched, instance->parent, index);
	if (instance_at(sched, instance->parent)->running)
		return;
	if (node_of(sched, index)->part == PART_ROLLBACK)
		instance_wake(sched, PLAN_ROOT);
	else
		instance_wake(sched, instance->parent);
}

struct str sentence_of(const struct sched *sched, uint32_t index)
{
	const struct value *why = store_get(sched->store, instance_at(sched, index)->why);

	return why ? value_text(why) : (struct str){0};
}

static enum run_outcome outcome_of_run(const struct sched *sched, const struct instance *root)
{
	if (sched->interrupts)
		return RUN_INTERRUPTED;
	if (root->outcome == OUTCOME_SUCCEEDED)
		return sched->run.only == NONE ? RUN_RECOVERED : RUN_ALONE;
	if (root->outcome == OUTCOME_REHEARSED)
		return RUN_REHEARSED;
	return root->outcome == OUTCOME_DENIED ? RUN_DENIED : RUN_FAILED;
}

void run_end(struct sched *sched)
{
	const struct telling *telling = sched->telling;
	struct message *out = emit(sched, MESSAGE_RUN_FINISHED);

	out->run_finished.outcome = telling->outcome;
	out->run_finished.why = value_text(store_get(sched->store, telling->why));
	out->run_finished.duration_us = telling->ended_us;
	sched->finished = true;
}

static void finish_run(struct sched *sched, const struct instance *root, struct str why)
{
	divergence_withdraw(sched, STR("the run is over"));
	if (!why.len && sched->run.only != NONE)
		why = alone_sentence(sched);
	if (!telling_end(
		sched, outcome_of_run(sched, root), brief(sched, interrupt_account(sched, why))))
		run_end(sched);
}

static void emit_finished(struct sched *sched, uint32_t index, struct str why)
{
	const struct instance *instance = instance_at(sched, index);
	const struct step *step = step_of(sched, index);
	struct str path = path_of(sched, index);
	struct message *out = emit(sched, MESSAGE_STEP_FINISHED);

	out->step_finished.node = path;
	out->step_finished.step = step->id;
	out->step_finished.outcome = instance->outcome;
	out->step_finished.allowed = instance->allowed;
	out->step_finished.why = why;
	out->step_finished.duration_us = instance->finished_us - instance->began_us;
	if ((step->output_count || step->manual.input_count) && outcome_is_good(instance))
		out->step_finished.outputs = store_get(sched->store, instance->outputs);
}

void instance_conclude(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	const struct step *step = step_of(sched, index);
	struct str why = sentence_of(sched, index);

	if (instance->background != NONE) { /* it lives as long as the block, and no longer */
		stage_set(sched, index, STAGE_ENDING);
		if (!instance->bg_stopping)
			background_stop(sched, index, STOP_TERM);
		return;
	}
	lock_release(sched, index);
	instance = instance_at(sched, index);
	stage_set(sched, index, STAGE_DONE);
	instance->finished_us = sched->t_us;
	/* of a loop, it is the loop whose failure is an answer */
	instance->allowed = step->allow_failure && instance->item == NONE &&
	    (instance->outcome == OUTCOME_FAILED || instance->outcome == OUTCOME_TIMED_OUT);
	if (instance->parent == NONE) {
		finish_run(sched, instance, why);
		return;
	}
	/* of a block around a step that is run alone there is nothing to tell */
	if (!alone_around(sched, instance->node) || !outcome_is_good(instance))
		emit_finished(sched, index, why);
	failure_seen(sched, index);
	if (instance->item == NONE)
		release_dependents(sched, index);
	tell_parent(sched, index);
}

static void drop_timers(struct instance *instance)
{
	instance->timer = instance->deadline = instance->expiry = NONE;
}

/* A block that began has its finally steps run, or refused, before it is done; no second time. */
static bool owes_finally(const struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);

	return instance->began && !instance->is_loop && instance->stage != STAGE_FINALLY &&
	    node_of(sched, index)->finally_count > 0 &&
	    !alone_leaves_out(sched, instance->node, PART_FINALLY);
}

void instance_finish(struct sched *sched, uint32_t index, enum outcome outcome, struct str why)
{
	struct instance *instance = instance_at(sched, index);

	assert(instance->stage != STAGE_DONE && instance->stage != STAGE_ENDING);
	assert(instance->op == NONE);
	if (!instance->began && !instance->bg_began &&
	    (outcome == OUTCOME_CANCELLED || outcome == OUTCOME_BLOCKED))
		instance->began_us = sched->t_us; /* it was not run: it took no time */
	why = brief(sched, why);
	if (outcome == OUTCOME_SUCCEEDED && instance->unperformed)
		outcome = OUTCOME_REHEARSED;
	instance->outcome = (uint8_t)outcome;
	instance->parked = false;
	instance->why = why.len ? store_put(sched->store, value_string(sched->scratch, why))
				: STORE_NOTHING;
	drop_timers(instance);
	question_withdraw(sched, index, why);
	if (rollback_begin(sched, index))
		return;
	if (owes_finally(sched, index))
		block_finally(sched, index);
	else
		instance_conclude(sched, index);
}

/* About thirty years: what is added to it stays within 64 bits. */
#define RETRY_LONGEST_US 1e15

/*
 * The delay before attempt number `attempt` + 1: grows by `backoff`, is held by `max_delay`, and is spread by a hash
 * of (seed, node, attempt), so that a changed runbook does not shift other steps' delays.
 */
static int64_t retry_delay(struct sched *sched, uint32_t index)
{
	const struct retry *retry = &step_of(sched, index)->retry;
	uint32_t attempt = instance_at(sched, index)->attempt;
	double delay = (double)retry->delay_us;
	uint64_t hash;

	for (uint32_t i = 1; i < attempt && delay < RETRY_LONGEST_US; i++)
		delay *= retry->backoff;
	if (delay > RETRY_LONGEST_US)
		delay = RETRY_LONGEST_US;
	if (retry->max_delay_us > 0 && delay > (double)retry->max_delay_us)
		delay = (double)retry->max_delay_us;
	hash = str_hash(say(sched, "%llx/%.*s/%u", (unsigned long long)sched->run.seed,
	    STR_ARG(path_of(sched, index)), attempt));
	delay *= 1 + retry->jitter * ((double)(hash >> 11) / 4503599627370496.0 - 1);
	return delay < 0 ? 0 : (int64_t)delay;
}

void instance_failed(
    struct sched *sched, uint32_t index, enum outcome outcome, struct str why, bool retry)
{
	struct instance *instance = instance_at(sched, index);
	int64_t delay_us;

	if (!retry || instance->attempt >= alone_attempts(sched, index) || instance->cancelled ||
	    (sched->interrupts && !instance->shielded)) {
		instance_finish(sched, index, outcome, why);
		return;
	}
	delay_us = retry_delay(sched, index);
	emit_decided(sched, index, "retry", value_duration_us(sched->scratch, delay_us), why);
	instance = instance_at(sched, index);
	instance->first[PART_STEPS] = NONE;
	instance->worst = NONE;
	stage_set(sched, index, STAGE_DELAY);
	instance->timer = timer_add(sched, index, TIMER_RETRY, sched->t_us + delay_us);
}
