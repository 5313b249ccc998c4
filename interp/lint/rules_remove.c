/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint_parts.h"

/*
 * A recursive removal of what a value names. Only a value that may be empty is a risk: not a folder of the run, nor a
 * parameter that refuses the empty text, nor what was looked at before.
 */
struct naming {
	const struct lint *lint;
	const struct plan_node *node;
	struct str path[2]; /* of the value: "params", "target" */
	bool empty; /* it may be */
	bool known; /* it was looked at */
};

static bool param_is_empty(const struct lint *lint, const struct param_decl *param)
{
	struct diags ignored;
	bool empty;

	diags_init(&ignored);
	empty = decl_read(lint->arena, param, STR(""), &ignored) != NULL;
	diags_done(&ignored);
	return empty;
}

static void same_name(void *self, const struct str *path, size_t count, struct span span)
{
	struct naming *naming = self;

	(void)span;
	naming->known |= str_eq(path[0], naming->path[0]) &&
	    (count < 2 || str_eq(path[1], naming->path[1]));
}

static void look_at_checks(struct naming *naming, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->expect)
			expr_visit_names(check->expect, same_name, naming);
		if (check->action.args)
			template_visit_names(check->action.args, same_name, naming);
	}
}

/* Whether the step, or a block around it, asks about the value before it acts. */
static bool is_looked_at(struct naming *naming)
{
	const struct plan_node *node = naming->node;

	naming->known = false;
	for (;; node = &naming->lint->plan->nodes[node->parent]) {
		if (node->step->when)
			expr_visit_names(node->step->when, same_name, naming);
		look_at_checks(naming, &node->step->preconditions);
		look_at_checks(naming, &node->step->unless);
		if (naming->known || node->index == PLAN_ROOT)
			return naming->known;
	}
}

static void find_empty(void *self, const struct str *path, size_t count, struct span span)
{
	struct naming *naming = self;
	const struct param_decl *param;

	(void)span;
	naming->path[0] = path[0];
	naming->path[1] = count > 1 ? path[1] : (struct str){0};
	if (str_is(path[0], "run") || str_is(path[0], "index") || is_looked_at(naming))
		return;
	param = str_is(path[0], "params") && count == 2 ? book_param(naming->node->book, path[1])
							: NULL;
	naming->empty |= !param || param_is_empty(naming->lint, param);
}

/* A word of an argv that is more than one value. */
static bool template_is_risky(
    const struct lint *lint, const struct process *process, const struct template *template)
{
	struct naming naming = {.lint = lint, .node = process->node};
	struct template_piece piece;

	if (!template_piece(template, 1, &piece))
		return false;
	template_visit_names(template, find_empty, &naming);
	return naming.empty;
}

static bool word_is_risky(
    const struct lint *lint, const struct process *process, size_t index, size_t word)
{
	const struct shell *shell = &process->shell;
	const struct word *one = &shell->commands[index].words[word];
	bool plain = false;

	if (!one->expands)
		return false;
	if (one->template)
		return template_is_risky(lint, process, one->template);
	for (size_t i = 0; i < shell->expansion_count; i++) {
		const struct expansion *expansion = &shell->expansions[i];

		if (expansion->command == index && expansion->word == word && expansion->plain)
			plain = plain || !expansion->quoted || one->text.len > 0;
	}
	return plain;
}

static void rm_variable(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];
		const struct shell *shell = &process->shell;

		for (size_t k = 0; k < shell->count; k++) {
			const struct command *command = &shell->commands[k];
			struct diag *diag;
			size_t word = 1;

			if (!command_is(command, "rm") ||
			    !(command_option(command, 'r', "recursive", "") ||
				command_option(command, 'R', NULL, "")))
				continue;
			while (word < command->count && !word_is_risky(lint, process, k, word))
				word++;
			if (word == command->count)
				continue;
			diag = lint_in(lint, rule, process, command->words[word].span,
			    "if this value is empty, other things are removed than was meant");
			lint_help(lint, diag,
			    process->is_script
				? "write \"${NAME:?}/…\", which fails on an empty value, in quotes"
				: "give the parameter a `pattern` that wants something, as '.+', "
				  "or "
				  "ask under `preconditions` that it is not empty");
		}
	}
}

const struct rule remove_rules[] = {
    {"rm-variable", "a recursive removal of what a variable names", rm_variable},
    {0},
};
