/* SPDX-License-Identifier: Apache-2.0 */
#include "run/given_inputs.h"

const struct value *given_inputs(struct arena *arena, const struct value *wanted,
    const struct value *said, const struct value *otherwise)
{
	struct map_builder map;

	if (!wanted)
		return NULL;
	map_begin(&map, arena);
	for (size_t i = 0; i < wanted->list.count; i++) {
		struct str name = value_text(value_get(wanted->list.items[i], "name"));
		const struct value *input = said ? value_get_str(said, name) : NULL;

		if (!input)
			input = value_get(wanted->list.items[i], "default");
		if (!input)
			input = otherwise;
		if (input)
			map_add_str(&map, arena_str(arena, name), value_copy(arena, input));
	}
	return map_end(&map);
}
