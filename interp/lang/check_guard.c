/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

/*
 * A step that did not run has no outputs, and asking for them is an error. So whoever asks must be guarded: there must
 * be no world in which the expression comes to that error.
 */
struct asked {
	struct checker *checker;
	bool found; /* something that may not be there is named */
	uint32_t node; /* what is looked for by visit_path() */
	const char *what;
	struct str name; /* and what is asked of it */
};

static void visit_path(void *self, const struct str *path, size_t count, struct span span)
{
	struct asked *asked = self;
	const struct checker *checker = asked->checker;
	const struct plan_node *node;

	(void)span;
	if (!str_is(path[0], "steps") || count < 2)
		return;
	if (count < 3 || str_is(path[2], "outputs") || str_is(path[2], "result") ||
	    str_is(path[2], "items"))
		asked->found = true;
	if (!asked->what || count < 4 || !str_is(path[2], asked->what))
		return;
	node = plan_find(checker->plan, checker->runbook, path[1]);
	if (node && node->index == asked->node)
		asked->name = path[3];
}

/* The block around a step, or the step, whose end is why there is nothing. */
static uint32_t culprit(const struct checker *checker, uint32_t node)
{
	const struct plan *plan = checker->plan;
	uint32_t found = node;

	for (uint32_t at = node; at != PLAN_NONE; at = plan->nodes[at].parent) {
		enum world_end end = world_chosen(checker->worlds, at, 0);

		if (end == WORLD_SKIPPED || end == WORLD_FAILED || end == WORLD_STOPPED)
			found = at;
	}
	return found;
}

/* Where it says that the step may not run. */
static void tell_why(struct checker *checker, struct diag *diag, uint32_t whom)
{
	uint32_t node = culprit(checker, whom);
	const struct step *step = checker->plan->nodes[node].step;
	const struct step *here = checker->plan->nodes[checker->node].step;
	enum world_end end = world_chosen(checker->worlds, node, 0);
	enum world_cause cause = world_chosen_cause(checker->worlds, node);
	struct str whose = node == whom
	    ? STR("it")
	    : arena_printf(checker->arena, "its block `%.*s`", STR_ARG(step->id));

	if (world_is_needless(checker->worlds, checker->node))
		diag_other(checker->diags, diag, here->unless.items[0].span,
		    "where this holds already, no step of the block begins");
	else if (end == WORLD_SKIPPED && cause == CAUSE_WHEN)
		diag_other(checker->diags, diag, expr_span(step->when),
		    "%.*s is skipped where this is false", STR_ARG(whose));
	else if (end == WORLD_SKIPPED && cause == CAUSE_UNLESS)
		diag_other(checker->diags, diag, step->unless.items[0].span,
		    "%.*s is skipped where this holds already", STR_ARG(whose));
	else if (end == WORLD_SKIPPED)
		diag_other(checker->diags, diag, step->each.span,
		    "%.*s is skipped where this list is empty", STR_ARG(whose));
	else if (end == WORLD_FAILED && step->allow_failure)
		diag_other(checker->diags, diag, step->span, "%.*s may fail, which it allows",
		    STR_ARG(whose));
	else
		diag_other(checker->diags, diag, step->span,
		    "%.*s may have failed, and this is asked all the same", STR_ARG(whose));
}

/* The same of an item of a loop, or of a step in one. */
static void tell_why_item(struct checker *checker, struct diag *diag, const struct missing *missing)
{
	const struct step *step = checker->plan->nodes[missing->node].step;
	bool skipped = missing->is_item ||
	    world_chosen(checker->worlds, missing->node, missing->item) == WORLD_SKIPPED;

	if (skipped && missing->is_item && step->unless.count)
		diag_other(checker->diags, diag, step->unless.items[0].span,
		    "an item is skipped where this holds already");
	else if (skipped && !missing->is_item && step->when)
		diag_other(checker->diags, diag, expr_span(step->when),
		    "it is skipped where this is false");
	else
		diag_other(checker->diags, diag, step->span, "it may have failed in an item");
}

