/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

#include "base/spell.h"
#include "lang/trigger.h"

static const struct type *find_name(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	struct spell spell;
	struct diag *diag;

	(void)scope;
	spell_init(&spell, name);
	for (const struct alert_name *known = trigger_names; known->name; known++) {
		if (str_is(name, known->name))
			return known->type;
		spell_try(&spell, str_from(known->name));
	}
	diag = diag_error(diags, "unknown-name", span, "an alert has no `%.*s`", STR_ARG(name));
	if (spell_best(&spell).len)
		diag_help(diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(diags, diag,
		    "there are `labels`, `annotations`, `startsAt`, `fingerprint` and "
		    "`generatorURL`; what differs from run to run comes from these alone");
	return NULL;
}

static void check_params(struct checker *checker, const struct trigger *trigger)
{
	static const struct type_scope scope = {find_name, NULL};

	for (size_t i = 0; i < trigger->param_count; i++) {
		const struct arg *param = &trigger->params[i];
		const struct param_decl *decl = runbook_param(checker->runbook, param->name);

		if (!template_value(param->value))
			check_param(checker, param->value,
			    template_check(param->value, &scope, checker->arena, checker->diags),
			    decl->name, decl->kind);
	}
}

/* Whether `wide` surely holds of every value of which `narrow` does. */
static bool covers_values(const struct matcher *wide, const struct matcher *narrow)
{
	if (narrow->regex)
		return wide->regex && wide->negated == narrow->negated &&
		    str_eq(wide->pattern, narrow->pattern);
	if (!narrow->negated) {
		for (size_t i = 0; i < narrow->count; i++)
			if (matcher_holds(wide, narrow->values[i]) != REGEX_MATCH)
				return false;
		return true;
	}
	/* all but some: what is left out there must be all that is left out here */
	if (!wide->negated || wide->regex)
		return false;
	for (size_t i = 0; i < wide->count; i++)
		if (matcher_holds(narrow, wide->values[i]) == REGEX_MATCH)
			return false;
	return true;
}

/* Whether every alert that `narrow` means is one that `wide` means, as far as that can be told. */
static bool covers(const struct trigger *wide, const struct trigger *narrow)
{
	for (size_t i = 0; i < wide->count; i++) {
		bool covered = false;

		for (size_t k = 0; k < narrow->count && !covered; k++)
			covered = str_eq(wide->matchers[i].label, narrow->matchers[k].label) &&
			    covers_values(&wide->matchers[i], &narrow->matchers[k]);
		if (!covered)
			return false;
	}
	return true;
}

/* Of two that mean an alert, the one with more matchers answers; of equals the first. */
static void check_hidden(struct checker *checker, size_t index)
{
	const struct runbook *runbook = checker->runbook;
	const struct trigger *trigger = &runbook->triggers[index];

	for (size_t i = 0; i < runbook->trigger_count; i++) {
		const struct trigger *other = &runbook->triggers[i];
		struct diag *diag;

		if (i == index || other->count < trigger->count ||
		    (other->count == trigger->count && i > index) || !covers(other, trigger))
			continue;
		if (covers(trigger, other))
			diag = diag_warning(checker->diags, "never-reached", trigger->span,
			    "this trigger cannot be told apart from another, which answers");
		else
			diag = diag_warning(checker->diags, "never-reached", trigger->span,
			    "this trigger never answers: another means all of its alerts");
		diag_other(checker->diags, diag, other->span, "the other one");
		diag_help(checker->diags, diag,
		    "the one that asks for more labels answers, of equals the first: ask for one "
		    "more, or leave this out");
		return;
	}
}

void check_triggers(struct checker *checker)
{
	const struct runbook *runbook = checker->runbook;

	for (size_t i = 0; i < runbook->trigger_count; i++)
		check_params(checker, &runbook->triggers[i]);
	if (checker->diags->errors)
		return;
	for (size_t i = 0; i < runbook->trigger_count; i++)
		check_hidden(checker, i);
}
