/* SPDX-License-Identifier: Apache-2.0 */
#include "run/unknown_end.h"

static const struct value *unknown_at(
    const struct sched *sched, struct arena *arena, const struct message *start)
{
	const struct plan_node *node = plan_at(sched_plan(sched), start->start.node);

	return value_unknown(arena, &node->index, 1);
}

const struct value *unknown_result(
    const struct sched *sched, struct arena *arena, const struct message *start)
{
	const struct plan *plan = sched_plan(sched);

	return result_unknown(arena,
	    vocabulary_action(plan->runbook->vocabulary, start->start.action),
	    plan_at(plan, start->start.node));
}

const struct value *unknown_outputs(const struct sched *sched, struct arena *arena,
    const struct message *start, const struct value *known)
{
	const struct step *step = plan_at(sched_plan(sched), start->start.node)->step;
	struct map_builder map;

	if (!step->output_count || start->start.what != START_ACTION)
		return NULL;
	map_begin(&map, arena);
	for (size_t i = 0; i < step->output_count; i++) {
		const struct value *output = known ? value_get_str(known, step->outputs[i].name)
						   : NULL;

		map_add_str(
		    &map, step->outputs[i].name, output ? output : unknown_at(sched, arena, start));
	}
	return map_end(&map);
}

void unknown_end(const struct sched *sched, struct arena *arena, const struct message *start,
    struct message *finished)
{
	bool ok = start->start.what != START_UNLESS;
	int64_t now_us = finished->finished.now_us;

	*finished = (struct message){.type = MESSAGE_FINISHED};
	finished->finished.op = start->start.op;
	finished->finished.now_us = now_us;
	finished->finished.polls = 1;
	finished->finished.end = END_DONE;
	finished->finished.ok = true;
	finished->finished.origin = ORIGIN_UNKNOWN;
	finished->finished.result = unknown_result(sched, arena, start);
	finished->finished.verdict = (struct verdict){
	    .ok = ok, .retry = true, .outputs = unknown_outputs(sched, arena, start, NULL)};
}
