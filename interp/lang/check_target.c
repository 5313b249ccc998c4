/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

/* What a target in place is made of, member by member. */
static void check_parts(struct checker *checker, const struct target *target)
{
	check_args(checker, target->list, target->count);
	for (size_t i = 0; i < target->member_count; i++)
		if (target->members[i].target && !target->members[i].target->book)
			check_parts(checker, target->members[i].target);
}

/* Whose names a target means that was said further out; NULL: of no step above. */
static const struct plan_node *home_of(const struct checker *checker, const struct step *step)
{
	const struct plan *plan = checker->plan;

	for (uint32_t at = checker->node; at != PLAN_NONE; at = plan->nodes[at].parent)
		if (plan->nodes[at].step == step)
			return &plan->nodes[at];
	return NULL;
}

static void read_parts(struct checker *checker, const struct target *target)
{
	for (size_t i = 0; i < target->count; i++)
		check_reads(checker, target->list[i].value);
	for (size_t i = 0; i < target->member_count; i++)
		if (target->members[i].target)
			read_parts(checker, target->members[i].target);
}

void check_target(struct checker *checker, const struct at *at)
{
	if (at->target && !at->target->book)
		check_parts(checker, at->target);
}

/* A block's target is evaluated anew by each step in it: what it names is read by them too. */
static void check_at(struct checker *checker, const struct at *at)
{
	const struct runbook *book = checker->runbook;
	const struct plan_node *home;

	if (!at->target || at->target->book || !at->step)
		return;
	home = home_of(checker, at->step);
	if (!home || home->index == checker->node)
		return;
	checker->runbook = home->book;
	read_parts(checker, at->target);
	checker->runbook = book;
}

void check_where(struct checker *checker, const struct action *action)
{
	check_at(checker, &action->at);
	for (size_t i = 0; i < action->stage_count; i++) {
		if (action->stages[i].target && !action->stages[i].step)
			check_target(checker, &action->stages[i]);
		else
			check_at(checker, &action->stages[i]);
	}
}

void check_targets(struct checker *checker, const struct runbook *runbook)
{
	for (size_t i = 0; i < runbook->target_count; i++) {
		const struct target *target = runbook->targets[i];

		check_parts(checker, target);
		if (target->machines)
			check_loop_list(
			    checker, &(struct each){.list = target->machines, .target = target});
	}
}
