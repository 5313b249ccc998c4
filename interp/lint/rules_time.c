/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"
#include "lang/critical_path.h"
#include "lint/elsewhere.h"

/* How long things may take, and waiting that is no waiting. */

/* Whether a command sees to its own end. */
static bool is_bounded(const struct shell *shell, const struct command *command)
{
	if (program_is_quick(command))
		return true;
	if (command_is(command, "sleep"))
		return !program_never_ends(command);
	if (command_is(command, "curl") &&
	    command_option(command, 'm', "max-time", "odHuXxAbceFKTwyYzCDEPQrt"))
		return true;
	for (size_t outer = command->outer; outer != SIZE_MAX; outer = shell->commands[outer].outer)
		if (command_is(&shell->commands[outer], "timeout"))
			return true;
	return command_is(command, "timeout") || command_runs_others(command);
}

static bool all_bounded(const struct shell *shell)
{
	for (size_t i = 0; i < shell->count; i++)
		if (!is_bounded(shell, &shell->commands[i]))
			return false;
	return shell->count > 0;
}

/* Whether a block around a node sets it an end. */
static bool within_limit(const struct plan *plan, const struct plan_node *node)
{
	while (node->index != PLAN_ROOT) {
		const struct plan_node *parent = &plan->nodes[node->parent];

		if (parent->step->timeout_us > 0 && node->part == PART_STEPS)
			return true;
		node = parent;
	}
	return false;
}

static void no_timeout(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];
		const struct step *step = process->step;
		const struct check *check = process->check;
		struct diag *diag;

		if (process->purpose == FOR_BACKGROUND || all_bounded(&process->shell) ||
		    within_limit(lint->plan, process->node))
			continue;
		if (check ? check->timeout_us > 0 || check->poll.within_us != UNSET_US
			  : step->timeout_us > 0 || step->poll.within_us != UNSET_US)
			continue;
		diag = lint_in(lint, rule, process, process->span,
		    "nothing limits how long this %s", check ? "check may take" : "may run");
		lint_help(lint, diag,
		    check ? "add `timeout: 30s`, or `within` if it is to be asked until it holds"
			  : "add `timeout`, as long as it can take on a bad day, here or on its "
			    "block");
	}
}

static void sleeps(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.count; k++) {
			const struct command *command = &process->shell.commands[k];
			struct diag *diag;

			if (!command_is(command, "sleep") || process->purpose == FOR_BACKGROUND ||
			    command_has(command, "infinity"))
				continue;
			diag = lint_in(lint, rule, process, command->span,
			    command->looped
				? "this loop waits by hand; nobody sees what it waits for"
				: "a fixed pause is too short on a bad day and too long on others");
			lint_help(lint, diag,
			    "wait for what must become true: a check with `within: 2m` polls until "
			    "it holds; where nothing can be asked, `system.wait` says why");
			break;
		}
	}
}

/* Where the objective is written. */
static struct span rto_span(const struct lint *lint)
{
	const struct node *at = lint->tree ? node_get(lint->tree, STR("objectives")) : NULL;
	const struct node *rto = at && at->kind == NODE_MAP ? node_get(at, STR("rto")) : NULL;

	return rto ? rto->span : at ? at->span : lint->plan->runbook->root->span;
}

static void rto_exceeded(struct lint *lint, const struct rule *rule)
{
	int64_t rto_us = lint->plan->runbook->objectives.rto_us;
	struct critical_path path;
	struct diag *diag;
	struct buf most;

	if (rto_us == UNSET_US || lint->plan->runbook->is_open)
		return;
	critical_path_init(&path, lint->plan, model_presets(lint->arena, lint->plan->runbook));
	if (path.us > rto_us) {
		buf_init(&most, BUF_UNBOUNDED);
		units_show_duration(&most, path.us);
		diag = lint_at(lint, rule, NULL, rto_span(lint),
		    "the limits on the longest path come to %.*s, more than this objective",
		    STR_ARG(buf_view(&most)));
		lint_help(lint, diag,
		    "`reprise plan` shows the path: shorten its timeouts and retries, or promise "
		    "less");
		buf_done(&most);
	}
	critical_path_done(&path);
}

/* The first block around a step that is tried again, or the step itself. */
static const struct step *retried(const struct plan *plan, const struct plan_node *node)
{
	for (;; node = &plan->nodes[node->parent]) {
		if (node->step->retry.attempts > 1)
			return node->step;
		if (node->index == PLAN_ROOT)
			return NULL;
	}
}

/* Whether what a command runs elsewhere is ended there. */
static bool ends_there(const struct shell *shell, size_t index)
{
	for (size_t i = index + 1; i < shell->count; i++)
		if (shell->commands[i].outer == index && command_is(&shell->commands[i], "timeout"))
			return true;
	return false;
}

static bool is_begun_again(const struct lint *lint, const struct process *process, size_t index)
{
	const struct step *again = retried(lint->plan, process->node);
	const struct step *step = process->step;

	if (process->purpose != FOR_ACTION || !again || again->idempotent || step->idempotent ||
	    step->effect == EFFECT_READ || step->timeout_us <= 0)
		return false;
	return command_goes_far(&process->shell.commands[index]) &&
	    !ends_there(&process->shell, index);
}

/* `docker exec` behind a sudo is led there by the sudo. */
static bool find_place(
    struct lint *lint, const struct process *process, size_t index, struct elsewhere *ret_elsewhere)
{
	for (; index != SIZE_MAX; index = process->shell.commands[index].outer)
		if (lint_elsewhere(lint, process, index, ret_elsewhere))
			return true;
	return false;
}

static void far_retry(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.count; k++) {
			struct elsewhere elsewhere;
			struct diag *diag;

			if (!is_begun_again(lint, process, k))
				continue;
			diag = lint_in(lint, rule, process, process->shell.commands[k].span,
			    "after its timeout this runs on at the far side, and is begun once "
			    "more");
			if (find_place(lint, process, k, &elsewhere))
				lint_help_elsewhere(lint, diag, process, &elsewhere,
				    ": a timeout ends it there; or say `idempotent: true` if twice "
				    "does no harm");
			else
				lint_help(lint, diag,
				    "say `idempotent: true` if twice does no harm, or limit it "
				    "over there, by `timeout 60 …` in front of it");
			break;
		}
	}
}

const struct rule time_rules[] = {
    {"no-timeout", "a process that nothing limits", no_timeout},
    {"sleep", "a fixed pause where a poll belongs", sleeps},
    {"rto-exceeded", "limits on the longest path that come to more than the objective",
	rto_exceeded},
    {"far-retry", "a timeout and a retry of what runs elsewhere", far_retry},
    {0},
};
