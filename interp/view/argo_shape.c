/* SPDX-License-Identifier: Apache-2.0 */
#include "view/argo_parts.h"

#include "lang/critical_path.h"

/*
 * What becomes of every step. A block is a DAG of its own only where Argo can say all that it says; else its steps
 * share a pod, in which reprise does as it does here. So nothing is carried over in a way that is nearly right.
 */

static bool is_outside(const struct argo *argo, uint32_t node, uint32_t of)
{
	return !plan_within(argo->plan, node, of);
}

/* Whether a step that is not in it asks what became of a step, or of one in it. */
static bool is_asked_for(const struct argo *argo, uint32_t of, bool itself)
{
	for (uint32_t i = 0; i < argo->plan->count; i++) {
		const struct plan_node *node = &argo->plan->nodes[i];

		for (size_t k = 0; is_outside(argo, i, of) && k < node->read_count; k++)
			if (itself ? node->reads[k] == of
				   : !is_outside(argo, node->reads[k], of) && node->reads[k] != of)
				return true;
	}
	return false;
}

static bool any_below(
    const struct argo *argo, const struct plan_node *of, bool (*is)(const struct plan_node *node))
{
	for (uint32_t i = of->index; i < argo->plan->count && !is_outside(argo, i, of->index); i++)
		if (is(&argo->plan->nodes[i]))
			return true;
	return false;
}

static bool asks(const struct plan_node *node)
{
	return node->asks && node->part != PART_ROLLBACK;
}

static bool is_manual(const struct plan_node *node)
{
	return node->step->manual.text != NULL;
}

/* What a block says that Argo cannot; NULL: nothing. */
static const char *why_whole(const struct argo *argo, const struct plan_node *node)
{
	const struct step *step = node->step;
	const struct {
		bool is;
		const char *why;
	} reasons[] = {
	    {step->use.book != NULL, "what it uses has parameters of its own"},
	    {step->background.spec != NULL, "a process lives beside it"},
	    {step->finally.count > 0, "it has `finally`"},
	    {step->allow_failure, "its failure is allowed"},
	    {step->retry.attempts > 1, "it has `retry`"},
	    {step->timeout_us > 0, "it has a `timeout`"},
	    {step->unless.count > 0, "it has `unless`"},
	    {step->preconditions.count > 0, "it has `preconditions`"},
	    {step->verify.count > 0, "it has `verify`"},
	    {step->output_count > 0, "it has `outputs`"},
	    {step->lock.len && node->asks, "its `lock` is not held while a person is asked"},
	    {step->each.list != NULL, "it is a loop"},
	    {is_asked_for(argo, node->index, true), "a later step asks how it ended"},
	    {step->when && argo_condition(argo, node).len == 0,
		"its `when` is more than how steps ended"},
	    {step->when && is_asked_for(argo, node->index, false),
		"it has `when`, and a later step asks for what is in it"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].is)
			return reasons[i].why;
	return NULL;
}

const struct plan_node *argo_unit(const struct argo *argo, const struct plan_node *node)
{
	while (argo->nodes[node->index].shape == ARGO_INSIDE && node->index != PLAN_ROOT)
		node = &argo->plan->nodes[node->parent];
	return argo->nodes[node->index].shape == ARGO_BLOCK ? NULL : node;
}

static struct str take_word(struct str *text)
{
	size_t len = 0;

	*text = str_trim(*text);
	while (len < text->len &&
	    ((text->ptr[len] >= 'a' && text->ptr[len] <= 'z') || text->ptr[len] == '_' ||
		text->ptr[len] == '.' || (text->ptr[len] >= '0' && text->ptr[len] <= '9')))
		len++;
	if (!len && text->len)
		len = str_starts(*text, STR("&&")) || str_starts(*text, STR("||")) ? 2 : 1;
	return str_sub(*text, 0, len);
}

/* steps.ID.failed: whose pod can tell it, and the word. */
static const struct plan_node *step_asked(
    const struct argo *argo, struct str word, struct str *ret_field)
{
	ptrdiff_t dot;
	const struct plan_node *node;

	if (!str_starts(word, STR("steps.")))
		return NULL;
	word = str_sub(word, 6, word.len);
	dot = str_find(word, STR("."));
	if (dot < 0)
		return NULL;
	*ret_field = str_sub(word, (size_t)dot + 1, word.len);
	node = plan_find(argo->plan, argo->plan->runbook, str_sub(word, 0, (size_t)dot));
	return node && argo_unit(argo, node) == node && argo->nodes[node->index].shape != ARGO_LOOP
	    ? node
	    : NULL;
}

