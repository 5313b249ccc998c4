/* SPDX-License-Identifier: Apache-2.0 */
#include "view/scorecard.h"

#include <stdlib.h>

#include "base/mem.h"

/* What is known of an operation that has begun. */
struct begun {
	enum start_what what;
	enum effect_class class;
	struct str node;
	uint32_t index; /* of a check in its list, */
	int64_t item; /* and of its loop */
	bool hangs; /* on what was not done */
};

struct scorecard {
	struct arena *arena;
	struct scorecard_counts counts;
	struct begun *ops; /* by op */
	size_t op_capacity;
	struct scorecard_doubt *doubts;
	size_t doubt_count;
	size_t doubt_capacity;
	struct message *choices; /* id, node and what alone */
	size_t choice_count;
	size_t choice_capacity;
	struct map told; /* what is among them */
	const struct plan *plan;
	bool *reached; /* by plan index */
};

struct scorecard *scorecard_new(const struct plan *plan)
{
	struct scorecard *scorecard = mem_alloc(sizeof(*scorecard));

	scorecard->arena = arena_new();
	map_init(&scorecard->told);
	scorecard->plan = plan;
	scorecard->reached = mem_alloc(plan->count * sizeof(*scorecard->reached));
	return scorecard;
}

void scorecard_free(struct scorecard *scorecard)
{
	if (!scorecard)
		return;
	map_done(&scorecard->told);
	free(scorecard->reached);
	free(scorecard->ops);
	free(scorecard->choices);
	free(scorecard->doubts);
	arena_free(scorecard->arena);
	free(scorecard);
}

/* Whether it is told for the first time: what is asked again after an approval counts once. */
static bool is_new(struct scorecard *scorecard, struct str key)
{
	if (map_get(&scorecard->told, key))
		return false;
	map_put(&scorecard->told, key, scorecard);
	return true;
}

/* The path without the numbers of items and rounds. */
static struct str without_items(struct arena *arena, struct str node)
{
	char *text = arena_alloc(arena, node.len + 1);
	size_t len = 0;
	bool skips = false;

	for (size_t i = 0; i < node.len; i++) {
		skips = node.ptr[i] == '[' || node.ptr[i] == '#' || (skips && node.ptr[i] != '/');
		if (!skips)
			text[len++] = node.ptr[i];
	}
	return (struct str){text, len};
}

/* What is said of each item of a loop is told once. False where it is told already. */
static bool doubt(struct scorecard *scorecard, struct str node, struct str what, struct str why)
{
	struct arena *arena = scorecard->arena;
	struct str bare = without_items(arena, node);
	struct str key = arena_printf(arena, "%.*s %.*s %.*s", STR_ARG(bare), STR_ARG(what),
	    STR_ARG(bare.len == node.len ? why : (struct str){0}));
	uintptr_t told = (uintptr_t)map_get(&scorecard->told, key);

	if (!is_new(scorecard,
		arena_printf(
		    arena, "doubt %.*s %.*s %.*s", STR_ARG(node), STR_ARG(what), STR_ARG(why))))
		return false;
	if (told) {
		scorecard->doubts[told - 1].more++;
		return true;
	}
	scorecard->doubts = mem_grow(scorecard->doubts, scorecard->doubt_count,
	    &scorecard->doubt_capacity, sizeof(*scorecard->doubts));
	scorecard->doubts[scorecard->doubt_count++] = (struct scorecard_doubt){
	    arena_str(arena, node), arena_str(arena, what), arena_str(arena, why), 0};
	map_put(&scorecard->told, key, (void *)(uintptr_t)scorecard->doubt_count);
	return true;
}

static void reach(struct scorecard *scorecard, struct str node)
{
	const struct plan *plan = scorecard->plan;
	const struct plan_node *at = plan_at(plan, node);

	for (; at && !scorecard->reached[at->index]; at = &plan->nodes[at->parent]) {
		scorecard->reached[at->index] = true;
		if (at->parent == PLAN_NONE)
			break;
	}
}

