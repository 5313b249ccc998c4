/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* A process that lives exactly as long as its block: from before the `ready` checks until the block is done. */

void stage_background(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	if (!step_of(sched, index)->background.spec || instance->bg_began) {
		stage_set(sched, index, STAGE_READY);
		return;
	}
	if (instance->background == NONE && !approval_lapsed(sched, index))
		operation_begin(sched, index, START_BACKGROUND, 0);
}

void background_started(struct sched *sched, const struct message *in)
{
	const struct operation *op;

	if (in->started.op == 0 || in->started.op > sched->op_count)
		return;
	op = operation_at(sched, in->started.op);
	if (op->instance == NONE || op->what != START_BACKGROUND)
		return;
	instance_at(sched, op->instance)->bg_began = true;
	if (in->started.origin != ORIGIN_LIVE)
		taint_own(sched, op->instance);
	instance_wake(sched, op->instance);
}

void background_stop(struct sched *sched, uint32_t index, enum stop_how how)
{
	struct instance *instance = instance_at(sched, index);

	instance->bg_stopping = true;
	operation_stop(sched, instance->background, how, STR("its block is done"));
}

/* It ended. Where nobody wanted that, the block has failed: what runs in it is stopped first. */
void background_finished(struct sched *sched, uint32_t index, const struct message *in)
{
	struct instance *instance = instance_at(sched, index);
	struct str why = in->finished.verdict.why;

	instance->background = NONE;
	if (instance->bg_stopping) {
		instance_wake(sched, index);
		return;
	}
	why = brief(sched,
	    say(sched, "the background process ended%s%.*s", why.len ? ": " : " by itself",
		STR_ARG(why)));
	instance->bg_lost = true;
	if (instance->stage != STAGE_FINALLY)
		instance->why = store_put(sched->store, value_string(sched->scratch, why));
	subtree_cancel(sched, index, STOP_TERM, false, why);
	if (instance_at(sched, index)->op != NONE)
		operation_stop(sched, instance_at(sched, index)->op, STOP_TERM, why);
	instance_wake(sched, index);
}

void background_failed(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);

	if (instance->worst != NONE && instance_at(sched, instance->worst)->outcome == OUTCOME_LOST)
		finish_by_worst(sched, index);
	else
		instance_finish(sched, index, OUTCOME_FAILED, sentence_of(sched, index));
}

void stage_ending(struct sched *sched, uint32_t index)
{
	if (instance_at(sched, index)->background == NONE)
		instance_conclude(sched, index);
}