static bool put_asked(const struct argo *argo, struct str word, struct buf *out)
{
	struct str field = {0};
	const struct plan_node *node = step_asked(argo, word, &field);
	struct str outcome;

	if (!node)
		return false;
	outcome = arena_printf(argo->arena, "'{{workflow.outputs.parameters.outcome-%.*s}}'",
	    STR_ARG(argo->nodes[node->index].name));
	if (str_is(field, "failed"))
		buf_printf(out, "(%.*s == 'failed' || %.*s == 'timed_out')", STR_ARG(outcome),
		    STR_ARG(outcome));
	else if (str_is(field, "succeeded") || str_is(field, "skipped"))
		buf_printf(out, "(%.*s == '%.*s')", STR_ARG(outcome), STR_ARG(field));
	else
		return false;
	argo->nodes[node->index].outcome_read = true;
	return true;
}

struct str argo_condition(const struct argo *argo, const struct plan_node *node)
{
	struct str rest = node->step->when ? expr_text(node->step->when) : (struct str){0};
	struct str condition = {0};
	bool ok = true;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	for (struct str word = take_word(&rest); word.len && ok; word = take_word(&rest)) {
		bool joins = str_is(word, "&&") || str_is(word, "||");

		rest = str_sub(rest, word.len, rest.len);
		if (joins)
			buf_printf(&out, " %.*s ", STR_ARG(word));
		else if (str_is(word, "(") || str_is(word, ")") || str_is(word, "!"))
			buf_str(&out, word);
		else
			ok = put_asked(argo, word, &out);
	}
	if (ok)
		condition = arena_str(argo->arena, buf_view(&out));
	buf_done(&out);
	return condition;
}

static void count_name(void *self, const struct str *path, size_t count, struct span span)
{
	(void)path;
	(void)count;
	(void)span;
	++*(size_t *)self;
}

/* A list that is written there, and the same for every run. */
static const struct value *constant_list(const struct argo *argo, const struct expr *list)
{
	const struct value *value;
	size_t names = 0;

	expr_visit_names(list, count_name, &names);
	value = expr_eval(list, &argo->scope.scope, argo->arena);
	return names == 0 && value->type == VALUE_LIST ? value : NULL;
}

static const struct param_decl *find_param(const struct argo *argo, struct str name)
{
	const struct runbook *runbook = argo->plan->runbook;

	for (size_t i = 0; i < runbook->param_count; i++)
		if (str_eq(runbook->params[i].name, name))
			return &runbook->params[i];
	return NULL;
}

const struct value *argo_items(
    const struct argo *argo, const struct plan_node *node, const char **ret_key)
{
	struct str text = str_trim(expr_text(node->step->each.list));
	const struct value *constant = constant_list(argo, node->step->each.list);
	const struct plan_node *step;
	struct str output = {0};

	*ret_key = constant ? "withItems" : "withParam";
	if (constant)
		return constant;
	if (str_starts(text, STR("params.")) && find_param(argo, str_sub(text, 7, text.len)))
		return value_string(argo->arena,
		    arena_printf(argo->arena, "{{workflow.parameters.%.*s}}",
			STR_ARG(str_sub(text, 7, text.len))));
	step = step_asked(argo, text, &output);
	if (!step || !str_starts(output, STR("outputs.")) ||
	    str_find(str_sub(output, 8, output.len), STR(".")) >= 0)
		return NULL;
	output = str_sub(output, 8, output.len);
	for (size_t i = 0; i < output.len; i++)
		if (!((output.ptr[i] >= 'a' && output.ptr[i] <= 'z') || output.ptr[i] == '_' ||
			(output.ptr[i] >= '0' && output.ptr[i] <= '9')))
			return NULL;
	return value_string(argo->arena,
	    arena_printf(argo->arena, "{{workflow.outputs.parameters.list-%.*s-%.*s}}",
		STR_ARG(argo->nodes[step->index].name), STR_ARG(output)));
}

bool argo_retries(const struct plan_node *node)
{
	const struct retry *retry = &node->step->retry;
	int64_t whole = (int64_t)retry->backoff;

	return retry->attempts > 1 && !retry->when && !node->step->is_block &&
	    !node->step->allow_failure && !node->step->each.list && (double)whole == retry->backoff;
}

