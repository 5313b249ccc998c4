/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "value/value.h"
#include "value/value_class.h"
#include "value/value_time.h"

struct reader {
	struct arena *arena;
	bool tagged;
	struct str error; /* the first one */
};

static const struct value *fail(struct reader *reader, struct str message)
{
	if (reader->error.len == 0)
		reader->error = message;
	return NULL;
}

static const struct value *read_json(struct reader *reader, const json_t *json, int depth);

static struct str text_of(const json_t *json)
{
	return (struct str){json_string_value(json), json_string_length(json)};
}

static const struct value *read_list(struct reader *reader, const json_t *json, int depth)
{
	size_t count = json_array_size(json);
	const struct value **items = arena_array(reader->arena, count, sizeof(*items));

	for (size_t i = 0; i < count; i++) {
		items[i] = read_json(reader, json_array_get(json, i), depth + 1);
		if (!items[i])
			return NULL;
	}
	return value_list(reader->arena, items, count);
}

static const struct value *read_map(struct reader *reader, json_t *json, int depth)
{
	struct map_builder map;

	map_begin(&map, reader->arena);
	for (void *it = json_object_iter(json); it; it = json_object_iter_next(json, it)) {
		struct str key = {json_object_iter_key(it), json_object_iter_key_len(it)};
		const struct value *value = read_json(
		    reader, json_object_iter_value(it), depth + 1);

		if (!value)
			return NULL;
		if (reader->tagged && str_starts(key, STR("$")))
			key = str_sub(key, 1, key.len);
		map_add_str(&map, arena_str(reader->arena, key), value);
	}
	return map_end(&map);
}

static const struct value *read_duration(struct reader *reader, const json_t *json)
{
	int64_t seconds;
	int32_t nanos;

	if (!json_is_string(json) || !duration_parse(text_of(json), &seconds, &nanos))
		return NULL;
	return value_duration(reader->arena, seconds, nanos);
}

static const struct value *read_timestamp(struct reader *reader, const json_t *json)
{
	int64_t seconds;
	int32_t nanos;

	if (!json_is_string(json) || !time_parse(text_of(json), &seconds, &nanos) ||
	    seconds < TIME_MIN || seconds > TIME_MAX)
		return NULL;
	return value_timestamp(reader->arena, seconds, nanos);
}

static const struct value *read_double(struct reader *reader, const json_t *json)
{
	struct str text = text_of(json);

	if (str_is(text, "NaN"))
		return value_double(reader->arena, (double)NAN);
	if (str_is(text, "Infinity"))
		return value_double(reader->arena, (double)INFINITY);
	if (str_is(text, "-Infinity"))
		return value_double(reader->arena, -(double)INFINITY);
	return NULL;
}

static const struct value *read_type(struct reader *reader, const json_t *json)
{
	if (!json_is_string(json))
		return NULL;
	return value_type(reader->arena, arena_str(reader->arena, text_of(json)));
}

static const struct value *read_error(struct reader *reader, const json_t *json)
{
	if (!json_is_string(json))
		return NULL;
	return value_error(reader->arena, 0, 0, "%s", json_string_value(json));
}

static const struct value *read_unknown(struct reader *reader, const json_t *json)
{
	size_t count = json_array_size(json);
	uint32_t *nodes = arena_array(reader->arena, count, sizeof(*nodes));

	if (!json_is_array(json))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		json_int_t node = json_integer_value(json_array_get(json, i));

		if (!json_is_integer(json_array_get(json, i)) || node < 0 || node > UINT32_MAX ||
		    (i && nodes[i - 1] >= (uint32_t)node))
			return NULL;
		nodes[i] = (uint32_t)node;
	}
	return value_unknown(reader->arena, nodes, count);
}

