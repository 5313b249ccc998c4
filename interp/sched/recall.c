/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/telling.h"

/*
 * What a sensitive step gave is in no record: a run that goes on after whoever drove it died has its outputs' names and
 * not what they stand for. Where doing it again does no harm it is done again, before anything else goes on; its
 * outcome stays what it was. Where it would do harm, whoever needs what it gave is told that it is gone.
 */

static bool is_wanted(const struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);
	const struct step *step = step_of(sched, index);

	return step->sensitive && step->output_count && !instance->is_loop &&
	    instance->stage == STAGE_DONE && instance->outcome == OUTCOME_SUCCEEDED &&
	    (step->effect == EFFECT_READ || step->idempotent);
}

/* An earlier life began it already, and its end is told of soon. */
static bool is_under_way(const struct sched *sched, uint32_t index)
{
	for (uint32_t op = 1; op <= sched->op_count; op++)
		if (operation_at(sched, op)->recall && operation_at(sched, op)->instance == index)
			return true;
	return false;
}

void recall_begin(struct sched *sched)
{
	for (uint32_t i = 0; i < sched->instance_count && !sched->telling->ended; i++) {
		if (!is_wanted(sched, i) || is_under_way(sched, i))
			continue;
		emit_decided(
		    sched, i, "recall", NULL, STR("it is sensitive, and stands in no record"));
		if (operation_recall(sched, i))
			sched->recalling++;
	}
}

void recall_finished(struct sched *sched, uint32_t index, const struct message *in)
{
	bool ok = in->finished.end == END_DONE && in->finished.verdict.ok;

	if (in->finished.end == END_LOST && !sched->interrupts && operation_recall(sched, index))
		return;
	emit_decided(sched, index, "recall", value_bool(ok),
	    ok ? (struct str){0} : in->finished.verdict.why);
	sched->recalling--;
}

void recall_stop(struct sched *sched, enum stop_how how, struct str why)
{
	for (uint32_t op = 1; op <= sched->op_count; op++)
		if (operation_at(sched, op)->recall && operation_at(sched, op)->instance != NONE)
			operation_stop(sched, op, how, why);
}
