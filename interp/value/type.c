/* SPDX-License-Identifier: Apache-2.0 */
#include "value/type.h"

#include "value/value.h"

const struct type type_dyn = {.kind = TYPE_DYN};
const struct type type_null = {.kind = TYPE_NULL};
const struct type type_bool = {.kind = TYPE_BOOL};
const struct type type_int = {.kind = TYPE_INT};
const struct type type_double = {.kind = TYPE_DOUBLE};
const struct type type_string = {.kind = TYPE_STRING};
const struct type type_stream = {.kind = TYPE_STREAM};
const struct type type_list = {.kind = TYPE_LIST};
const struct type type_map = {.kind = TYPE_MAP};
const struct type type_duration = {.kind = TYPE_DURATION};
const struct type type_timestamp = {.kind = TYPE_TIMESTAMP};
const struct type type_type = {.kind = TYPE_TYPE};
const struct type type_secret = {.kind = TYPE_SECRET};
const struct type type_empty_list = {.kind = TYPE_LIST};
const struct type type_empty_map = {.kind = TYPE_MAP};

static const struct {
	const char *one;
	const char *list; /* a list of them */
	const char *map; /* a map of them */
} nouns[] = {
    [TYPE_DYN] = {"any value", "list", "map"},
    [TYPE_NULL] = {"null", "list of null", "map of null"},
    [TYPE_BOOL] = {"bool", "list of bool", "map of bool"},
    [TYPE_INT] = {"int", "list of int", "map of int"},
    [TYPE_DOUBLE] = {"double", "list of double", "map of double"},
    [TYPE_STRING] = {"string", "list of string", "map of string"},
    [TYPE_STREAM] = {"string", "list of string", "map of string"},
    [TYPE_LIST] = {"list", "list of lists", "map of lists"},
    [TYPE_MAP] = {"map", "list of maps", "map of maps"},
    [TYPE_DURATION] = {"duration", "list of duration", "map of duration"},
    [TYPE_TIMESTAMP] = {"timestamp", "list of timestamp", "map of timestamp"},
    [TYPE_TYPE] = {"type", "list of type", "map of type"},
    [TYPE_SECRET] = {"secret", "list of secrets", "map of secrets"},
    [TYPE_OBJECT] = {"object", "list of objects", "map of objects"},
};

const char *type_noun(const struct type *type)
{
	if (type->name)
		return type->name;
	if (type->kind == TYPE_LIST)
		return nouns[type->of ? type->of->kind : TYPE_DYN].list;
	if (type->kind == TYPE_MAP)
		return nouns[type->of ? type->of->kind : TYPE_DYN].map;
	return nouns[type->kind].one;
}

/* Of two lists of choices none is left. */
static const struct type *common_scalar(const struct type *a, const struct type *b)
{
	static const struct type *const plain[] = {
	    [TYPE_BOOL] = &type_bool,
	    [TYPE_INT] = &type_int,
	    [TYPE_DOUBLE] = &type_double,
	    [TYPE_STRING] = &type_string,
	    [TYPE_DURATION] = &type_duration,
	};

	if (!a->choices || a->choices == b->choices)
		return a;
	return b->choices ? plain[a->kind] : b;
}

const struct type *type_common(const struct type *a, const struct type *b)
{
	if (a == b || (b == &type_empty_list && a->kind == TYPE_LIST) ||
	    (b == &type_empty_map && a->kind == TYPE_MAP))
		return a;
	if ((a == &type_empty_list && b->kind == TYPE_LIST) ||
	    (a == &type_empty_map && b->kind == TYPE_MAP))
		return b;
	if ((a->kind == TYPE_STRING && b->kind == TYPE_STREAM) ||
	    (a->kind == TYPE_STREAM && b->kind == TYPE_STRING))
		return &type_string;
	if (a->kind != b->kind || a->kind == TYPE_OBJECT)
		return &type_dyn;
	if (a->kind == TYPE_LIST || a->kind == TYPE_MAP) {
		if (a->of && b->of && type_common(a->of, b->of) == a->of)
			return a;
		return a->kind == TYPE_LIST ? &type_list : &type_map;
	}
	return common_scalar(a, b);
}

const struct type *type_of_choices(
    struct arena *arena, const struct type *scalar, const struct value *choices)
{
	struct type *type = arena_alloc(arena, sizeof(*type));

	*type = *scalar;
	type->choices = choices;
	return type;
}

const struct type *type_of_many(struct arena *arena, enum type_kind kind, const struct type *of)
{
	struct type *type;

	if (!of)
		return kind == TYPE_LIST ? &type_empty_list : &type_empty_map;
	if (of->kind == TYPE_DYN)
		return kind == TYPE_LIST ? &type_list : &type_map;
	type = arena_alloc(arena, sizeof(*type));
	type->kind = kind;
	type->of = of;
	return type;
}

const struct type *type_of_value(struct arena *arena, const struct value *value)
{
	static const struct type *const types[] = {
	    [VALUE_NULL] = &type_null,
	    [VALUE_BOOL] = &type_bool,
	    [VALUE_INT] = &type_int,
	    [VALUE_DOUBLE] = &type_double,
	    [VALUE_STRING] = &type_string,
	    [VALUE_DURATION] = &type_duration,
	    [VALUE_TIMESTAMP] = &type_timestamp,
	    [VALUE_TYPE] = &type_type,
	    [VALUE_SECRET] = &type_secret,
	    [VALUE_ERROR] = NULL,
	};
	bool is_list = value->type == VALUE_LIST;
	size_t count = is_list ? value->list.count : value->map.count;
	const struct type *of = NULL;

	if (value->type == VALUE_STRING && value->string.clip)
		return &type_stream;
	if (!is_list && value->type != VALUE_MAP)
		return types[value->type] ? types[value->type] : &type_dyn;
	for (size_t i = 0; i < count; i++) {
		const struct type *type = type_of_value(
		    arena, is_list ? value->list.items[i] : value->map.entries[i].value);

		of = of ? type_common(of, type) : type;
	}
	return type_of_many(arena, is_list ? TYPE_LIST : TYPE_MAP, of);
}

const char *type_to_condition(const struct type *type)
{
	switch (type->kind) {
	case TYPE_STRING:
	case TYPE_STREAM:
		return "compare it with a text, as in x == 'ok', or ask x != ''";
	case TYPE_INT:
	case TYPE_DOUBLE:
		return "compare it with a number, as in x > 0";
	case TYPE_LIST:
	case TYPE_MAP:
		return "ask whether something is in it: x.size() > 0";
	case TYPE_DURATION:
		return "compare it, as in x < duration('1h')";
	case TYPE_TIMESTAMP:
		return "compare how long ago it is: now - x < duration('1h')";
	case TYPE_OBJECT:
		return "name a field of it";
	default:
		return NULL;
	}
}

const char *type_to_text(const struct type *type)
{
	switch (type->kind) {
	case TYPE_LIST:
		return "join its items, x.join(' '), or write json.encode(x)";
	case TYPE_MAP:
		return "name an entry of it, or write json.encode(x)";
	case TYPE_NULL:
		return "say what stands there when there is nothing: x == null ? '' : x";
	case TYPE_OBJECT:
		return "name a field of it";
	default:
		return NULL;
	}
}
