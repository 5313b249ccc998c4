/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

#include "base/spell.h"

static const struct each *loop_of(const struct checker *checker, uint32_t node)
{
	const struct step *step = checker->plan->nodes[node].step;
	bool early = node == checker->node && checker->before_items;

	/* one that was not understood has items all the same */
	return step->each.span.source && !early ? &step->each : NULL;
}

const struct type *check_loop_name(struct checker *checker, struct str name)
{
	bool index = str_is(name, "index");

	if (checker->each && (index || str_eq(name, checker->each->as)))
		return index ? &type_int : checker->each_item;
	if (checker->when == CHECK_LOAD)
		return NULL;
	for (uint32_t at = checker->node; at != PLAN_NONE; at = checker->plan->nodes[at].parent) {
		const struct each *each = loop_of(checker, at);

		if (each && (index || str_eq(name, each->as)))
			return index             ? &type_int
			    : checker->items[at] ? checker->items[at]
						 : &type_dyn;
	}
	return NULL;
}

static struct span as_span(const struct each *each)
{
	return each->as_span.source ? each->as_span : each->span;
}

/* An item that is called like something else would hide it. */
static void check_as(struct checker *checker, const struct each *each)
{
	bool root = str_is(each->as, "index");
	struct diag *diag;

	for (size_t i = 0; check_root_names[i]; i++)
		root |= str_is(each->as, check_root_names[i]);
	if (root)
		diag_error(checker->diags, "hides", as_span(each),
		    "an item cannot be called `%.*s`: the name is taken", STR_ARG(each->as));
	else if (check_loop_name(checker, each->as)) {
		diag = diag_error(checker->diags, "hides", as_span(each),
		    "`%.*s` would hide the item of the loop around it", STR_ARG(each->as));
		diag_help(checker->diags, diag, "give one of them another name with `as`");
	}
}

/* The machines of a declared target were looked at where it is declared. */
const struct type *check_each(struct checker *checker, const struct each *each)
{
	check_as(checker, each);
	return each->target && each->target->book ? &type_dyn : check_loop_list(checker, each);
}

const struct type *check_loop_list(struct checker *checker, const struct each *each)
{
	const struct type *type = check_expr(checker, each->list);
	struct diag *diag;

	if (type->kind == TYPE_LIST)
		return type->of ? type->of : &type_dyn;
	if (type->kind != TYPE_DYN) {
		diag = diag_error(checker->diags, "not-a-list", expr_span(each->list),
		    "`%s` wants a list, this is %s", each->target ? "target" : "for_each",
		    type_noun(type));
		if (type->kind == TYPE_STREAM)
			diag_help(checker->diags, diag, "`lines` is the output as a list");
	}
	return &type_dyn;
}

static void report_hiding(
    struct checker *checker, const struct each *each, const struct action_spec *spec)
{
	struct diag *diag;

	for (const struct field *field = spec->results; field && field->name; field++) {
		if (!str_is(each->as, field->name))
			continue;
		diag = diag_error(checker->diags, "hides", as_span(each),
		    "the item's name `%s` is a field of the result of `%s`, which would hide it",
		    field->name, spec->name);
		diag_help(checker->diags, diag, "give the item another name with `as`");
	}
}

void check_hiding(struct checker *checker, const struct action_spec *spec)
{
	if (!spec)
		return;
	if (checker->each)
		report_hiding(checker, checker->each, spec);
	for (uint32_t at = checker->node; at != PLAN_NONE; at = checker->plan->nodes[at].parent)
		if (checker->plan->nodes[at].step->each.list)
			report_hiding(checker, &checker->plan->nodes[at].step->each, spec);
}

uint32_t check_foreign_loop(const struct checker *checker, uint32_t node)
{
	const struct plan *plan = checker->plan;
	uint32_t loop = PLAN_NONE;

	for (uint32_t at = plan->nodes[node].parent; at != PLAN_NONE; at = plan->nodes[at].parent) {
		if (plan_within(plan, checker->node, at))
			break;
		if (plan->nodes[at].step->each.list)
			loop = at;
	}
	return loop;
}

/* The steps of one item of a loop over a block. */
static const struct type *find_item_step(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	const struct step_types *types = type->self;
	const struct plan *plan = types->checker->plan;
	const struct plan_node *node = &plan->nodes[types->node];
	struct spell spell;
	struct diag *diag;

	spell_init(&spell, name);
	for (size_t i = 0; i < node->child_count; i++) {
		struct str id = plan->nodes[node->children[i]].step->id;

		if (str_eq(id, name))
			return check_step_type(types->checker, node->children[i]);
		spell_try(&spell, id);
	}
	diag = diag_error(diags, "unknown-step", span, "an item of `%.*s` has no step `%.*s`",
	    STR_ARG(node->step->id), STR_ARG(name));
	check_suggest(types->checker, diag, &spell);
	return NULL;
}

static const struct type *find_item_field(
    const struct type *type, struct str name, struct span span, struct diags *diags)
{
	static const char *const names[] = {"item", "index", "outcome", "outputs", "steps", NULL};
	const struct step_types *types = type->self;
	struct checker *checker = types->checker;
	const struct step *step = checker->plan->nodes[types->node].step;
	struct type *steps;
	struct spell spell;
	struct diag *diag;

	if (str_is(name, "item"))
		return checker->items[types->node] ? checker->items[types->node] : &type_dyn;
	if (str_is(name, "index"))
		return &type_int;
	if (str_is(name, "outcome"))
		return checker->outcome;
	if (str_is(name, "outputs"))
		return types->outputs;
	if (str_is(name, "steps") && step->is_block) {
		steps = arena_alloc(checker->arena, sizeof(*steps));
		*steps = (struct type){.kind = TYPE_OBJECT,
		    .name = "the steps of an item",
		    .find = find_item_step,
		    .self = types};
		return steps;
	}
	spell_init(&spell, name);
	for (size_t i = 0; names[i]; i++)
		spell_try(&spell, str_from(names[i]));
	diag = diag_error(diags, "unknown-field", span, "an item of `%.*s` has no `%.*s`",
	    STR_ARG(step->id), STR_ARG(name));
	if (str_is(name, "steps"))
		diag_help(diags, diag,
		    "the loop is one step, no block: its `outcome` and `outputs` are it");
	else if (str_is(name, "result"))
		diag_help(diags, diag, "name what is wanted of it under `outputs`");
	else if (spell_best(&spell).len)
		check_suggest(checker, diag, &spell);
	else
		diag_help(diags, diag,
		    "there are `item`, `index`, `outcome`, `outputs`%s; what the step gives is in "
		    "`outputs`",
		    step->is_block ? ", `steps`" : "");
	return NULL;
}

struct type *check_items_type(struct step_types *types)
{
	struct arena *arena = types->checker->arena;
	struct type *item = arena_alloc(arena, sizeof(*item));
	struct type *items = arena_alloc(arena, sizeof(*items));

	*item = (struct type){.kind = TYPE_OBJECT,
	    .name = arena_printf(arena, "an item of %.*s",
		STR_ARG(types->checker->plan->nodes[types->node].step->id))
			.ptr,
	    .find = find_item_field,
	    .self = types};
	*items = type_list;
	items->of = item;
	return items;
}
