/* SPDX-License-Identifier: Apache-2.0 */
#include "run/untold.h"

static const struct value *without(
    const struct secrets *secrets, struct arena *arena, const struct value *contact)
{
	struct str missing = secrets_missing(secrets, contact);
	struct map_builder map;

	if (!missing.len)
		return contact;
	map_begin(&map, arena);
	map_add(&map, "name", value_get(contact, "name"));
	map_add(&map, "title", value_get(contact, "title"));
	map_add(&map, "untold",
	    value_string(
		arena, arena_printf(arena, "the secret %.*s could not be had", STR_ARG(missing))));
	return map_end(&map);
}

static const struct value *all_without(
    const struct secrets *secrets, struct arena *arena, const struct value *contacts)
{
	const struct value **items = arena_array(arena, contacts->list.count, sizeof(*items));

	for (size_t i = 0; i < contacts->list.count; i++)
		items[i] = without(secrets, arena, contacts->list.items[i]);
	return value_list(arena, items, contacts->list.count);
}

const struct value *args_untold(const struct secrets *secrets, struct arena *arena,
    const struct action_spec *spec, const struct value *args)
{
	struct map_builder map;

	if (args->type != VALUE_MAP || !secrets_missing(secrets, args).len)
		return args;
	map_begin(&map, arena);
	for (size_t i = 0; i < args->map.count; i++) {
		struct str name = value_text(args->map.entries[i].key);
		const struct value *value = args->map.entries[i].value;
		const struct param *param = action_param(spec, name);

		if (param && param->kind == PARAM_CONTACTS && value->type == VALUE_LIST)
			value = all_without(secrets, arena, value);
		map_add_str(&map, name, value);
	}
	return map_end(&map);
}