static void see_start(struct scorecard *scorecard, const struct message *message)
{
	size_t before = scorecard->op_capacity;
	uint32_t op = message->start.op;

	while (op >= scorecard->op_capacity)
		scorecard->ops = mem_grow(scorecard->ops, scorecard->op_capacity,
		    &scorecard->op_capacity, sizeof(*scorecard->ops));
	for (size_t i = before; i < scorecard->op_capacity; i++)
		scorecard->ops[i] = (struct begun){0};
	scorecard->ops[op] = (struct begun){message->start.what, message->start.class,
	    arena_str(scorecard->arena, message->start.node), message->start.index,
	    message->start.item, message->start.deps != NULL};
	reach(scorecard, message->start.node);
	if (!start_is_action(message->start.what) || message->start.attempt > 1 ||
	    message->start.class == EFFECT_READ)
		return;
	scorecard->counts.changes++;
	if (message->start.class == EFFECT_DESTROY)
		scorecard->counts.destructions++;
}

static void see_check(
    struct scorecard *scorecard, const struct begun *begun, const struct message *message)
{
	struct scorecard_counts *counts = &scorecard->counts;
	bool ok = message->finished.verdict.ok;
	struct str key = arena_printf(scorecard->arena, "%.*s %u %u %lld %d %d",
	    STR_ARG(begun->node), begun->what, begun->index, (long long)begun->item, begun->hangs,
	    ok);

	if (message->finished.origin == ORIGIN_RECORDED) {
		counts->recorded += is_new(scorecard, key);
	} else if (message->finished.origin != ORIGIN_LIVE) {
		counts->unknown += doubt(scorecard, begun->node,
		    str_from(start_what_names[begun->what]),
		    STR("what it asks for hangs on what was not done"));
	} else if (is_new(scorecard, key)) {
		/* what does not hold yet is decided, and told there; an action that is needed is no failure */
		counts->held_now += begun->hangs && ok;
		counts->held += !begun->hangs && ok;
		counts->failed += !begun->hangs && !ok && begun->what != START_UNLESS;
	}
}

static void see_read(
    struct scorecard *scorecard, const struct begun *begun, const struct message *message)
{
	enum op_end end = message->finished.end;
	bool ended = end == END_DONE || end == END_TIMED_OUT;

	if (message->finished.origin == ORIGIN_LIVE)
		scorecard->counts.read += ended && (message->finished.verdict.ok || !begun->hangs);
	else if (message->finished.origin == ORIGIN_UNKNOWN)
		scorecard->counts.unread += doubt(scorecard, begun->node, STR("action"),
		    STR("what it needs hangs on what was not done"));
}

static void see_finished(struct scorecard *scorecard, const struct message *message)
{
	const struct begun *begun;

	if (message->finished.op >= scorecard->op_capacity)
		return;
	begun = &scorecard->ops[message->finished.op];
	if (begun->what == START_NOTIFY) /* it asks for nothing, and changes nothing here */
		return;
	if (!start_is_action(begun->what))
		see_check(scorecard, begun, message);
	else if (begun->class == EFFECT_READ)
		see_read(scorecard, begun, message);
	else if (message->finished.origin == ORIGIN_UNKNOWN && !message->finished.ok &&
	    message->finished.why.len)
		doubt(scorecard, begun->node, STR("action"), message->finished.why);
}

static bool names_check(struct str what)
{
	return str_is(what, "unless") || str_is(what, "precondition") || str_is(what, "verify") ||
	    str_is(what, "ready");
}

