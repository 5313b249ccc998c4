/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

#include <assert.h>

#include "base/spell.h"
#include "expr/foreign.h"
#include "lang/judge.h"

enum root { ROOT_PARAMS, ROOT_SECRETS, ROOT_STEPS, ROOT_OBJECTIVES, ROOT_RUN, ROOT_NOW, ROOTS };

const char *const check_root_names[] = {
    "params", "secrets", "steps", "objectives", "run", "now", NULL};

static const struct field run_fields[] = {
    {"id", &type_string, "The run's id."},
    {"mode", &type_string, "\"run\" or \"rehearse\"."},
    {"started", &type_timestamp, "When the run began."},
    {"dir", &type_string, "A folder of this run."},
    {NULL, NULL, NULL},
};

static const struct type run_type = {.kind = TYPE_OBJECT, .name = "run", .fields = run_fields};

void check_suggest(struct checker *checker, struct diag *diag, const struct spell *spell)
{
	if (spell_best(spell).len)
		diag_help(checker->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(spell)));
}

static const struct type *find_param(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	struct checker *checker = (struct checker *)(uintptr_t)type->self;
	const struct runbook *runbook = checker->runbook;
	struct spell spell;
	struct diag *diag;

	spell_init(&spell, name);
	for (size_t i = 0; i < runbook->param_count; i++) {
		if (str_eq(runbook->params[i].name, name))
			return runbook->params[i].type;
	}
	for (size_t i = 0; i < runbook->param_count; i++)
		spell_try(&spell, runbook->params[i].name);
	if (runbook->incomplete)
		return NULL;
	if (!runbook->is_template && left_open(runbook, span, "parameter", name, diags))
		return &type_dyn;
	diag = diag_error(
	    diags, "unknown-param", span, "there is no parameter `%.*s`", STR_ARG(name));
	diag_help(diags, diag, "declare it under `params` %s",
	    runbook->is_template ? "of the template, which sees no others" : "at the top level");
	check_suggest(checker, diag, &spell);
	return NULL;
}

static const struct type *find_secret(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	struct checker *checker = (struct checker *)(uintptr_t)type->self;
	const struct runbook *runbook = checker->runbook;
	struct spell spell;
	struct diag *diag;

	spell_init(&spell, name);
	for (size_t i = 0; i < runbook->secret_count; i++) {
		if (str_eq(runbook->secrets[i].name, name))
			return &type_secret;
		spell_try(&spell, runbook->secrets[i].name);
	}
	if (left_open(runbook, span, "secret", name, diags))
		return &type_secret;
	if (runbook->incomplete)
		return NULL;
	diag = diag_error(
	    diags, "unknown-secret", span, "there is no secret `%.*s`", STR_ARG(name));
	diag_help(diags, diag, "declare it under `secrets` at the top level");
	check_suggest(checker, diag, &spell);
	return NULL;
}

static const struct type *find_objective(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	struct checker *checker = (struct checker *)(uintptr_t)type->self;
	const struct objectives *objectives = &checker->runbook->objectives;
	struct diag *diag;
	int64_t us;

	if (!str_is(name, "rto") && !str_is(name, "rpo")) {
		diag = diag_error(
		    diags, "unknown-field", span, "objectives have no `%.*s`", STR_ARG(name));
		diag_help(diags, diag, "there are `rto` and `rpo`");
		return NULL;
	}
	us = str_is(name, "rto") ? objectives->rto_us : objectives->rpo_us;
	if (us != UNSET_US)
		return &type_duration;
	if (left_open(checker->runbook, span, "objective", name, diags))
		return &type_duration;
	diag = diag_error(diags, "missing-objective", span,
	    "the runbook declares no objective `%.*s`", STR_ARG(name));
	diag_help(diags, diag, "add `objectives: {%.*s: 1h}` at the top level", STR_ARG(name));
	return NULL;
}

const struct type *result_field_type(const struct action_spec *spec, struct str name)
{
	const struct type *text = NULL;

	for (const struct field *field = spec->results; field && field->name; field++) {
		if (str_is(name, field->name))
			return field->type;
		for (size_t i = 0; result_texts[i] && field->type->kind == TYPE_STREAM; i++)
			if (str_is(str_from(field->name), result_texts[i]))
				text = field->type;
	}
	/* what is derived from the text of a result, whether its table says so or not */
	if (text && str_is(name, "json"))
		return &type_dyn;
	return text && str_is(name, "lines") ? &type_list : NULL;
}

const struct type *check_no_secret(struct checker *checker, struct span span)
{
	struct diag *diag = diag_error(checker->diags, "secret-here", span,
	    "a secret may stand only in env, stdin.text, connections, contacts and secret "
	    "parameters");

	diag_help(
	    checker->diags, diag, "hand it over in `env:`, where nothing shows or records it");
	return NULL;
}

static const struct type *no_steps_yet(struct checker *checker, struct span span)
{
	struct diag *diag = diag_error(checker->diags, "race", span,
	    "`steps` cannot be named here: it holds before any step has run");

	diag_help(checker->diags, diag, "write it at the step that needs it");
	return NULL;
}

/* The step that has an output of a name: this one. */
static bool is_own_output(const struct checker *checker, struct str name)
{
	const struct step *step = checker->plan->nodes[checker->node].step;

	for (size_t i = 0; checker->when != CHECK_LOAD && i < step->output_count; i++)
		if (str_eq(step->outputs[i].name, name))
			return true;
	return false;
}

