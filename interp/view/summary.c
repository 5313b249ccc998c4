/* SPDX-License-Identifier: Apache-2.0 */
#include "view/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

void summary_init(struct summary *summary)
{
	*summary = (struct summary){.arena = arena_new()};
	map_init(&summary->by_node);
}

void summary_done(struct summary *summary)
{
	map_done(&summary->by_node);
	arena_free(summary->arena);
	free(summary->steps);
	free(summary->approvals);
	free(summary->op_step);
	*summary = (struct summary){0};
}

static struct str keep(struct summary *summary, struct str text)
{
	return arena_str(summary->arena, text);
}

/* The step at a node; made when it is first heard of. */
static size_t step_at(
    struct summary *summary, const struct message *message, struct str node, struct str id)
{
	uintptr_t index = (uintptr_t)map_get(&summary->by_node, node);
	struct summary_step *step;

	if (index)
		return index - 1;
	summary->steps = mem_grow(
	    summary->steps, summary->step_count, &summary->step_capacity, sizeof(*summary->steps));
	step = &summary->steps[summary->step_count++];
	*step = (struct summary_step){
	    .node = keep(summary, node),
	    .step = keep(summary, id),
	    .began_at_us = message->at_us,
	    .began_t_us = message->t_us,
	};
	map_put(&summary->by_node, step->node, (void *)(uintptr_t)summary->step_count);
	return summary->step_count - 1;
}

static void link_op(struct summary *summary, uint32_t op, size_t step)
{
	while (op >= summary->op_capacity) {
		size_t old = summary->op_capacity;

		summary->op_step = mem_grow(
		    summary->op_step, old, &summary->op_capacity, sizeof(*summary->op_step));
		memset(summary->op_step + old, 0,
		    (summary->op_capacity - old) * sizeof(*summary->op_step));
	}
	summary->op_step[op] = (uint32_t)step + 1;
}

static void see_start(struct summary *summary, const struct message *message)
{
	size_t index;
	struct summary_step *step;

	if (message->start.node.len == 0)
		return;
	index = step_at(summary, message, message->start.node, message->start.step);
	step = &summary->steps[index];
	if (message->start.what != START_ACTION)
		return;
	step->began = true;
	step->acted = false;
	step->effect = message->start.class;
	step->attempts = message->start.attempt;
	link_op(summary, message->start.op, index);
}

static void see_finished(struct summary *summary, const struct message *message)
{
	uint32_t op = message->finished.op;

	if (op >= summary->op_capacity || summary->op_step[op] == 0)
		return;
	if (message->finished.end == END_NOT_BEGUN)
		summary->steps[summary->op_step[op] - 1].began = false;
	summary->steps[summary->op_step[op] - 1].acted = message->finished.end == END_DONE &&
	    message->finished.verdict.ok;
}

static void see_step_finished(struct summary *summary, const struct message *message)
{
	size_t index = step_at(
	    summary, message, message->step_finished.node, message->step_finished.step);
	struct summary_step *step = &summary->steps[index];

	step->outcome = message->step_finished.outcome;
	step->allowed = message->step_finished.allowed;
	step->why = keep(summary, message->step_finished.why);
	step->finished_at_us = message->at_us;
	step->duration_us = message->step_finished.duration_us;
	if (message->step_finished.outputs)
		step->outputs = value_copy(summary->arena, message->step_finished.outputs);
}

static void see_ask(struct summary *summary, const struct message *message)
{
	summary->approvals = mem_grow(summary->approvals, summary->approval_count,
	    &summary->approval_capacity, sizeof(*summary->approvals));
	summary->approvals[summary->approval_count++] = (struct summary_approval){
	    .id = message->ask.id,
	    .kind = message->ask.kind,
	    .node = keep(summary, message->ask.node),
	    .step = keep(summary, message->ask.step),
	    .prompt = keep(summary, message->ask.prompt),
	    .actions = message->ask.actions ? value_copy(summary->arena, message->ask.actions)
					    : NULL,
	    .at_us = message->at_us,
	};
}

static void see_answered(struct summary *summary, const struct message *message)
{
	for (size_t i = 0; i < summary->approval_count; i++) {
		struct summary_approval *approval = &summary->approvals[i];

		if (approval->id != message->answered.id)
			continue;
		approval->answered = true;
		approval->answer = message->answered.answer;
		approval->who = keep(summary, message->answered.who);
		if (message->answered.inputs)
			approval->inputs = value_copy(summary->arena, message->answered.inputs);
		approval->at_us = message->at_us;
	}
}

static struct str text_of(struct summary *summary, const struct value *map, const char *key)
{
	const struct value *value = value_get(map, key);

	return value ? keep(summary, value_text(value)) : (struct str){0};
}

static void see_run_started(struct summary *summary, const struct message *message)
{
	summary->run = keep(summary, message->run_started.run);
	summary->runbook = keep(summary, message->run_started.runbook);
	summary->title = keep(summary, message->run_started.title);
	summary->mode = keep(summary, message->run_started.mode);
	summary->user = text_of(summary, message->run_started.host, "user");
	summary->host = text_of(summary, message->run_started.host, "name");
	summary->began_at_us = message->at_us;
}

static void see_run_finished(struct summary *summary, const struct message *message)
{
	summary->finished = true;
	summary->outcome = message->run_finished.outcome;
	summary->why = keep(summary, message->run_finished.why);
	summary->duration_us = message->run_finished.duration_us;
	summary->ended_at_us = message->at_us;
}

static void see_decided(struct summary *summary, const struct message *message)
{
	/* a block is never started itself: that it began is a decision */
	if (message->decided.node.len && str_is(message->decided.what, "begin"))
		step_at(summary, message, message->decided.node, message->decided.step);
}

void summary_see(struct summary *summary, const struct message *message)
{
	static void (*const see[MESSAGE_TYPES])(struct summary *, const struct message *) = {
	    [MESSAGE_RUN_STARTED] = see_run_started,
	    [MESSAGE_START] = see_start,
	    [MESSAGE_FINISHED] = see_finished,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	    [MESSAGE_DECIDED] = see_decided,
	    [MESSAGE_ASK] = see_ask,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_RUN_FINISHED] = see_run_finished,
	};

	if (message->type == MESSAGE_SEAL)
		summary->sealed = true;
	else if (see[message->type])
		see[message->type](summary, message);
}

bool step_is_half_done(const struct summary_step *step)
{
	return step->began && step->effect != EFFECT_READ && !step->acted && !step->allowed;
}

size_t summary_count(const struct summary *summary, enum outcome outcome, bool allowed)
{
	size_t count = 0;

	for (size_t i = 0; i < summary->step_count; i++)
		count += summary->steps[i].outcome == outcome &&
		    summary->steps[i].allowed == allowed;
	return count;
}
