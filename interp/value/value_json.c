/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "value/value.h"
#include "value/value_show.h"
#include "value/value_time.h"

enum { SHOWN_MAX = 64 };

/* {"$tag":"text"} for a value that value_show() can write. */
static void put_shown(struct json *json, const char *tag, const struct value *value)
{
	struct buf text;

	buf_init(&text, SHOWN_MAX);
	value_show(value, &text);
	json_open_map(json);
	json_put_str(json, tag, buf_view(&text));
	json_close_map(json);
	buf_done(&text);
}

static void put_tagged(struct json *json, const char *tag, struct str text)
{
	json_open_map(json);
	json_put_str(json, tag, text);
	json_close_map(json);
}

static void put_double(struct json *json, double real)
{
	if (isfinite(real))
		json_double(json, real);
	else
		put_tagged(json, "$double",
		    isnan(real)    ? STR("NaN")
			: real < 0 ? STR("-Infinity")
				   : STR("Infinity"));
}

static void put_string(struct json *json, const struct value *value)
{
	const struct clip *clip = value->string.clip;

	if (!clip || clip->whole) {
		json_str(json, value->string.text);
		return;
	}
	json_open_map(json);
	json_key(json, "$clip");
	json_open_map(json);
	json_put_str(json, "head", clip->head);
	json_put_str(json, "tail", clip->tail);
	json_put_int(json, "size", clip->size);
	json_put_str(json, "sha256", clip->middle_sha256);
	json_close_map(json);
	json_close_map(json);
}

/* Two of a class are told apart: equal values have equal JSON, and no others. */
static void put_object(struct json *json, const struct value *value)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_printf(&text, "%s %u", value->object.class->name, value->object.id);
	put_tagged(json, "$object", buf_view(&text));
	buf_done(&text);
}

static void put_list(struct json *json, const struct value *value)
{
	json_open_list(json);
	for (size_t i = 0; i < value->list.count; i++)
		value_to_json(json, value->list.items[i]);
	json_close_list(json);
}

static bool has_text_keys(const struct value *map)
{
	for (size_t i = 0; i < map->map.count; i++)
		if (map->map.entries[i].key->type != VALUE_STRING)
			return false;
	return true;
}

static void put_pairs(struct json *json, const struct value *map)
{
	json_open_map(json);
	json_key(json, "$map");
	json_open_list(json);
	for (size_t i = 0; i < map->map.count; i++) {
		json_open_list(json);
		value_to_json(json, map->map.entries[i].key);
		value_to_json(json, map->map.entries[i].value);
		json_close_list(json);
	}
	json_close_list(json);
	json_close_map(json);
}

static void put_key(struct json *json, struct str key)
{
	struct buf escaped;

	if (key.len == 0 || key.ptr[0] != '$') {
		json_key_str(json, key);
		return;
	}
	buf_init(&escaped, key.len + 1);
	buf_byte(&escaped, '$');
	buf_str(&escaped, key);
	json_key_str(json, buf_view(&escaped));
	buf_done(&escaped);
}

static void put_map(struct json *json, const struct value *map)
{
	if (!has_text_keys(map)) {
		put_pairs(json, map);
		return;
	}
	json_open_map(json);
	for (size_t i = 0; i < map->map.count; i++) {
		put_key(json, map->map.entries[i].key->string.text);
		value_to_json(json, map->map.entries[i].value);
	}
	json_close_map(json);
}

static void put_secret(struct json *json, const struct value *value)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < value->secret.count; i++) {
		const struct secret_part *part = &value->secret.parts[i];

		buf_text(&text, part->is_secret ? "${{ secrets." : "");
		buf_str(&text, part->text);
		buf_text(&text, part->is_secret ? " }}" : "");
	}
	put_tagged(json, "$secret", buf_view(&text));
	buf_done(&text);
}

static void put_unknown(struct json *json, const struct value *value)
{
	json_open_map(json);
	json_key(json, "$unknown");
	json_open_list(json);
	for (size_t i = 0; i < value->unknown.count; i++)
		json_int(json, value->unknown.nodes[i]);
	json_close_list(json);
	json_close_map(json);
}

void value_to_json(struct json *json, const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		json_nothing(json);
		break;
	case VALUE_BOOL:
		json_bool(json, value->boolean);
		break;
	case VALUE_INT:
		json_int(json, value->integer);
		break;
	case VALUE_DOUBLE:
		put_double(json, value->real);
		break;
	case VALUE_STRING:
		put_string(json, value);
		break;
	case VALUE_LIST:
		put_list(json, value);
		break;
	case VALUE_MAP:
		put_map(json, value);
		break;
	case VALUE_DURATION:
		put_shown(json, "$duration", value);
		break;
	case VALUE_TIMESTAMP:
		put_shown(json, "$timestamp", value);
		break;
	case VALUE_TYPE:
		put_tagged(json, "$type", value->string.text);
		break;
	case VALUE_SECRET:
		put_secret(json, value);
		break;
	case VALUE_UNKNOWN:
		put_unknown(json, value);
		break;
	case VALUE_OBJECT:
		put_object(json, value);
		break;
	case VALUE_ERROR:
		put_tagged(json, "$error", value->error.message);
		break;
	}
}

bool value_fits(const struct value *value, size_t max)
{
	struct buf text;
	struct json json;
	bool fits;

	if (value_weight(value) > max)
		return false;
	buf_init(&text, max);
	json_init(&json, &text);
	value_to_json(&json, value);
	fits = !text.full;
	buf_done(&text);
	return fits;
}