/* Argo stops at the first item that failed, or at none; and its items are the author's own, not machines. */
static bool goes_on_as_argo(const struct each *each)
{
	return !each->canary.number && !each->target &&
	    (each_keeps_going(each) || !each->max_failures.number);
}

/* Of a loop whose failure is allowed, Argo would not see which item it was that failed. */
static bool is_fanned_out(const struct argo *argo, const struct plan_node *node)
{
	const struct step *step = node->step;
	const char *key;

	return step->each.list && goes_on_as_argo(&step->each) &&
	    (!step->allow_failure || each_keeps_going(&step->each)) &&
	    !is_asked_for(argo, node->index, true) && !is_asked_for(argo, node->index, false) &&
	    !any_below(argo, node, is_manual) && argo_items(argo, node, &key);
}

static enum argo_shape shape_of(struct argo *argo, const struct plan_node *node)
{
	struct argo_node *own = &argo->nodes[node->index];
	bool asked = any_below(argo, node, asks);

	if (node->parent != PLAN_NONE && argo->nodes[node->parent].shape != ARGO_BLOCK)
		return ARGO_INSIDE;
	if (node->part == PART_ROLLBACK)
		return ARGO_INSIDE;
	if (node->index == PLAN_ROOT)
		return ARGO_BLOCK;
	if (node->step->is_block)
		own->why_whole = why_whole(argo, node);
	if (node->step->is_block && !own->why_whole)
		return ARGO_BLOCK;
	if (asked || is_manual(node))
		return ARGO_ASKED;
	return is_fanned_out(argo, node) ? ARGO_LOOP : ARGO_POD;
}

/* A hyphen for what Kubernetes has no letter for, and a number where two would be one. */
static struct str name_of(struct argo *argo, const struct plan_node *node)
{
	struct str id = node->step->id;
	char *text;

	if (id.ptr[id.len - 1] == '_') /* a name ends in a letter, or a digit */
		id = arena_printf(argo->arena, "%.*s%u", STR_ARG(id), node->index);
	while (!str_eq(id, node->step->id) && plan_find(argo->plan, argo->plan->runbook, id))
		id = arena_printf(argo->arena, "%.*sx", STR_ARG(id));
	text = arena_cstr(argo->arena, id);

	for (size_t i = 0; i < id.len; i++)
		text[i] = id.ptr[i] == '_' ? '-' : id.ptr[i];
	return str_from(text);
}

static void name_all(struct argo *argo)
{
	for (uint32_t i = 1; i < argo->plan->count; i++) {
		const struct plan_node *node = &argo->plan->nodes[i];
		struct str above = argo->nodes[node->parent].path;

		argo->nodes[i].name = name_of(argo, node);
		argo->nodes[i].path = arena_printf(argo->arena, "%.*s%s%.*s", STR_ARG(above),
		    above.len ? "/" : "", STR_ARG(node->step->id));
	}
}

static void find_reads(struct argo *argo)
{
	for (uint32_t i = 0; i < argo->plan->count; i++) {
		const struct plan_node *node = &argo->plan->nodes[i];

		for (size_t k = 0; k < node->read_count; k++) {
			const struct plan_node *unit = argo_unit(
			    argo, &argo->plan->nodes[node->reads[k]]);

			if (unit && is_outside(argo, i, unit->index))
				argo->nodes[unit->index].is_read = true;
		}
	}
}

/* Only of what became a DAG: of other blocks it was tried whether they could. */
static void find_conditions(struct argo *argo)
{
	for (uint32_t i = 0; i < argo->plan->count; i++)
		argo->nodes[i].outcome_read = false;
	for (uint32_t i = 1; i < argo->plan->count; i++)
		if (argo->nodes[i].shape == ARGO_BLOCK && argo->plan->nodes[i].step->when)
			argo_condition(argo, &argo->plan->nodes[i]);
}

void argo_shapes(struct argo *argo)
{
	const struct plan *plan = argo->plan;
	int64_t *limits = arena_array(argo->arena, plan->count, sizeof(*limits));

	argo->nodes = arena_array(argo->arena, plan->count, sizeof(*argo->nodes));
	name_all(argo);
	critical_path_limits(plan, argo->options->params, limits);
	for (size_t i = 0; i < plan->count; i++) {
		argo->nodes[plan->order[i]].limit_us = limits[plan->order[i]];
		argo->nodes[plan->order[i]].shape = shape_of(argo, &plan->nodes[plan->order[i]]);
	}
	find_reads(argo);
	find_conditions(argo);
}
