/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lint/elsewhere.h"

/* What is written by hand and has a key. */

/* Whether a command runs here, perhaps by a program that runs the rest of its line, or by a shell. */
static bool starts_here(
    const struct shell *shell, size_t index, bool *ret_script, size_t *ret_first)
{
	static const char *const fronts[] = {"timeout", "env", "nice", "ionice", "nohup", "setsid",
	    "stdbuf", "time", "command", "exec", "chronic", NULL};

	*ret_first = index;
	for (size_t at = shell->commands[index].outer; at != SIZE_MAX;
	     at = shell->commands[at].outer) {
		const struct command *outer = &shell->commands[at];

		*ret_script |= command_is_shell(outer);
		if (!command_is_shell(outer) && !command_is_one(outer, fronts))
			return false;
		*ret_first = at;
	}
	return true;
}

/* A stage of a pipe runs at one place. */
static const struct each *each_of(const struct process *process)
{
	if (lint_arg(process->action, "stages"))
		return NULL;
	if (process->check)
		return &process->check->each;
	return process->purpose == FOR_ACTION ? &process->step->each : NULL;
}

/* A script that is one command, and of that no more than its words. */
static bool is_only_command(const struct process *process)
{
	const struct template *script = lint_arg(process->action, "script");

	return !script || elsewhere_is_plain(str_trim(value_text(template_value(script))));
}

bool lint_elsewhere(
    struct lint *lint, const struct process *process, size_t index, struct elsewhere *ret_elsewhere)
{
	const struct shell *shell = &process->shell;
	bool within = process->is_script && !is_only_command(process);
	bool plain;
	size_t first;

	/* where a target is in force already, this would be a part of it */
	if (process->action->at.target || process->action->stages ||
	    !starts_here(shell, index, &within, &first) ||
	    !elsewhere_find(
		lint->arena, &shell->commands[index], each_of(process), ret_elsewhere, &plain) ||
	    plain)
		return false;
	if (within && command_is(&shell->commands[index], "sudo"))
		return false;
	ret_elsewhere->within = within;
	if (within)
		ret_elsewhere->run = (struct str){0};
	if (ret_elsewhere->run.len && command_is(&shell->commands[first], "timeout"))
		ret_elsewhere->run = (struct str){0};
	return true;
}

void lint_help_elsewhere(struct lint *lint, struct diag *diag, const struct process *process,
    const struct elsewhere *elsewhere, const char *also)
{
	bool stage = lint_arg(process->action, "stages") != NULL;
	struct str target = elsewhere->target.len ? elsewhere->target : STR("…");
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (elsewhere->within)
		buf_printf(
		    &text, "give it a step of its own, with `target: {%.*s}`", STR_ARG(target));
	else if (!elsewhere->run.len)
		buf_printf(&text, "say it by `target: {%.*s}`, and run there what runs there",
		    STR_ARG(target));
	else if (stage)
		buf_printf(&text, "write the stage as `{run: %.*s, target: {%.*s}}`",
		    STR_ARG(elsewhere->run), STR_ARG(target));
	else
		buf_printf(&text, "write `target: {%.*s}` and `run: %.*s`", STR_ARG(target),
		    STR_ARG(elsewhere->run));
	if (elsewhere->env.len)
		buf_printf(&text, ", `env: {%.*s}`", STR_ARG(elsewhere->env));
	if (elsewhere->cwd.len)
		buf_printf(&text, ", `cwd: %.*s`", STR_ARG(elsewhere->cwd));
	if (elsewhere->many)
		buf_text(&text, ", in the place of `for_each`");
	lint_help(lint, diag, "%.*s%s", STR_ARG(buf_view(&text)), also);
	buf_done(&text);
}

/* Whether it was told of already what is wrong with it in particular, and that a target is the way out. */
static bool is_told(const struct lint *lint, const struct command *command)
{
	for (size_t i = 0; i < lint->found.count; i++) {
		const struct diag *diag = &lint->found.items[i];

		if ((!strcmp(diag->code, "far-retry") || !strcmp(diag->code, "evaluated")) &&
		    diag->span.source == command->span.source &&
		    diag->span.start >= command->span.start && diag->span.end <= command->span.end)
			return true;
	}
	return false;
}

static void by_hand(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.count; k++) {
			const struct command *command = &process->shell.commands[k];
			struct elsewhere elsewhere;
			struct diag *diag;

			if (is_told(lint, command) || !lint_elsewhere(lint, process, k, &elsewhere))
				continue;
			diag = lint_in(lint, rule, process, command->span, "`%s` %s", elsewhere.by,
			    elsewhere.why);
			lint_help_elsewhere(lint, diag, process, &elsewhere, "");
			if (process->is_script)
				break;
		}
	}
}

const struct rule target_rules[] = {
    {"target-by-hand", "ssh, docker exec, kubectl exec or sudo written out where `target` says it",
	by_hand},
    {0},
};