/* What the name would mean in another place of the step, or how it is meant here; false: nothing is known. */
static bool explain_place(struct checker *checker, struct diag *diag, struct str name)
{
	const struct step *step = checker->plan->nodes[checker->node].step;
	struct diags *diags = checker->diags;

	if (checker->before_items && step->each.list &&
	    (str_eq(name, step->each.as) || str_is(name, "index")))
		diag_help(diags, diag,
		    "this is asked once, before there are items: leave some out in `for_each` "
		    "itself, list.filter(x, …), or ask in a step of a block with the loop");
	else if (is_own_output(checker, name) && checker->stage == WORLD_OUTPUTS)
		diag_help(diags, diag,
		    "outputs do not see each other: write out what `%.*s` is, or go on in a later "
		    "step with `steps.%.*s.outputs.%.*s`",
		    STR_ARG(name), STR_ARG(step->id), STR_ARG(name));
	else if (is_own_output(checker, name))
		diag_help(diags, diag,
		    "an output is for later steps, as `steps.%.*s.outputs.%.*s`; here write out "
		    "what it is",
		    STR_ARG(step->id), STR_ARG(name));
	else if (!checker->result && checker->later && result_field_type(checker->later, name))
		diag_help(diags, diag,
		    checker->stage == WORLD_VERIFY ? "it is a field of the step's result, which is "
						     "looked at before: write this "
						     "into the step's `expect`"
						   : "it is a field of the result, which is known "
						     "in `expect` and `outputs` only");
	else if (foreign_help(FOREIGN_RESULT, name))
		diag_help(diags, diag, "%s", foreign_help(FOREIGN_RESULT, name));
	else
		return false;
	return true;
}

static const struct type *unknown_name(
    struct checker *checker, struct str name, struct span span, struct diags *diags)
{
	struct spell spell;
	struct diag *diag;

	if (checker->runbook->incomplete)
		return NULL;
	diag = diag_error(
	    diags, "unknown-name", span, "there is no name `%.*s` here", STR_ARG(name));
	if (explain_place(checker, diag, name))
		return NULL;
	spell_init(&spell, name);
	if (checker->result)
		for (const struct field *field = checker->result->results; field && field->name;
		     field++)
			spell_try(&spell, str_from(field->name));
	for (size_t i = 0; check_root_names[i]; i++)
		spell_try(&spell, str_from(check_root_names[i]));
	if (spell_best(&spell).len) {
		check_suggest(checker, diag, &spell);
		return NULL;
	}
	if (plan_find(checker->plan, checker->runbook, name) && name.len)
		diag_help(diags, diag, "did you mean `steps.%.*s`?", STR_ARG(name));
	else
		diag_help(diags, diag, "text is quoted: '%.*s'", STR_ARG(name));
	for (size_t i = 0; i < checker->runbook->param_count; i++)
		if (str_eq(checker->runbook->params[i].name, name))
			diag_help(diags, diag, "did you mean `params.%.*s`?", STR_ARG(name));
	return NULL;
}

static const struct type *find_name(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	struct checker *checker = (struct checker *)(uintptr_t)scope->self;
	const struct type *type = checker->result ? result_field_type(checker->result, name) : NULL;
	int root = 0;

	if (!type)
		type = check_loop_name(checker, name);
	if (type)
		return type;
	while (root < ROOTS && !str_is(name, check_root_names[root]))
		root++;
	if (root == ROOTS)
		return unknown_name(checker, name, span, diags);
	if (root == ROOT_SECRETS && !checker->secrets)
		return check_no_secret(checker, span);
	if (root == ROOT_STEPS && checker->when == CHECK_LOAD)
		return no_steps_yet(checker, span);
	return checker->roots[root];
}

static const struct type *object(struct checker *checker, const char *name,
    const struct type *(*find)(
	const struct type *type, struct str name, struct span span, struct diags *diags))
{
	struct type *type = arena_alloc(checker->arena, sizeof(*type));

	*type = (struct type){.kind = TYPE_OBJECT, .name = name, .find = find, .self = checker};
	return type;
}

/* A field that is called like a root would hide it: the tables of actions must not have one. */
static void check_tables(const struct vocabulary *vocabulary)
{
	for (size_t i = 0; vocabulary->actions[i]; i++) {
		const struct field *field = vocabulary->actions[i]->results;

		for (; field && field->name; field++)
			for (size_t root = 0; root < ROOTS; root++)
				assert(!str_is(str_from(field->name), check_root_names[root]));
	}
}

void check_scope_init(struct checker *checker)
{
	check_tables(checker->planner->vocabulary);
	checker->scope = (struct type_scope){find_name, checker};
	checker->outcome = check_outcome_type(checker->arena);
	checker->roots[ROOT_PARAMS] = object(checker, "params", find_param);
	checker->roots[ROOT_SECRETS] = object(checker, "secrets", find_secret);
	checker->roots[ROOT_STEPS] = check_steps_type(checker);
	checker->roots[ROOT_OBJECTIVES] = object(checker, "objectives", find_objective);
	checker->roots[ROOT_RUN] = &run_type;
	checker->roots[ROOT_NOW] = &type_timestamp;
}
