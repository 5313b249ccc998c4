/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "value/value.h"
#include "value/value_class.h"

static int compare_ints(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* As CEL does: an int that a double cannot hold exactly is compared as the nearest double. */
static int compare_int_double(int64_t integer, double real)
{
	double nearest = (double)integer;

	return nearest < real ? -1 : nearest > real;
}

static bool is_number(const struct value *value)
{
	return value->type == VALUE_INT || value->type == VALUE_DOUBLE;
}

static bool compare_numbers(const struct value *a, const struct value *b, int *ret_order)
{
	if ((a->type == VALUE_DOUBLE && isnan(a->real)) ||
	    (b->type == VALUE_DOUBLE && isnan(b->real)))
		return false;
	if (a->type == VALUE_INT && b->type == VALUE_INT)
		*ret_order = compare_ints(a->integer, b->integer);
	else if (a->type == VALUE_INT)
		*ret_order = compare_int_double(a->integer, b->real);
	else if (b->type == VALUE_INT)
		*ret_order = -compare_int_double(b->integer, a->real);
	else
		*ret_order = a->real < b->real ? -1 : a->real > b->real;
	return true;
}

bool value_compare(const struct value *a, const struct value *b, int *ret_order)
{
	if (is_number(a) && is_number(b))
		return compare_numbers(a, b, ret_order);
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_BOOL:
		*ret_order = a->boolean - b->boolean;
		return true;
	case VALUE_STRING:
		*ret_order = str_cmp(a->string.text, b->string.text);
		return true;
	case VALUE_DURATION:
	case VALUE_TIMESTAMP:
		*ret_order = compare_ints(a->time.seconds, b->time.seconds);
		if (*ret_order == 0)
			*ret_order = compare_ints(a->time.nanos, b->time.nanos);
		return true;
	default:
		return false;
	}
}

static bool equal_strings(const struct value *a, const struct value *b)
{
	const struct clip *x = a->string.clip && !a->string.clip->whole ? a->string.clip : NULL;
	const struct clip *y = b->string.clip && !b->string.clip->whole ? b->string.clip : NULL;

	if (!x && !y)
		return str_eq(a->string.text, b->string.text);
	return x && y && x->size == y->size && str_eq(x->middle_sha256, y->middle_sha256) &&
	    str_eq(x->head, y->head) && str_eq(x->tail, y->tail);
}

static bool equal_lists(const struct value *a, const struct value *b)
{
	if (a->list.count != b->list.count)
		return false;
	for (size_t i = 0; i < a->list.count; i++)
		if (!value_equal(a->list.items[i], b->list.items[i]))
			return false;
	return true;
}

static bool equal_maps(const struct value *a, const struct value *b)
{
	if (a->map.count != b->map.count)
		return false;
	for (size_t i = 0; i < a->map.count; i++) {
		const struct value *key = a->map.entries[i].key;
		const struct value *other = value_equal(key, b->map.entries[i].key)
		    ? b->map.entries[i].value
		    : value_find(b, key);

		if (!other || !value_equal(a->map.entries[i].value, other))
			return false;
	}
	return true;
}

static bool equal_secrets(const struct value *a, const struct value *b)
{
	if (a->secret.count != b->secret.count)
		return false;
	for (size_t i = 0; i < a->secret.count; i++)
		if (a->secret.parts[i].is_secret != b->secret.parts[i].is_secret ||
		    !str_eq(a->secret.parts[i].text, b->secret.parts[i].text))
			return false;
	return true;
}

static bool is_same_class(const struct object_class *a, const struct object_class *b)
{
	return a == b ||
	    (value_class_is_read(a) && value_class_is_read(b) &&
		str_is(str_from(a->name), b->name));
}

bool value_equal(const struct value *a, const struct value *b)
{
	int order;

	if (is_number(a) && is_number(b))
		return compare_numbers(a, b, &order) && order == 0;
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_STRING:
		return equal_strings(a, b);
	case VALUE_TYPE:
		return str_eq(a->string.text, b->string.text);
	case VALUE_LIST:
		return equal_lists(a, b);
	case VALUE_MAP:
		return equal_maps(a, b);
	case VALUE_SECRET:
		return equal_secrets(a, b);
	case VALUE_UNKNOWN:
		return a->unknown.count == b->unknown.count &&
		    (a->unknown.count == 0 ||
			memcmp(a->unknown.nodes, b->unknown.nodes,
			    a->unknown.count * sizeof(*a->unknown.nodes)) == 0);
	case VALUE_OBJECT:
		return is_same_class(a->object.class, b->object.class) &&
		    a->object.self == b->object.self && a->object.id == b->object.id;
	case VALUE_ERROR:
		return str_eq(a->error.message, b->error.message);
	default:
		return value_compare(a, b, &order) && order == 0;
	}
}

