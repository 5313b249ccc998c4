/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

#include <stdlib.h>

#include "lang/bind.h"
#include "lang/contact.h"

static void remember_read(struct checker *checker, uint32_t node)
{
	if (checker->node == node)
		return;
	checker->reads = arena_grow(checker->arena, checker->reads, checker->read_count,
	    &checker->read_capacity, sizeof(*checker->reads));
	checker->reads[checker->read_count++] = node;
}

/* What is kept of a result because somebody reads it later. */
static unsigned result_flags(const struct str *path, size_t count, const struct action_spec *spec)
{
	const struct type *type;

	if (count < 3 || !str_is(path[2], "result") || !spec)
		return 0;
	if (count == 3)
		return READS_RESULT | READS_RESULT_STREAMS;
	type = result_field_type(spec, path[3]);
	if (type && type->kind == TYPE_STREAM &&
	    !(count > 4 &&
		(str_is(path[4], "head") || str_is(path[4], "tail") || str_is(path[4], "size"))))
		return READS_RESULT | READS_RESULT_STREAMS;
	if (str_is(path[3], "json") || str_is(path[3], "lines"))
		return READS_RESULT | READS_RESULT_STREAMS;
	return READS_RESULT;
}

static void visit_name(void *self, const struct str *path, size_t count, struct span span)
{
	struct checker *checker = self;
	const struct plan_node *node;

	if (!str_is(path[0], "steps") || checker->when == CHECK_LOAD)
		return;
	if (count < 2) {
		if (checker->diags->errors == checker->read_errors)
			diag_help(checker->diags,
			    diag_error(checker->diags, "unknown-step", span,
				"`steps` wants the id of a step: `steps.x`"),
			    "write which step is meant, as in `steps.x.succeeded`");
		return;
	}
	node = plan_find(checker->plan, checker->runbook, path[1]);
	if (!node)
		return;
	remember_read(checker, node->index);
	checker->planner->plan->nodes[node->index].reads_flags |= result_flags(
	    path, count, step_spec(node->step));
}

const struct type *check_expr(struct checker *checker, struct expr *expr)
{
	const struct type *type;

	if (!expr)
		return &type_dyn;
	checker->read_errors = checker->diags->errors;
	type = expr_check(expr, &checker->scope, checker->arena, checker->diags);
	expr_visit_names(expr, visit_name, checker);
	if (checker->diags->errors == checker->read_errors)
		check_guard(checker, expr);
	return type;
}

static void check_bool(struct checker *checker, struct expr *expr, const char *key)
{
	const struct type *type = check_expr(checker, expr);
	struct diag *diag;

	if (type->kind == TYPE_BOOL || type->kind == TYPE_DYN)
		return;
	diag = diag_error(checker->diags, "not-a-bool", expr_span(expr),
	    "`%s` must be true or false, this is %s", key, type_noun(type));
	if (type_to_condition(type))
		diag_help(checker->diags, diag, "%s", type_to_condition(type));
}

/* A text for people: what cannot be known stands in it as it was written. */
static const struct type *check_text(struct checker *checker, const struct template *template)
{
	const struct type *type;

	if (!template || template_value(template))
		return &type_dyn;
	checker->read_errors = checker->diags->errors;
	type = template_check(template, &checker->scope, checker->arena, checker->diags);
	template_visit_names(template, visit_name, checker);
	return type;
}

static void guard_expr(void *self, struct expr *expr)
{
	check_guard(self, expr);
}

static const struct type *check_template(struct checker *checker, const struct template *template)
{
	size_t errors = checker->diags->errors;
	const struct type *type = check_text(checker, template);

	if (template && checker->diags->errors == errors)
		template_visit_exprs(template, guard_expr, checker);
	return type;
}

/* Whether a value of a type can become what a parameter asks for. */
static bool type_fits(enum param_kind kind, enum type_kind type)
{
	switch (kind) {
	case PARAM_STRING:
	case PARAM_PATH:
		return type != TYPE_LIST && type != TYPE_MAP && type != TYPE_OBJECT &&
		    type != TYPE_NULL && type != TYPE_TYPE;
	case PARAM_INT:
		return type == TYPE_INT;
	case PARAM_FLOAT:
		return type == TYPE_INT || type == TYPE_DOUBLE;
	case PARAM_BOOL:
		return type == TYPE_BOOL;
	case PARAM_DURATION:
		return type == TYPE_DURATION || type == TYPE_STRING;
	case PARAM_SIZE:
		return type == TYPE_INT || type == TYPE_STRING;
	case PARAM_LIST:
	case PARAM_CONTACTS:
		return type == TYPE_LIST;
	case PARAM_MAP:
	case PARAM_CONNECTION:
		return type == TYPE_MAP;
	case PARAM_ANY:
		break;
	}
	return true;
}

