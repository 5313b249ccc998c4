/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_places.h"

#include "value/target.h"

static struct str called(struct arena *arena, const struct value *target)
{
	struct str name = value_text(value_get(target, "name"));
	struct str text = target_text(arena, target);

	return name.len ? arena_printf(arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(text)) : text;
}

/* Of many, an action runs at the one of its round: "at host, of web". */
static struct str place_of_round(const struct action *action, struct arena *arena)
{
	struct str name = action->at.target->name;
	const struct step *step = action->at.step;

	return arena_printf(
	    arena, "at %.*s%s%.*s", STR_ARG(step->each.as), name.len ? ", of " : "", STR_ARG(name));
}

struct str plan_place(struct plan_scope *scope, const struct plan_node *node,
    const struct action *action, struct arena *arena)
{
	const struct value *target = plan_scope_target(scope, node, action, arena);

	if (!target)
		return (struct str){0};
	if (action->at.target && action->at.target->many && action->at.step && !action->stage_count)
		return place_of_round(action, arena);
	return value_text(value_get(target, "name")).len
	    ? arena_printf(arena, "at %.*s", STR_ARG(called(arena, target)))
	    : target_place(arena, target);
}

/* Each place once, in the order in which the steps come to it. */
struct places {
	struct plan_scope *scope;
	struct arena *arena;
	struct str *items;
	size_t count;
	size_t capacity;
};

static void add(struct places *places, const struct value *target)
{
	struct str text;

	if (!target || target->type == VALUE_NULL)
		return;
	if (target->type == VALUE_LIST) {
		for (size_t i = 0; i < target->list.count; i++)
			add(places, target->list.items[i]);
		return;
	}
	text = called(places->arena, target);
	for (size_t i = 0; i < places->count; i++)
		if (str_eq(places->items[i], text))
			return;
	places->items = arena_grow(
	    places->arena, places->items, places->count, &places->capacity, sizeof(struct str));
	places->items[places->count++] = text;
}

static void add_action(
    struct places *places, const struct plan_node *node, const struct action *action)
{
	plan_scope_enter(places->scope, node);
	add(places, plan_scope_target(places->scope, node, action, places->arena));
}

static void add_checks(
    struct places *places, const struct plan_node *node, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		add_action(places, node, &checks->items[i].action);
}

const struct str *plan_places(
    struct plan_scope *scope, const struct plan *plan, struct arena *arena, size_t *ret_count)
{
	struct places places = {.scope = scope, .arena = arena};

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		add_checks(&places, node, &node->step->unless);
		add_checks(&places, node, &node->step->preconditions);
		add_action(&places, node, &node->step->background);
		add_checks(&places, node, &node->step->ready);
		add_action(&places, node, &node->step->action);
		add_checks(&places, node, &node->step->verify);
	}
	plan_scope_enter(scope, &plan->nodes[PLAN_ROOT]);
	*ret_count = places.count;
	return places.items;
}
