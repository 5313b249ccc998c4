/* SPDX-License-Identifier: Apache-2.0 */
#include "view/held_back.h"

#include <stdlib.h>

#include "base/mem.h"
#include "view/text.h"

/* Of many reasons, and of many steps, the first tell enough. */
enum { REASONS_SHOWN = 4, STEPS_SHOWN = 5 };

/* An operation as it was begun, and what came of it. */
struct held_op {
	struct str node;
	bool is_action;
	bool confined;
	bool spoke; /* on standard error */
	bool is_suspect; /* it failed without a word */
	struct str advice;
};

struct reason {
	struct str why;
	size_t count;
};

struct held_back {
	struct arena *arena;
	struct held_op **ops; /* by op; NULL: none was begun */
	size_t op_capacity;
	struct map failed; /* node to the last of its operations that failed */
	struct map told; /* advice that a person has seen */
	struct reason *reasons;
	size_t reason_count;
	size_t reason_capacity;
	struct str news;
};

struct held_back *held_back_new(void)
{
	struct held_back *held = mem_alloc(sizeof(*held));

	held->arena = arena_new();
	map_init(&held->failed);
	map_init(&held->told);
	return held;
}

void held_back_free(struct held_back *held)
{
	if (!held)
		return;
	map_done(&held->failed);
	map_done(&held->told);
	free(held->ops);
	free(held->reasons);
	arena_free(held->arena);
	free(held);
}

static struct held_op *op_at(struct held_back *held, uint32_t op)
{
	return op < held->op_capacity ? held->ops[op] : NULL;
}

static void see_start(struct held_back *held, const struct message *message)
{
	size_t before = held->op_capacity;
	uint32_t op = message->start.op;

	while (op >= held->op_capacity)
		held->ops = mem_grow(
		    held->ops, held->op_capacity, &held->op_capacity, sizeof(*held->ops));
	for (size_t i = before; i < held->op_capacity; i++)
		held->ops[i] = NULL;
	held->ops[op] = arena_alloc(held->arena, sizeof(*held->ops[op]));
	*held->ops[op] = (struct held_op){.node = arena_str(held->arena, message->start.node),
	    .is_action = message->start.what == START_ACTION};
}

static void see_started(struct held_back *held, const struct message *message)
{
	struct held_op *op = op_at(held, message->started.op);
	struct str why = message->started.unconfined;
	struct reason *reason = NULL;

	if (op)
		op->confined = message->started.confined;
	if (why.len == 0)
		return;
	for (size_t i = 0; i < held->reason_count && !reason; i++)
		if (str_eq(held->reasons[i].why, why))
			reason = &held->reasons[i];
	if (!reason) {
		held->reasons = mem_grow(held->reasons, held->reason_count, &held->reason_capacity,
		    sizeof(*held->reasons));
		reason = &held->reasons[held->reason_count++];
		*reason = (struct reason){.why = arena_str(held->arena, why)};
		held->news = reason->why;
	}
	reason->count++;
}

static void see_finished(struct held_back *held, const struct message *message)
{
	struct held_op *op = op_at(held, message->finished.op);

	if (!op || message->finished.verdict.ok)
		return;
	map_put(&held->failed, op->node, op);
	op->advice = arena_str(held->arena, message->finished.advice);
	op->is_suspect = op->confined && message->finished.end == END_DONE &&
	    !message->finished.ok && op->advice.len == 0 && op->is_action && !op->spoke;
}

void held_back_see(struct held_back *held, const struct message *message)
{
	struct held_op *op;

	held->news = (struct str){0};
	switch (message->type) {
	case MESSAGE_START:
		see_start(held, message);
		break;
	case MESSAGE_STARTED:
		see_started(held, message);
		break;
	case MESSAGE_OUTPUT:
		op = op_at(held, message->output.op);
		if (op && message->output.stream == STREAM_STDERR)
			op->spoke = true;
		break;
	case MESSAGE_FINISHED:
		see_finished(held, message);
		break;
	default:
		break;
	}
}

struct str held_back_news(const struct held_back *held)
{
	return held->news;
}

struct str held_back_advice(const struct held_back *held, struct str node)
{
	const struct held_op *op = map_get(&held->failed, node);

	return op ? op->advice : (struct str){0};
}

bool held_back_tell(struct held_back *held, struct str advice)
{
	if (map_get(&held->told, advice))
		return false;
	map_put(&held->told, arena_str(held->arena, advice), held);
	return true;
}

size_t held_back_free_count(const struct held_back *held)
{
	size_t count = 0;

	for (size_t i = 0; i < held->reason_count; i++)
		count += held->reasons[i].count;
	return count;
}

void held_back_put_free(const struct held_back *held, struct buf *out)
{
	for (size_t i = 0; i < held->reason_count && i < REASONS_SHOWN; i++) {
		const struct reason *reason = &held->reasons[i];

		if (i)
			buf_printf(out, "; %zu: ", reason->count);
		else
			buf_printf(out, "%zu %s: ", reason->count,
			    reason->count == 1 ? "process that reads could write"
					       : "processes that read could write");
		text_harmless(out, reason->why);
	}
	if (held->reason_count > REASONS_SHOWN)
		buf_printf(out, "; and %zu more reasons", held->reason_count - REASONS_SHOWN);
}

void held_back_put_suspects(
    const struct held_back *held, const struct summary *summary, struct buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];
		const struct held_op *op = map_get(&held->failed, step->node);

		if (!op || !op->is_suspect || !(step_went_wrong(step) || step_is_half_done(step)))
			continue;
		if (count++ >= STEPS_SHOWN)
			continue;
		buf_text(out, count > 1 ? ", " : "");
		text_harmless(out, step->node);
	}
	if (count > STEPS_SHOWN)
		buf_printf(out, " and %zu more", count - STEPS_SHOWN);
}
