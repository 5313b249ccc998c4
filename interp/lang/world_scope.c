/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lang/worlds_parts.h"

/* What names mean in a world. What no choice says is unknown. */

/* A step as somebody sees it; of an item: the loop, and which item. */
struct seen {
	const struct world_scope *scope;
	const struct plan_node *node;
	uint32_t item;
	bool is_item; /* the item itself, not a step in it */
};

static const struct value *unknown(struct arena *arena)
{
	static const uint32_t nobody[] = {PLAN_ROOT};

	return value_unknown(arena, nobody, 1);
}

static const struct value *lacks(struct arena *arena, const struct seen *seen, const char *what)
{
	struct worlds *worlds = seen->scope->worlds;
	struct str message = arena_printf(arena, "%s of %s%.*s", what,
	    seen->is_item ? "an item of " : "", STR_ARG(seen->node->step->id));

	if (worlds->missing_count < MISSING_MAX)
		worlds->missing[worlds->missing_count++] = (struct missing){
		    seen->node->index, seen->item, seen->is_item, what, message};
	return value_error(arena, 0, 0, "%.*s", STR_ARG(message));
}

static enum world_end end_of(const struct seen *seen)
{
	struct worlds *worlds = seen->scope->worlds;
	const struct asking *asking = &seen->scope->asking;

	return seen->is_item ? world_item_end(worlds, asking, seen->node->index, seen->item)
			     : world_end(worlds, asking, seen->node->index, seen->item);
}

static const struct value *get_outcome(
    struct arena *arena, const struct seen *seen, enum world_end end)
{
	static const char *const outcomes[WORLD_ENDS][4] = {
	    [WORLD_SUCCEEDED] = {"succeeded"},
	    [WORLD_SKIPPED] = {"skipped"},
	    [WORLD_ABSENT] = {"skipped"},
	    [WORLD_FAILED] = {"failed", "timed_out"},
	    [WORLD_STOPPED] = {"blocked", "cancelled", "denied", "lost"},
	};
	const struct choice key = {.kind = CHOICE_OUTCOME, .about = seen->node, .item = seen->item};
	uint32_t options = 0;

	for (uint32_t i = 0; i < 4; i++)
		if (outcomes[end][i])
			options |= 1U << i;
	return value_string(
	    arena, str_from(outcomes[end][world_choose(seen->scope->worlds, key, options)]));
}

static const struct value *get_output(struct arena *arena, const struct seen *seen, struct str name)
{
	struct worlds *worlds = seen->scope->worlds;
	uint32_t fact = FACT_FIRST + (uint32_t)worlds->fact_count;

	if (worlds->fact_count == FACTS_MAX)
		return unknown(arena);
	worlds->facts[worlds->fact_count++] = (struct fact){seen->node, seen->item, name};
	return value_unknown(
	    arena, memcpy(arena_alloc(arena, sizeof(fact)), &fact, sizeof(fact)), 1);
}

/* Every output is there; what it is, nobody knows. */
static const struct value *get_outputs(struct arena *arena, const struct seen *seen)
{
	const struct step *step = seen->node->step;
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < step->output_count; i++)
		map_add_str(
		    &map, step->outputs[i].name, get_output(arena, seen, step->outputs[i].name));
	for (size_t i = 0; i < step->manual.input_count; i++)
		if (!value_get_str(map_end(&map), step->manual.inputs[i].name))
			map_add_str(&map, step->manual.inputs[i].name, unknown(arena));
	return map_end(&map);
}

static const struct value *get_step_field(
    struct arena *arena, const struct value *object, struct str field);

static const struct object_class step_class = {"step", get_step_field};

static const struct value *step_value(struct arena *arena, const struct seen *seen)
{
	struct seen *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *seen;
	return value_object(arena, &step_class, copy, 0);
}

/* The steps of one item of a loop. */
static const struct value *get_item_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct seen *loop = object->object.self;
	const struct plan *plan = loop->scope->worlds->plan;

	for (size_t i = 0; i < loop->node->child_count; i++) {
		const struct plan_node *child = &plan->nodes[loop->node->children[i]];

		if (str_eq(child->step->id, field))
			return step_value(
			    arena, &(struct seen){loop->scope, child, loop->item, false});
	}
	return unknown(arena);
}

