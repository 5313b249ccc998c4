/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_ast.h"
#include "lang/worlds.h"
#include "lint/lint_parts.h"

/* What the graph and the expressions over it say of what can happen at all. */

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

/* An output over what went into a file, or of a step that never succeeds. */
static void never_output(struct lint *lint, const struct rule *rule)
{
	struct worlds *worlds = worlds_new(lint->arena, lint->plan);

	for (size_t i = 1; i < lint->plan->count; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		const struct step *step = node->step;
		bool redirected = lint_arg(&step->action, "stdout") != NULL;
		bool fails = step->expect &&
		    worlds_never(
			worlds, &(struct asking){node->index, WORLD_EXPECT}, step->expect, false);
		struct diag *diag;

		for (size_t k = 0; k < step->output_count; k++) {
			const struct output *output = &step->outputs[k];
			bool reads = false;

			if (redirected && output->value)
				expr_visit_names(output->value, find_stdout, &reads);
			if (!reads && !fails)
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

static struct str ast_text(const struct expr *expr, const struct ast *ast)
{
	return str_trim(str_sub(expr->text.bytes, ast->start, ast->end - ast->start));
}

/* Whether an expression asks for the size of the same list, or for an item of it. */
static bool asks_size(const struct expr *expr, const struct ast *ast, struct str list)
{
	struct ast *child;

	if (ast->kind == AST_CALL && str_is(ast->call.name, "size") && ast->call.count == 1 &&
	    str_eq(ast_text(expr, ast->call.args[0]), list))
		return true;
	if (ast->kind == AST_MACRO && ast->macro.kind != MACRO_ALL &&
	    str_eq(ast_text(expr, ast->macro.range), list))
		return true;
	if (ast->kind == AST_LIST && ast->list.count == 0) /* compared with [] */
		return true;
	for (size_t i = 0; (child = ast_child(ast, i)); i++)
		if (asks_size(expr, child, list))
			return true;
	return false;
}

/* Whether a list is known only at run time: it comes from a step, a result or a loop. */
static bool is_dynamic(const struct ast *ast)
{
	struct ast *child;

	if (ast->kind == AST_NAME)
		return !str_is(ast->name.text, "params") && !str_is(ast->name.text, "objectives");
	for (size_t i = 0; (child = ast_child(ast, i)); i++)
		if (is_dynamic(child))
			return true;
	return false;
}

static const struct ast *find_all(const struct ast *ast)
{
	struct ast *child;

	if (ast->kind == AST_MACRO && ast->macro.kind == MACRO_ALL && is_dynamic(ast->macro.range))
		return ast;
	for (size_t i = 0; (child = ast_child(ast, i)); i++) {
		const struct ast *found = find_all(child);

		if (found)
			return found;
	}
	return NULL;
}

struct looking {
	struct lint *lint;
	const struct rule *rule;
};

static void visit_all(
    void *self, const struct plan_node *node, enum place_kind kind, const struct expr *expr)
{
	struct looking *looking = self;
	const struct ast *all = kind == PLACE_OTHER ? NULL : find_all(expr->root);
	struct diag *diag;
	struct str list;

	if (!all)
		return;
	list = ast_text(expr, all->macro.range);
	if (asks_size(expr, expr->root, list))
		return;
	diag = lint_at(looking->lint, looking->rule, node,
	    text_span(&expr->text, all->start, all->end),
	    "this is true when `%.*s` is empty, so that nothing is checked at all", STR_ARG(list));
	lint_help(looking->lint, diag, "ask for `%.*s.size() > 0` as well", STR_ARG(list));
}

static void empty_all(struct lint *lint, const struct rule *rule)
{
	lint_visit_exprs(lint, visit_all, &(struct looking){lint, rule});
}

const struct rule graph_rules[] = {
    {"never-runs", "a step whose condition is never true", never_runs},
    {"never-output", "an output that nobody can have", never_output},
    {"parallel-changes", "steps that change things through one connection at the same time",
	parallel_changes},
    {"empty-all", ".all(…) that is true of an empty list", empty_all},
    {"unused", "a parameter, secret, connection or template that nothing uses", lint_unused},
    {0},
};
