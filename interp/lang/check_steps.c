/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

#include "base/spell.h"
#include "expr/foreign.h"

/* How a step can end. */
const struct type *check_outcome_type(struct arena *arena)
{
	static const char *const names[] = {"succeeded", "failed", "timed_out", "skipped", "denied",
	    "cancelled", "blocked", "lost", "rehearsed"};
	const size_t count = sizeof(names) / sizeof(*names);
	const struct value **items = arena_array(arena, count, sizeof(struct value *));

	for (size_t i = 0; i < count; i++)
		items[i] = value_string(arena, str_from(names[i]));
	return type_of_choices(arena, &type_string, value_list(arena, items, count));
}

/* What every step's name has, whatever the step does. */
static const struct field step_fields[] = {
    {"outcome", &type_string, "How it ended: \"succeeded\", \"failed\", …"},
    {"succeeded", &type_bool, "Whether it succeeded."},
    {"failed", &type_bool, "Whether it failed or timed out."},
    {"skipped", &type_bool, "Whether it was skipped."},
    {"began", &type_bool, "Whether its action began."},
    {"attempts", &type_int, "How often it was tried."},
    {"duration", &type_duration, "How long it took."},
    {NULL, NULL, NULL},
};

static const struct plan_node *node_of(const struct step_types *types)
{
	return &types->checker->plan->nodes[types->node];
}

static const struct type *find_output(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	const struct step_types *types = type->self;
	const struct step *step = node_of(types)->step;
	struct spell spell;
	struct diag *diag;

	if (step->sensitive && !types->checker->secrets)
		return check_no_secret(types->checker, span);
	spell_init(&spell, name);
	for (size_t i = 0; i < step->manual.input_count; i++) {
		if (str_eq(step->manual.inputs[i].name, name))
			return step->manual.inputs[i].type;
		spell_try(&spell, step->manual.inputs[i].name);
	}
	for (size_t i = 0; i < step->output_count; i++) {
		if (!str_eq(step->outputs[i].name, name)) {
			spell_try(&spell, step->outputs[i].name);
			continue;
		}
		if (step->sensitive)
			return &type_secret;
		return types->of_outputs && types->of_outputs[i] ? types->of_outputs[i] : &type_dyn;
	}
	if (types->checker->runbook->incomplete)
		return NULL;
	diag = diag_error(diags, "unknown-output", span, "the step `%.*s` has no output `%.*s`",
	    STR_ARG(step->id), STR_ARG(name));
	diag_other(diags, diag, step->span, "the step stands here");
	if (!step->output_count)
		diag_help(diags, diag, "it declares no `outputs`");
	check_suggest(types->checker, diag, &spell);
	return NULL;
}

static const struct type *find_result(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	const struct step_types *types = type->self;
	const struct action_spec *spec = step_spec(node_of(types)->step);
	const struct type *found = result_field_type(spec, name);
	struct spell spell;
	struct diag *diag;

	if (found)
		return found;
	spell_init(&spell, name);
	for (const struct field *field = spec->results; field && field->name; field++)
		spell_try(&spell, str_from(field->name));
	diag = diag_error(diags, "unknown-field", span, "the result of `%s` has no field `%.*s`",
	    spec->name, STR_ARG(name));
	if (spell_best(&spell).len)
		check_suggest(types->checker, diag, &spell);
	else
		diag_help(diags, diag, "`reprise actions %s` tells what it has", spec->name);
	return NULL;
}

/* What only a step without loop has, or only one with; NULL after a report. */
static const struct type *find_whole(
    const struct step_types *types, struct str name, struct span span, struct diags *diags)
{
	const struct step *step = node_of(types)->step;
	struct diag *diag;

	if (step->each.list && !str_is(name, "items")) {
		diag = diag_error(diags, "unknown-field", span,
		    "`%.*s` is a loop: each of its items has %s of its own", STR_ARG(step->id),
		    str_is(name, "result") ? "a result" : "outputs");
		diag_help(diags, diag,
		    "ask `steps.%.*s.items`, a list of {item, index, outcome, "
		    "outputs, steps}",
		    STR_ARG(step->id));
		return NULL;
	}
	if (str_is(name, "items"))
		return types->items;
	if (str_is(name, "outputs"))
		return types->outputs;
	if (!step_spec(step)) {
		diag = diag_error(diags, "unknown-field", span, "`%.*s` has no result: %s",
		    STR_ARG(step->id), step->is_block ? "it is a block" : "it has no action");
		diag_help(diags, diag, "name its `outputs`");
		return NULL;
	}
	if (step->sensitive) {
		diag = diag_error(diags, "secret-here", span,
		    "`%.*s` is sensitive: its result is not kept", STR_ARG(step->id));
		diag_help(diags, diag, "name its `outputs`, which are secrets");
		return NULL;
	}
	return types->result;
}

