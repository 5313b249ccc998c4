/* SPDX-License-Identifier: Apache-2.0 */
#include "view/yaml_out.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

/* Wide enough that no line of a text is folded. */
enum { NEVER_FOLD = -1 };

static int take_bytes(void *self, unsigned char *bytes, size_t size)
{
	buf_append(self, (const char *)bytes, size);
	return 1;
}

/* What some version of YAML reads as a bool or as nothing. */
static bool is_word_of_yaml(struct str text)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y",
	    "n", "True", "False", "Yes", "No", "On", "Off", "Null", "Y", "N", "TRUE", "FALSE",
	    "YES", "NO", "ON", "OFF", "NULL"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_is(text, words[i]))
			return true;
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Certainly a text, for every reader. */
static bool is_plain(struct str text)
{
	bool begins = text.len &&
	    (is_letter(text.ptr[0]) || text.ptr[0] == '/' ||
		(text.len > 2 && str_starts(text, STR("--")) && is_letter(text.ptr[2])));

	if (!begins || is_word_of_yaml(text) || text.ptr[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool joins = c == ':' && i + 1 < text.len && text.ptr[i + 1] != ' ';

		if (!is_letter(c) && !(c >= '0' && c <= '9') && !joins && !strchr(" _-./=()|&", c))
			return false;
	}
	return true;
}

static yaml_scalar_style_t style_of(struct str text)
{
	if (str_find(text, STR("\n")) >= 0)
		return YAML_LITERAL_SCALAR_STYLE;
	if (is_plain(text))
		return YAML_PLAIN_SCALAR_STYLE;
	return str_find(text, STR("'")) >= 0 ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
					     : YAML_SINGLE_QUOTED_SCALAR_STYLE;
}

static void emit(yaml_emitter_t *emitter, yaml_event_t *event)
{
	int ok = yaml_emitter_emit(emitter, event);

	assert(ok);
	(void)ok;
}

static void put_scalar(yaml_emitter_t *emitter, struct str text, yaml_scalar_style_t style)
{
	yaml_event_t event;

	yaml_scalar_event_initialize(
	    &event, NULL, NULL, (const yaml_char_t *)text.ptr, (int)text.len, 1, 1, style);
	emit(emitter, &event);
}

static void put_node(yaml_emitter_t *emitter, const struct value *value);

static void put_map(yaml_emitter_t *emitter, const struct value *map)
{
	yaml_event_t event;

	yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
	    map->map.count ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE);
	emit(emitter, &event);
	for (size_t i = 0; i < map->map.count; i++) {
		put_node(emitter, map->map.entries[i].key);
		put_node(emitter, map->map.entries[i].value);
	}
	yaml_mapping_end_event_initialize(&event);
	emit(emitter, &event);
}

static void put_list(yaml_emitter_t *emitter, const struct value *list)
{
	yaml_event_t event;

	yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
	    list->list.count ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE);
	emit(emitter, &event);
	for (size_t i = 0; i < list->list.count; i++)
		put_node(emitter, list->list.items[i]);
	yaml_sequence_end_event_initialize(&event);
	emit(emitter, &event);
}

static void put_node(yaml_emitter_t *emitter, const struct value *value)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (value->type == VALUE_MAP)
		put_map(emitter, value);
	else if (value->type == VALUE_LIST)
		put_list(emitter, value);
	else if (value->type == VALUE_STRING)
		put_scalar(emitter, value_text(value), style_of(value_text(value)));
	else if (value_show(value, &text))
		put_scalar(emitter, buf_view(&text), YAML_PLAIN_SCALAR_STYLE);
	else
		put_scalar(emitter, STR("null"), YAML_PLAIN_SCALAR_STYLE);
	buf_done(&text);
}

void yaml_put(struct buf *out, const struct value *value)
{
	yaml_emitter_t emitter;
	yaml_event_t event;

	yaml_emitter_initialize(&emitter);
	yaml_emitter_set_output(&emitter, take_bytes, out);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, NEVER_FOLD);
	yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
	emit(&emitter, &event);
	yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
	emit(&emitter, &event);
	put_node(&emitter, value);
	yaml_document_end_event_initialize(&event, 1);
	emit(&emitter, &event);
	yaml_stream_end_event_initialize(&event);
	emit(&emitter, &event);
	yaml_emitter_delete(&emitter);
	if (out->len && out->ptr[out->len - 1] != '\n')
		buf_byte(out, '\n');
}

void list_begin(struct list_builder *builder, struct arena *arena)
{
	*builder = (struct list_builder){.arena = arena};
}

void list_add(struct list_builder *builder, const struct value *value)
{
	builder->items = arena_grow(builder->arena, builder->items, builder->count,
	    &builder->capacity, sizeof(*builder->items));
	builder->items[builder->count++] = value;
}

void list_add_str(struct list_builder *builder, struct str text)
{
	list_add(builder, value_string(builder->arena, arena_str(builder->arena, text)));
}

const struct value *list_end(const struct list_builder *builder)
{
	return value_list(builder->arena, builder->items, builder->count);
}

void map_add_text(struct map_builder *builder, const char *key, struct str text)
{
	map_add(builder, key, value_string(builder->arena, arena_str(builder->arena, text)));
}
