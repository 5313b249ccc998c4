/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lang/bind.h"
#include "lang/schema_parts.h"

/* What a value of a kind is when it stands as a constant, by enum param_kind. */
static const char *const constants[] = {
    [PARAM_STRING] = JSON({"$ref" : "#/$defs/text"}),
    [PARAM_INT] = JSON({"type" : "integer"}),
    [PARAM_FLOAT] = JSON({"type" : "number"}),
    [PARAM_BOOL] = JSON({"type" : "boolean"}),
    [PARAM_DURATION] = JSON({"$ref" : "#/$defs/duration"}),
    [PARAM_SIZE] = JSON({"$ref" : "#/$defs/size"}),
    [PARAM_PATH] = JSON({"$ref" : "#/$defs/text"}),
    [PARAM_LIST] = JSON({"type" : "array"}),
    [PARAM_MAP] = JSON({"type" : "object"}),
};

static const char size_schema[] = JSON({
	"description" : "A number of bytes: 512, 64KiB, 8GiB, 10MB.",
	"anyOf" : [
		{"type" : "number", "minimum" : 0}, {
			"type" : "string",
			"pattern" : "^([0-9]+\\.?[0-9]*|\\.[0-9]+)(B|[KMGT]iB|[KkMGT]B)?$"
		}
	]
});

/* A template gives at run time what nobody can know here. */
static const char templated_schema[] = JSON({"type" : "string", "pattern" : "\\$\\{\\{"});

static void write_choices(struct json *json, const char *const *choices)
{
	json_open_map(json);
	json_key(json, "enum");
	json_open_list(json);
	for (size_t i = 0; choices[i]; i++)
		json_text(json, choices[i]);
	json_close_list(json);
	json_close_map(json);
}

static void write_connection_value(struct json *json, const struct param *param)
{
	char name[100];

	schema_ref(json, NULL, shape_id.name);
	if (!param->connection)
		return;
	snprintf(name, sizeof(name), "connection-%s", param->connection);
	schema_ref(json, NULL, name);
}

/* What a runbook may write for a parameter; its description and preset beside it. */
static void write_param_value(struct json *json, const struct param *param)
{
	json_open_map(json);
	json_put_text(json, "description", param->doc);
	if (param->preset) {
		json_key(json, "default");
		if (param->kind == PARAM_INT || param->kind == PARAM_BOOL ||
		    param->kind == PARAM_FLOAT)
			json_raw(json, str_from(param->preset));
		else
			json_text(json, param->preset);
	}
	if (param->kind != PARAM_ANY) {
		json_key(json, "anyOf");
		json_open_list(json);
		if (param->choices)
			write_choices(json, param->choices);
		else if (param->kind == PARAM_CONNECTION)
			write_connection_value(json, param);
		else if (param->kind == PARAM_CONTACTS)
			schema_ref(json, NULL, "contact-names");
		else
			json_raw(json, str_from(constants[param->kind]));
		if (param->kind != PARAM_CONNECTION && param->kind != PARAM_CONTACTS)
			schema_ref(json, NULL, "templated");
		json_close_list(json);
	}
	json_close_map(json);
}

static void write_params_map(struct json *json, const struct param *params)
{
	json_open_map(json);
	json_put_text(json, "type", "object");
	json_key(json, "properties");
	json_open_map(json);
	for (const struct param *param = params; param->name; param++) {
		json_key(json, param->name);
		write_param_value(json, param);
	}
	json_close_map(json);
	json_key(json, "required");
	json_open_list(json);
	for (const struct param *param = params; param->name; param++)
		if (param->flags & PARAM_REQUIRED)
			json_text(json, param->name);
	json_close_list(json);
	json_put_bool(json, "additionalProperties", false);
	json_close_map(json);
}

/* A map of parameters; the principal one bare, or nothing at all, where no other is required. */
static void write_params(struct json *json, const char *prefix, const char *of, const char *summary,
    const struct param *params)
{
	const struct param *bare = NULL;
	size_t required = 0;
	char name[100];

	for (const struct param *param = params; param->name; param++) {
		required += (param->flags & PARAM_REQUIRED) != 0;
		if (param->flags & PARAM_PRINCIPAL)
			bare = param;
	}
	snprintf(name, sizeof(name), "%s-%s", prefix, of);
	json_key(json, name);
	json_open_map(json);
	json_put_text(json, "description", summary);
	json_key(json, "anyOf");
	json_open_list(json);
	write_params_map(json, params);
	if (bare && required == ((bare->flags & PARAM_REQUIRED) != 0))
		write_param_value(json, bare);
	if (!required)
		json_raw(json, STR("{\"type\":\"null\"}"));
	json_close_list(json);
	json_close_map(json);
}

