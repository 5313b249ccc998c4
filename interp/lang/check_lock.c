/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

/* The step around a node, or itself, that holds a lock; PLAN_NONE when there is none. */
static uint32_t holder(const struct plan *plan, uint32_t at)
{
	while (at != PLAN_NONE && !plan->nodes[at].step->lock.len)
		at = plan->nodes[at].part == PART_ROLLBACK ? PLAN_NONE : plan->nodes[at].parent;
	return at;
}

static void report_asking(
    struct checker *checker, const struct plan_node *node, const struct step *lock)
{
	struct diag *diag = diag_error(checker->diags, "lock-asks", lock->lock_span,
	    "the lock `%.*s` would be held while a person is asked", STR_ARG(lock->lock));

	diag_other(checker->diags, diag, node->step->span, "`%.*s` asks", STR_ARG(node->step->id));
	diag_help(
	    checker->diags, diag, "give the lock to the steps that need it, or ask before them");
}

/* Nobody else gets on while a person sleeps; and who holds a lock cannot wait for it. */
void check_locks(struct checker *checker)
{
	const struct plan *plan = checker->plan;

	for (uint32_t i = 1; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];
		uint32_t around = node->part == PART_ROLLBACK ? PLAN_NONE
							      : holder(plan, node->parent);
		struct diag *diag;

		if (node->step->manual.text && node->step->lock.len)
			report_asking(checker, node, node->step);
		else if (around != PLAN_NONE && (node->asks || node->step->manual.text))
			report_asking(checker, node, plan->nodes[around].step);
		for (; around != PLAN_NONE && node->step->lock.len;
		     around = holder(plan, plan->nodes[around].parent)) {
			if (!str_eq(plan->nodes[around].step->lock, node->step->lock))
				continue;
			diag = diag_error(checker->diags, "deadlock", node->step->lock_span,
			    "the lock `%.*s` is held already, and would never be free",
			    STR_ARG(node->step->lock));
			diag_other(checker->diags, diag, plan->nodes[around].step->lock_span,
			    "held for all of `%.*s`", STR_ARG(plan->nodes[around].step->id));
			diag_help(
			    checker->diags, diag, "leave it out here: what is inside is under it");
			break;
		}
	}
}

static bool within_part(const struct plan *plan, uint32_t at, enum plan_part part)
{
	while (at != PLAN_NONE && plan->nodes[at].part != part)
		at = plan->nodes[at].parent;
	return at != PLAN_NONE;
}

void check_rollbacks(struct checker *checker)
{
	const struct plan *plan = checker->plan;
	const struct runbook *runbook = plan->runbook;
	const struct step *first = NULL;
	struct diag *diag;

	for (uint32_t i = 1; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (!node->rollback_count)
			continue;
		if (within_part(plan, i, PART_ROLLBACK))
			diag_help(checker->diags,
			    diag_error(checker->diags, "misplaced-key", node->step->span,
				"a step of a `rollback` has no `rollback` of its own"),
			    "let one step undo all of it, or put another behind it in the list");
		else if (within_part(plan, i, PART_FINALLY))
			diag_help(checker->diags,
			    diag_error(checker->diags, "misplaced-key", node->step->span,
				"a step of `finally` has no `rollback`: that comes before it"),
			    "undo it in another step of `finally`");
		first = first ? first : node->step;
	}
	if (runbook->is_open)
		return;
	if (first && runbook->on_failure != FAILURE_ROLLBACK) {
		diag = diag_warning(checker->diags, "rollback-unused", first->span,
		    "its `rollback` never runs: the runbook does not say so");
		diag_help(checker->diags, diag, "write `on_failure: rollback` at the top level");
	} else if (!first && runbook->on_failure == FAILURE_ROLLBACK) {
		diag = diag_warning(checker->diags, "rollback-unused", runbook->on_failure_span,
		    "no step has a `rollback`");
		diag_help(checker->diags, diag, "write `on_failure: stop`, or say how to undo");
	}
}