static const struct object_class item_steps_class = {"steps", get_item_step};

/* Of a loop that got to its items: one, two, none when that is why it was skipped, or who knows how many. */
static const struct value *get_items(
    struct arena *arena, const struct seen *loop, enum world_end end)
{
	struct worlds *worlds = loop->scope->worlds;
	const struct choice key = {.kind = CHOICE_ITEMS, .about = loop->node, .item = loop->item};
	uint32_t options = 1 << ITEMS_UNKNOWN | 1 << ITEMS_ONE | 1 << ITEMS_TWO;
	const struct value **items;
	uint32_t taken;

	if (end == WORLD_ABSENT || end == WORLD_STOPPED)
		return lacks(arena, loop, "items");
	if (end == WORLD_SKIPPED) {
		enum world_cause cause = world_cause(worlds, loop->node->index, loop->item);

		if (cause == CAUSE_WHEN)
			return lacks(arena, loop, "items");
		if (cause == CAUSE_EACH)
			options = 1 << ITEMS_NONE;
	}
	taken = world_choose(worlds, key, options);
	if (taken == ITEMS_UNKNOWN)
		return unknown(arena);
	if (taken == ITEMS_NONE)
		return value_list(arena, NULL, 0);
	items = arena_array(arena, 2, sizeof(*items));
	for (uint32_t i = 0; i < 2; i++)
		items[i] = step_value(arena,
		    &(struct seen){loop->scope, loop->node, loop->item * ITEM_RADIX + i + 1, true});
	return value_list(arena, items, taken == ITEMS_ONE ? 1 : 2);
}

static const struct value *get_item_field(
    struct arena *arena, const struct seen *item, struct str field)
{
	if (str_is(field, "index"))
		return value_int(arena, (int64_t)(item->item % ITEM_RADIX) - 1);
	if (str_is(field, "steps"))
		return value_object(arena, &item_steps_class, item, 0);
	return NULL;
}

static const struct value *get_step_field(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct seen *seen = object->object.self;
	struct worlds *worlds = seen->scope->worlds;
	uint32_t node = seen->node->index;
	bool loop = seen->node->step->each.list && !seen->is_item;
	const struct value *value = seen->is_item ? get_item_field(arena, seen, field) : NULL;
	enum world_end end;

	if (value)
		return value;
	end = end_of(seen);
	if (str_is(field, "succeeded"))
		return value_bool(end == WORLD_SUCCEEDED);
	if (str_is(field, "skipped"))
		return value_bool(end == WORLD_SKIPPED || end == WORLD_ABSENT);
	if (str_is(field, "failed"))
		return value_bool(end == WORLD_FAILED);
	if (str_is(field, "outcome"))
		return get_outcome(arena, seen, end);
	if (str_is(field, "began"))
		return value_bool(world_began(worlds, node, seen->item, end));
	if (str_is(field, "items") && loop)
		return get_items(arena, seen, end);
	if (str_is(field, "outputs") && !loop)
		return end == WORLD_SUCCEEDED ? get_outputs(arena, seen)
					      : lacks(arena, seen, "outputs");
	if (str_is(field, "result") && !world_began(worlds, node, seen->item, end))
		return lacks(arena, seen, "result");
	return unknown(arena);
}

/* Whether who asks can know how a step ended: it, or what holds it, has not. */
static bool has_ended(const struct world_scope *scope, const struct plan_node *node)
{
	const struct plan *plan = scope->worlds->plan;
	uint32_t asking = scope->asking.node;

	return node->index != asking &&
	    (!plan_within(plan, asking, node->index) || plan_needs(plan, asking, node->index));
}

static const struct value *get_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct world_scope *scope = object->object.self;
	const struct plan *plan = scope->worlds->plan;
	const struct plan_node *node = plan_find(plan, plan->nodes[scope->asking.node].book, field);

	if (!node || !has_ended(scope, node))
		return unknown(arena);
	return step_value(arena, &(struct seen){scope, node, 0, false});
}

static const struct object_class steps_class = {"steps", get_step};