/* What stands under `connections`: one kind, and whether its actions share a session. */
static void write_connection(struct json *json, const struct connection_spec *const *specs)
{
	char name[100];

	json_key(json, "connection");
	json_open_map(json);
	json_put_text(json, "type", "object");
	json_key(json, "properties");
	json_open_map(json);
	json_key(json, "session");
	json_raw(json, str_from(JSON({
		"type" : "boolean",
		"description" : "Whether the actions that name it share one session, in order."
	})));
	for (size_t i = 0; specs[i]; i++) {
		snprintf(name, sizeof(name), "connection-%s", specs[i]->kind);
		schema_ref(json, specs[i]->kind, name);
	}
	json_close_map(json);
	json_put_bool(json, "additionalProperties", false);
	json_key(json, "oneOf");
	json_open_list(json);
	for (size_t i = 0; specs[i]; i++)
		schema_has(json, specs[i]->kind);
	json_close_list(json);
	json_key(json, "if");
	json_raw(json,
	    str_from(
		JSON({"properties" : {"session" : {"const" : true}}, "required" : ["session"]})));
	json_key(json, "then");
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
	for (size_t i = 0; specs[i]; i++)
		if (!specs[i]->sessions)
			json_put_bool(json, specs[i]->kind, false);
	json_close_map(json);
	json_close_map(json);
	json_close_map(json);
}

void schema_actions(struct json *json, const struct vocabulary *vocabulary)
{
	json_key(json, "size");
	json_raw(json, str_from(size_schema));
	json_key(json, "templated");
	json_raw(json, str_from(templated_schema));
	for (size_t i = 0; vocabulary->actions[i]; i++) {
		const struct action_spec *spec = vocabulary->actions[i];

		if (strchr(spec->name, '.'))
			write_params(json, "action", spec->name, spec->summary, spec->params);
	}
	for (size_t i = 0; vocabulary->connections[i]; i++) {
		const struct connection_spec *spec = vocabulary->connections[i];

		write_params(json, "connection", spec->kind, spec->summary, spec->params);
	}
	for (size_t i = 0; vocabulary->channels[i]; i++) {
		const struct connection_spec *spec = vocabulary->channels[i];

		write_params(json, "channel", spec->kind, spec->summary, spec->params);
	}
	write_connection(json, vocabulary->connections);
}

/* {"if": {KEY is WORD}, "then": {"properties": …}}, the last one left open for the caller. */
static void open_case(struct json *json, const char *key, const char *word)
{
	json_open_map(json);
	json_key(json, "if");
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
	json_key(json, key);
	json_open_map(json);
	json_put_text(json, "const", word);
	json_close_map(json);
	json_close_map(json);
	json_key(json, "required");
	json_open_list(json);
	json_text(json, key);
	json_close_list(json);
	json_close_map(json);
	json_key(json, "then");
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
}

static void close_case(struct json *json)
{
	json_close_map(json);
	json_close_map(json);
	json_close_map(json);
}

/* The items of a list, the values of a map. */
static void write_items(struct json *json, const char *schema)
{
	json_open_map(json);
	json_key(json, "items");
	json_raw(json, str_from(schema));
	json_key(json, "additionalProperties");
	json_raw(json, str_from(schema));
	json_close_map(json);
}

void schema_declaration(struct json *json)
{
	json_key(json, "allOf");
	json_open_list(json);
	for (int kind = 0; kind <= PARAM_MAP; kind++) {
		bool collection = kind == PARAM_LIST || kind == PARAM_MAP;

		open_case(json, "type", param_kind_name((enum param_kind)kind));
		json_key(json, "default");
		json_raw(json, str_from(constants[kind]));
		json_key(json, "enum");
		write_items(json, constants[kind]);
		if (!collection)
			json_put_bool(json, "of", false);
		if (kind != PARAM_STRING && kind != PARAM_PATH)
			json_put_bool(json, "pattern", false);
		close_case(json);
		open_case(json, "of", param_kind_name((enum param_kind)kind));
		json_key(json, "default");
		write_items(json, constants[kind]);
		close_case(json);
	}
	json_close_list(json);
}
