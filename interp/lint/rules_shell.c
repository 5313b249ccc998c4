/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lint/lint_parts.h"

/* Commands that hide how they ended, wait for nobody, or do more harm than they were meant to. */

/* The command that reads what this one writes, or NULL. */
static const struct command *reader_of(const struct shell *shell, size_t index)
{
	const struct command *command = &shell->commands[index];

	if (command->after != LINK_PIPE)
		return NULL;
	for (size_t i = index + 1; i < shell->count; i++)
		if (shell->commands[i].before == LINK_PIPE &&
		    shell->commands[i].outer == command->outer &&
		    shell->commands[i].captured == command->captured)
			return &shell->commands[i];
	return NULL;
}

/* Whether the shell that runs a command makes a pipeline fail when any part of it does. */
static bool has_pipefail(const struct process *process, const struct command *command)
{
	for (size_t at = command->outer; at != SIZE_MAX; at = process->shell.commands[at].outer) {
		const struct command *outer = &process->shell.commands[at];

		if (!command_is_shell(outer))
			continue;
		for (size_t i = 1; i < outer->count; i++)
			if (str_find(outer->words[i].text, STR("pipefail")) >= 0)
				return true;
		return false;
	}
	return process->pipefail;
}

static void hidden_status(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];
		const struct shell *shell = &process->shell;

		for (size_t k = 0; k < shell->count; k++) {
			const struct command *command = &shell->commands[k];
			struct str name = command_name(command);
			struct diag *diag;

			if (!reader_of(shell, k) || command->tested ||
			    (!process->is_script && !command->inner) ||
			    (command->inner &&
				!command_is_shell(&shell->commands[command->outer]) &&
				!command_is(&shell->commands[command->outer], "ssh")) ||
			    program_is_plain(command) || has_pipefail(process, command))
				continue;
			diag = lint_in(lint, rule, process, command->span,
			    "when `%.*s` fails here nobody notices: of a pipeline this shell sees "
			    "the end only",
			    STR_ARG(name.len ? name : STR("this")));
			lint_help(
			    lint, diag, "use `pipe: [[…], […]]`, or bash with `set -o pipefail`");
			break;
		}
	}
}

/* Programs whose failure is an answer. */
static bool answers(const struct command *command)
{
	static const char *const programs[] = {"grep", "egrep", "fgrep", "zgrep", "diff", "cmp",
	    "test", "[", "[[", "expr", "read", "kill", "pgrep", "pkill", "wait", "let", "which",
	    "command", NULL};

	return command_is_one(command, programs);
}

static const struct command *before_or(const struct shell *shell, size_t index)
{
	const struct command *command = &shell->commands[index];

	for (size_t i = index; i-- > 0;)
		if (shell->commands[i].after == LINK_OR &&
		    shell->commands[i].outer == command->outer)
			return &shell->commands[i];
	return NULL;
}

static void ignored_status(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];
		const struct shell *shell = &process->shell;

		for (size_t k = 0; k < shell->count; k++) {
			const struct command *command = &shell->commands[k];
			const struct command *before = command->before == LINK_OR
			    ? before_or(shell, k)
			    : NULL;
			struct diag *diag;

			if (!before || process->node->part != PART_STEPS || answers(before) ||
			    !(command_is(command, "true") || command_is(command, ":")))
				continue;
			diag = lint_in(lint, rule, process, command->span,
			    "a failure is thrown away here, and the record says that all went "
			    "well");
			lint_help(lint, diag,
			    "give it a step of its own with `allow_failure: true`: it goes on, and "
			    "can be asked");
			break;
		}
	}
}

static void find_output(void *self, const struct str *path, size_t count, struct span span)
{
	static const char *const names[] = {"stdout", "lines", "json", "stderr"};
	bool *found = self;

	(void)count;
	(void)span;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		*found |= str_is(path[0], names[i]);
}

/* Whether what a process says is looked at. */
static bool is_read(const struct process *process)
{
	const struct expr *expect = process->check ? process->check->expect : process->step->expect;
	bool found = false;

	if (expect)
		expr_visit_names(expect, find_output, &found);
	return found;
}

static bool sees_status(const struct command *curl)
{
	static const char with_value[] = "odHuXxAbceFmTyYzCDEPQrtU";

	return command_option(curl, 'f', "fail", with_value) ||
	    command_option(curl, 0, "fail-with-body", with_value) ||
	    command_option(curl, 'w', "write-out", with_value) ||
	    command_option(curl, 'K', "config", with_value) ||
	    command_option(curl, 'V', "version", with_value);
}