/* A parameter of few values is one of them. */
static const struct value *get_param(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct world_scope *scope = object->object.self;
	const struct runbook *book = scope->worlds->plan->nodes[scope->asking.node].book;
	const struct param_decl *decl = NULL;
	struct choice key = {.kind = CHOICE_PARAM};
	uint32_t taken;

	for (size_t i = 0; i < book->param_count && !decl; i++)
		if (str_eq(book->params[i].name, field))
			decl = &book->params[i];
	if (!decl)
		return unknown(arena);
	key.about = decl;
	if (decl->kind == PARAM_BOOL)
		return value_bool(world_choose(scope->worlds, key, 1 << 0 | 1 << 1));
	if (!decl->choices || decl->choices->type != VALUE_LIST || !decl->choices->list.count ||
	    decl->choices->list.count > 16)
		return unknown(arena);
	taken = world_choose(scope->worlds, key, (1U << decl->choices->list.count) - 1);
	return decl->choices->list.items[taken];
}

static const struct object_class params_class = {"params", get_param};

static const struct value *get_root(const struct scope *scope, struct arena *arena, struct str name)
{
	if (str_is(name, "steps"))
		return value_object(arena, &steps_class, scope->self, 0);
	if (str_is(name, "params"))
		return value_object(arena, &params_class, scope->self, 0);
	return unknown(arena);
}

/* What the names of a condition belong to: a book, or a loop around whoever asks. */
struct belonging {
	const struct world_scope *scope;
	const void *to;
	bool alone; /* it is like no other */
};

static const struct plan_node *loop_of(const struct world_scope *scope, struct str name)
{
	const struct plan *plan = scope->worlds->plan;

	for (uint32_t at = scope->asking.node; at != PLAN_NONE; at = plan->nodes[at].parent) {
		const struct each *each = &plan->nodes[at].step->each;

		if (each->list && (str_is(name, "index") || str_eq(name, each->as)))
			return &plan->nodes[at];
	}
	return NULL;
}

static void visit_name(void *self, const struct str *path, size_t count, struct span span)
{
	static const char *const lasting[] = {"params", "steps", "objectives", "run", NULL};
	struct belonging *belonging = self;
	const struct plan_node *loop;

	(void)count;
	(void)span;
	for (size_t i = 0; lasting[i]; i++)
		if (str_is(path[0], lasting[i]))
			return;
	loop = loop_of(belonging->scope, path[0]);
	belonging->alone |= !loop;
	if (loop)
		belonging->to = loop;
}

/* The same condition holds or does not, whoever asks; one over the time or a result is asked for itself. */
static bool guess(const struct guesser *guesser, const struct guess *guess)
{
	const struct world_scope *scope = (const struct world_scope *)((const char *)guesser -
	    offsetof(struct world_scope, guesser));
	struct worlds *worlds = scope->worlds;
	struct belonging belonging = {
	    .scope = scope, .to = worlds->plan->nodes[scope->asking.node].book};
	struct choice key = {
	    .kind = CHOICE_GUESS, .sign = guess->sign, .a = guess->a, .b = guess->b};

	if (guess->value && !guess->bound && guess->value->unknown.count == 1 &&
	    guess->value->unknown.nodes[0] >= FACT_FIRST) {
		const struct fact *fact = &worlds
					       ->facts[guess->value->unknown.nodes[0] - FACT_FIRST];

		return world_choose(worlds,
			   (struct choice){.kind = CHOICE_OUTPUT,
			       .about = fact->node,
			       .item = fact->item,
			       .a = fact->name},
			   1 << 0 | 1 << 1) == 0;
	}
	guess_visit_names(guess, visit_name, &belonging);
	key.about = guess->bound || belonging.alone ? (const void *)guess->ast : belonging.to;
	/* most conditions are there to hold: that is tried first */
	return world_choose(worlds, key, 1 << 0 | 1 << 1) == 0;
}

void world_scope_init(struct world_scope *scope, struct worlds *worlds, const struct asking *asking)
{
	*scope = (struct world_scope){
	    .scope = {.get = get_root, .self = scope},
	    .guesser = {guess},
	    .worlds = worlds,
	    .asking = *asking,
	};
}
