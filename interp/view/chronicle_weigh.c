/* SPDX-License-Identifier: Apache-2.0 */
#include "view/chronicle_parts.h"

#include "sched/node_path.h"

/* What belongs to what: the parts of steps, what they waited for, and what was decided and asked of them. */

static size_t parent_of(const struct chronicle *chronicle, struct str node)
{
	size_t index = 0;

	while (!index && (node = node_above(node)).len)
		index = chronicle_at(chronicle, node);
	return index;
}

/* Its siblings stand beside it: of "a#2/c" what it needs is "a#2/b". An item of a loop waits for none. */
static void find_needs(struct chronicle *chronicle, size_t index)
{
	struct chronicle_step *step = &chronicle->steps[index];
	struct str node = chronicle->summary.steps[index].node;
	size_t *needs;
	size_t len = node.len;

	if (!step->plan || !step->plan->need_count || node.ptr[len - 1] == ']')
		return;
	while (len > 0 && node.ptr[len - 1] != '/')
		len--;
	needs = arena_array(chronicle->arena, step->plan->need_count, sizeof(*needs));
	for (size_t i = 0; i < step->plan->need_count; i++) {
		const struct plan_node *need = &chronicle->plan->nodes[step->plan->needs[i]];
		struct str path = arena_printf(chronicle->arena, "%.*s%.*s",
		    STR_ARG(str_sub(node, 0, len)), STR_ARG(need->step->id));
		size_t at = chronicle_at(chronicle, path);

		if (at)
			needs[step->need_count++] = at - 1;
	}
	step->needs = needs;
}

/* From the last one backwards, so that each list begins with what came first. */
static void hand_out(struct chronicle *chronicle)
{
	for (size_t i = chronicle->decision_count; i-- > 0;) {
		struct chronicle_decision *decision = chronicle->decisions[i];
		size_t at = chronicle_at(chronicle, decision->node);

		if (!at)
			continue;
		decision->next = chronicle->steps[at - 1].decisions;
		chronicle->steps[at - 1].decisions = decision;
	}
	for (size_t i = chronicle->question_count; i-- > 0;) {
		struct chronicle_question *question = chronicle->questions[i];
		size_t at = chronicle_at(chronicle, chronicle->summary.approvals[i].node);

		question->approval = &chronicle->summary.approvals[i];
		if (!at)
			continue;
		question->next = chronicle->steps[at - 1].questions;
		chronicle->steps[at - 1].questions = question;
	}
}

/* The summary knows nothing of a step before it acts: it may have been asked about long before. */
static void find_beginning(struct chronicle *chronicle, size_t index)
{
	struct chronicle_step *step = &chronicle->steps[index];

	step->began_t_us = chronicle->summary.steps[index].began_t_us;
	if (step->decisions && step->decisions->t_us < step->began_t_us)
		step->began_t_us = step->decisions->t_us;
	if (step->questions && step->questions->approval->asked_t_us < step->began_t_us)
		step->began_t_us = step->questions->approval->asked_t_us;
}

int64_t chronicle_began_at(const struct chronicle *chronicle, size_t step)
{
	const struct summary_step *known = &chronicle->summary.steps[step];

	return known->began_at_us - (known->began_t_us - chronicle->steps[step].began_t_us);
}

void chronicle_weigh(struct chronicle *chronicle)
{
	summary_weigh(&chronicle->summary);
	for (size_t i = 0; i < chronicle->step_count; i++) {
		chronicle->steps[i].parent = parent_of(chronicle, chronicle->summary.steps[i].node);
		find_needs(chronicle, i);
	}
	hand_out(chronicle);
	for (size_t i = 0; i < chronicle->step_count; i++)
		find_beginning(chronicle, i);
}
