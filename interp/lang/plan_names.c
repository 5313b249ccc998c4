/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/contact.h"
#include "lang/plan.h"

static void visit_checks(
    const struct checks *checks, void (*visit)(void *self, const struct action *action), void *self)
{
	for (size_t i = 0; i < checks->count; i++)
		visit(self, &checks->items[i].action);
}

void step_visit_actions(
    const struct step *step, void (*visit)(void *self, const struct action *action), void *self)
{
	visit_checks(&step->unless, visit, self);
	visit_checks(&step->preconditions, visit, self);
	visit(self, &step->background);
	visit_checks(&step->ready, visit, self);
	visit(self, &step->action);
	visit(self, &step->rehearse);
	visit_checks(&step->verify, visit, self);
}

struct naming {
	expr_visit *visit;
	void *self;
};

static void name_expr(const struct naming *naming, const struct expr *expr)
{
	if (expr)
		expr_visit_names(expr, naming->visit, naming->self);
}

static void name_text(const struct naming *naming, const struct template *text)
{
	if (text)
		template_visit_names(text, naming->visit, naming->self);
}

static void name_args(const struct naming *naming, const struct arg *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		name_text(naming, list[i].value);
		name_args(naming, list[i].parts, list[i].part_count);
	}
}

static void name_target(const struct naming *naming, const struct target *target)
{
	if (!target)
		return;
	name_args(naming, target->list, target->count);
	for (size_t i = 0; i < target->member_count; i++)
		name_target(naming, target->members[i].target);
}

/* The map of its arguments has the connection and the environment in it that it is given. */
static void name_action(void *self, const struct action *action)
{
	const struct naming *naming = self;

	name_text(naming, action->args);
	name_target(naming, action->at.target);
	for (size_t i = 0; i < action->stage_count; i++)
		name_target(naming, action->stages[i].target);
}

/* What a check has besides its action. */
static void name_checks(const struct naming *naming, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		name_target(naming, check->at.target);
		name_expr(naming, check->each.list);
		name_expr(naming, check->expect);
		name_expr(naming, check->abort);
		name_text(naming, check->message);
	}
}

static void name_step(struct naming *naming, const struct step *step)
{
	step_visit_actions(step, name_action, naming);
	name_expr(naming, step->when);
	name_expr(naming, step->each.list);
	name_checks(naming, &step->unless);
	name_target(naming, step->at.target);
	name_checks(naming, &step->preconditions);
	name_text(naming, step->approve.prompt);
	name_expr(naming, step->approve.when);
	name_checks(naming, &step->ready);
	name_text(naming, step->manual.text);
	name_text(naming, step->use.with);
	name_expr(naming, step->expect);
	name_text(naming, step->message);
	name_expr(naming, step->retry.when);
	for (size_t i = 0; i < step->output_count; i++) {
		name_expr(naming, step->outputs[i].value);
		name_text(naming, step->outputs[i].constant);
	}
	name_checks(naming, &step->verify);
}

/* What whoever the run may tell is told with. */
static void name_contacts(const struct naming *naming, const struct runbook *runbook)
{
	for (size_t i = 0; i < runbook->escalation_count; i++)
		for (size_t k = 0; k < runbook->escalation[i].count; k++)
			name_text(naming, runbook->escalation[i].contacts[k]->args);
}

struct asking {
	struct str name;
	bool found;
};

static void param_named(void *self, const struct str *path, size_t count, struct span span)
{
	struct asking *asking = self;

	(void)span;
	if (str_is(path[0], "params"))
		asking->found |= count < 2 || str_eq(path[1], asking->name);
}

/* A template's own parameter of the same name counts too. */
bool plan_has_param(const struct plan *plan, const struct param_decl *decl)
{
	struct asking asking = {decl->name, decl->span.source == plan->runbook->source};
	struct naming naming = {param_named, &asking};

	for (size_t i = 0; i < plan->count && !asking.found; i++)
		name_step(&naming, plan->nodes[i].step);
	name_contacts(&naming, plan->runbook);
	return asking.found;
}
