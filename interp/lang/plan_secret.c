/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/contact.h"
#include "lang/plan.h"

struct asking {
	struct str name;
	bool tells; /* what contacts are told with, or what anything else needs */
	bool found;
};

static void name_asked(void *self, const struct str *path, size_t count, struct span span)
{
	struct asking *asking = self;

	(void)span;
	if (str_is(path[0], "secrets"))
		asking->found |= count < 2 || str_eq(path[1], asking->name);
}

/* Its arguments: the connection and the environment that it is given are among them. */
static void action_asks(void *self, const struct action *action)
{
	struct asking *asking = self;

	for (size_t i = 0; i < action->count; i++)
		if (action->list[i].value && (action->list[i].contact_count > 0) == asking->tells)
			template_visit_names(action->list[i].value, name_asked, asking);
}

static void steps_ask(const struct plan *plan, struct asking *asking)
{
	for (size_t i = 0; i < plan->count && !asking->found; i++)
		step_visit_actions(plan->nodes[i].step, action_asks, asking);
}

/* Whether anything that is planned may ask for it, itself or by a connection or its environment. */
static bool asks(const struct plan *plan, struct str name)
{
	struct asking asking = {.name = name};

	steps_ask(plan, &asking);
	return asking.found;
}

/* Whether somebody whom the run may tell something is told it with that. */
static bool tells(const struct plan *plan, struct str name)
{
	const struct runbook *runbook = plan->runbook;
	struct asking asking = {.name = name, .tells = true};

	steps_ask(plan, &asking);
	for (size_t i = 0; i < runbook->escalation_count; i++)
		for (size_t k = 0; k < runbook->escalation[i].count; k++) {
			const struct contact *contact = runbook->escalation[i].contacts[k];

			if (contact->args)
				template_visit_names(contact->args, name_asked, &asking);
		}
	return asking.found;
}

bool plan_secret_is_spare(const struct plan *plan, struct str name)
{
	return tells(plan, name) && !asks(plan, name);
}

bool plan_has_secret(
    const struct plan *plan, const struct runbook *book, const struct secret_decl *decl)
{
	return decl->span.source == book->source || asks(plan, decl->name) ||
	    tells(plan, decl->name);
}
