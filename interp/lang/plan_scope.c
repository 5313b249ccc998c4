/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/plan_scope.h"

#include "lang/bind.h"
#include "lang/target.h"
#include "value/target.h"

static const struct value *get_secret(
    struct arena *arena, const struct value *object, struct str field)
{
	struct secret_part *part = arena_alloc(arena, sizeof(*part));

	(void)object;
	*part = (struct secret_part){true, field};
	return value_secret(arena, part, 1);
}

static const struct value *get_objective(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct objectives *objectives = object->object.self;
	int64_t us = str_is(field, "rto") ? objectives->rto_us
	    : str_is(field, "rpo")        ? objectives->rpo_us
					  : UNSET_US;

	return us == UNSET_US ? NULL : value_duration_us(arena, us);
}

static const struct object_class secrets_class = {"secrets", get_secret};
static const struct object_class objectives_class = {"objectives", get_objective};

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	const struct plan_scope *self = scope->self;

	if (str_is(name, "params"))
		return self->params;
	if (str_is(name, "secrets"))
		return value_object(arena, &secrets_class, self, 0);
	if (str_is(name, "objectives"))
		return value_object(arena, &objectives_class, &self->runbook->objectives, 0);
	return NULL;
}

static void enter_book(struct plan_scope *scope, const struct runbook *book)
{
	static const struct value nothing = {.type = VALUE_MAP};

	scope->runbook = book;
	scope->params = book == scope->plan->runbook ? scope->own : &nothing;
}

static const struct scope *at_home(const struct scope *scope, struct arena *arena, const void *home)
{
	struct plan_scope *there = arena_alloc(arena, sizeof(*there));

	*there = *(const struct plan_scope *)scope->self;
	there->scope.self = there;
	enter_book(there, home);
	return &there->scope;
}

void plan_scope_init(struct plan_scope *scope, const struct plan *plan, const struct value *params)
{
	*scope = (struct plan_scope){
	    {get_name, scope, at_home}, plan, params, plan->runbook, params};
}

void plan_scope_enter(struct plan_scope *scope, const struct plan_node *node)
{
	enter_book(scope, node->book);
}

void plan_scope_action(const struct plan_scope *scope, const struct action *action,
    struct arena *arena, struct buf *out)
{
	const struct value *args = template_eval_known(action->args, &scope->scope, arena);

	if (args->type == VALUE_MAP)
		action_show(action->spec, args, out);
	else
		action_show_written(action->spec, action->args, out);
}

struct plan_sight {
	struct target_sight base;
	struct plan_scope *scope;
	const struct plan_node *node;
};

static const struct scope *target_scope(
    const struct target_sight *base, const struct target *target, const struct at *at)
{
	const struct plan_sight *sight = (const struct plan_sight *)(const void *)base;
	const struct plan *plan = sight->scope->plan;
	const struct plan_node *node = sight->node;

	while (node->index != PLAN_ROOT &&
	    (target->book ? node->book != target->book : at->step && node->step != at->step))
		node = &plan->nodes[node->parent];
	plan_scope_enter(sight->scope, node);
	return &sight->scope->scope;
}

static const struct value *no_machine(
    const struct target_sight *base, const struct at *at, size_t *ret_index)
{
	(void)base;
	(void)at;
	(void)ret_index;
	return NULL;
}

const struct value *plan_scope_target(struct plan_scope *scope, const struct plan_node *node,
    const struct action *action, struct arena *arena)
{
	struct plan_sight sight = {{target_scope, no_machine}, scope, node};
	static const struct value nothing = {.type = VALUE_MAP};
	const struct value *args = target_add(arena, action, &nothing, &sight.base, true);

	plan_scope_enter(scope, node);
	return target_of(args);
}