static const struct value *read_clip(struct reader *reader, const json_t *json)
{
	const json_t *head = json_object_get(json, "head");
	const json_t *tail = json_object_get(json, "tail");
	const json_t *size = json_object_get(json, "size");
	const json_t *digest = json_object_get(json, "sha256");
	struct clip *clip = arena_alloc(reader->arena, sizeof(*clip));

	if (!json_is_string(head) || !json_is_string(tail) || !json_is_integer(size) ||
	    !json_is_string(digest) || json_object_size(json) != 4)
		return NULL;
	clip->head = arena_str(reader->arena, text_of(head));
	clip->tail = arena_str(reader->arena, text_of(tail));
	clip->size = json_integer_value(size);
	clip->middle_sha256 = arena_str(reader->arena, text_of(digest));
	return value_stream(reader->arena, (struct str){0}, clip);
}

/* The end of a secret's name when text stands at one ("${{ secrets.x }}"), else 0. */
static size_t secret_name(struct str text, struct str *ret_name)
{
	static const char before[] = "${{ secrets.";
	size_t start = sizeof(before) - 1;
	size_t end = start;

	if (!str_starts(text, STR(before)))
		return 0;
	/* of a declared secret a name; of a sensitive step's output its path: "steps.a[3]/login.outputs.token" */
	while (end < text.len &&
	    ((text.ptr[end] >= 'a' && text.ptr[end] <= 'z') ||
		(text.ptr[end] >= '0' && text.ptr[end] <= '9') ||
		memchr("_-./[]#", text.ptr[end], 7)))
		end++;
	if (end == start || !str_starts(str_sub(text, end, text.len), STR(" }}")))
		return 0;
	*ret_name = str_sub(text, start, end - start);
	return end + 3;
}

struct secret_builder {
	struct arena *arena;
	struct secret_part *parts;
	size_t count;
	size_t capacity;
};

static void add_part(struct secret_builder *builder, bool is_secret, struct str text)
{
	if (text.len == 0)
		return;
	builder->parts = arena_grow(builder->arena, builder->parts, builder->count,
	    &builder->capacity, sizeof(*builder->parts));
	builder->parts[builder->count++] = (struct secret_part){is_secret, text};
}

static const struct value *read_secret(struct reader *reader, const json_t *json)
{
	struct str text = arena_str(reader->arena, text_of(json));
	struct secret_builder builder = {.arena = reader->arena};
	size_t plain = 0;
	size_t at = 0;

	if (!json_is_string(json))
		return NULL;
	while (at < text.len) {
		struct str name;
		size_t skip = secret_name(str_sub(text, at, text.len), &name);

		if (skip == 0) {
			at++;
			continue;
		}
		add_part(&builder, false, str_sub(text, plain, at - plain));
		add_part(&builder, true, name);
		at += skip;
		plain = at;
	}
	add_part(&builder, false, str_sub(text, plain, text.len));
	return value_secret(reader->arena, builder.parts, builder.count);
}

/* The record names an object; its fields were the run's. */
static const struct value *get_lost(
    struct arena *arena, const struct value *object, struct str field)
{
	return value_error(arena, 0, 0, "%s %u is only named in the record, without its `%.*s`",
	    object->object.class->name, object->object.id, STR_ARG(field));
}

bool value_class_is_read(const struct object_class *class)
{
	return class->get == get_lost;
}

static const struct value *read_object(struct reader *reader, const json_t *json)
{
	struct object_class *class = arena_alloc(reader->arena, sizeof(*class));
	struct str text = text_of(json);
	size_t space = text.len;
	int64_t id;

	while (space > 0 && text.ptr[space - 1] != ' ')
		space--;
	if (!json_is_string(json) || space < 2 || !units_int(str_sub(text, space, text.len), &id) ||
	    id < 0 || id > UINT32_MAX)
		return NULL;
	*class = (struct object_class){
	    arena_cstr(reader->arena, str_sub(text, 0, space - 1)), get_lost};
	if (!str_eq(text, arena_printf(reader->arena, "%s %u", class->name, (unsigned)id)))
		return NULL;
	return value_object(reader->arena, class, NULL, (uint32_t)id);
}

