/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "expr/expr_eval.h"
#include "expr/func.h"

static const struct value *code_size(struct call *call)
{
	const struct value *value = call->args[0];

	switch (value->type) {
	case VALUE_STRING:
		if (!call_spend(call, value->string.text.len / WORK_BYTES))
			return call_exhausted(call);
		return value_int(call->arena, (int64_t)utf8_count(value->string.text));
	case VALUE_LIST:
		return value_int(call->arena, (int64_t)value->list.count);
	default:
		return value_int(call->arena, (int64_t)value->map.count);
	}
}

static const struct value *code_first(struct call *call)
{
	if (call->args[0]->list.count == 0)
		return call_absent(call, "the list is empty");
	return call->args[0]->list.items[0];
}

static const struct value *code_last(struct call *call)
{
	size_t count = call->args[0]->list.count;

	if (count == 0)
		return call_absent(call, "the list is empty");
	return call->args[0]->list.items[count - 1];
}

static const struct value *code_distinct(struct call *call)
{
	const struct value *list = call->args[0];
	const struct value **items = arena_array(call->arena, list->list.count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < list->list.count; i++) {
		size_t j = 0;

		if (!call_spend(call, count / 4 + 1))
			return call_exhausted(call);
		while (j < count && !value_equal(items[j], list->list.items[i]))
			j++;
		if (j == count)
			items[count++] = list->list.items[i];
	}
	return value_list(call->arena, items, count);
}

static const struct value *code_slice(struct call *call)
{
	const struct value *list = call->args[0];
	int64_t start = call->args[1]->integer;
	int64_t end = call->args[2]->integer;

	if (start < 0 || end < start || (uint64_t)end > list->list.count)
		return call_error(call, "items %lld to %lld are outside of the list of size %zu",
		    (long long)start, (long long)end, list->list.count);
	return value_list(call->arena, list->list.items + start, (size_t)(end - start));
}

struct flat {
	struct call *call;
	const struct value **items;
	size_t count;
	size_t capacity;
};

static bool flatten(struct flat *flat, const struct value *list, int64_t depth)
{
	for (size_t i = 0; i < list->list.count; i++) {
		const struct value *item = list->list.items[i];

		if (!call_spend(flat->call, 1))
			return false;
		if (item->type == VALUE_LIST && depth > 0) {
			if (!flatten(flat, item, depth - 1))
				return false;
			continue;
		}
		flat->items = arena_grow(flat->call->arena, flat->items, flat->count,
		    &flat->capacity, sizeof(*flat->items));
		flat->items[flat->count++] = item;
	}
	return true;
}

static const struct value *code_flatten(struct call *call)
{
	struct flat flat = {.call = call};
	int64_t depth = call->count > 1 ? call->args[1]->integer : 1;

	if (depth < 0)
		return call_error_at(call, 1, "the depth must not be negative");
	if (!flatten(&flat, call->args[0], depth))
		return call_exhausted(call);
	return value_list(call->arena, flat.items, flat.count);
}

static const struct value *reverse_string(struct call *call)
{
	struct str text = call->args[0]->string.text;
	char *out = arena_alloc(call->arena, text.len + 1);
	size_t end = text.len;

	if (!call_spend(call, text.len / WORK_BYTES))
		return call_exhausted(call);
	for (size_t at = 0; at < text.len;) {
		uint32_t code;
		size_t len = utf8_decode(str_sub(text, at, text.len), &code);

		len = len ? len : 1;
		end -= len;
		memcpy(out + end, text.ptr + at, len);
		at += len;
	}
	return value_string(call->arena, (struct str){out, text.len});
}

static const struct value *code_reverse(struct call *call)
{
	const struct value *list = call->args[0];
	const struct value **items;

	if (list->type == VALUE_STRING)
		return reverse_string(call);
	if (!call_spend(call, list->list.count))
		return call_exhausted(call);
	items = arena_array(call->arena, list->list.count, sizeof(*items));
	for (size_t i = 0; i < list->list.count; i++)
		items[i] = list->list.items[list->list.count - 1 - i];
	return value_list(call->arena, items, list->list.count);
}