static const struct type *find_step_field(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	const struct step_types *types = type->self;
	const struct step *step = node_of(types)->step;
	struct spell spell;
	struct diag *diag;

	for (const struct field *field = step_fields; field->name; field++)
		if (str_is(name, field->name))
			return str_is(name, "outcome") ? types->checker->outcome : field->type;
	if (str_is(name, "outputs") || str_is(name, "result") ||
	    (step->each.list && str_is(name, "items")))
		return find_whole(types, name, span, diags);
	spell_init(&spell, name);
	for (const struct field *field = step_fields; field->name; field++)
		spell_try(&spell, str_from(field->name));
	spell_try(&spell, STR("result"));
	spell_try(&spell, STR("outputs"));
	diag = diag_error(diags, "unknown-field", span, "a step has no `%.*s`", STR_ARG(name));
	if (foreign_help(FOREIGN_STEP, name))
		diag_help(diags, diag, "%s", foreign_help(FOREIGN_STEP, name));
	else
		check_suggest(types->checker, diag, &spell);
	for (size_t i = 0; i < step->output_count; i++)
		if (str_eq(step->outputs[i].name, name))
			diag_help(diags, diag, "did you mean `steps.%.*s.outputs.%.*s`?",
			    STR_ARG(step->id), STR_ARG(name));
	if (!diag->help.len && step_spec(step) && result_field_type(step_spec(step), name))
		diag_help(diags, diag, "did you mean `steps.%.*s.result.%.*s`?", STR_ARG(step->id),
		    STR_ARG(name));
	return NULL;
}

static struct type *object(struct step_types *types, const char *name,
    const struct type *(*find)(
	const struct type *type, struct str name, struct span span, struct diags *diags))
{
	struct type *type = arena_alloc(types->checker->arena, sizeof(*type));

	*type = (struct type){.kind = TYPE_OBJECT, .name = name, .find = find, .self = types};
	return type;
}

const struct type *check_step_type(struct checker *checker, uint32_t node)
{
	struct step_types *types = &checker->steps[node];
	const struct step *step = checker->plan->nodes[node].step;
	struct str noun;

	if (types->self)
		return types->self;
	types->checker = checker;
	types->node = node;
	noun = arena_printf(checker->arena, "the step %.*s", STR_ARG(step->id));
	types->self = object(types, noun.ptr, find_step_field);
	noun = arena_printf(checker->arena, "the outputs of %.*s", STR_ARG(step->id));
	types->outputs = object(types, noun.ptr, find_output);
	if (step->each.list)
		types->items = check_items_type(types);
	if (step_spec(step)) {
		noun = arena_printf(checker->arena, "the result of %s", step_spec(step)->name);
		types->result = object(types, noun.ptr, find_result);
	}
	return types->self;
}

void check_output_known(
    struct checker *checker, uint32_t node, size_t output, const struct type *type)
{
	struct step_types *types = &checker->steps[node];

	if (!types->of_outputs)
		types->of_outputs = arena_array(checker->arena,
		    checker->plan->nodes[node].step->output_count, sizeof(struct type *));
	types->of_outputs[output] = type;
}

void check_outputs_used(struct checker *checker)
{
	const struct plan_node *node = &checker->plan->nodes[checker->node];
	const struct step_types *used = &checker->steps[node->children[0]];

	for (size_t i = 0; i < node->step->output_count; i++)
		check_output_known(checker, checker->node, i,
		    used->of_outputs && used->of_outputs[i] ? used->of_outputs[i] : &type_dyn);
}

/* Whether `other` has surely ended when this expression is asked. */
static bool has_ended(const struct checker *checker, uint32_t other)
{
	const struct plan *plan = checker->plan;
	uint32_t at = other;

	if (plan_needs(plan, checker->node, other))
		return true;
	if (checker->when != CHECK_AFTER || other == checker->node ||
	    !plan_within(plan, other, checker->node))
		return false;
	while (plan->nodes[at].parent != checker->node)
		at = plan->nodes[at].parent;
	return plan->nodes[at].part == PART_STEPS;
}