static void report_type(struct checker *checker, struct span span, struct str name,
    enum param_kind kind, const struct type *type)
{
	struct diag *diag = diag_error(checker->diags, "wrong-type", span,
	    "`%.*s` wants %s, this is %s", STR_ARG(name), param_kind_noun(kind), type_noun(type));
	bool text = type->kind == TYPE_STRING || type->kind == TYPE_STREAM;

	if ((kind == PARAM_STRING || kind == PARAM_PATH) && type_to_text(type))
		diag_help(checker->diags, diag, "%s", type_to_text(type));
	else if (text && (kind == PARAM_INT || kind == PARAM_FLOAT))
		diag_help(checker->diags, diag, "a text becomes a number with int(…) or double(…)");
	else if (text && kind == PARAM_BOOL)
		diag_help(checker->diags, diag, "compare it with a text, as in x == 'yes'");
	else if (text && kind == PARAM_LIST)
		diag_help(checker->diags, diag,
		    "`lines` is an output as a list; a text becomes one with text.split(',')");
	else if (kind == PARAM_LIST)
		diag_help(checker->diags, diag, "one alone is a list as [x]");
}

void check_param(struct checker *checker, const struct template *template, const struct type *type,
    struct str name, enum param_kind kind)
{
	if (type->kind != TYPE_DYN && !type_fits(kind, type->kind))
		report_type(checker, template_span(template), name, kind, type);
}

void check_reads(struct checker *checker, const struct template *template)
{
	template_visit_names(template, visit_name, checker);
}

void check_args(struct checker *checker, const struct arg *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct arg *arg = &args[i];
		const struct type *type;

		if (arg->parts)
			check_args(checker, arg->parts, arg->part_count);
		if (arg->parts || arg->shared)
			continue;
		checker->secrets = arg->secrets;
		type = check_template(checker, arg->value);
		checker->secrets = false;
		if (arg->param)
			check_param(checker, arg->value, type, str_from(arg->param->name),
			    arg->param->kind);
	}
}

static void check_list(struct checker *checker, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->each.list) {
			checker->each_item = check_each(checker, &check->each);
			checker->each = &check->each;
		}
		check_hiding(checker, check->action.spec);
		check_target(checker, &check->at);
		check_where(checker, &check->action);
		check_args(checker, check->action.list, check->action.count);
		check_far(checker, &check->action);
		check_text(checker, check->message);
		checker->result = check->action.spec;
		check_bool(checker, check->expect, "expect");
		check_bool(checker, check->abort, "abort");
		checker->result = NULL;
		checker->each = NULL;
	}
}

static void check_outputs(struct checker *checker, const struct step *step)
{
	if (step->use.book) { /* the outputs of what is used, which was looked at */
		check_outputs_used(checker);
		return;
	}
	for (size_t i = 0; i < step->output_count; i++) {
		const struct output *output = &step->outputs[i];
		const struct type *type = output->value ? check_expr(checker, output->value)
							: check_template(checker, output->constant);

		check_output_known(checker, checker->node, i, type);
	}
}

static int compare_nodes(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Adds what was read since to the node's own list: ascending, each once. */
static void keep_reads(struct checker *checker)
{
	struct plan_node *node = &checker->planner->plan->nodes[checker->node];
	size_t count = node->read_count + checker->read_count;
	uint32_t *reads;

	if (!checker->read_count)
		return;
	reads = arena_array(checker->arena, count, sizeof(*reads));
	for (size_t i = 0; i < count; i++)
		reads[i] = i < node->read_count ? node->reads[i]
						: checker->reads[i - node->read_count];
	qsort(reads, count, sizeof(*reads), compare_nodes);
	node->reads = reads;
	node->read_count = 0;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || reads[i] != reads[node->read_count - 1])
			reads[node->read_count++] = reads[i];
	checker->read_count = 0;
}

/* What a template or runbook that is used is told. */
static void check_with(struct checker *checker, const struct use *use)
{
	for (size_t i = 0; i < use->count; i++) {
		const struct arg *arg = &use->list[i];
		const struct param_decl *decl = runbook_param(use->book, arg->name);

		check_param(checker, arg->value, check_template(checker, arg->value), decl->name,
		    decl->kind);
	}
}

