/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/*
 * What the expressions of a step will see once it begins, as far as that is known while a person is asked about it or
 * about a block around it. All that is still to come is unknown: what other steps below the block find out, which item
 * of a loop it is, and `now`. No name stands for something else of the same name further up.
 */

static const struct value *unknown(const struct coming_scope *self, struct arena *arena)
{
	return value_unknown(arena, &self->node->index, 1);
}

static bool is_below(const struct coming_scope *self, uint32_t node)
{
	return plan_within(
	    self->base.sched->plan, node, instance_at(self->base.sched, self->base.instance)->node);
}

static const struct runbook *own_book(const struct coming_scope *self)
{
	return node_of(self->base.sched, self->base.instance)->book;
}

static const struct plan_node *parent_of(
    const struct coming_scope *self, const struct plan_node *node)
{
	return &self->base.sched->plan->nodes[node->parent];
}

/* Steps below have not run; the others are as the instance sees them. */
static const struct value *get_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct coming_scope *self = object->object.self;
	const struct plan_node *node = plan_find(self->base.sched->plan, self->node->book, field);
	const struct value *steps;

	if (!node)
		return NULL;
	if (is_below(self, node->index) || node->book != own_book(self))
		return unknown(self, arena);
	steps = self->base.scope.get(&self->base.scope, arena, STR("steps"));
	return steps->object.class->get(arena, steps, field);
}

static const struct object_class steps_class = {"steps", get_step};

/* The root, on the way down to the step, of what is used there: NULL when the step sees the instance's own params. */
static const struct plan_node *used_root(const struct coming_scope *self)
{
	uint32_t top = instance_at(self->base.sched, self->base.instance)->node;

	for (const struct plan_node *node = self->node; node->index != top;
	     node = parent_of(self, node))
		if (parent_of(self, node)->step->use.book && node->part == PART_STEPS)
			return node;
	return NULL;
}

static const struct template *given_param(const struct use *use, struct str name)
{
	for (size_t i = 0; i < use->count; i++)
		if (str_eq(use->list[i].name, name))
			return use->list[i].value;
	return NULL;
}

/* The parameters of what is used: those that are known by now. */
static const struct value *params_of(
    const struct coming_scope *self, struct arena *arena, const struct plan_node *root)
{
	const struct use *use = &parent_of(self, root)->step->use;
	struct coming_scope outer;
	struct map_builder map;

	coming_init(&outer, self->base.sched, self->base.instance, parent_of(self, root));
	map_begin(&map, arena);
	for (size_t i = 0; i < use->book->param_count; i++) {
		const struct param_decl *decl = &use->book->params[i];
		const struct template *given = given_param(use, decl->name);
		const struct value *value = decl->preset;
		struct str why;

		if (given)
			value = template_eval(given, &outer.scope, arena);
		if (given && value->type != VALUE_ERROR && value->type != VALUE_UNKNOWN)
			value = decl_bind(arena, decl, value, &why);
		if (!value || value->type == VALUE_ERROR)
			value = unknown(self, arena);
		map_add_str(&map, decl->name, value);
	}
	return map_end(&map);
}

/* Whether a loop on the way down calls its item, or its index, so. */
static bool is_loop_name(const struct coming_scope *self, struct str name)
{
	uint32_t top = instance_at(self->base.sched, self->base.instance)->node;

	for (const struct plan_node *node = self->node; node->index != top;
	     node = parent_of(self, node))
		if (node->step->each.list &&
		    (str_is(name, "index") || str_eq(name, node->step->each.as)))
			return true;
	return false;
}

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	const struct coming_scope *self = scope->self;
	const struct plan_node *root = used_root(self);

	if (str_is(name, "now") || is_loop_name(self, name) || (str_is(name, "objectives") && root))
		return unknown(self, arena);
	if (str_is(name, "steps"))
		return value_object(arena, &steps_class, self, 0);
	if (str_is(name, "params") && root)
		return params_of(self, arena, root);
	return self->base.scope.get(&self->base.scope, arena, name);
}

static const struct scope *at_home(const struct scope *scope, struct arena *arena, const void *home)
{
	const struct coming_scope *self = scope->self;
	uint32_t top = instance_at(self->base.sched, self->base.instance)->node;
	const struct plan_node *node = self->node;
	struct coming_scope *there;

	while (node->index != top && node->book != home)
		node = parent_of(self, node);
	if (node->index == top)
		return self->base.scope.at_home(&self->base.scope, arena, home);
	there = arena_alloc(arena, sizeof(*there));
	coming_init(there, self->base.sched, self->base.instance, node);
	return &there->scope;
}

void coming_init(struct coming_scope *scope, const struct sched *sched, uint32_t instance,
    const struct plan_node *node)
{
	scope_init(&scope->base, sched, instance, sched->at_us);
	scope->scope = (struct scope){get_name, scope, at_home};
	scope->node = node;
}
