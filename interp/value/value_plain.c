/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "value/value.h"

static bool encode_map(struct json *json, const struct value *value, const char **ret_why)
{
	json_open_map(json);
	for (size_t i = 0; i < value->map.count; i++) {
		if (value->map.entries[i].key->type != VALUE_STRING) {
			*ret_why = "a key that is no string";
			return false;
		}
		json_key_str(json, value->map.entries[i].key->string.text);
		if (!value_to_plain_json(json, value->map.entries[i].value, ret_why))
			return false;
	}
	json_close_map(json);
	return true;
}

static bool encode_list(struct json *json, const struct value *value, const char **ret_why)
{
	json_open_list(json);
	for (size_t i = 0; i < value->list.count; i++)
		if (!value_to_plain_json(json, value->list.items[i], ret_why))
			return false;
	json_close_list(json);
	return true;
}

static void encode_time(struct json *json, const struct value *value)
{
	struct buf text;

	buf_init(&text, 64);
	value_show(value, &text);
	json_str(json, buf_view(&text));
	buf_done(&text);
}

bool value_to_plain_json(struct json *json, const struct value *value, const char **ret_why)
{
	switch (value->type) {
	case VALUE_LIST:
		return encode_list(json, value, ret_why);
	case VALUE_MAP:
		return encode_map(json, value, ret_why);
	case VALUE_DURATION:
	case VALUE_TIMESTAMP:
		encode_time(json, value);
		return true;
	case VALUE_DOUBLE:
		if (!isfinite(value->real)) {
			*ret_why = "a double that is no finite number";
			return false;
		}
		json_double(json, value->real);
		return true;
	case VALUE_NULL:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_STRING:
		value_to_json(json, value);
		return true;
	default:
		*ret_why = value_noun(value);
		return false;
	}
}
