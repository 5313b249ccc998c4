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
	bool reads;
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

struct reasons {
	struct reason *items;
	size_t count;
	size_t capacity;
};

struct held_back {
	struct arena *arena;
	struct held_op **ops; /* by op; NULL: none was begun */
	size_t op_capacity;
	struct map failed; /* node to the last of its operations that failed */
	struct map told; /* advice that a person has seen */
	struct reasons free; /* why processes that read could write */
	struct reasons bare; /* why what ran elsewhere was run by a shell's means alone */
	struct held_back_news news;
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
	free(held->free.items);
	free(held->bare.items);
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
	    .reads = message->start.class == EFFECT_READ,
	    .is_action = message->start.what == START_ACTION};
}

/* Counts a reason; the kept text when it is new, else an empty one. */
static struct str add_reason(struct held_back *held, struct reasons *reasons, struct str why)
{
	struct reason *reason;

	for (size_t i = 0; i < reasons->count; i++) {
		if (!str_eq(reasons->items[i].why, why))
			continue;
		reasons->items[i].count++;
		return (struct str){0};
	}
	reasons->items = mem_grow(
	    reasons->items, reasons->count, &reasons->capacity, sizeof(*reasons->items));
	reason = &reasons->items[reasons->count++];
	*reason = (struct reason){.why = arena_str(held->arena, why), .count = 1};
	return reason->why;
}

static void see_started(struct held_back *held, const struct message *message)
{
	struct held_op *op = op_at(held, message->started.op);
	struct str why = message->started.unconfined;

	if (op)
		op->confined = message->started.confined;
	if (why.len)
		held->news.free = add_reason(held, &held->free, why);
}

/* What ran elsewhere says when it has ended how that was. */
static void see_far(struct held_back *held, struct held_op *op, const struct value *result)
{
	const struct value *parts = value_get(result, "far");

	if (!parts || parts->type != VALUE_LIST)
		return;
	op->confined = op->reads && parts->list.count > 0;
	for (size_t i = 0; i < parts->list.count; i++) {
		const struct value *part = parts->list.items[i];
		const struct value *confined = value_get(part, "confined");
		struct str why = value_text(value_get(part, "unconfined"));
		struct str place = value_text(value_get(part, "target"));

		op->confined &= confined && confined->type == VALUE_BOOL && confined->boolean;
		if (!why.len)
			continue;
		why = arena_printf(held->arena, "%.*s: %.*s", STR_ARG(place), STR_ARG(why));
		if (str_is(value_text(value_get(part, "by")), "sh"))
			held->news.bare = add_reason(held, &held->bare, why);
		if (op->reads)
			held->news.free = add_reason(held, &held->free, why);
	}
}

static void see_finished(struct held_back *held, const struct message *message)
{
	struct held_op *op = op_at(held, message->finished.op);

	if (!op)
		return;
	see_far(held, op, message->finished.result);
	if (message->finished.verdict.ok)
		return;
	map_put(&held->failed, op->node, op);
	op->advice = arena_str(held->arena, message->finished.advice);
	op->is_suspect = op->confined && message->finished.end == END_DONE &&
	    !message->finished.ok && op->advice.len == 0 && op->is_action && !op->spoke;
}

void held_back_see(struct held_back *held, const struct message *message)
{
	struct held_op *op;

	held->news = (struct held_back_news){0};
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

struct held_back_news held_back_news(const struct held_back *held)
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

	for (size_t i = 0; i < held->free.count; i++)
		count += held->free.items[i].count;
	return count;
}

static void put_reasons(
    const struct reasons *reasons, const char *one, const char *many, struct buf *out)
{
	for (size_t i = 0; i < reasons->count && i < REASONS_SHOWN; i++) {
		const struct reason *reason = &reasons->items[i];

		if (i)
			buf_printf(out, "; %zu: ", reason->count);
		else
			buf_printf(out, "%zu %s: ", reason->count, reason->count == 1 ? one : many);
		text_harmless(out, reason->why);
	}
	if (reasons->count > REASONS_SHOWN)
		buf_printf(out, "; and %zu more reasons", reasons->count - REASONS_SHOWN);
}

void held_back_put_free(const struct held_back *held, struct buf *out)
{
	put_reasons(
	    &held->free, "process that reads could write", "processes that read could write", out);
}

void held_back_put_bare(const struct held_back *held, struct buf *out)
{
	put_reasons(&held->bare, "process whose descendants could get away",
	    "processes whose descendants could get away", out);
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
