/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/func.h"

#include <stdio.h>
#include <string.h>

const struct function *const function_tables[] = {
    functions_operator,
    functions_convert,
    functions_string,
    functions_list,
    functions_math,
    functions_time,
    functions_regex,
    functions_json,
    NULL,
};

const struct type type_list_of_string = {.kind = TYPE_LIST, .of = &type_string};

static bool is_callable(const struct function *row, enum style style)
{
	return row->style == style || (row->style == STYLE_BOTH && style != STYLE_OPERATOR);
}

const struct function *function_find(struct str name, enum style style, uint32_t *ret_count)
{
	for (size_t i = 0; function_tables[i]; i++)
		for (const struct function *row = function_tables[i]; row->name; row++) {
			uint32_t count = 1;

			if (!str_is(name, row->name) || !is_callable(row, style))
				continue;
			while (row[count].name && str_is(name, row[count].name) &&
			    is_callable(&row[count], style))
				count++;
			*ret_count = count;
			return row;
		}
	return NULL;
}

bool function_is_space(struct str name)
{
	for (size_t i = 0; function_tables[i]; i++)
		for (const struct function *row = function_tables[i]; row->name; row++)
			if (str_starts(str_from(row->name), name) && row->name[name.len] == '.')
				return true;
	return false;
}

void function_spell(struct spell *spell, enum style style)
{
	for (size_t i = 0; function_tables[i]; i++)
		for (const struct function *row = function_tables[i]; row->name; row++)
			if (is_callable(row, style))
				spell_try(spell, str_from(row->name));
}

uint16_t function_takes(const struct function *row, uint32_t i)
{
	uint32_t last = 0;

	while (last < 3 && row->takes[last + 1])
		last++;
	return row->takes[i < last ? i : last];
}

uint16_t function_items(const struct function *row)
{
	return (uint16_t)(row->flags >> 8);
}

uint16_t takes_value(const struct value *value)
{
	static const uint16_t bits[] = {
	    [VALUE_NULL] = TAKES_NULL,
	    [VALUE_BOOL] = TAKES_BOOL,
	    [VALUE_INT] = TAKES_INT,
	    [VALUE_DOUBLE] = TAKES_DOUBLE,
	    [VALUE_STRING] = TAKES_STRING,
	    [VALUE_LIST] = TAKES_LIST,
	    [VALUE_MAP] = TAKES_MAP,
	    [VALUE_DURATION] = TAKES_DURATION,
	    [VALUE_TIMESTAMP] = TAKES_TIMESTAMP,
	    [VALUE_TYPE] = TAKES_TYPE,
	    [VALUE_OBJECT] = TAKES_OBJECT,
	    [VALUE_ERROR] = 0,
	};

	return bits[value->type];
}

uint16_t takes_type(const struct type *type)
{
	static const uint16_t bits[] = {
	    [TYPE_DYN] = TAKES_ANY,
	    [TYPE_NULL] = TAKES_NULL,
	    [TYPE_BOOL] = TAKES_BOOL,
	    [TYPE_INT] = TAKES_INT,
	    [TYPE_DOUBLE] = TAKES_DOUBLE,
	    [TYPE_STRING] = TAKES_STRING,
	    [TYPE_STREAM] = TAKES_STRING,
	    [TYPE_LIST] = TAKES_LIST,
	    [TYPE_MAP] = TAKES_MAP,
	    [TYPE_DURATION] = TAKES_DURATION,
	    [TYPE_TIMESTAMP] = TAKES_TIMESTAMP,
	    [TYPE_TYPE] = TAKES_TYPE,
	    [TYPE_SECRET] = 0,
	    [TYPE_OBJECT] = TAKES_OBJECT | TAKES_MAP, /* a result is a map with known fields */
	};

	return bits[type->kind];
}

static const char *const names[] = {"null", "bool", "int", "double", "string", "list", "map",
    "duration", "timestamp", "type", "object"};

const char *takes_name(const struct value *value)
{
	uint16_t takes = takes_value(value);

	/* an object's class says more than that it is one */
	return takes && value->type != VALUE_OBJECT ? names[__builtin_ctz(takes)]
						    : value_noun(value);
}

void takes_show(uint16_t takes, char *buffer, size_t size)
{
	size_t len = 0;

	if ((takes & TAKES_ANY) == TAKES_ANY) {
		snprintf(buffer, size, "any value");
		return;
	}
	buffer[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && len < size; i++) {
		const char *glue = "";

		if (!(takes & 1 << i))
			continue;
		if (len)
			glue = takes >> (i + 1) ? ", " : " or ";
		len += (size_t)snprintf(buffer + len, size - len, "%s%s", glue, names[i]);
	}
}

const struct type *infer_first(struct arena *arena, const struct type *const *args, uint32_t count)
{
	(void)arena;
	(void)count;
	return args[0]->kind == TYPE_STREAM ? &type_string : args[0];
}

const struct type *infer_item(struct arena *arena, const struct type *const *args, uint32_t count)
{
	(void)arena;
	(void)count;
	return args[0]->kind == TYPE_LIST && args[0]->of ? args[0]->of : &type_dyn;
}

const struct type *infer_join(struct arena *arena, const struct type *const *args, uint32_t count)
{
	(void)arena;
	(void)count;
	if (args[0]->kind == TYPE_LIST && args[1]->kind == TYPE_LIST)
		return type_common(args[0], args[1]);
	return &type_list;
}
