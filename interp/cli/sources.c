/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources.h"

#include <string.h>

#include "base/digest.h"
#include "cli/command.h"

static const struct value *facts(struct arena *arena, const struct source *source)
{
	struct map_builder file;
	char *hex = arena_alloc(arena, DIGEST_HEX + 1);

	digest_of((struct str){source->bytes, source->len}, hex);
	map_begin(&file, arena);
	map_add(&file, "name", value_string(arena, str_from(source->name)));
	map_add(&file, "sha256", value_string(arena, (struct str){hex, DIGEST_HEX}));
	map_add(&file, "size", value_int(arena, (int64_t)source->len));
	if (source->path)
		map_add(&file, "path", value_string(arena, str_from(source->path)));
	return map_end(&file);
}

const struct value *sources_facts(struct arena *arena, const struct load *load)
{
	size_t count = load->source_count;
	const struct value **files = arena_array(arena, count, sizeof(*files));

	for (size_t i = 0; i < count; i++)
		files[i] = facts(arena, load->files.items[i]->source);
	return value_list(arena, files, count);
}

const struct source *const *sources_of(struct arena *arena, const struct load *load)
{
	const struct source **sources = arena_array(arena, load->source_count, sizeof(*sources));

	for (size_t i = 0; i < load->source_count; i++)
		sources[i] = load->files.items[i]->source;
	return sources;
}

static bool is_same(const struct source *recorded)
{
	struct source *now = recorded->path ? source_read(recorded->path) : NULL;
	bool same = !now ||
	    (now->len == recorded->len && memcmp(now->bytes, recorded->bytes, now->len) == 0);

	if (!now)
		complain("%s cannot be read any more: going on with what the record holds of it",
		    recorded->name);
	source_free(now);
	return same;
}

const struct source *sources_changed(const struct load *load)
{
	for (size_t i = 0; i < load->source_count; i++)
		if (!is_same(load->files.items[i]->source))
			return load->files.items[i]->source;
	return NULL;
}