static void check_before(struct checker *checker, const struct step *step)
{
	size_t errors = checker->diags->errors;

	checker->when = CHECK_BEFORE;
	checker->later = step_spec(step);
	checker->before_items = true;
	checker->stage = WORLD_WHEN;
	check_bool(checker, step->when, "when");
	if (step->when && checker->diags->errors == errors && checker->worlds)
		check_never(checker, step);
	checker->stage = WORLD_EACH;
	if (step->each.list)
		checker->items[checker->node] = check_each(checker, &step->each);
	checker->before_items = false;
	checker->stage = WORLD_ACTION;
	check_target(checker, &step->at);
	checker->stage = WORLD_UNLESS;
	check_list(checker, &step->unless);
	checker->stage = WORLD_PRECONDITIONS;
	check_list(checker, &step->preconditions);
	checker->stage = WORLD_ACTION;
	check_text(checker, step->approve.prompt);
	check_bool(checker, step->approve.when, "when");
	check_where(checker, &step->action);
	check_args(checker, step->action.list, step->action.count);
	check_far(checker, &step->action);
	check_args(checker, step->rehearse.list, step->rehearse.count);
	check_far(checker, &step->rehearse);
	check_text(checker, step->manual.text);
	check_with(checker, &step->use);
	check_where(checker, &step->background);
	check_args(checker, step->background.list, step->background.count);
	check_far(checker, &step->background);
	check_list(checker, &step->ready);
	keep_reads(checker);
}

static void check_after(struct checker *checker, const struct step *step)
{
	checker->when = CHECK_AFTER;
	checker->result = step_spec(step);
	check_hiding(checker, checker->result);
	checker->stage = WORLD_EXPECT;
	check_bool(checker, step->expect, "expect");
	check_bool(checker, step->retry.when, "when");
	checker->stage = WORLD_OUTPUTS;
	check_outputs(checker, step);
	checker->result = NULL;
	check_text(checker, step->message);
	checker->stage = WORLD_VERIFY;
	check_list(checker, &step->verify);
	keep_reads(checker);
}

static void check_declarations(struct checker *checker, const struct runbook *runbook)
{
	checker->runbook = runbook;
	checker->when = CHECK_LOAD;
	for (size_t i = 0; i < runbook->connection_count; i++)
		check_args(checker, runbook->connections[i].list, runbook->connections[i].count);
	check_targets(checker, runbook);
	for (size_t i = 0; i < runbook->contact_count; i++)
		check_args(checker, runbook->contacts[i].list, runbook->contacts[i].count);
	checker->secrets = true;
	for (size_t i = 0; i < runbook->env_count; i++)
		check_template(checker, runbook->env_items[i].value);
	checker->secrets = false;
}

/* Whose expressions come next: their names are those of its book. */
static void check_enter(struct checker *checker, uint32_t node)
{
	checker->node = node;
	checker->runbook = checker->plan->nodes[node].book;
}

/* A block's second half comes when its last step was looked at: what it says of outputs needs theirs. */
static void close_blocks(struct checker *checker, uint32_t *open, size_t *depth, uint32_t next)
{
	const struct plan *plan = checker->plan;

	while (*depth) {
		uint32_t block = open[*depth - 1];
		uint32_t at = next;

		if (next != PLAN_NONE && plan_within(plan, next, block)) {
			while (plan->nodes[at].parent != block)
				at = plan->nodes[at].parent;
			if (plan->nodes[at].part == PART_STEPS)
				return;
		}
		check_enter(checker, block);
		check_after(checker, plan->nodes[block].step);
		--*depth;
	}
}

void plan_check(struct planner *planner)
{
	const struct plan *plan = planner->plan;
	struct checker checker = {
	    .planner = planner,
	    .arena = planner->arena,
	    .scratch = arena_new(),
	    .diags = planner->diags,
	    .plan = plan,
	    .runbook = plan->runbook,
	};
	uint32_t *open = arena_array(planner->arena, plan->count, sizeof(*open));
	size_t depth = 0;

	checker.steps = arena_array(planner->arena, plan->count, sizeof(*checker.steps));
	checker.items = arena_array(planner->arena, plan->count, sizeof(*checker.items));
	check_scope_init(&checker);
	if (!planner->cyclic)
		checker.worlds = worlds_new(planner->arena, plan);
	check_declarations(&checker, plan->runbook);
	check_triggers(&checker);
	for (size_t i = 0; i < plan->runbook->book_count; i++)
		check_declarations(&checker, plan->runbook->books[i]);
	for (size_t i = 0; i < plan->count; i++) {
		uint32_t index = plan->order[i];
		const struct step *step = plan->nodes[index].step;

		close_blocks(&checker, open, &depth, index);
		check_enter(&checker, index);
		check_before(&checker, step);
		if (step->is_block)
			open[depth++] = index;
		else
			check_after(&checker, step);
	}
	close_blocks(&checker, open, &depth, PLAN_NONE);
	check_locks(&checker);
	check_rollbacks(&checker);
	worlds_free(checker.worlds);
	arena_free(checker.scratch);
}