/* What to do about a race between two steps that neither holds the other. */
static void explain_race(struct checker *checker, struct diag *diag, uint32_t other)
{
	const struct plan *plan = checker->plan;
	struct str here;
	struct str there;
	uint32_t a;
	uint32_t b;

	if (!plan_lift(plan, checker->node, other, &a, &b))
		return;
	here = plan->nodes[a].step->id;
	there = plan->nodes[b].step->id;
	if (plan->nodes[a].part != plan->nodes[b].part)
		diag_help(checker->diags, diag, "`%.*s` is in `finally`, which comes later",
		    STR_ARG(there));
	else if (plan_reaches(plan, b, a))
		diag_help(checker->diags, diag, "`%.*s` waits for `%.*s`, not the other way round",
		    STR_ARG(there), STR_ARG(here));
	else if (!plan->nodes[a].step->needs_given)
		diag_help(checker->diags, diag, "`%.*s` stands further down: move it above `%.*s`",
		    STR_ARG(there), STR_ARG(here));
	else if (plan->nodes[a].step->need_count)
		diag_help(checker->diags, diag, "add `%.*s` to the `needs` of `%.*s`",
		    STR_ARG(there), STR_ARG(here));
	else
		diag_help(checker->diags, diag, "write `needs: [%.*s]` on `%.*s`", STR_ARG(there),
		    STR_ARG(here));
}

static void report_race(struct checker *checker, uint32_t other, struct span span)
{
	const struct plan *plan = checker->plan;
	struct str id = plan->nodes[other].step->id;
	struct diag *diag;

	if (other == checker->node) {
		diag = diag_error(
		    checker->diags, "race", span, "`steps.%.*s` is this very step", STR_ARG(id));
		diag_help(checker->diags, diag,
		    "in `expect` and `outputs` the fields of its result stand bare");
		return;
	}
	if (plan_within(plan, checker->node, other)) {
		diag = diag_error(checker->diags, "race", span,
		    "`steps.%.*s` is the block that this step is in; it has not ended",
		    STR_ARG(id));
		diag_help(checker->diags, diag, "ask for a step of it that stands before this one");
		return;
	}
	if (plan_within(plan, other, checker->node) && checker->when == CHECK_AFTER) {
		diag_error(checker->diags, "race", span,
		    "`steps.%.*s` belongs to the `finally` of this block, which comes later",
		    STR_ARG(id));
		return;
	}
	if (plan_within(plan, other, checker->node)) {
		diag = diag_error(checker->diags, "race", span,
		    "`steps.%.*s` lies inside this block and has not ended here", STR_ARG(id));
		diag_help(checker->diags, diag, "the block's `outputs` and `verify` may name it");
		return;
	}
	diag = diag_error(
	    checker->diags, "race", span, "`steps.%.*s` may not have ended here", STR_ARG(id));
	diag_other(checker->diags, diag, plan->nodes[other].step->span, "the step stands here");
	explain_race(checker, diag, other);
}

static const struct type *find_step(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	struct checker *checker = (struct checker *)(uintptr_t)type->self;
	const struct plan_node *node = plan_find(checker->plan, checker->runbook, name);
	struct diag *diag;
	uint32_t loop;

	if (!node && checker->runbook->incomplete)
		return NULL;
	if (!node) {
		diag = diag_error(
		    diags, "unknown-step", span, "there is no step `%.*s`", STR_ARG(name));
		plan_suggest(checker->planner, diag, name);
		return NULL;
	}
	loop = check_foreign_loop(checker, node->index);
	if (loop != PLAN_NONE) {
		struct str id = checker->plan->nodes[loop].step->id;

		diag = diag_error(diags, "unknown-step", span,
		    "`%.*s` is inside the loop `%.*s`: there is one for each item", STR_ARG(name),
		    STR_ARG(id));
		diag_help(diags, diag, "ask `steps.%.*s.items`, each with `steps`", STR_ARG(id));
		return NULL;
	}
	if (checker->planner->cyclic || has_ended(checker, node->index))
		return check_step_type(checker, node->index);
	report_race(checker, node->index, span);
	return NULL;
}

const struct type *check_steps_type(struct checker *checker)
{
	struct type *type = arena_alloc(checker->arena, sizeof(*type));

	*type = (struct type){
	    .kind = TYPE_OBJECT, .name = "steps", .find = find_step, .self = checker};
	return type;
}
