/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "expr/expr_eval.h"
#include "expr/func.h"

/* The macros: an expression over each item of a list, or each key of a map. */

struct each {
	struct eval *eval;
	const struct ast *ast;
	const struct value **items; /* what filter and map keep */
	size_t count;
	const struct value *unknown;
	const struct value *error;
	bool found; /* an item decided, or was the one */
	size_t matches;
};

static size_t range_size(const struct value *range)
{
	return range->type == VALUE_LIST ? range->list.count : range->map.count;
}

static const struct value *range_item(const struct value *range, size_t i)
{
	return range->type == VALUE_LIST ? range->list.items[i] : range->map.entries[i].key;
}

/* A condition over the item: true, false, or neither, which is noted. */
static bool holds(struct each *each, const struct ast *condition, bool *ret_known)
{
	const struct value *value = eval_condition(each->eval, condition);

	*ret_known = value->type == VALUE_BOOL;
	if (*ret_known)
		return value->boolean;
	if (value->type == VALUE_UNKNOWN)
		each->unknown = eval_merge(each->eval, each->unknown, value);
	else if (!each->error)
		each->error = value->type == VALUE_ERROR ? value
		    : value->type == VALUE_SECRET
		    ? eval_sealed(each->eval, condition, value, false)
		    : eval_error(each->eval, condition, "a condition must be bool, not %s",
			  takes_name(value));
	return false;
}

/* Stops at an item that decides: false of all(), true of exists(). */
static bool each_decides(struct each *each, const struct value *item, bool decides)
{
	bool known;
	bool value = holds(each, each->ast->macro.body, &known);

	(void)item;
	each->found = known && value == decides;
	return !each->found;
}

static bool each_counts(struct each *each, const struct value *item)
{
	bool known;

	(void)item;
	each->matches += holds(each, each->ast->macro.body, &known);
	return !each->error;
}

static bool each_filters(struct each *each, const struct value *item)
{
	bool known;

	assert(each->items);
	if (holds(each, each->ast->macro.body, &known))
		each->items[each->count++] = item;
	return !each->error;
}

static bool each_maps(struct each *each, const struct value *item)
{
	const struct ast *ast = each->ast;
	const struct value *value;
	bool known;

	(void)item;
	if (ast->macro.filter && !holds(each, ast->macro.filter, &known))
		return !each->error;
	value = eval_ast(each->eval, ast->macro.body);
	if (value->type == VALUE_UNKNOWN)
		each->unknown = eval_merge(each->eval, each->unknown, value);
	else if (value->type == VALUE_ERROR)
		each->error = value;
	else
		each->error = eval_sealed(each->eval, ast->macro.body, value, false);
	assert(each->items);
	each->items[each->count++] = value;
	return !each->error;
}

static bool each_step(struct each *each, const struct value *item)
{
	switch (each->ast->macro.kind) {
	case MACRO_ALL:
		return each_decides(each, item, false);
	case MACRO_EXISTS:
		return each_decides(each, item, true);
	case MACRO_EXISTS_ONE:
		return each_counts(each, item);
	case MACRO_FILTER:
		return each_filters(each, item);
	default:
		return each_maps(each, item);
	}
}

struct sorted {
	const struct value *key;
	const struct value *item;
	size_t index;
};

static int compare_sorted(const void *a, const void *b)
{
	const struct sorted *x = a;
	const struct sorted *y = b;
	int order = 0;

	value_compare(x->key, y->key, &order);
	return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* The items in the order of their keys, which stand in each->items; equal keys keep their places. */
static const struct value *sort_by(struct each *each, const struct value *range)
{
	struct sorted *sorted = arena_array(each->eval->arena, each->count + 1, sizeof(*sorted));
	int order;

	assert(each->items);
	if (!eval_spend(each->eval, each->ast, each->count * WORK_SORT))
		return each->eval->exhausted;
	for (size_t i = 0; i < each->count; i++) {
		const struct value *key = each->items[i];

		if (key->type != each->items[0]->type || !value_compare(key, key, &order))
			return eval_error(each->eval, each->ast->macro.body,
			    "these keys have no order: %s and %s", takes_name(each->items[0]),
			    takes_name(key));
		sorted[i] = (struct sorted){key, range_item(range, i), i};
	}
	qsort(sorted, each->count, sizeof(*sorted), compare_sorted);
	for (size_t i = 0; i < each->count; i++)
		each->items[i] = sorted[i].item;
	return value_list(each->eval->arena, each->items, each->count);
}

static const struct value *each_result(struct each *each, const struct value *range)
{
	const enum macro_kind kind = each->ast->macro.kind;

	if (each->found)
		return value_bool(kind == MACRO_EXISTS);
	if (each->unknown || each->error)
		return eval_stop(each->eval, each->unknown, each->error);
	switch (kind) {
	case MACRO_ALL:
	case MACRO_EXISTS:
		return value_bool(kind == MACRO_ALL);
	case MACRO_EXISTS_ONE:
		return value_bool(each->matches == 1);
	case MACRO_SORT_BY:
		return sort_by(each, range);
	default:
		return value_list(each->eval->arena, each->items, each->count);
	}
}

static bool keeps_items(enum macro_kind kind)
{
	return kind == MACRO_FILTER || kind == MACRO_MAP || kind == MACRO_SORT_BY;
}

/* What is not known may have items, each as unknown: an error that one of them meets comes to light. */
static const struct value *guess_macro(
    struct eval *eval, const struct ast *ast, const struct value *range)
{
	struct each each = {.eval = eval, .ast = ast};

	if (keeps_items(ast->macro.kind))
		each.items = arena_array(eval->arena, 1, sizeof(*each.items));
	eval->slots[ast->macro.slot] = eval_made_of(eval, range);
	each_step(&each, range);
	return each.error ? each.error : eval_made_of(eval, range);
}

const struct value *eval_macro(struct eval *eval, const struct ast *ast)
{
	const struct value *range = eval_ast(eval, ast->macro.range);
	struct each each = {.eval = eval, .ast = ast};

	if (range->type == VALUE_UNKNOWN && eval->guesser)
		return guess_macro(eval, ast, range);
	if (range->type == VALUE_UNKNOWN || range->type == VALUE_ERROR)
		return range;
	if (range->type == VALUE_SECRET)
		return eval_sealed(eval, ast->macro.range, range, false);
	if (range->type != VALUE_LIST && range->type != VALUE_MAP)
		return eval_error(eval, ast->macro.range,
		    "a macro goes over a list or a map, not %s", takes_name(range));
	if (!eval_spend(eval, ast, range_size(range)))
		return eval->exhausted;
	if (keeps_items(ast->macro.kind))
		each.items = arena_array(eval->arena, range_size(range), sizeof(*each.items));
	for (size_t i = 0; i < range_size(range); i++) {
		const struct value *item = range_item(range, i);

		eval->slots[ast->macro.slot] = item;
		if (!each_step(&each, item) || eval->exhausted)
			break;
	}
	return eval->exhausted ? eval->exhausted : each_result(&each, range);
}
