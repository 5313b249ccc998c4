/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_ast.h"
#include "lint/lint_parts.h"

/* Conditions that say something else than they seem to. */

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

static bool is_output_name(struct str name)
{
	return str_is(name, "stdout") || str_is(name, "stderr");
}

/* Whether it is the whole of what a process wrote: `stdout`, `steps.x.result.stdout`. */
static bool is_output(const struct ast *ast)
{
	if (ast->kind == AST_NAME)
		return is_output_name(ast->name.text);
	return ast->kind == AST_SELECT && is_output_name(ast->select.field) &&
	    ast->select.of->kind == AST_SELECT && str_is(ast->select.of->select.field, "result");
}

static bool lacks_newline(const struct value *value)
{
	struct str text = value_text(value);

	for (size_t i = 0; value->type == VALUE_LIST && i < value->list.count; i++)
		if (lacks_newline(value->list.items[i]))
			return true;
	return value->type == VALUE_STRING && text.len && text.ptr[text.len - 1] != '\n';
}

/* A text without a newline at its end; that of a parameter has none. */
static bool is_short_text(const struct ast *ast)
{
	if (ast->kind == AST_SELECT)
		return ast->select.of->kind == AST_NAME &&
		    str_is(ast->select.of->name.text, "params");
	for (uint32_t i = 0; ast->kind == AST_LIST && i < ast->list.count; i++)
		if (is_short_text(ast->list.items[i]))
			return true;
	return ast->kind == AST_CONST && lacks_newline(ast->constant);
}

/* A comparison of a whole output with a text that lacks the newline at its end. */
static const struct ast *find_short(const struct ast *ast)
{
	static const char *const names[] = {"==", "!=", "in", "endsWith"};
	struct ast *child;

	for (size_t i = 0; ast->kind == AST_CALL && i < sizeof(names) / sizeof(*names); i++) {
		if (!str_is(ast->call.name, names[i]) || ast->call.count != 2)
			continue;
		if ((is_output(ast->call.args[0]) && is_short_text(ast->call.args[1])) ||
		    (i < 2 && is_output(ast->call.args[1]) && is_short_text(ast->call.args[0])))
			return ast;
	}
	for (size_t i = 0; (child = ast_child(ast, i)); i++) {
		const struct ast *found = find_short(child);

		if (found)
			return found;
	}
	return NULL;
}

/* Whether a process of the step may well end its output without a newline. */
static bool may_lack_newline(const struct lint *lint, const struct plan_node *node)
{
	static const char *const programs[] = {
	    "printf", "tr", "curl", "cat", "head", "base64", "jq", NULL};

	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; process->node == node && k < process->shell.count; k++) {
			const struct command *command = &process->shell.commands[k];

			if (command_is_one(command, programs) ||
			    (command_is(command, "echo") && command_has(command, "-n")))
				return true;
		}
	}
	return false;
}

static void visit_short(
    void *self, const struct plan_node *node, enum place_kind kind, const struct expr *expr)
{
	struct looking *looking = self;
	const struct ast *ast = find_short(expr->root);
	struct diag *diag;

	(void)kind;
	if (!ast || may_lack_newline(looking->lint, node))
		return;
	diag = lint_at(looking->lint, looking->rule, node,
	    text_span(&expr->text, ast->start, ast->end),
	    "a program ends its output with a newline: this is %s so",
	    str_is(ast->call.name, "!=") ? "always" : "never");
	lint_help(looking->lint, diag, "look at it without: `stdout.trim()`, or take `lines`");
}

static void output_newline(struct lint *lint, const struct rule *rule)
{
	lint_visit_exprs(lint, visit_short, &(struct looking){lint, rule});
}

/* What a condition of `finally` asks of one step of the block. */
struct failing {
	const struct plan *plan;
	const struct plan_node *node; /* that asks */
	const struct plan_node *whom; /* whose failure it asks for, or NULL */
	struct span span;
	bool more; /* it asks for more of a step than its failure */
};

static void find_failed(void *self, const struct str *path, size_t count, struct span span)
{
	static const char *const others[] = {"succeeded", "began", "outcome", "skipped", "outputs"};
	struct failing *failing = self;
	const struct plan_node *whom;

	if (count < 3 || !str_is(path[0], "steps"))
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		failing->more |= str_is(path[2], others[i]);
	whom = plan_find(failing->plan, failing->node->book, path[1]);
	if (!str_is(path[2], "failed") || failing->whom || !whom ||
	    whom->parent != failing->node->parent || whom->part != PART_STEPS)
		return;
	failing->whom = whom;
	failing->span = span;
}

static bool is_negated(const struct ast *ast)
{
	struct ast *child;

	if (ast->kind == AST_CALL && !ast->call.method && str_is(ast->call.name, "!"))
		return true;
	for (size_t i = 0; (child = ast_child(ast, i)); i++)
		if (is_negated(child))
			return true;
	return false;
}

/* `failed` is false of a step that was interrupted, or blocked by one before it. */
static void finally_failed(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 1; i < lint->plan->count; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		struct failing failing = {.plan = lint->plan, .node = node};
		struct diag *diag;

		if (node->part != PART_FINALLY || !node->step->when ||
		    node->effect == EFFECT_READ || is_negated(node->step->when->root))
			continue;
		expr_visit_names(node->step->when, find_failed, &failing);
		if (!failing.whom || failing.more)
			continue;
		diag = lint_at(lint, rule, node, failing.span,
		    "`%.*s` has not failed when it was interrupted, or blocked by a step before "
		    "it: "
		    "this is skipped then",
		    STR_ARG(failing.whom->step->id));
		lint_help(
		    lint, diag, "ask `!steps.%.*s.succeeded`", STR_ARG(failing.whom->step->id));
	}
}

const struct rule expr_rules[] = {
    {"empty-all", ".all(…) that is true of an empty list", empty_all},
    {"output-newline", "an output compared with a text that lacks its newline", output_newline},
    {"finally-failed", "a clean-up that an interruption skips", finally_failed},
    {0},
};