static void curl_status(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];
		const struct shell *shell = &process->shell;

		for (size_t k = 0; k < shell->count; k++) {
			const struct command *command = &shell->commands[k];
			const struct command *reader = reader_of(shell, k);
			struct diag *diag;

			if (!command_is(command, "curl") || sees_status(command) ||
			    (is_read(process) && !command->captured) ||
			    (reader && command_is(reader, "grep")))
				continue;
			diag = lint_in(lint, rule, process, command->span,
			    "curl succeeds whatever the server answers, a 500 too");
			lint_help(lint, diag,
			    "add --fail, or use `http.request`, which wants 200 to 299 and records "
			    "the rest");
			break;
		}
	}
}

static void interactive(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.count; k++) {
			const struct command *command = &process->shell.commands[k];
			const char *asks = program_asks(command);
			struct str name = command_name(command);
			struct diag *diag;

			if (!asks)
				continue;
			diag = lint_in(
			    lint, rule, process, command->span, "`%.*s` %s", STR_ARG(name), asks);
			lint_help(lint, diag,
			    "nothing is typed into a step: what a person does is `manual`, a "
			    "decision is "
			    "`approve`, a value is a parameter");
			break;
		}
	}
}

/* Whether something ends a command that does not end by itself. */
static bool is_ended(const struct shell *shell, size_t index)
{
	const struct command *command = &shell->commands[index];
	const struct command *reader = reader_of(shell, index);

	if (command->after == LINK_BACKGROUND)
		return true;
	if (reader &&
	    (command_is(reader, "head") ||
		(command_is(reader, "grep") &&
		    (command_option(reader, 'm', "max-count", "efAB") ||
			command_option(reader, 'q', "quiet", "efABm")))))
		return true;
	for (size_t at = command->outer; at != SIZE_MAX; at = shell->commands[at].outer)
		if (command_is(&shell->commands[at], "timeout"))
			return true;
	return false;
}

static void endless(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.count; k++) {
			const struct command *command = &process->shell.commands[k];
			const char *never = program_never_ends(command);
			struct str name = command_name(command);
			struct diag *diag;

			if (!never || process->purpose == FOR_BACKGROUND ||
			    is_ended(&process->shell, k))
				continue;
			diag = lint_in(
			    lint, rule, process, command->span, "`%.*s` %s", STR_ARG(name), never);
			lint_help(lint, diag,
			    "ask for what is there now, poll with `within`, or let it run as the "
			    "`background` of a block");
			break;
		}
	}
}

static bool kills_hard(const struct command *command)
{
	static const char *const killers[] = {"kill", "pkill", "killall", NULL};

	if (!command_is_one(command, killers))
		return false;
	for (size_t i = 1; i < command->count; i++) {
		struct str word = command_word(command, i);

		if (str_is(word, "-9") || str_is(word, "-KILL") || str_is(word, "-SIGKILL") ||
		    (str_is(command_word(command, i - 1), "-s") &&
			(str_is(word, "KILL") || str_is(word, "9") || str_is(word, "SIGKILL"))))
			return true;
	}
	return false;
}

static bool asked_softly(const struct shell *shell, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (program_changes(&shell->commands[i]) && !kills_hard(&shell->commands[i]) &&
		    str_eq(
			command_name(&shell->commands[i]), command_name(&shell->commands[index])))
			return true;
	return false;
}

static void rough(struct lint *lint, const struct rule *rule,
    bool (*is)(const struct shell *, size_t), const char *what, const char *instead)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.count; k++) {
			struct diag *diag;

			if (!is(&process->shell, k))
				continue;
			diag = lint_in(
			    lint, rule, process, process->shell.commands[k].span, "%s", what);
			lint_help(lint, diag, "%s", instead);
			break;
		}
	}
}

static bool is_hard_kill(const struct shell *shell, size_t index)
{
	return kills_hard(&shell->commands[index]) && !asked_softly(shell, index);
}

static void kill_hard(struct lint *lint, const struct rule *rule)
{
	rough(lint, rule, is_hard_kill, "this gives the process no chance to put its data in order",
	    "send TERM, wait under `verify` with `within`, and kill only what is left");
}

static bool is_open_mode(const struct shell *shell, size_t index)
{
	const struct command *command = &shell->commands[index];

	return command_is(command, "chmod") &&
	    (command_has(command, "777") || command_has(command, "0777") ||
		command_has(command, "a+rwx") || command_has(command, "ugo+rwx"));
}