static const struct clip *copy_clip(struct arena *arena, const struct clip *clip, struct str text)
{
	struct clip *copy;

	if (!clip)
		return NULL;
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = *clip;
	copy->head = clip->whole ? text : arena_str(arena, clip->head);
	copy->tail = clip->whole ? text : arena_str(arena, clip->tail);
	copy->middle_sha256 = arena_str(arena, clip->middle_sha256);
	return copy;
}

static const struct value *copy_list(struct arena *arena, const struct value *value)
{
	const struct value **items = arena_array(arena, value->list.count, sizeof(*items));

	for (size_t i = 0; i < value->list.count; i++)
		items[i] = value_copy(arena, value->list.items[i]);
	return value_list(arena, items, value->list.count);
}

static const struct value *copy_map(struct arena *arena, const struct value *value)
{
	struct value_entry *entries = arena_array(arena, value->map.count, sizeof(*entries));

	for (size_t i = 0; i < value->map.count; i++) {
		entries[i].key = value_copy(arena, value->map.entries[i].key);
		entries[i].value = value_copy(arena, value->map.entries[i].value);
	}
	return value_map(arena, entries, value->map.count);
}

static const struct value *copy_secret(struct arena *arena, const struct value *value)
{
	struct secret_part *parts = arena_array(arena, value->secret.count, sizeof(*parts));

	for (size_t i = 0; i < value->secret.count; i++) {
		parts[i].is_secret = value->secret.parts[i].is_secret;
		parts[i].text = arena_str(arena, value->secret.parts[i].text);
	}
	return value_secret(arena, parts, value->secret.count);
}

static const struct value *copy_unknown(struct arena *arena, const struct value *value)
{
	uint32_t *nodes = arena_array(arena, value->unknown.count, sizeof(*nodes));

	if (value->unknown.count)
		memcpy(nodes, value->unknown.nodes, value->unknown.count * sizeof(*nodes));
	return value_unknown(arena, nodes, value->unknown.count);
}

static const struct value *copy_object(struct arena *arena, const struct value *value)
{
	const struct object_class *class = value->object.class;
	struct object_class *copy;

	if (value_class_is_read(class)) {
		copy = arena_alloc(arena, sizeof(*copy));
		*copy = *class;
		copy->name = arena_cstr(arena, str_from(class->name));
		class = copy;
	}
	return value_object(arena, class, value->object.self, value->object.id);
}

static const struct value *copy_flat(struct arena *arena, const struct value *value)
{
	struct value *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *value;
	return copy;
}

const struct value *value_copy(struct arena *arena, const struct value *value)
{
	struct str text;

	switch (value->type) {
	case VALUE_NULL:
		return value_null();
	case VALUE_BOOL:
		return value_bool(value->boolean);
	case VALUE_STRING:
		text = arena_str(arena, value->string.text);
		return value_stream(arena, text, copy_clip(arena, value->string.clip, text));
	case VALUE_TYPE:
		return value_type(arena, arena_str(arena, value->string.text));
	case VALUE_LIST:
		return copy_list(arena, value);
	case VALUE_MAP:
		return copy_map(arena, value);
	case VALUE_SECRET:
		return copy_secret(arena, value);
	case VALUE_UNKNOWN:
		return copy_unknown(arena, value);
	case VALUE_OBJECT:
		return copy_object(arena, value);
	case VALUE_ERROR:
		return value_error(arena, value->error.start, value->error.end, "%.*s",
		    STR_ARG(value->error.message));
	default:
		return copy_flat(arena, value);
	}
}

bool value_list_has(const struct value *list, const struct value *value)
{
	for (size_t i = 0; i < list->list.count; i++)
		if (value_equal(list->list.items[i], value))
			return true;
	return false;
}
