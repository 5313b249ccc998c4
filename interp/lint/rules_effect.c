/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint_parts.h"

#include <assert.h>

/* What changes and destroys: whether somebody looks before, is asked, and looks afterwards. */

static const struct plan_node *parent_of(const struct lint *lint, const struct plan_node *node)
{
	return node->parent == PLAN_NONE ? NULL : &lint->plan->nodes[node->parent];
}

static void find_facts(void *self, const struct str *path, size_t count, struct span span)
{
	bool *found = self;

	(void)span;
	*found |= count > 2 && str_is(path[0], "steps");
}

/* Whether a step looks at the world before it acts: by checks, or by what another step found out. */
static bool looks_before(const struct step *step)
{
	bool facts = false;

	if (step->preconditions.count || step->unless.count)
		return true;
	if (step->when)
		expr_visit_names(step->when, find_facts, &facts);
	return facts;
}

static void destroy_unchecked(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 1; i < lint->plan->count && !lint->plan->runbook->is_open; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		const struct plan_node *at = node;
		struct diag *diag;

		if (node->effect != EFFECT_DESTROY || node->step->is_block || node->step->use.book)
			continue;
		while (at && !looks_before(at->step))
			at = parent_of(lint, at);
		if (at)
			continue;
		diag = lint_at(lint, rule, node,
		    node->step->effect_given ? node->step->effect_span : node->step->span,
		    "`%.*s` destroys, and nothing is checked before", STR_ARG(node->step->id));
		lint_help(lint, diag,
		    "say under `preconditions` what must hold, on the step or on its block: that "
		    "the "
		    "backup is there, that it is the right machine");
	}
}

static void destroy_unasked(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 1; i < lint->plan->count && !lint->plan->runbook->is_open; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		const struct plan_node *at = node;
		struct diag *diag;

		if (node->effect != EFFECT_DESTROY || node->step->is_block || node->asks ||
		    node->approved_by_block)
			continue;
		while (at && !at->step->approve.refused)
			at = parent_of(lint, at);
		if (!at)
			continue;
		diag = lint_at(lint, rule, node, at->step->approve.span,
		    "`%.*s` destroys, and nobody is asked", STR_ARG(node->step->id));
		lint_help(lint, diag,
		    "leave `approve: false` out, or have the block ask once: `approve: {prompt: "
		    "…}`");
	}
}

static bool only_looks(const struct process *process)
{
	for (size_t i = 0; i < process->shell.count; i++) {
		const struct command *command = &process->shell.commands[i];

		if (!program_is_plain(command) && !command_runs_others(command))
			return false;
	}
	return process->shell.count > 0;
}

/* Whether a step itself looks at the world. */
static bool looks(const struct step *step)
{
	return step->verify.count || step->preconditions.count ||
	    (step->action.spec && step->effect == EFFECT_READ);
}

static bool is_last(const struct lint *lint, const struct plan_node *node)
{
	for (; node && node->index != PLAN_ROOT; node = parent_of(lint, node))
		if (node->dependent_count || node->part != PART_STEPS)
			return false;
	return true;
}

/* Whether something looks at what a step did: itself, a block around it, a later step, the end of the run. */
static bool is_verified(const struct lint *lint, const struct plan_node *node)
{
	const struct plan *plan = lint->plan;
	const struct step *step = node->step;

	assert(plan->nodes);
	if (step->verify.count || step->expect || step->retry.when)
		return true;
	for (const struct plan_node *at = parent_of(lint, node); at && at->index != PLAN_ROOT;
	     at = parent_of(lint, at))
		if (at->step->verify.count)
			return true;
	for (size_t i = node->index + 1; i < plan->count; i++)
		if (looks(plan->nodes[i].step) && plan_needs(plan, (uint32_t)i, node->index))
			return true;
	return plan->runbook->root->verify.count && is_last(lint, node);
}

static void no_verify(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count && !lint->plan->runbook->is_open; i++) {
		const struct process *process = &lint->processes[i];
		const struct plan_node *node = process->node;
		struct diag *diag;

		if (process->purpose != FOR_ACTION || node->effect == EFFECT_READ ||
		    node->part != PART_STEPS || only_looks(process) || is_verified(lint, node))
			continue;
		diag = lint_at(lint, rule, node, node->step->span,
		    "`%.*s` changes something, and nobody looks whether it worked",
		    STR_ARG(node->step->id));
		lint_help(lint, diag, "say under `verify` what holds afterwards%s",
		    lint_arg(&node->step->action, "stdout")
			? ""
			: "; if it only reads, say `effect: read`");
	}
}

static void claimed_read(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		if (process->purpose == FOR_BACKGROUND ||
		    (process->purpose == FOR_ACTION && process->node->effect != EFFECT_READ))
			continue;
		for (size_t k = 0; k < process->shell.count; k++) {
			const struct command *command = &process->shell.commands[k];
			const char *does = program_changes(command);
			struct str name = command_name(command);
			struct diag *diag;

			if (!does)
				continue;
			diag = lint_in(lint, rule, process, command->span, "%s, and `%.*s` %s",
			    process->check ? "a check only reads"
					   : "this step claims that it only reads",
			    STR_ARG(name), does);
			lint_help(lint, diag,
			    process->check ? "it runs in drills too, and is asked again and again; "
					     "do it in a step"
					   : "say `effect: change` or `effect: destroy`: a drill "
					     "would run it");
			break;
		}
	}
}

const struct rule effect_rules[] = {
    {"destroy-unchecked", "a destroying step without a precondition", destroy_unchecked},
    {"destroy-unasked", "a destroying step that nobody is asked about", destroy_unasked},
    {"no-verify", "a change that nothing looks at afterwards", no_verify},
    {"claimed-read", "a check or reading step that runs a program known to change things",
	claimed_read},
    {0},
};