static const struct value *read_pairs(struct reader *reader, const json_t *json, int depth)
{
	size_t count = json_array_size(json);
	struct value_entry *entries = arena_array(reader->arena, count, sizeof(*entries));

	if (!json_is_array(json))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_array_get(json, i);

		if (json_array_size(pair) != 2)
			return NULL;
		entries[i].key = read_json(reader, json_array_get(pair, 0), depth + 1);
		entries[i].value = read_json(reader, json_array_get(pair, 1), depth + 1);
		if (!entries[i].key || !entries[i].value ||
		    (entries[i].key->type != VALUE_STRING && entries[i].key->type != VALUE_INT &&
			entries[i].key->type != VALUE_BOOL))
			return NULL;
	}
	return value_map(reader->arena, entries, count);
}

/* {"$tag":…}: one key that begins with one dollar sign. */
static const struct value *read_tag(struct reader *reader, json_t *json, int depth)
{
	static const struct {
		const char *tag;
		const struct value *(*read)(struct reader *reader, const json_t *json);
	} tags[] = {
	    {"$duration", read_duration},
	    {"$timestamp", read_timestamp},
	    {"$double", read_double},
	    {"$type", read_type},
	    {"$unknown", read_unknown},
	    {"$error", read_error},
	    {"$clip", read_clip},
	    {"$secret", read_secret},
	    {"$object", read_object},
	};
	void *it = json_object_iter(json);
	struct str key = {json_object_iter_key(it), json_object_iter_key_len(it)};
	const struct value *value = NULL;

	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (str_is(key, tags[i].tag))
			value = tags[i].read(reader, json_object_iter_value(it));
	if (str_is(key, "$map"))
		value = read_pairs(reader, json_object_iter_value(it), depth);
	if (value)
		return value;
	return fail(
	    reader, arena_printf(reader->arena, "the tag \"%.*s\" is malformed", STR_ARG(key)));
}

static bool is_tag(const json_t *json)
{
	void *it = json_object_iter((json_t *)(uintptr_t)json);
	const char *key = it ? json_object_iter_key(it) : "";

	return json_object_size(json) == 1 && key[0] == '$' && key[1] != '$';
}

static const struct value *read_json(struct reader *reader, const json_t *json, int depth)
{
	json_t *object = (json_t *)(uintptr_t)
	    json; /* jansson iterates only over what is not const */

	if (depth > VALUE_MAX_DEPTH)
		return fail(reader, STR("it is nested too deeply"));
	switch (json_typeof(json)) {
	case JSON_NULL:
		return value_null();
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(json_is_true(json));
	case JSON_INTEGER:
		return value_int(reader->arena, json_integer_value(json));
	case JSON_REAL:
		return value_double(reader->arena, json_real_value(json));
	case JSON_STRING:
		return value_string(reader->arena, arena_str(reader->arena, text_of(json)));
	case JSON_ARRAY:
		return read_list(reader, json, depth);
	case JSON_OBJECT:
		if (reader->tagged && is_tag(json))
			return read_tag(reader, object, depth);
		return read_map(reader, object, depth);
	}
	return fail(reader, STR("it is no JSON"));
}

static const struct value *read_text(
    struct arena *arena, struct str text, bool tagged, struct str *ret_error)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL |
	    (tagged ? (size_t)JSON_REJECT_DUPLICATES : 0);
	struct reader reader = {.arena = arena, .tagged = tagged};
	const struct value *value;
	json_error_t error;
	json_t *json = json_loadb(text.len ? text.ptr : "", text.len, flags, &error);

	if (!json) {
		*ret_error = arena_printf(
		    arena, "line %d, column %d: %s", error.line, error.column, error.text);
		return NULL;
	}
	value = read_json(&reader, json, 0);
	json_decref(json);
	if (!value)
		*ret_error = reader.error;
	return value;
}

const struct value *value_from_json(struct arena *arena, struct str text, struct str *ret_error)
{
	return read_text(arena, text, true, ret_error);
}

const struct value *value_from_plain_json(
    struct arena *arena, struct str text, struct str *ret_error)
{
	return read_text(arena, text, false, ret_error);
}