/* What holds where the step has it. */
static struct str guard_for(struct checker *checker, const struct missing *missing)
{
	struct str id = checker->plan->nodes[missing->node].step->id;
	bool undone = plan_within(checker->plan, checker->node, missing->node);

	if (str_is(str_from(missing->what), "result"))
		return arena_printf(checker->arena, "steps.%.*s.began", STR_ARG(id));
	/* what failed in its `verify` has outputs, and those are what undoes it wants */
	if (undone)
		return arena_printf(checker->arena, "has(steps.%.*s.outputs)", STR_ARG(id));
	return arena_printf(checker->arena, "steps.%.*s.succeeded", STR_ARG(id));
}

static void tell_way_out(struct checker *checker, struct diag *diag, const struct expr *expr,
    const struct missing *missing)
{
	struct asked asked = {.checker = checker, .node = missing->node, .what = missing->what};
	struct str id = checker->plan->nodes[missing->node].step->id;
	struct str guard = guard_for(checker, missing);
	bool whole_step = checker->stage > WORLD_WHEN && checker->stage < WORLD_VERIFY &&
	    checker->node != PLAN_ROOT;

	expr_visit_names(expr, visit_path, &asked);
	if (missing->is_item)
		diag_help(checker->diags, diag,
		    "look at those that have some: `.filter(i, i.outcome == 'succeeded')`");
	else if (missing->item)
		diag_help(checker->diags, diag,
		    "look at those that have some: `.filter(i, i.steps.%.*s.succeeded)`",
		    STR_ARG(id));
	else if (str_is(str_from(missing->what), "items"))
		diag_help(
		    checker->diags, diag, "guard it: `steps.%.*s.?items.orValue([])`", STR_ARG(id));
	else
		diag_help(checker->diags, diag,
		    "guard it: `%s%.*s%s, `%.*s ? … : …`, or `steps.%.*s.?%s.%.*s.orValue(…)`",
		    whole_step ? "when: " : "", STR_ARG(guard),
		    whole_step ? "` on this step" : " && …`", STR_ARG(guard), STR_ARG(id),
		    missing->what, STR_ARG(asked.name.len ? asked.name : STR("…")));
}

/* One step is told once that it lacks a guard against another. */
static bool is_told(const struct checker *checker, uint32_t whom)
{
	for (size_t i = checker->told_count; i-- > 0 && checker->told[i].node == checker->node;)
		if (checker->told[i].whom == whom)
			return true;
	return false;
}

static void report(struct checker *checker, const struct expr *expr, const struct value *error)
{
	const struct missing *missing = world_missing(checker->worlds, error);
	struct str id = checker->plan->nodes[missing->node].step->id;
	struct diag *diag;

	diag = diag_error(checker->diags, "unguarded", expr_error_span(expr, error),
	    "%s`%.*s`%s may have no %s here", missing->is_item ? "an item of " : "", STR_ARG(id),
	    missing->item && !missing->is_item ? " of an item" : "", missing->what);
	if (missing->item)
		tell_why_item(checker, diag, missing);
	else
		tell_why(checker, diag, missing->node);
	tell_way_out(checker, diag, expr, missing);
	checker->told = arena_grow(checker->arena, checker->told, checker->told_count,
	    &checker->told_capacity, sizeof(*checker->told));
	checker->told[checker->told_count++] = (struct told){checker->node, missing->node};
}

void check_guard(struct checker *checker, const struct expr *expr)
{
	const struct asking asking = {checker->node, checker->stage};
	struct asked asked = {.checker = checker};

	if (!checker->worlds || checker->when == CHECK_LOAD)
		return;
	expr_visit_names(expr, visit_path, &asked);
	if (!asked.found)
		return;
	worlds_begin(checker->worlds, false);
	do {
		const struct value *value = world_eval(checker->worlds, &asking, expr, false);
		const struct missing *missing = world_missing(checker->worlds, value);
		size_t choices = worlds_choices(checker->worlds);

		if (!missing || is_told(checker, missing->node) ||
		    !world_fits(checker->worlds, &asking))
			continue;
		report(checker, expr, value);
		worlds_keep(checker->worlds, choices);
	} while (worlds_next(checker->worlds));
}
