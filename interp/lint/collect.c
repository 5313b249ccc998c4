/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lint/lint_parts.h"

/* The processes of a plan as commands. */
const struct template *lint_arg(const struct action *action, const char *name)
{
	for (size_t i = 0; i < action->count; i++)
		if (str_is(action->list[i].name, name))
			return action->list[i].value;
	return NULL;
}

static bool has_pipefail(const struct action *action)
{
	const struct template *shell = lint_arg(action, "shell");
	const struct value *value = shell ? template_value(shell) : NULL;

	if (!shell)
		return true;
	for (size_t i = 0; value && value->type == VALUE_LIST && i < value->list.count; i++)
		if (str_find(value_text(value->list.items[i]), STR("pipefail")) >= 0)
			return true;
	return value == NULL;
}

static void read_script(struct lint *lint, struct process *process, const struct template *script)
{
	struct str text = value_text(template_value(script));
	struct shell_place place = {
	    .source = template_source(script), .whole = template_span(script)};

	process->is_script = true;
	process->pipefail = has_pipefail(process->action) ||
	    str_find(text, STR("-o pipefail")) >= 0 || str_find(text, STR("o pipefail")) >= 0;
	shell_read(lint->arena, &process->shell, text, &place, SIZE_MAX, false);
}

static void add_process(struct lint *lint, const struct plan_node *node,
    const struct action *action, const struct check *check, enum purpose purpose)
{
	const struct template *argv = lint_arg(action, "argv");
	const struct template *script = lint_arg(action, "script");
	const struct template *stages = lint_arg(action, "stages");
	bool fed = lint_arg(action, "stdin") != NULL;
	struct process process = {
	    .node = node,
	    .step = node->step,
	    .action = action,
	    .check = check,
	    .purpose = purpose,
	    .pipefail = true,
	    .span = action->span,
	};

	if (!argv && !script && !stages)
		return;
	if (argv)
		shell_argv(lint->arena, &process.shell, node->book, argv,
		    &(struct shell_joint){.fed = fed});
	if (script)
		read_script(lint, &process, script);
	for (size_t i = 0; stages && template_item(stages, i); i++)
		shell_argv(lint->arena, &process.shell, node->book, template_item(stages, i),
		    &(struct shell_joint){
			.fed = fed || i > 0,
			.before = i > 0 ? LINK_PIPE : LINK_END,
			.after = template_item(stages, i + 1) ? LINK_PIPE : LINK_END,
		    });
	lint->processes = arena_grow(lint->arena, lint->processes, lint->process_count,
	    &lint->process_capacity, sizeof(*lint->processes));
	lint->processes[lint->process_count++] = process;
}

static void add_checks(struct lint *lint, const struct plan_node *node, const struct checks *checks,
    enum purpose purpose)
{
	for (size_t i = 0; i < checks->count; i++)
		add_process(lint, node, &checks->items[i].action, &checks->items[i], purpose);
}

void lint_collect(struct lint *lint)
{
	for (size_t i = 0; i < lint->plan->count; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		const struct step *step = node->step;

		add_checks(lint, node, &step->unless, FOR_UNLESS);
		add_checks(lint, node, &step->preconditions, FOR_PRECONDITION);
		add_process(lint, node, &step->background, NULL, FOR_BACKGROUND);
		add_checks(lint, node, &step->ready, FOR_READY);
		add_process(lint, node, &step->action, NULL, FOR_ACTION);
		add_checks(lint, node, &step->verify, FOR_VERIFY);
	}
}
