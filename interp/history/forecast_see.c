/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "history/forecast_parts.h"

/* The part that a node's path belongs to, or NULL: where it is in a loop, that loop. */
static struct part *part_at(struct forecast *forecast, struct str path)
{
	const struct plan *plan = forecast->plan;
	const struct plan_node *node = plan_at(plan, path);
	const struct plan_node *at = node;

	while (at && at->index != PLAN_ROOT && forecast->parts[at->index].is_inside)
		at = at->part == PART_STEPS ? &plan->nodes[at->parent] : NULL;
	return at && (at == node || at->index != PLAN_ROOT) ? &forecast->parts[at->index] : NULL;
}

/* Whether the part is what the path names, and not something inside it: an item, a step of a loop's block. */
static bool is_itself(const struct forecast *forecast, const struct part *part, struct str path)
{
	const struct plan_node *node = plan_at(forecast->plan, path);

	return node && part == &forecast->parts[node->index] &&
	    (!path.len || path.ptr[path.len - 1] != ']');
}

static void begin(struct part *part, int64_t t_us)
{
	if (part->state == PART_RUNS)
		return;
	part->state = PART_RUNS;
	part->began_us = t_us;
	part->open_us = 0;
	part->items_done = 0;
}

static void see_decided(struct forecast *forecast, const struct message *message)
{
	struct part *part = part_at(forecast, message->decided.node);
	struct str what = message->decided.what;
	const struct value *value = message->decided.value;

	if (!part || !message->decided.node.len || part->state == PART_DONE)
		return;
	begin(part, message->t_us);
	if (str_is(what, "for_each") && value && value->type == VALUE_LIST &&
	    is_itself(forecast, part, message->decided.node))
		part->items = value->list.count;
}

/* A block's parts begin anew where it is tried again. */
static void see_start(struct forecast *forecast, const struct message *message)
{
	struct part *part = part_at(forecast, message->start.node);

	if (part && message->start.what != START_NOTIFY)
		begin(part, message->t_us);
}

static void see_ask(struct forecast *forecast, const struct message *message)
{
	struct part *part = part_at(forecast, message->ask.node);

	if (!part)
		return;
	begin(part, message->t_us);
	forecast->asks = mem_grow(
	    forecast->asks, forecast->ask_count, &forecast->ask_capacity, sizeof(*forecast->asks));
	forecast->asks[forecast->ask_count].id = message->ask.id;
	forecast->asks[forecast->ask_count++].node = (uint32_t)(part - forecast->parts);
	if (part->open_count++ == 0)
		part->open_since_us = message->t_us;
}

static void close_question(struct forecast *forecast, uint32_t id, int64_t t_us)
{
	for (size_t i = 0; i < forecast->ask_count; i++) {
		struct part *part = &forecast->parts[forecast->asks[i].node];

		if (forecast->asks[i].id != id)
			continue;
		forecast->asks[i] = forecast->asks[--forecast->ask_count];
		part->is_answered = true;
		if (--part->open_count == 0)
			part->open_us += t_us - part->open_since_us;
		return;
	}
}

static bool is_well(const struct message *message)
{
	return message->step_finished.outcome == OUTCOME_SUCCEEDED ||
	    message->step_finished.outcome == OUTCOME_SKIPPED ||
	    message->step_finished.outcome == OUTCOME_REHEARSED || message->step_finished.allowed;
}

static void see_step_finished(struct forecast *forecast, const struct message *message)
{
	struct part *part = part_at(forecast, message->step_finished.node);
	uint32_t node;

	if (!part)
		return;
	node = (uint32_t)(part - forecast->parts);
	if (!is_itself(forecast, part, message->step_finished.node)) {
		part->items_done += plan_at(forecast->plan, message->step_finished.node)->index ==
		    node;
		return;
	}
	part->state = PART_DONE;
	part->ended_us = message->t_us;
	/* what failed within a block may be tried again with it */
	forecast->is_over |= forecast->plan->nodes[node].parent == PLAN_ROOT && !is_well(message);
}

void forecast_see(struct forecast *forecast, const struct message *message)
{
	forecast->is_over |= message->type == MESSAGE_RUN_FINISHED ||
	    (message->type == MESSAGE_DECIDED && !message->decided.node.len &&
		(str_is(message->decided.what, "finally") ||
		    str_is(message->decided.what, "rollback")));
	if (!forecast->parts)
		return;
	switch (message->type) {
	case MESSAGE_RUN_STARTED:
		begin(&forecast->parts[PLAN_ROOT], message->t_us);
		break;
	case MESSAGE_DECIDED:
		see_decided(forecast, message);
		break;
	case MESSAGE_START:
		see_start(forecast, message);
		break;
	case MESSAGE_ASK:
		see_ask(forecast, message);
		break;
	case MESSAGE_UNASK:
		close_question(forecast, message->unask.id, message->t_us);
		break;
	case MESSAGE_ANSWERED:
		close_question(forecast, message->answered.id, message->t_us);
		break;
	case MESSAGE_STEP_FINISHED:
		see_step_finished(forecast, message);
		break;
	default:
		break;
	}
}
