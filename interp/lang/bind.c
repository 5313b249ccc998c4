/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/bind.h"
#include "lang/contact.h"

#include "base/units.h"

const char *param_kind_noun(enum param_kind kind)
{
	static const char *const nouns[] = {
	    [PARAM_STRING] = "text",
	    [PARAM_INT] = "a whole number",
	    [PARAM_FLOAT] = "a number",
	    [PARAM_BOOL] = "true or false",
	    [PARAM_DURATION] = "a duration such as 30s",
	    [PARAM_SIZE] = "a size such as 8MiB",
	    [PARAM_PATH] = "a path",
	    [PARAM_LIST] = "a list",
	    [PARAM_MAP] = "a map",
	    [PARAM_ANY] = "a value",
	    [PARAM_CONNECTION] = "the name of a connection, or a map",
	    [PARAM_CONTACTS] = "the name of a contact, or a list of them",
	};

	return nouns[kind];
}

static const struct value *bool_of(struct str text)
{
	if (str_is(text, "true"))
		return value_bool(true);
	return str_is(text, "false") ? value_bool(false) : NULL;
}

const struct value *bind_text(struct arena *arena, enum param_kind kind, struct str text)
{
	struct str error;
	int64_t number;
	double real;

	switch (kind) {
	case PARAM_STRING:
	case PARAM_PATH:
		return value_string(arena, arena_str(arena, text));
	case PARAM_INT:
		return units_int(text, &number) ? value_int(arena, number) : NULL;
	case PARAM_FLOAT:
		return units_double(text, &real) ? value_double(arena, real) : NULL;
	case PARAM_BOOL:
		return bool_of(text);
	case PARAM_DURATION:
		return units_duration(text, &number) ? value_duration_us(arena, number) : NULL;
	case PARAM_SIZE:
		return units_size(text, &number) ? value_int(arena, number) : NULL;
	case PARAM_LIST:
	case PARAM_MAP:
	case PARAM_ANY:
	case PARAM_CONNECTION:
	case PARAM_CONTACTS:
		break;
	}
	return value_from_plain_json(arena, text, &error);
}

static const struct value *as_text(struct arena *arena, const struct value *value)
{
	struct buf text;
	const struct value *shown = NULL;

	if (value->type == VALUE_STRING || value->type == VALUE_SECRET)
		return value;
	buf_init(&text, BUF_UNBOUNDED);
	if (value_show(value, &text))
		shown = value_string(arena, arena_str(arena, buf_view(&text)));
	buf_done(&text);
	return shown;
}

static bool fits(enum param_kind kind, enum value_type type)
{
	switch (kind) {
	case PARAM_INT:
	case PARAM_SIZE:
		return type == VALUE_INT;
	case PARAM_FLOAT:
		return type == VALUE_DOUBLE;
	case PARAM_BOOL:
		return type == VALUE_BOOL;
	case PARAM_DURATION:
		return type == VALUE_DURATION;
	case PARAM_LIST:
		return type == VALUE_LIST;
	case PARAM_MAP:
		return type == VALUE_MAP;
	default:
		return true;
	}
}

static const struct value *bind_map(struct arena *arena, const struct vocabulary *vocabulary,
    const struct param *params, const struct value *args, struct str *ret_why);

const struct value *contact_bind(struct arena *arena, const struct vocabulary *vocabulary,
    const struct value *contact, struct str *ret_why)
{
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < contact->map.count; i++) {
		struct str key = value_text(contact->map.entries[i].key);
		const struct value *value = contact->map.entries[i].value;
		const struct connection_spec *channel = vocabulary_channel(vocabulary, key);

		if (channel)
			value = bind_map(arena, vocabulary, channel->params, value, ret_why);
		if (!value)
			return NULL;
		map_add_str(&map, key, value);
	}
	return map_end(&map);
}

static const struct value *bind_contacts(struct arena *arena, const struct vocabulary *vocabulary,
    const struct value *list, struct str *ret_why)
{
	const struct value **items = arena_array(arena, list->list.count, sizeof(*items));

	for (size_t i = 0; i < list->list.count; i++) {
		items[i] = contact_bind(arena, vocabulary, list->list.items[i], ret_why);
		if (!items[i])
			return NULL;
	}
	return value_list(arena, items, list->list.count);
}

/* One argument made what its parameter asks for; NULL when it cannot be. */
static const struct value *bind_one(struct arena *arena, const struct vocabulary *vocabulary,
    const struct param *param, const struct value *value, struct str *ret_why)
{
	const struct connection_spec *connection;

	if (param->kind == PARAM_STRING || param->kind == PARAM_PATH)
		return as_text(arena, value);
	if (param->kind == PARAM_CONNECTION) {
		connection = vocabulary_connection(vocabulary, str_from(param->connection));
		if (!connection || value->type != VALUE_MAP)
			return NULL;
		return bind_map(arena, vocabulary, connection->params, value, ret_why);
	}
	if (param->kind == PARAM_CONTACTS)
		return bind_contacts(arena, vocabulary, value, ret_why);
	if (fits(param->kind, value->type))
		return value;
	if (param->kind == PARAM_FLOAT && value->type == VALUE_INT)
		return value_double(arena, (double)value->integer);
	return value->type == VALUE_STRING ? bind_text(arena, param->kind, value_text(value))
					   : NULL;
}

static const struct value *bind_map(struct arena *arena, const struct vocabulary *vocabulary,
    const struct param *params, const struct value *args, struct str *ret_why)
{
	struct map_builder map;

	map_begin(&map, arena);
	for (const struct param *param = params; param->name; param++) {
		const struct value *value = value_get(args, param->name);

		if ((!value || value->type == VALUE_NULL) && param->preset)
			value = bind_text(arena, param->kind, str_from(param->preset));
		else if (value && value->type != VALUE_NULL)
			value = bind_one(arena, vocabulary, param, value, ret_why);
		else if (!(param->flags & PARAM_REQUIRED))
			continue;
		if (!value) {
			if (!ret_why->len)
				*ret_why = arena_printf(arena, "%s must be %s", param->name,
				    param_kind_noun(param->kind));
			return NULL;
		}
		map_add(&map, param->name, value);
	}
	return map_end(&map);
}

const struct value *bind_args(struct arena *arena, const struct vocabulary *vocabulary,
    const struct action_spec *spec, const struct value *args, struct str *ret_why)
{
	struct str why = {0};
	const struct value *bound = bind_map(arena, vocabulary, spec->params, args, &why);

	if (!bound)
		*ret_why = why;
	return bound;
}
