/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/plain_json.h"

#include <math.h>

#include "base/json.h"

static bool write_value(struct json *json, const struct value *value, const char **ret_why);

static bool write_list(struct json *json, const struct value *value, const char **ret_why)
{
	json_open_list(json);
	for (size_t i = 0; i < value->list.count; i++)
		if (!write_value(json, value->list.items[i], ret_why))
			return false;
	json_close_list(json);
	return true;
}

static bool write_map(struct json *json, const struct value *value, const char **ret_why)
{
	bool well = true;
	struct buf key;

	buf_init(&key, BUF_UNBOUNDED);
	json_open_map(json);
	for (size_t i = 0; i < value->map.count && well; i++) {
		buf_clear(&key);
		value_show(value->map.entries[i].key, &key);
		json_key_str(json, buf_view(&key));
		well = write_value(json, value->map.entries[i].value, ret_why);
	}
	json_close_map(json);
	buf_done(&key);
	return well;
}

/* What becomes text: false for the kinds that have none. */
static bool write_shown(struct json *json, const struct value *value)
{
	struct buf text;
	bool shown;

	buf_init(&text, BUF_UNBOUNDED);
	shown = value_show(value, &text);
	if (shown)
		json_str(json, buf_view(&text));
	buf_done(&text);
	return shown;
}

static bool write_value(struct json *json, const struct value *value, const char **ret_why)
{
	switch (value->type) {
	case VALUE_NULL:
		json_nothing(json);
		return true;
	case VALUE_BOOL:
		json_bool(json, value->boolean);
		return true;
	case VALUE_INT:
		json_int(json, value->integer);
		return true;
	case VALUE_DOUBLE:
		if (isfinite(value->real)) {
			json_double(json, value->real);
			return true;
		}
		*ret_why = "JSON has no number for NaN or an infinity";
		return false;
	case VALUE_STRING:
		if (!value->string.clip || value->string.clip->whole) {
			json_str(json, value->string.text);
			return true;
		}
		*ret_why = "a text that was too long to keep cannot be sent";
		return false;
	case VALUE_LIST:
		return write_list(json, value, ret_why);
	case VALUE_MAP:
		return write_map(json, value, ret_why);
	default:
		if (write_shown(json, value))
			return true;
		*ret_why = "a value is of a kind that JSON has no form for";
		return false;
	}
}

bool plain_json_write(struct buf *out, const struct value *value, const char **ret_why)
{
	struct json json;

	json_init(&json, out);
	return write_value(&json, value, ret_why);
}
