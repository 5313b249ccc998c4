/* SPDX-License-Identifier: Apache-2.0 */
#include "run/placing.h"

#include <stdlib.h>

#include "value/target.h"

static const struct value *place_path(
    struct arena *arena, const char *folder, const struct value *value)
{
	struct str path = value_text(value);

	if (!path.len || path.ptr[0] == '/')
		return value;
	return value_string(arena, arena_printf(arena, "%s/%.*s", folder, STR_ARG(path)));
}

/* The key that opens a target lies here: ~ is our home. */
static const struct value *place_identity(
    struct arena *arena, const char *folder, const struct value *value)
{
	const char *home = getenv("HOME");
	struct str path = value_text(value);

	if (home && str_starts(path, STR("~/")))
		return value_string(arena,
		    arena_printf(arena, "%s%.*s", home, STR_ARG(str_sub(path, 1, path.len))));
	return place_path(arena, folder, value);
}

/* A map of it, or a list of maps and nulls. */
static const struct value *place_target(
    struct arena *arena, const char *folder, const struct value *target)
{
	const struct value **items;
	struct map_builder map;

	if (target->type == VALUE_LIST) {
		items = arena_array(arena, target->list.count, sizeof(*items));
		for (size_t i = 0; i < target->list.count; i++)
			items[i] = place_target(arena, folder, target->list.items[i]);
		return value_list(arena, items, target->list.count);
	}
	if (target->type != VALUE_MAP)
		return target;
	map_begin(&map, arena);
	for (size_t i = 0; i < target->map.count; i++) {
		struct str name = value_text(target->map.entries[i].key);
		const struct value *value = target->map.entries[i].value;

		if (str_is(name, "ssh"))
			value = place_target(arena, folder, value);
		else if (str_is(name, "identity"))
			value = place_identity(arena, folder, value);
		map_add_str(&map, name, value);
	}
	return map_end(&map);
}

/* Relative paths are meant from the runbook's folder; of what runs elsewhere, its own folder is one there. */
const struct value *args_placed(struct arena *arena, const struct action_spec *spec,
    const struct value *args, const char *folder)
{
	bool away = target_of(args) != NULL;
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < args->map.count; i++) {
		struct str name = value_text(args->map.entries[i].key);
		const struct value *value = args->map.entries[i].value;
		const struct param *param = action_param(spec, name);

		if (param && param->kind == PARAM_PATH && !(away && str_is(name, "cwd")))
			value = place_path(arena, folder, value);
		if (str_is(name, "target") || str_is(name, "targets"))
			value = place_target(arena, folder, value);
		map_add_str(&map, name, value);
	}
	return map_end(&map);
}