static void open_mode(struct lint *lint, const struct rule *rule)
{
	rough(lint, rule, is_open_mode, "everybody may change and run this from now on",
	    "give it the owner and the mode that the service needs: chown, chmod 750");
}

static bool is_piped_download(const struct shell *shell, size_t index)
{
	const struct command *command = &shell->commands[index];
	const struct command *reader = reader_of(shell, index);

	if (!reader || !(command_is(command, "curl") || command_is(command, "wget")))
		return false;
	if (command_is_shell(reader) || command_is(reader, "python3") ||
	    command_is(reader, "python"))
		return true;
	for (size_t i = 0; i < shell->count; i++)
		if (shell->commands[i].outer == (size_t)(reader - shell->commands) &&
		    command_is_shell(&shell->commands[i]))
			return true;
	return false;
}

static void piped_download(struct lint *lint, const struct rule *rule)
{
	rough(lint, rule, is_piped_download,
	    "what is downloaded is run unseen, and a download that breaks off is run in part",
	    "download to a file, compare its digest, and run that");
}

static bool has_since(const struct command *command)
{
	for (size_t i = 1; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (str_starts(word, STR("--since")) || str_starts(word, STR("--after-cursor")) ||
		    str_starts(word, STR("--cursor")) || str_starts(word, STR("_")) ||
		    (command_is(command, "journalctl") && str_starts(word, STR("-S"))))
			return true;
	}
	return false;
}

static bool is_log(struct str path)
{
	return str_ends(path, STR(".log")) || str_starts(path, STR("/var/log/"));
}

/* Whether a command hands out lines of a log, whatever their age. */
static bool tells_old_lines(const struct command *command)
{
	static const char *const loggers[] = {
	    "docker", "podman", "nerdctl", "docker-compose", "kubectl", "oc", NULL};
	static const char *const searchers[] = {"grep", "egrep", "zgrep", "tail", "awk", NULL};

	if ((command_is_one(command, loggers) && command_has(command, "logs")) ||
	    command_is(command, "journalctl"))
		return !has_since(command);
	for (size_t i = 1; command_is_one(command, searchers) && i < command->count; i++)
		if (is_log(command_word(command, i)))
			return true;
	return false;
}

/* The same without a process: a file.match that does not say since when. */
static void match_as_proof(struct lint *lint, const struct rule *rule, const struct plan_node *node)
{
	const struct checks *checks = &node->step->verify;

	for (size_t i = 0; i < checks->count; i++) {
		const struct action *action = &checks->items[i].action;
		const struct template *path;
		struct diag *diag;

		if (!action->spec || strcmp(action->spec->name, "file.match") != 0 ||
		    lint_arg(action, "since"))
			continue;
		path = lint_arg(action, "path");
		if (!path || !is_log(value_text(template_value(path))))
			continue;
		diag = lint_at(lint, rule, node, action->span,
		    "a line of a log proves nothing here: it may be an old one");
		lint_help(lint, diag,
		    "add `since`, the `position` that a file.stat gave before the step began");
	}
}

static void log_as_proof(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->plan->count; i++)
		match_as_proof(lint, rule, &lint->plan->nodes[i]);
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];
		bool proves = process->purpose == FOR_ACTION
		    ? process->step->effect == EFFECT_READ &&
			(is_read(process) || process->step->poll.within_us != UNSET_US)
		    : process->check != NULL;

		for (size_t k = 0; proves && k < process->shell.count; k++) {
			const struct command *command = &process->shell.commands[k];
			struct diag *diag;

			if (!tells_old_lines(command))
				continue;
			diag = lint_in(lint, rule, process, command->span,
			    "a line of a log proves nothing here: it may be an old one");
			lint_help(lint, diag,
			    "ask the service itself, or take lines from a moment on: `--since`, or "
			    "file.match with `since`");
			break;
		}
	}
}

const struct rule shell_rules[] = {
    {"hidden-status", "a pipeline that hides a failure", hidden_status},
    {"ignored-status", "a failure that is thrown away by || true", ignored_status},
    {"curl-status", "curl without --fail", curl_status},
    {"interactive", "a command that waits for a person", interactive},
    {"endless", "a command that never ends", endless},
    {"kill-hard", "a process killed without being asked to end", kill_hard},
    {"open-mode", "chmod 777", open_mode},
    {"piped-download", "a download piped into a shell", piped_download},
    {"log-as-proof", "a log line as proof that may be an old one", log_as_proof},
    {0},
};
