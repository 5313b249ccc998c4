/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint_parts.h"

#include "lang/contact.h"

/*
 * What is declared and never used. An included file is shared by many runbooks, so only what stands in the runbook's
 * own file counts. What is named is looked for in the text of all templates and expressions of the plan.
 */
struct usage {
	struct lint *lint;
	bool *params;
	bool *secrets;
	bool *connections;
	bool *targets;
	bool *templates;
	bool *contacts;
};

static void name_used(void *self, const struct str *path, size_t count, struct span span)
{
	struct usage *usage = self;
	const struct runbook *runbook = usage->lint->plan->runbook;
	bool params = str_is(path[0], "params");
	bool secrets = str_is(path[0], "secrets");

	(void)span;
	for (size_t i = 0; params && i < runbook->param_count; i++)
		usage->params[i] |= count < 2 || str_eq(runbook->params[i].name, path[1]);
	for (size_t i = 0; secrets && i < runbook->secret_count; i++)
		usage->secrets[i] |= count < 2 || str_eq(runbook->secrets[i].name, path[1]);
}

static void use_template(struct usage *usage, const struct template *template)
{
	if (template)
		template_visit_names(template, name_used, usage);
}

static void use_expr(
    void *self, const struct plan_node *node, enum place_kind kind, const struct expr *expr)
{
	(void)node;
	(void)kind;
	expr_visit_names(expr, name_used, self);
}

static void use_arg(void *self, const struct plan_node *node, const struct arg *arg)
{
	(void)node;
	use_template(self, arg->value);
}

/* What a contact is made of is used when somebody may tell it. */
static void use_contact(struct usage *usage, const struct contact *contact)
{
	const struct runbook *runbook = usage->lint->plan->runbook;

	use_template(usage, contact->args);
	for (size_t i = 0; i < runbook->contact_count; i++)
		usage->contacts[i] |= contact == &runbook->contacts[i];
}

static void use_connections(struct usage *usage, const struct action *action)
{
	const struct runbook *runbook = usage->lint->plan->runbook;

	use_template(usage, action->args);
	for (size_t i = 0; i < action->count; i++)
		for (size_t k = 0; k < action->list[i].contact_count; k++)
			use_contact(usage, action->list[i].contacts[k]);
	for (size_t i = 0; i < action->count; i++)
		for (size_t k = 0; k < runbook->connection_count; k++)
			usage->connections[k] |= action->list[i].value ==
			    runbook->connections[k].args;
}

static void use_escalation(struct usage *usage)
{
	const struct runbook *runbook = usage->lint->plan->runbook;

	for (size_t i = 0; i < runbook->escalation_count; i++)
		for (size_t k = 0; k < runbook->escalation[i].count; k++)
			use_contact(usage, runbook->escalation[i].contacts[k]);
}

static void use_target(struct usage *usage, const struct target *target)
{
	const struct runbook *runbook = usage->lint->plan->runbook;

	for (size_t i = 0; target && i < runbook->target_count; i++)
		usage->targets[i] |= target == runbook->targets[i];
	for (size_t i = 0; target && i < target->member_count; i++)
		use_target(usage, target->members[i].target);
}

static void use_targets(struct usage *usage, const struct action *action)
{
	use_target(usage, action->at.target);
	for (size_t i = 0; i < action->stage_count; i++)
		use_target(usage, action->stages[i].target);
}

static void use_checks(struct usage *usage, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		use_connections(usage, &checks->items[i].action);
		use_target(usage, checks->items[i].at.target);
		use_targets(usage, &checks->items[i].action);
		use_template(usage, checks->items[i].message);
	}
}

static void use_step(struct usage *usage, const struct step *step)
{
	const struct runbook *runbook = usage->lint->plan->runbook;

	use_checks(usage, &step->unless);
	use_checks(usage, &step->preconditions);
	use_checks(usage, &step->ready);
	use_checks(usage, &step->verify);
	use_connections(usage, &step->action);
	use_connections(usage, &step->rehearse);
	use_connections(usage, &step->background);
	use_targets(usage, &step->action);
	use_target(usage, step->at.target);
	use_template(usage, step->approve.prompt);
	use_template(usage, step->message);
	use_template(usage, step->manual.text);
	use_template(usage, step->use.with);
	for (size_t i = 0; i < step->output_count; i++)
		use_template(usage, step->outputs[i].constant);
	for (size_t i = 0; step->use.book && i < runbook->template_count; i++)
		usage->templates[i] |= step->use.book->is_template &&
		    str_eq(runbook->templates[i].name, step->use.book->id);
}

static void report(struct usage *usage, const struct rule *rule, bool used, const char *noun,
    struct str name, struct span span)
{
	struct diag *diag;

	if (used || span.source != usage->lint->plan->runbook->source)
		return;
	diag = lint_at(
	    usage->lint, rule, NULL, span, "nothing uses the %s `%.*s`", noun, STR_ARG(name));
	lint_help(
	    usage->lint, diag, "take it away, or use it: whoever sets it believes that it counts");
}

static void report_all(struct usage *usage, const struct rule *rule)
{
	const struct runbook *runbook = usage->lint->plan->runbook;

	for (size_t i = 0; i < runbook->param_count; i++)
		report(usage, rule, usage->params[i], "parameter", runbook->params[i].name,
		    runbook->params[i].span);
	for (size_t i = 0; i < runbook->secret_count; i++)
		report(usage, rule, usage->secrets[i], "secret", runbook->secrets[i].name,
		    runbook->secrets[i].span);
	for (size_t i = 0; i < runbook->connection_count; i++)
		report(usage, rule, usage->connections[i], "connection",
		    runbook->connections[i].name, runbook->connections[i].span);
	for (size_t i = 0; i < runbook->target_count; i++)
		report(usage, rule, usage->targets[i], "target", runbook->targets[i]->name,
		    runbook->targets[i]->span);
	for (size_t i = 0; i < runbook->template_count; i++)
		report(usage, rule, usage->templates[i], "template", runbook->templates[i].name,
		    runbook->templates[i].span);
	for (size_t i = 0; i < runbook->contact_count; i++)
		report(usage, rule, usage->contacts[i], "contact", runbook->contacts[i].name,
		    runbook->contacts[i].span);
}

void lint_unused(struct lint *lint, const struct rule *rule)
{
	const struct runbook *runbook = lint->plan->runbook;
	struct usage usage = {
	    .lint = lint,
	    .params = arena_array(lint->arena, runbook->param_count + 1, sizeof(bool)),
	    .secrets = arena_array(lint->arena, runbook->secret_count + 1, sizeof(bool)),
	    .connections = arena_array(lint->arena, runbook->connection_count + 1, sizeof(bool)),
	    .targets = arena_array(lint->arena, runbook->target_count + 1, sizeof(bool)),
	    .templates = arena_array(lint->arena, runbook->template_count + 1, sizeof(bool)),
	    .contacts = arena_array(lint->arena, runbook->contact_count + 1, sizeof(bool)),
	};

	if (lint->plan->runbook->is_open)
		return;
	lint_visit_exprs(lint, use_expr, &usage);
	lint_visit_args(lint, use_arg, &usage);
	use_escalation(&usage);
	for (size_t i = 0; i < lint->plan->count; i++)
		use_step(&usage, lint->plan->nodes[i].step);
	report_all(&usage, rule);
}
