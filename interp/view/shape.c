/* SPDX-License-Identifier: Apache-2.0 */
#include "view/shape.h"

#include <assert.h>

#include "base/json_schema.h"
#include "base/units.h"
#include "base/utf8.h"
#include "record/base64.h"
#include "record/transcript_schema.h"
#include "value/value.h"

/* So many shapes lead to one another at most. */
enum { SHAPES = 32 };

static void put_time(struct json *json, const char *key, int64_t at_us)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	units_show_time(&text, at_us);
	json_put_str(json, key, buf_view(&text));
	buf_done(&text);
}

static void put_bytes(struct json *json, const char *key, struct str bytes)
{
	struct buf digits;

	if (utf8_valid(bytes)) {
		json_put_str(json, key, bytes);
		return;
	}
	buf_init(&digits, BUF_UNBOUNDED);
	base64_encode(&digits, bytes);
	json_put_str(json, "base64", buf_view(&digits));
	buf_done(&digits);
}

static void put_word(struct json *json, const struct shape_field *field, const char *word)
{
	if (word)
		json_put_text(json, field->key, word);
}

static void put_value(struct json *json, const struct shape_field *field, const struct value *value)
{
	if (!value)
		return;
	json_key(json, field->key);
	value_to_json(json, value);
}

static void put_object(struct json *json, const struct shape_field *field, const void *from)
{
	if (!from)
		return;
	json_key(json, field->key);
	shape_put(json, field->of, from);
}

static void put_list(struct json *json, const char *key, const struct shape_list *list)
{
	json_key(json, key);
	json_open_list(json);
	list->put(json, list->self);
	json_close_list(json);
}

static void put_own(struct json *json, const char *key, const struct shape_list *own)
{
	if (!own->put)
		return;
	json_key(json, key);
	own->put(json, own->self);
}

static void put_field(struct json *json, const struct shape_field *field, const void *at)
{
	switch (field->kind) {
	case SHAPE_STR:
		if (field->always || ((const struct str *)at)->len)
			json_put_str(json, field->key, *(const struct str *)at);
		break;
	case SHAPE_BYTES:
		put_bytes(json, field->key, *(const struct str *)at);
		break;
	case SHAPE_TIME:
		if (*(const int64_t *)at > 0)
			put_time(json, field->key, *(const int64_t *)at);
		break;
	case SHAPE_INT:
		if (field->always || *(const int64_t *)at >= 0)
			json_put_int(json, field->key, *(const int64_t *)at);
		break;
	case SHAPE_TRUE:
		if (*(const bool *)at)
			json_put_bool(json, field->key, true);
		break;
	case SHAPE_YESNO:
		if (*(const enum shape_yesno *)at != SHAPE_UNKNOWN)
			json_put_bool(json, field->key, *(const enum shape_yesno *)at == SHAPE_YES);
		break;
	case SHAPE_WORD:
		put_word(json, field, *(const char *const *)at);
		break;
	case SHAPE_VALUE:
		put_value(json, field, *(const struct value *const *)at);
		break;
	case SHAPE_OBJECT:
		put_object(json, field, *(const void *const *)at);
		break;
	case SHAPE_LIST:
		put_list(json, field->key, at);
		break;
	case SHAPE_OWN:
		put_own(json, field->key, at);
		break;
	}
}

void shape_put(struct json *json, const struct shape *shape, const void *from)
{
	json_open_map(json);
	for (const struct shape_field *field = shape->fields; field->key; field++)
		put_field(json, field, (const char *)from + field->offset);
	json_close_map(json);
}

static void define_list(struct json *json, const struct shape_field *field)
{
	json_put_text(json, "type", "array");
	json_key(json, "items");
	json_open_map(json);
	if (field->of)
		json_schema_ref(json, field->of->name);
	else
		json_put_text(json, "type", "string");
	json_close_map(json);
}

static void define_field(struct json *json, const struct shape_field *field)
{
	json_key(json, field->key);
	json_open_map(json);
	switch (field->kind) {
	case SHAPE_STR:
	case SHAPE_BYTES:
		json_put_text(json, "type", "string");
		break;
	case SHAPE_TIME:
		json_schema_ref(json, "time");
		break;
	case SHAPE_INT:
		json_schema_ref(json, "count");
		break;
	case SHAPE_TRUE:
		json_put_bool(json, "const", true);
		break;
	case SHAPE_YESNO:
		json_put_text(json, "type", "boolean");
		break;
	case SHAPE_WORD:
		json_schema_words(json, field->names);
		break;
	case SHAPE_VALUE:
		json_schema_ref(json, "value");
		break;
	case SHAPE_OBJECT:
		json_schema_ref(json, field->of->name);
		break;
	case SHAPE_LIST:
		define_list(json, field);
		break;
	case SHAPE_OWN:
		field->define(json);
		break;
	}
	if (field->doc)
		json_put_text(json, "description", field->doc);
	json_close_map(json);
}

/* Bytes stand under their own key or under base64. */
static void define_base64(struct json *json, const struct shape_field *field)
{
	json_key(json, "base64");
	json_open_map(json);
	json_schema_ref(json, "base64");
	json_put_text(json, "description", "in its place, where that is no UTF-8");
	json_close_map(json);
	json_close_map(json);
	json_key(json, "oneOf");
	json_open_list(json);
	for (int i = 0; i < 2; i++) {
		json_open_map(json);
		json_key(json, "required");
		json_open_list(json);
		json_text(json, i ? "base64" : field->key);
		json_close_list(json);
		json_close_map(json);
	}
	json_close_list(json);
}

static void define_one(struct json *json, const struct shape *shape)
{
	const struct shape_field *bytes = NULL;

	json_key(json, shape->name);
	json_open_map(json);
	json_put_text(json, "type", "object");
	json_put_text(json, "description", shape->doc);
	json_key(json, "properties");
	json_open_map(json);
	for (const struct shape_field *field = shape->fields; field->key; field++) {
		define_field(json, field);
		bytes = field->kind == SHAPE_BYTES ? field : bytes;
	}
	if (bytes)
		define_base64(json, bytes);
	else
		json_close_map(json);
	json_key(json, "required");
	json_open_list(json);
	for (const struct shape_field *field = shape->fields; field->key; field++)
		if (field->always || field->kind == SHAPE_LIST)
			json_text(json, field->key);
	json_close_list(json);
	json_close_map(json);
}

void shape_define(struct json *json, const struct shape *shape)
{
	const struct shape *found[SHAPES] = {shape};
	size_t count = 1;

	for (size_t i = 0; i < count; i++) {
		define_one(json, found[i]);
		for (const struct shape_field *field = found[i]->fields; field->key; field++) {
			size_t known = 0;

			while (field->of && known < count && found[known] != field->of)
				known++;
			if (!field->of || known < count)
				continue;
			assert(count < SHAPES);
			found[count++] = field->of;
		}
	}
	transcript_schema_kinds(json);
}
