/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json_schema.h"
#include "lang/schema_parts.h"

/*
 * Each table of keys and each shape becomes a definition under its name; they are found by walking from the table of a
 * runbook, and written in the order in which they are first met.
 */
enum { DEFINITIONS_MAX = 96 };

struct walk {
	const struct key_table *tables[SCHEMA_TABLES_MOST];
	size_t table_count;
	const struct shape *shapes[DEFINITIONS_MAX];
	size_t shape_count;
};

static void meet_table(struct walk *walk, const struct key_table *table);

static void meet_shape(struct walk *walk, const struct shape *shape)
{
	for (size_t i = 0; i < walk->shape_count; i++)
		if (walk->shapes[i] == shape)
			return;
	assert(walk->shape_count < DEFINITIONS_MAX);
	walk->shapes[walk->shape_count++] = shape;
	if (shape->of)
		meet_table(walk, shape->of);
}

static void meet_table(struct walk *walk, const struct key_table *table)
{
	for (size_t i = 0; i < walk->table_count; i++)
		if (walk->tables[i] == table)
			return;
	assert(walk->table_count < SCHEMA_TABLES_MOST);
	walk->tables[walk->table_count++] = table;
	for (const struct key *key = table->keys; key->name; key++)
		if (key->shape)
			meet_shape(walk, key->shape);
}

size_t schema_tables(const struct key_table *tables[SCHEMA_TABLES_MOST])
{
	struct walk walk = {0};

	meet_table(&walk, &runbook_keys);
	memcpy(tables, walk.tables, sizeof(walk.tables));
	return walk.table_count;
}

void schema_ref(struct json *json, const char *key, const char *name)
{
	if (key)
		json_key(json, key);
	json_open_map(json);
	json_schema_ref(json, name);
	json_close_map(json);
}

void schema_has(struct json *json, const char *key)
{
	json_open_map(json);
	json_key(json, "required");
	json_open_list(json);
	json_text(json, key);
	json_close_list(json);
	json_close_map(json);
}

static void write_shape(struct json *json, const struct shape *shape)
{
	if (shape->form == FORM_MAP && !shape->schema)
		return; /* its table's definition says all */
	json_key(json, shape->name);
	switch (shape->form) {
	case FORM_VALUE:
		if (!shape->words) {
			json_raw(json, str_from(shape->schema));
			return;
		}
		json_open_map(json);
		json_key(json, "enum");
		json_open_list(json);
		for (size_t i = 0; shape->words[i]; i++)
			json_text(json, shape->words[i]);
		json_close_list(json);
		break;
	case FORM_MAP:
		json_open_map(json);
		json_key(json, "anyOf");
		json_open_list(json);
		json_raw(json, str_from(shape->schema));
		schema_ref(json, NULL, shape->of->name);
		json_close_list(json);
		break;
	case FORM_LIST:
	case FORM_SOME:
		json_open_map(json);
		json_put_text(json, "type", "array");
		if (shape->form == FORM_SOME)
			json_put_int(json, "minItems", 1);
		schema_ref(json, "items", shape->of->name);
		break;
	case FORM_NAMES:
		json_open_map(json);
		json_put_text(json, "type", "object");
		schema_ref(json, "propertyNames", shape_id.name);
		schema_ref(json, "additionalProperties", shape->of->name);
		break;
	}
	json_close_map(json);
}

/* What the key means and how its value is written, in one place: editors show one description. */
static void write_key(struct json *json, const struct key *key)
{
	const char *how = key->shape->doc;
	char description[500];

	json_key(json, key->name);
	json_open_map(json);
	json_schema_ref(json, key->shape->name);
	snprintf(
	    description, sizeof(description), "%s%s%s", key->doc, how ? " " : "", how ? how : "");
	json_put_text(json, "description", description);
	json_close_map(json);
}

/* A library action is a key too; where only is read, what surely changes something is none. */
static bool stands_in(const struct key_table *table, const struct action_spec *spec)
{
	return strchr(spec->name, '.') &&
	    (table == &step_keys || spec->effect == EFFECT_READ || spec->effect_of);
}

