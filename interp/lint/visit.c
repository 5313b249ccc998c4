/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint_parts.h"

/* Every expression and every argument of a plan, in its order. */
struct visiting {
	visit_expr *visit;
	void *self;
	const struct plan_node *node;
};

static void one(const struct visiting *visiting, enum place_kind kind, const struct expr *expr)
{
	if (expr)
		visiting->visit(visiting->self, visiting->node, kind, expr);
}

static void checks(const struct visiting *visiting, const struct checks *list)
{
	for (size_t i = 0; i < list->count; i++) {
		one(visiting, PLACE_CHECK, list->items[i].expect);
		one(visiting, PLACE_OTHER, list->items[i].abort);
		one(visiting, PLACE_OTHER, list->items[i].each.list);
	}
}

void lint_visit_exprs(struct lint *lint, visit_expr *visit, void *self)
{
	for (size_t i = 0; i < lint->plan->count; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		const struct step *step = node->step;
		struct visiting visiting = {visit, self, node};

		one(&visiting, PLACE_WHEN, step->when);
		one(&visiting, PLACE_OTHER, step->each.list);
		checks(&visiting, &step->unless);
		checks(&visiting, &step->preconditions);
		one(&visiting, PLACE_OTHER, step->approve.when);
		checks(&visiting, &step->ready);
		one(&visiting, PLACE_EXPECT, step->expect);
		one(&visiting, PLACE_OTHER, step->retry.when);
		for (size_t k = 0; k < step->output_count; k++)
			one(&visiting, PLACE_OTHER, step->outputs[k].value);
		checks(&visiting, &step->verify);
	}
}

struct arguing {
	visit_arg *visit;
	void *self;
	const struct plan_node *node;
};

static void args(const struct arguing *arguing, const struct arg *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].parts)
			args(arguing, list[i].parts, list[i].part_count);
		else if (list[i].value && !list[i].shared)
			arguing->visit(arguing->self, arguing->node, &list[i]);
	}
}

static void target_args(const struct arguing *arguing, const struct target *target)
{
	args(arguing, target->list, target->count);
	for (size_t i = 0; i < target->member_count; i++)
		if (target->members[i].target && !target->members[i].target->book)
			target_args(arguing, target->members[i].target);
}

/* What is said in place: the declared ones have a place of their own. */
static void at_args(const struct arguing *arguing, const struct at *at)
{
	if (at->target && !at->target->book)
		target_args(arguing, at->target);
}

static void action_args(const struct arguing *arguing, const struct action *action)
{
	args(arguing, action->list, action->count);
	for (size_t i = 0; i < action->stage_count; i++)
		if (!action->stages[i].step)
			at_args(arguing, &action->stages[i]);
}

static void check_args(const struct arguing *arguing, const struct checks *list)
{
	for (size_t i = 0; i < list->count; i++) {
		at_args(arguing, &list->items[i].at);
		action_args(arguing, &list->items[i].action);
	}
}

void lint_visit_args(struct lint *lint, visit_arg *visit, void *self)
{
	const struct runbook *runbook = lint->plan->runbook;
	struct arguing arguing = {visit, self, &lint->plan->nodes[PLAN_ROOT]};

	for (size_t i = 0; i < runbook->env_count; i++)
		visit(self, arguing.node,
		    &(struct arg){
			.name = runbook->env_items[i].name, .value = runbook->env_items[i].value});
	for (size_t i = 0; i < runbook->connection_count; i++)
		args(&arguing, runbook->connections[i].list, runbook->connections[i].count);
	for (size_t i = 0; i < runbook->target_count; i++)
		target_args(&arguing, runbook->targets[i]);
	for (size_t i = 0; i < lint->plan->count; i++) {
		const struct step *step = lint->plan->nodes[i].step;

		arguing.node = &lint->plan->nodes[i];
		at_args(&arguing, &step->at);
		check_args(&arguing, &step->unless);
		check_args(&arguing, &step->preconditions);
		action_args(&arguing, &step->background);
		check_args(&arguing, &step->ready);
		action_args(&arguing, &step->action);
		action_args(&arguing, &step->rehearse);
		args(&arguing, step->use.list, step->use.count);
		check_args(&arguing, &step->verify);
	}
}