static int compare_items(const void *a, const void *b)
{
	const struct value *const *x = a;
	const struct value *const *y = b;
	int order = 0;

	value_compare(*x, *y, &order);
	return order;
}

static const struct value *code_sort(struct call *call)
{
	const struct value *list = call->args[0];
	const struct value **items = arena_array(call->arena, list->list.count + 1, sizeof(*items));
	int order;

	if (!call_spend(call, list->list.count * WORK_SORT))
		return call_exhausted(call);
	for (size_t i = 0; i < list->list.count; i++) {
		items[i] = list->list.items[i];
		if (items[i]->type != items[0]->type || !value_compare(items[i], items[i], &order))
			return call_error_at(call, 0, "these items have no order: %s and %s",
			    takes_name(items[0]), takes_name(items[i]));
	}
	qsort(items, list->list.count, sizeof(*items), compare_items);
	return value_list(call->arena, items, list->list.count);
}

static const struct value *code_join(struct call *call)
{
	const struct value *list = call->args[0];
	struct str glue = call->count > 1 ? call->args[1]->string.text : (struct str){0};
	const struct value *result;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < list->list.count; i++) {
		const struct value *item = list->list.items[i];

		if (item->type != VALUE_STRING) {
			buf_done(&text);
			return call_error_at(call, 0, "\"join\" takes a list of string, not of %s",
			    takes_name(item));
		}
		if (!call_spend(call, (glue.len + item->string.text.len) / WORK_BYTES + 1)) {
			buf_done(&text);
			return call_exhausted(call);
		}
		if (i)
			buf_str(&text, glue);
		buf_str(&text, item->string.text);
	}
	result = value_string(call->arena, arena_str(call->arena, buf_view(&text)));
	buf_done(&text);
	return result;
}

static const struct type *infer_flat(
    struct arena *arena, const struct type *const *args, uint32_t count)
{
	(void)arena;
	if (count == 1 && args[0]->kind == TYPE_LIST && args[0]->of &&
	    args[0]->of->kind == TYPE_LIST)
		return args[0]->of;
	return &type_list;
}

#define METHOD1 STYLE_METHOD, 1, 1

const struct function functions_list[] = {
    {"size", STYLE_BOTH, 1, 1, {TAKES_STRING | TAKES_LIST | TAKES_MAP}, &type_int, NULL, code_size,
	0, "Code points of a text, items of a list, entries of a map."},
    {"first", METHOD1, {TAKES_LIST}, NULL, infer_item, code_first, FUNCTION_MAY_LACK,
	"The first item; of an empty list an error, unless .orValue(x) follows."},
    {"last", METHOD1, {TAKES_LIST}, NULL, infer_item, code_last, FUNCTION_MAY_LACK,
	"The last item; of an empty list an error, unless .orValue(x) follows."},
    {"distinct", METHOD1, {TAKES_LIST}, NULL, infer_first, code_distinct, FUNCTION_DEEP,
	"The list without what is equal to an item before it."},
    {"slice", STYLE_METHOD, 3, 3, {TAKES_LIST, TAKES_INT}, NULL, infer_first, code_slice, 0,
	"The items from the first index up to, not with, the second."},
    {"flatten", STYLE_METHOD, 1, 2, {TAKES_LIST, TAKES_INT}, NULL, infer_flat, code_flatten, 0,
	"The items of the lists in the list, one level deep or as many as given."},
    {"reverse", METHOD1, {TAKES_LIST | TAKES_STRING}, NULL, infer_first, code_reverse, 0,
	"The items or code points backwards."},
    {"sort", METHOD1, {TAKES_LIST}, NULL, infer_first, code_sort,
	FUNCTION_DEEP | FUNCTION_ITEMS(TAKES_ORDERED),
	"The items in order; they must be of one type."},
    {"join", STYLE_METHOD, 1, 2, {TAKES_LIST, TAKES_STRING}, &type_string, NULL, code_join,
	FUNCTION_DEEP | FUNCTION_ITEMS(TAKES_STRING),
	"The texts of a list as one, with a separator between them."},
    {0},
};
