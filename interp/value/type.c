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

const struct type *value_static_type(const struct value *value)
{
	static const struct type *const types[] = {
	    [VALUE_NULL] = &type_null,
	    [VALUE_BOOL] = &type_bool,
	    [VALUE_INT] = &type_int,
	    [VALUE_DOUBLE] = &type_double,
	    [VALUE_STRING] = &type_string,
	    [VALUE_LIST] = &type_list,
	    [VALUE_MAP] = &type_map,
	    [VALUE_DURATION] = &type_duration,
	    [VALUE_TIMESTAMP] = &type_timestamp,
	    [VALUE_TYPE] = &type_type,
	    [VALUE_SECRET] = &type_secret,
	    [VALUE_UNKNOWN] = &type_dyn,
	    [VALUE_OBJECT] = &type_dyn,
	    [VALUE_ERROR] = &type_dyn,
	};

	if (value->type == VALUE_STRING && value->string.clip)
		return &type_stream;
	return types[value->type];
}
