/* SPDX-License-Identifier: Apache-2.0 */
#include "run/unknown_end.h"

const struct value *unknown_outputs(const struct sched *sched, struct arena *arena,
    const struct message *start, const struct value *known)
{
	return start->start.what == START_ACTION
	    ? outputs_unknown(arena, plan_at(sched_plan(sched), start->start.node), known)
	    : NULL;
}

void unknown_end(const struct sched *sched, struct arena *arena, const struct message *start,
    struct message *finished)
{
	const struct plan *plan = sched_plan(sched);
	bool ok = start->start.what != START_UNLESS;
	int64_t now_us = finished->finished.now_us;

	*finished = (struct message){.type = MESSAGE_FINISHED};
	finished->finished.op = start->start.op;
	finished->finished.now_us = now_us;
	finished->finished.polls = 1;
	finished->finished.end = END_DONE;
	finished->finished.ok = true;
	finished->finished.origin = ORIGIN_UNKNOWN;
	finished->finished.result = result_unknown(arena,
	    vocabulary_action(plan->runbook->vocabulary, start->start.action),
	    plan_at(plan, start->start.node));
	finished->finished.verdict = (struct verdict){
	    .ok = ok, .retry = true, .outputs = unknown_outputs(sched, arena, start, NULL)};
}
