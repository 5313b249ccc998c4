/* SPDX-License-Identifier: Apache-2.0 */
#include "run/op_result.h"

/* What a number says of an output is its size; what a text says may be the secret itself. */
static const struct value *sealed_result(struct arena *arena, const struct value *result)
{
	struct map_builder map;
	struct map_builder size;

	map_begin(&map, arena);
	for (size_t i = 0; i < result->map.count; i++) {
		const struct value_entry *entry = &result->map.entries[i];
		const struct value *value = entry->value;
		const struct clip *clip = value->type == VALUE_STRING ? value->string.clip : NULL;

		if (clip || value->type == VALUE_STRING) {
			map_begin(&size, arena);
			map_add(&size, "size",
			    value_int(arena, clip ? clip->size : (int64_t)value_text(value).len));
			value = map_end(&size);
		} else if (value->type == VALUE_LIST || value->type == VALUE_MAP) {
			continue;
		}
		map_add_str(&map, value_text(entry->key), value);
	}
	return map_end(&map);
}

static struct str text_of(struct arena *arena, const struct value *value)
{
	struct str text;
	struct json json;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	if (!value_show(value, &buf)) {
		json_init(&json, &buf);
		value_to_json(&json, value);
	}
	text = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}

/* Each output becomes a handle; texts and numbers alike, for nobody can know which of them is the secret. */
static const struct value *sealed_outputs(struct arena *arena, struct secrets *secrets,
    const struct message *start, const struct value *outputs)
{
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < outputs->map.count; i++) {
		const struct value_entry *entry = &outputs->map.entries[i];
		struct secret_part *part = arena_alloc(arena, sizeof(*part));

		*part = (struct secret_part){true,
		    arena_printf(arena, "steps.%.*s.outputs.%.*s", STR_ARG(start->start.node),
			STR_ARG(value_text(entry->key)))};
		secrets_add(secrets, part->text, text_of(arena, entry->value));
		map_add_str(&map, value_text(entry->key), value_secret(arena, part, 1));
	}
	return map_end(&map);
}

void op_seal(struct arena *arena, struct secrets *secrets, const struct message *start,
    struct message *finished)
{
	struct verdict *verdict = &finished->finished.verdict;

	if (finished->finished.result)
		finished->finished.result = sealed_result(arena, finished->finished.result);
	if (verdict->outputs)
		verdict->outputs = sealed_outputs(arena, secrets, start, verdict->outputs);
	if (!finished->finished.ok && finished->finished.why.len)
		finished->finished.why = STR("it did not succeed; its output is sensitive");
	if (verdict->why.len)
		verdict->why = STR("it did not succeed; what it gave is sensitive");
}