static void write_actions(
    struct json *json, const struct key_table *table, const struct vocabulary *vocabulary)
{
	char name[100];

	for (size_t i = 0; vocabulary->actions[i]; i++) {
		const struct action_spec *spec = vocabulary->actions[i];

		if (!stands_in(table, spec))
			continue;
		snprintf(name, sizeof(name), "#/$defs/action-%s", spec->name);
		json_key(json, spec->name);
		json_open_map(json);
		json_put_text(json, "$ref", name);
		json_put_text(json, "description", spec->summary);
		json_close_map(json);
	}
}

static void write_channels(struct json *json, const struct vocabulary *vocabulary)
{
	char name[100];

	for (size_t i = 0; vocabulary->channels[i]; i++) {
		snprintf(name, sizeof(name), "channel-%s", vocabulary->channels[i]->kind);
		schema_ref(json, vocabulary->channels[i]->kind, name);
	}
}

/* The members of a table's definition: a map with these keys and no others. */
static void write_table(
    struct json *json, const struct key_table *table, const struct vocabulary *vocabulary)
{
	json_put_text(json, "type", "object");
	json_key(json, "properties");
	json_open_map(json);
	for (const struct key *key = table->keys; key->name; key++)
		if (key->shape)
			write_key(json, key);
	if (table->actions)
		write_actions(json, table, vocabulary);
	if (table->channels)
		write_channels(json, vocabulary);
	json_close_map(json);
	json_put_bool(json, "additionalProperties", false);
	if (table->alternatives) {
		json_put_int(json, "minProperties", 1);
		json_put_int(json, "maxProperties", 1);
	}
	schema_together(json, table, vocabulary);
}

static void write_required(struct json *json, const struct key_table *table)
{
	json_key(json, "required");
	json_open_list(json);
	for (const struct key *key = table->keys; key->name; key++)
		if (key->flags & KEY_REQUIRED)
			json_text(json, key->name);
	json_close_list(json);
}

/* A file with nothing but what a part may have is one, and needs no steps. */
static void write_root(struct json *json, const struct vocabulary *vocabulary)
{
	write_table(json, &runbook_keys, vocabulary);
	json_key(json, "if");
	json_open_map(json);
	json_key(json, "propertyNames");
	json_open_map(json);
	json_key(json, "enum");
	json_open_list(json);
	for (const struct key *key = part_keys.keys; key->name; key++)
		json_text(json, key->name);
	json_close_list(json);
	json_close_map(json);
	json_put_int(json, "minProperties", 1);
	json_close_map(json);
	json_key(json, "then");
	json_open_map(json);
	write_required(json, &part_keys);
	json_close_map(json);
	json_key(json, "else");
	json_open_map(json);
	write_required(json, &runbook_keys);
	json_close_map(json);
}

static void write_definitions(
    struct json *json, const struct walk *walk, const struct vocabulary *vocabulary)
{
	json_key(json, "$defs");
	json_open_map(json);
	for (size_t i = 0; i < walk->table_count; i++) {
		if (walk->tables[i] == &runbook_keys)
			continue;
		json_key(json, walk->tables[i]->name);
		json_open_map(json);
		write_table(json, walk->tables[i], vocabulary);
		write_required(json, walk->tables[i]);
		json_close_map(json);
	}
	for (size_t i = 0; i < walk->shape_count; i++)
		write_shape(json, walk->shapes[i]);
	schema_actions(json, vocabulary);
	json_close_map(json);
}

void schema_write(const struct vocabulary *vocabulary, struct buf *out)
{
	struct walk walk = {0};
	struct json json;

	meet_table(&walk, &runbook_keys);
	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_text(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_text(&json, "title", "A runbook of Reprise");
	write_root(&json, vocabulary);
	write_definitions(&json, &walk, vocabulary);
	json_close_map(&json);
	buf_byte(out, '\n');
}
