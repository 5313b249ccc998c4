/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/worlds.h"

enum { NAMED_MAX = 5 };

enum end { SUCCEEDED, SKIPPED, FAILED, OTHERWISE, ENDS };

struct named {
	uint32_t node;
	bool possible[ENDS];
	enum end end; /* in the world that is looked at */
};

struct worlds {
	const struct plan *plan;
	const struct plan_node *asking;
	struct named named[NAMED_MAX];
	size_t count;
	bool many; /* more steps than can be looked at */
};

/* How a step may have ended when another one asks. What is not sure is possible. */
static void settle(const struct worlds *worlds, struct named *named)
{
	const struct plan_node *node = &worlds->plan->nodes[named->node];
	bool free = false; /* nothing says that only its success lets the asking step go on */

	named->possible[SUCCEEDED] = true;
	for (;; node = &worlds->plan->nodes[node->parent]) {
		const struct step *step = node->step;

		named->possible[SKIPPED] |= step->when || step->unless.count || step->each.list;
		free |= step->allow_failure || node->part != PART_STEPS;
		if (node->index == PLAN_ROOT)
			break;
	}
	named->possible[FAILED] = free;
	named->possible[OTHERWISE] = free || worlds->asking->part != PART_STEPS;
	named->possible[FAILED] |= worlds->asking->part != PART_STEPS;
	for (node = worlds->asking; node->index != PLAN_ROOT;
	     node = &worlds->plan->nodes[node->parent])
		if (node->part != PART_STEPS)
			for (size_t i = 0; i < ENDS; i++)
				named->possible[i] = true;
}

static void visit(void *self, const struct str *path, size_t count, struct span span)
{
	struct worlds *worlds = self;
	const struct plan_node *node;

	(void)span;
	if (count < 3 || !str_is(path[0], "steps"))
		return;
	node = plan_find(worlds->plan, worlds->asking->book, path[1]);
	for (size_t i = 0; node && i < worlds->count; i++)
		if (worlds->named[i].node == node->index)
			return;
	if (!node)
		return;
	if (worlds->count == NAMED_MAX) {
		worlds->many = true;
		return;
	}
	worlds->named[worlds->count] = (struct named){.node = node->index};
	settle(worlds, &worlds->named[worlds->count++]);
}

static const struct value *unknown(struct arena *arena)
{
	static const uint32_t nobody[] = {PLAN_ROOT};

	return value_unknown(arena, nobody, 1);
}

static const struct value *get_fact(
    struct arena *arena, const struct value *object, struct str field)
{
	static const struct str outcomes[] = {
	    {"succeeded", 9}, {"skipped", 7}, {"failed", 6}, {"", 0}};
	const struct named *named = object->object.self;

	if (str_is(field, "failed") && named->end != OTHERWISE)
		return value_bool(named->end == FAILED);
	if (str_is(field, "succeeded"))
		return value_bool(named->end == SUCCEEDED);
	if (str_is(field, "skipped"))
		return value_bool(named->end == SKIPPED);
	if (str_is(field, "outcome") && named->end != OTHERWISE && named->end != FAILED)
		return value_string(arena, outcomes[named->end]);
	return unknown(arena);
}

static const struct object_class step_class = {"step", get_fact};

static const struct value *get_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct worlds *worlds = object->object.self;
	const struct plan_node *node = plan_find(worlds->plan, worlds->asking->book, field);

	for (size_t i = 0; node && i < worlds->count; i++)
		if (worlds->named[i].node == node->index)
			return value_object(arena, &step_class, &worlds->named[i], node->index);
	return unknown(arena);
}

static const struct object_class steps_class = {"steps", get_step};

static const struct value *get_root(const struct scope *scope, struct arena *arena, struct str name)
{
	if (str_is(name, "steps"))
		return value_object(arena, &steps_class, scope->self, 0);
	return unknown(arena);
}

/* Every combination of ends, the named steps from number `i` on. */
static bool never_from(
    struct worlds *worlds, size_t i, const struct expr *expr, struct arena *arena)
{
	struct scope scope = {get_root, worlds};
	const struct value *value;

	if (i == worlds->count) {
		value = expr_eval(expr, &scope, arena);
		return value->type == VALUE_BOOL && !value->boolean;
	}
	for (int end = 0; end < ENDS; end++) {
		worlds->named[i].end = (enum end)end;
		if (worlds->named[i].possible[end] && !never_from(worlds, i + 1, expr, arena))
			return false;
	}
	return true;
}

bool worlds_never(struct arena *arena, const struct plan *plan, const struct plan_node *node,
    const struct expr *expr)
{
	struct worlds worlds = {.plan = plan, .asking = node};

	expr_visit_names(expr, visit, &worlds);
	return !worlds.many && never_from(&worlds, 0, expr, arena);
}
