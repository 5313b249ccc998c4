/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lang/schema_parts.h"

/* Which keys of a map go together: what is said of it key by key, as the checker says it of a map as a whole. */

struct together {
	struct json *json;
	const struct key_table *table;
	const struct vocabulary *vocabulary;
};

static bool is_library(const struct action_spec *spec)
{
	return strchr(spec->name, '.') != NULL;
}

static bool has_actions(const struct key_table *table)
{
	for (const struct key *key = table->keys; key->name; key++)
		if (key->flags & KEY_ACTION)
			return true;
	return false;
}

/* "KEY": false for each key that does not go with what is done. */
static void forbid(const struct together *together, unsigned goes)
{
	json_key(together->json, "properties");
	json_open_map(together->json);
	for (const struct key *key = together->table->keys; key->name; key++)
		if (key->shape && key->goes && !(key->flags & KEY_ACTION) && !(key->goes & goes))
			json_put_bool(together->json, key->name, false);
	json_close_map(together->json);
}

/* Of each action, what may stand beside it. */
static void beside_actions(const struct together *together)
{
	struct json *json = together->json;

	for (const struct key *key = together->table->keys; key->name; key++) {
		if (!(key->flags & KEY_ACTION))
			continue;
		json_key(json, key->name);
		json_open_map(json);
		forbid(together, key->goes);
		json_close_map(json);
	}
	for (size_t i = 0; together->table->actions && together->vocabulary->actions[i]; i++) {
		const struct action_spec *spec = together->vocabulary->actions[i];

		if (!is_library(spec))
			continue;
		json_key(json, spec->name);
		json_open_map(json);
		forbid(together, GOES_LIBRARY);
		if (spec->effect != EFFECT_READ && !spec->effect_of) {
			json_key(json, "not");
			json_raw(json, str_from(JSON({
				"properties" : {"effect" : {"const" : "read"}},
				"required" : ["effect"]
			})));
		}
		json_close_map(json);
	}
}

/* What a key needs, where something else will do in its place; NULL: no such thing. */
static const struct key_pair *proxied_companion(const struct key_table *table, const char *key)
{
	for (const struct key_pair *pair = table->companions; pair && pair->key; pair++)
		if (strcmp(pair->key, key) == 0 && keys_proxy(table, pair->other))
			return pair;
	return NULL;
}

/* What one key asks of others: one of two of them (`needs`, or NULL), and its rivals not at all. */
static void beside_key(
    const struct together *together, const char *key, const struct key_pair *needs)
{
	struct json *json = together->json;
	const struct key_table *table = together->table;
	bool rivals = false;

	json_key(json, key);
	json_open_map(json);
	if (needs) {
		json_key(json, "anyOf");
		json_open_list(json);
		schema_has(json, needs->other);
		schema_has(json, keys_proxy(table, needs->other));
		json_close_list(json);
	}
	for (const struct key_pair *pair = table->rivals; pair && pair->key; pair++) {
		if (strcmp(pair->key, key) != 0)
			continue;
		if (!rivals) {
			json_key(json, "properties");
			json_open_map(json);
		}
		rivals = true;
		json_put_bool(json, pair->other, false);
	}
	if (rivals)
		json_close_map(json);
	json_close_map(json);
}

/* Rules that a pair of keys cannot say. */
static void beside_keys(const struct together *together)
{
	struct json *json = together->json;
	const struct key_table *table = together->table;

	if (keys_find(table, STR("shell"))) {
		json_key(json, "shell");
		json_raw(
		    json, str_from(JSON({"properties" : {"run" : {"not" : {"type" : "array"}}}})));
	}
	if (table == &check_keys)
		json_put_bool(json, "stdout", false);
	if (table == &step_keys) {
		json_key(json, "stdout");
		json_raw(json, str_from(JSON({
			"not" : {
				"properties" : {"effect" : {"const" : "read"}},
				"required" : ["effect"]
			}
		})));
	}
	if (keys_find(table, STR("within")) && keys_find(table, STR("effect"))) {
		json_key(json, "within");
		json_raw(json, str_from(JSON({
			"if" : {"anyOf" : [ {"required" : ["run"]}, {"required" : ["pipe"]} ]},
			"then" : {
				"required" : ["effect"],
				"properties" : {"effect" : {"const" : "read"}}
			},
			"else" : {"properties" : {"effect" : {"const" : "read"}}}
		})));
	}
	for (const struct key_pair *pair = table->companions; pair && pair->key; pair++)
		if (keys_proxy(table, pair->other))
			beside_key(together, pair->key, pair);
	for (const struct key_pair *pair = table->rivals; pair && pair->key; pair++)
		if (!proxied_companion(table, pair->key))
			beside_key(together, pair->key, NULL);
}

/* {"required": [KEY]} for each action, and for each key with one of the flags. */
static void list_actions(const struct together *together, unsigned flags)
{
	for (const struct key *key = together->table->keys; key->name; key++)
		if (key->flags & (KEY_ACTION | flags))
			schema_has(together->json, key->name);
	for (size_t i = 0; together->table->actions && together->vocabulary->actions[i]; i++)
		if (is_library(together->vocabulary->actions[i]))
			schema_has(together->json, together->vocabulary->actions[i]->name);
}

/* One action at most; without one, only what goes with none. */
static void one_action(const struct together *together)
{
	struct json *json = together->json;

	json_key(json, "oneOf");
	json_open_list(json);
	list_actions(together, 0);
	json_open_map(json);
	json_key(json, "not");
	json_open_map(json);
	json_key(json, "anyOf");
	json_open_list(json);
	list_actions(together, 0);
	json_close_list(json);
	json_close_map(json);
	forbid(together, GOES_NOTHING);
	json_close_map(json);
	json_close_list(json);
	json_key(json, "anyOf");
	json_open_list(json);
	list_actions(together, KEY_ENOUGH);
	json_close_list(json);
}

/* A contact is told in one way. */
static void one_channel(struct json *json, const struct vocabulary *vocabulary)
{
	json_key(json, "oneOf");
	json_open_list(json);
	schema_has(json, "person");
	for (size_t i = 0; vocabulary->channels[i]; i++)
		schema_has(json, vocabulary->channels[i]->kind);
	json_close_list(json);
}

void schema_together(
    struct json *json, const struct key_table *table, const struct vocabulary *vocabulary)
{
	struct together together = {json, table, vocabulary};

	if (table == &param_keys || table == &input_keys)
		schema_declaration(json);
	if (table->channels)
		one_channel(json, vocabulary);
	if (table->companions) {
		json_key(json, "dependentRequired");
		json_open_map(json);
		for (const struct key_pair *pair = table->companions; pair->key; pair++) {
			if (keys_proxy(table, pair->other))
				continue;
			json_key(json, pair->key);
			json_open_list(json);
			json_text(json, pair->other);
			json_close_list(json);
		}
		json_close_map(json);
	}
	if (!has_actions(table))
		return;
	json_key(json, "dependentSchemas");
	json_open_map(json);
	beside_actions(&together);
	beside_keys(&together);
	json_close_map(json);
	one_action(&together);
}
