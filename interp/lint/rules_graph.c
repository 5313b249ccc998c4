/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/worlds.h"
#include "lint/lint_parts.h"

/* What the graph says of what can happen at all. */

static void never_runs(struct lint *lint, const struct rule *rule)
{
	struct worlds *worlds = worlds_new(lint->arena, lint->plan);

	for (size_t i = 1; i < lint->plan->count; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		struct diag *diag;

		if (!node->step->when ||
		    !worlds_never(
			worlds, &(struct asking){node->index, WORLD_WHEN}, node->step->when, false))
			continue;
		diag = lint_at(lint, rule, node, expr_span(node->step->when),
		    "this is never true: `%.*s` is always skipped", STR_ARG(node->step->id));
		lint_help(lint, diag,
		    "take the step away, or say when it is to run; what is asked here cannot all "
		    "be so");
	}
	worlds_free(worlds);
}

static void find_stdout(void *self, const struct str *path, size_t count, struct span span)
{
	bool *found = self;

	(void)count;
	(void)span;
	*found |= str_is(path[0], "stdout") || str_is(path[0], "lines") || str_is(path[0], "json");
}

static bool reads_stdout(const struct expr *expr)
{
	bool reads = false;

	if (expr)
		expr_visit_names(expr, find_stdout, &reads);
	return reads;
}

static bool is_redirected(const struct action *action)
{
	return action->spec && lint_arg(action, "stdout") != NULL;
}

/* A condition over what went into a file: it sees an empty text. */
static void redirected_expr(struct lint *lint, const struct rule *rule,
    const struct plan_node *node, const struct expr *expr)
{
	struct diag *diag;

	if (!reads_stdout(expr))
		return;
	diag = lint_at(lint, rule, node, expr_span(expr),
	    "the standard output goes into a file and is not kept: this sees an empty text");
	lint_help(lint, diag,
	    "leave `stdout` out, or look at the file: `file.stat` or another step under `verify`");
}

static void redirected_checks(struct lint *lint, const struct rule *rule,
    const struct plan_node *node, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		if (!is_redirected(&checks->items[i].action))
			continue;
		redirected_expr(lint, rule, node, checks->items[i].expect);
		redirected_expr(lint, rule, node, checks->items[i].abort);
	}
}

static void never_outputs(
    struct lint *lint, const struct rule *rule, const struct plan_node *node, bool fails)
{
	const struct step *step = node->step;
	struct diag *diag;

	for (size_t k = 0; k < step->output_count; k++) {
		const struct output *output = &step->outputs[k];

		if (!fails && !(is_redirected(&step->action) && reads_stdout(output->value)))
			continue;
		diag = lint_at(lint, rule, node, output->span, "nobody can have `%.*s`: %s",
		    STR_ARG(output->name),
		    fails ? "what the step expects never holds, so that it always fails"
			  : "the standard output goes into a file and is not kept");
		lint_help(lint, diag,
		    fails ? "mend `expect`"
			  : "leave `stdout` out, or read the file in a step that needs "
			    "this one");
	}
}

/* An output or a condition over what went into a file, or an output of a step that never succeeds. */
static void never_output(struct lint *lint, const struct rule *rule)
{
	struct worlds *worlds = worlds_new(lint->arena, lint->plan);

	for (size_t i = 0; i < lint->plan->count; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		const struct step *step = node->step;
		const struct asking asking = {node->index, WORLD_EXPECT};

		if (is_redirected(&step->action)) {
			redirected_expr(lint, rule, node, step->expect);
			redirected_expr(lint, rule, node, step->retry.when);
		}
		redirected_checks(lint, rule, node, &step->unless);
		redirected_checks(lint, rule, node, &step->preconditions);
		redirected_checks(lint, rule, node, &step->ready);
		redirected_checks(lint, rule, node, &step->verify);
		never_outputs(lint, rule, node,
		    step->output_count && step->expect &&
			worlds_never(worlds, &asking, step->expect, false));
	}
	worlds_free(worlds);
}

static const struct connection_decl *connection_of(
    const struct runbook *book, const struct action *action)
{
	for (size_t i = 0; i < action->count; i++)
		for (size_t k = 0; k < book->connection_count; k++)
			if (action->list[i].shared && action->list[i].param &&
			    action->list[i].value == book->connections[k].args)
				return &book->connections[k];
	return NULL;
}

static bool share_a_lock(const struct plan *plan, uint32_t a, uint32_t b)
{
	for (uint32_t x = a; x != PLAN_NONE; x = plan->nodes[x].parent)
		for (uint32_t y = b; y != PLAN_NONE && plan->nodes[x].step->lock.len;
		     y = plan->nodes[y].parent)
			if (str_eq(plan->nodes[x].step->lock, plan->nodes[y].step->lock))
				return true;
	return false;
}

static void parallel_pair(struct lint *lint, const struct rule *rule, const struct plan_node *a,
    const struct plan_node *b)
{
	const struct connection_decl *one = connection_of(a->book, &a->step->action);
	struct diag *diag;

	if (!one || one != connection_of(b->book, &b->step->action) || one->session ||
	    plan_needs(lint->plan, b->index, a->index) ||
	    plan_needs(lint->plan, a->index, b->index) ||
	    share_a_lock(lint->plan, a->index, b->index))
		return;
	diag = lint_at(lint, rule, b, b->step->span,
	    "`%.*s` and `%.*s` change things through `%.*s`, and either may come first",
	    STR_ARG(a->step->id), STR_ARG(b->step->id), STR_ARG(one->name));
	lint_help(lint, diag, "have one need the other, or give both the same `lock`");
	diag_other(&lint->found, diag, a->step->span, "the other one");
}

static void parallel_changes(struct lint *lint, const struct rule *rule)
{
	const struct plan *plan = lint->plan;

	for (size_t i = 1; i < plan->count; i++) {
		if (plan->nodes[i].effect == EFFECT_READ || !plan->nodes[i].step->action.spec ||
		    !connection_of(plan->nodes[i].book, &plan->nodes[i].step->action))
			continue;
		for (size_t k = i + 1; k < plan->count; k++)
			if (plan->nodes[k].effect != EFFECT_READ)
				parallel_pair(lint, rule, &plan->nodes[i], &plan->nodes[k]);
	}
}

const struct rule graph_rules[] = {
    {"never-runs", "a step whose condition is never true", never_runs},
    {"never-output", "an output that nobody can have, or a condition over what is not kept",
	never_output},
    {"parallel-changes", "steps that change things through one connection at the same time",
	parallel_changes},
    {"unused", "a parameter, secret, connection, target or template that nothing uses",
	lint_unused},
    {0},
};