/* A null: it does not hold yet, or nobody can know. */
static void see_assumed(struct scorecard *scorecard, const struct message *message, bool is_check)
{
	struct scorecard_counts *counts = &scorecard->counts;
	bool hangs = message->decided.deps != NULL;

	if ((!is_check && !hangs) ||
	    !doubt(scorecard, message->decided.node, message->decided.what, message->decided.why))
		return;
	counts->not_yet += is_check && hangs;
	counts->unknown += is_check && !hangs;
	counts->unread += str_is(message->decided.what, "action");
}

static void see_decided(struct scorecard *scorecard, const struct message *message)
{
	struct scorecard_counts *counts = &scorecard->counts;
	const struct value *value = message->decided.value;
	struct str what = message->decided.what;
	bool is_check = names_check(what);
	bool hangs = message->decided.deps != NULL;

	reach(scorecard, message->decided.node);
	if (!message->decided.why.len || !value)
		return;
	if (value->type == VALUE_NULL) {
		see_assumed(scorecard, message, is_check);
	} else if (is_check && value->type == VALUE_BOOL &&
	    is_new(scorecard,
		arena_printf(scorecard->arena, "%.*s %.*s %d %.*s", STR_ARG(message->decided.node),
		    STR_ARG(what), value->boolean, STR_ARG(message->decided.why)))) {
		counts->held_now += hangs && value->boolean;
		counts->held += !hangs && value->boolean;
		counts->failed += !hangs && !value->boolean && !str_is(what, "unless");
	}
}

static void see_choose(struct scorecard *scorecard, const struct message *message)
{
	struct message *kept;

	scorecard->choices = mem_grow(scorecard->choices, scorecard->choice_count,
	    &scorecard->choice_capacity, sizeof(*scorecard->choices));
	kept = &scorecard->choices[scorecard->choice_count++];
	*kept = (struct message){.type = MESSAGE_CHOOSE};
	kept->choose.id = message->choose.id;
	kept->choose.node = arena_str(scorecard->arena, message->choose.node);
	kept->choose.what = arena_str(scorecard->arena, message->choose.what);
}

const struct message *scorecard_choose(const struct scorecard *scorecard, uint32_t id)
{
	for (size_t i = scorecard->choice_count; i-- > 0;)
		if (scorecard->choices[i].choose.id == id)
			return &scorecard->choices[i];
	return NULL;
}

static void see_chosen(struct scorecard *scorecard, const struct message *message)
{
	const struct message *choose = scorecard_choose(scorecard, message->chosen.id);

	if (!choose || message->chosen.origin != ORIGIN_UNKNOWN ||
	    names_check(choose->choose.what)) /* what is decided tells it */
		return;
	doubt(scorecard, choose->choose.node, choose->choose.what, message->chosen.why);
}

void scorecard_see(struct scorecard *scorecard, const struct message *message)
{
	switch (message->type) {
	case MESSAGE_START:
		see_start(scorecard, message);
		break;
	case MESSAGE_FINISHED:
		see_finished(scorecard, message);
		break;
	case MESSAGE_DECIDED:
		see_decided(scorecard, message);
		break;
	case MESSAGE_CHOOSE:
		see_choose(scorecard, message);
		break;
	case MESSAGE_CHOSEN:
		see_chosen(scorecard, message);
		break;
	case MESSAGE_ASK:
		scorecard->counts.asked += message->ask.by > 1 ? (size_t)message->ask.by : 1;
		reach(scorecard, message->ask.node);
		break;
	case MESSAGE_STEP_FINISHED:
		if (message->step_finished.outcome != OUTCOME_BLOCKED)
			reach(scorecard, message->step_finished.node);
		break;
	default:
		break;
	}
}

const struct scorecard_counts *scorecard_counts(const struct scorecard *scorecard)
{
	return &scorecard->counts;
}

const struct scorecard_doubt *scorecard_doubts(const struct scorecard *scorecard, size_t *ret_count)
{
	*ret_count = scorecard->doubt_count;
	return scorecard->doubts;
}

bool scorecard_reached(const struct scorecard *scorecard, uint32_t node)
{
	return scorecard->reached[node];
}
