/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

/*
 * A `when` that asks for the failure of a step whose failure blocks this one: it is false in every world in which the
 * step begins, and would not be in one where failures blocked nobody.
 */
struct naming {
	const struct checker *checker;
	uint32_t node; /* the first step named whose failure blocks, or PLAN_NONE */
	bool may_skip;
	struct span span;
};

/* Whether a failure of `other` blocks the step: only an allowed one, or one that finally ignores, does not. */
static bool blocks(const struct checker *checker, uint32_t other, bool *ret_may_skip)
{
	const struct plan *plan = checker->plan;
	uint32_t a;
	uint32_t b;

	if (!plan_lift(plan, checker->node, other, &a, &b) || plan->nodes[a].part == PART_FINALLY)
		return false;
	*ret_may_skip = false;
	for (uint32_t at = other;; at = plan->nodes[at].parent) {
		const struct step *step = plan->nodes[at].step;

		if (step->allow_failure || plan->nodes[at].part == PART_FINALLY)
			return false;
		*ret_may_skip |= step->when || step->unless.count || step->each.list;
		if (at == b)
			return true;
	}
}

static void visit(void *self, const struct str *path, size_t count, struct span span)
{
	struct naming *naming = self;
	const struct checker *checker = naming->checker;
	const struct plan_node *node;

	if (naming->node != PLAN_NONE || count < 3 || !str_is(path[0], "steps"))
		return;
	node = plan_find(checker->plan, checker->runbook, path[1]);
	if (!node || !blocks(checker, node->index, &naming->may_skip))
		return;
	naming->node = node->index;
	naming->span = span;
}

void check_never(struct checker *checker, const struct step *step)
{
	const struct asking asking = {checker->node, WORLD_WHEN};
	struct naming naming = {.checker = checker, .node = PLAN_NONE};
	struct diag *diag;
	struct str id;

	expr_visit_names(step->when, visit, &naming);
	if (naming.node == PLAN_NONE ||
	    !worlds_never(checker->worlds, &asking, step->when, false) ||
	    worlds_never(checker->worlds, &asking, step->when, true))
		return;
	id = checker->plan->nodes[naming.node].step->id;
	diag = diag_error(checker->diags, "never-reached", naming.span,
	    "this is never true: where this step begins, `%.*s` has succeeded%s", STR_ARG(id),
	    naming.may_skip ? " or was skipped" : "");
	diag_help(checker->diags, diag,
	    "its failure would block this step; `allow_failure: true` on `%.*s` lets it go on",
	    STR_ARG(id));
	diag_other(checker->diags, diag, checker->plan->nodes[naming.node].step->span,
	    "the step stands here");
}
