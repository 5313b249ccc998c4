/* SPDX-License-Identifier: Apache-2.0 */
#include "record/transcript_schema.h"

#include "base/json_schema.h"
#include "lang/keys.h"
#include "record/codec.h"

/* What does not depend on a table: kinds of keys, and values with their tags. */
static const struct {
	const char *name;
	const char *schema;
} kinds[] = {
    {"int", JSON({
	     "type" : "integer",
	     "minimum" : -9223372036854775808,
	     "maximum" : 9223372036854775807
     })},
    {"count", JSON({"$ref" : "#/$defs/int", "minimum" : 0})},
    {"u32", JSON({"type" : "integer", "minimum" : 0, "maximum" : 4294967295})},
    {"digest", JSON({"type" : "string", "pattern" : "^[0-9a-f]{64}$"})},
    {"time", JSON({
	     "type" : "string",
	     "pattern" : "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$"
     })},
    {"base64", JSON({
	     "type" : "string",
	     "pattern" : "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
     })},
    {"poll", JSON({
	     "type" : "object",
	     "properties" : {
		     "within_us" : {"$ref" : "#/$defs/int"},
		     "every_us" : {"$ref" : "#/$defs/int"},
		     "for_us" : {"$ref" : "#/$defs/int"}
	     },
	     "required" : [ "within_us", "every_us", "for_us" ]
     })},
    {"verdict", JSON({
	     "type" : "object",
	     "properties" : {
		     "ok" : {"type" : "boolean"},
		     "abort" : {"const" : true},
		     "retry" : {"const" : true},
		     "why" : {"type" : "string", "minLength" : 1},
		     "outputs" : {"$ref" : "#/$defs/value"}
	     },
	     "required" : ["ok"]
     })},
    {"value", JSON({
	     "if" : {"type" : "object"},
	     "then" : {
		     "if" : {"$ref" : "#/$defs/is-tag"},
		     "then" : {"$ref" : "#/$defs/tag"},
		     "else" : {"additionalProperties" : {"$ref" : "#/$defs/value"}}
	     },
	     "else" : {
		     "type" : [ "null", "boolean", "number", "string", "array" ],
		     "items" : {"$ref" : "#/$defs/value"}
	     }
     })},
    {"is-tag", JSON({
	     "minProperties" : 1,
	     "maxProperties" : 1,
	     "propertyNames" : {"pattern" : "^\\$([^$]|$)"}
     })},
    {"tag", JSON({
	     "properties" : {
		     "$duration" : {"type" : "string"},
		     "$timestamp" : {"type" : "string"},
		     "$double" : {"enum" : [ "NaN", "Infinity", "-Infinity" ]},
		     "$secret" : {"type" : "string"},
		     "$clip" : {"$ref" : "#/$defs/clip"},
		     "$map" : {"type" : "array", "items" : {"$ref" : "#/$defs/pair"}},
		     "$type" : {"type" : "string"},
		     "$unknown" : {"type" : "array", "items" : {"$ref" : "#/$defs/u32"}},
		     "$error" : {"type" : "string"},
		     "$object" : {"type" : "string", "pattern" : "^.+ [0-9]+$"}
	     },
	     "additionalProperties" : false
     })},
    {"clip", JSON({
	     "type" : "object",
	     "properties" : {
		     "head" : {"type" : "string"},
		     "tail" : {"type" : "string"},
		     "size" : {"$ref" : "#/$defs/count"},
		     "sha256" : {"type" : "string"}
	     },
	     "required" : [ "head", "tail", "size", "sha256" ],
	     "additionalProperties" : false
     })},
    {"pair", JSON({
	     "type" : "array",
	     "prefixItems" :
		 [ {"type" : [ "string", "integer", "boolean" ]}, {"$ref" : "#/$defs/value"} ],
	     "minItems" : 2,
	     "items" : false
     })},
    {"stream", JSON({
	     "type" : "object",
	     "properties" : {
		     "$stream" : {
			     "type" : "object",
			     "properties" : {
				     "size" : {"$ref" : "#/$defs/count"},
				     "whole" : {"type" : "boolean"},
				     "sha256" : {"$ref" : "#/$defs/digest"}
			     },
			     "required" : [ "size", "whole" ]
		     }
	     },
	     "required" : ["$stream"],
	     "maxProperties" : 1
     })},
    {"stream-or-value", JSON({
	     "if" : {"type" : "object", "required" : ["$stream"]},
	     "then" : {"$ref" : "#/$defs/stream"},
	     "else" : {"$ref" : "#/$defs/value"}
     })},
};

/* A result: as a value, but entries of these names may stand in `output` lines. */
void transcript_schema_result(struct json *json)
{
	static const char *const entries[] = {"stdout", "stderr", "content"};

	json_key(json, "if");
	json_raw(json, STR(JSON({"type" : "object", "not" : {"$ref" : "#/$defs/is-tag"}})));
	json_key(json, "then");
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		json_key(json, entries[i]);
		json_open_map(json);
		json_schema_ref(json, "stream-or-value");
		json_close_map(json);
	}
	json_close_map(json);
	json_key(json, "additionalProperties");
	json_open_map(json);
	json_schema_ref(json, "value");
	json_close_map(json);
	json_close_map(json);
	json_key(json, "else");
	json_open_map(json);
	json_schema_ref(json, "value");
	json_close_map(json);
}

/* What may stand under a key; one that is not always there is left out when it would be empty, zero or false. */
static void put_field(struct json *json, const struct message_field *field)
{
	json_key(json, field->key);
	json_open_map(json);
	switch (field->kind) {
	case FIELD_U32:
	case FIELD_I64:
		json_schema_ref(json, field->kind == FIELD_U32 ? "u32" : "int");
		if (!field->always) {
			json_key(json, "not");
			json_raw(json, STR(JSON({"const" : 0})));
		}
		break;
	case FIELD_BOOL:
		if (field->always)
			json_put_text(json, "type", "boolean");
		else
			json_put_bool(json, "const", true);
		break;
	case FIELD_STR:
		json_put_text(json, "type", "string");
		if (!field->always)
			json_put_int(json, "minLength", 1);
		break;
	case FIELD_ENUM:
		json_schema_words(json, field->names);
		break;
	case FIELD_VALUE:
		json_schema_ref(json, "value");
		break;
	case FIELD_RESULT:
		transcript_schema_result(json);
		break;
	case FIELD_POLL:
		json_schema_ref(json, "poll");
		break;
	case FIELD_VERDICT:
		json_schema_ref(json, "verdict");
		break;
	case FIELD_BYTES:
		json_put_text(json, "type", "string");
		json_close_map(json);
		json_key(json, "base64");
		json_open_map(json);
		json_schema_ref(json, "base64");
		break;
	}
	json_close_map(json);
}

static void put_required(struct json *json, const struct message_field *fields)
{
	json_key(json, "required");
	json_open_list(json);
	for (const struct message_field *field = fields; field->key; field++)
		if (field->always && field->kind != FIELD_BYTES)
			json_text(json, field->key);
	json_close_list(json);
}

/* Bytes stand under their own key or under base64, never under both. */
static void put_bytes(struct json *json, const struct message_field *fields)
{
	for (const struct message_field *field = fields; field->key; field++) {
		if (field->kind != FIELD_BYTES)
			continue;
		json_key(json, "oneOf");
		json_open_list(json);
		json_open_map(json);
		json_key(json, "required");
		json_open_list(json);
		json_text(json, field->key);
		json_close_list(json);
		json_close_map(json);
		json_raw(json, STR(JSON({"required" : ["base64"]})));
		json_close_list(json);
	}
}

/* What the tables do not say of a type: the format is this one, and of a seal every byte is determined. */
static const char *const more_of[MESSAGE_TYPES] = {
    [MESSAGE_RUN_STARTED] = JSON([ {"properties" : {"format" : {"const" : 1}}} ]),
    [MESSAGE_SEAL] = JSON(
	[ {"propertyNames" : {"enum" : [ "seq", "type", "prev", "signature" ]}} ]),
};

/* The definition of a type: its own keys. */
static void put_type(struct json *json, enum message_type type)
{
	const struct message_field *fields = message_fields(type);

	json_key(json, message_name(type));
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
	for (const struct message_field *field = fields; field->key; field++)
		put_field(json, field);
	json_close_map(json);
	put_required(json, fields);
	put_bytes(json, fields);
	if (more_of[type]) {
		json_key(json, "allOf");
		json_raw(json, str_from(more_of[type]));
	}
	json_close_map(json);
}

/* {"if": the line is of this type, "then": its definition}. */
static void put_case(struct json *json, enum message_type type)
{
	json_open_map(json);
	json_key(json, "if");
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
	json_key(json, "type");
	json_open_map(json);
	json_put_text(json, "const", message_name(type));
	json_close_map(json);
	json_close_map(json);
	json_close_map(json);
	json_key(json, "then");
	json_open_map(json);
	json_schema_ref(json, message_name(type));
	json_close_map(json);
	json_close_map(json);
}

/* What a type of a later version carries, so that readers know what they skip. */
static void put_later_types(struct json *json)
{
	json_open_map(json);
	json_key(json, "if");
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
	json_key(json, "type");
	json_open_map(json);
	json_key(json, "enum");
	json_open_list(json);
	for (unsigned i = 0; i < MESSAGE_TYPES; i++)
		json_text(json, message_name((enum message_type)i));
	json_close_list(json);
	json_close_map(json);
	json_close_map(json);
	json_close_map(json);
	json_key(json, "else");
	json_open_map(json);
	json_key(json, "properties");
	json_open_map(json);
	json_key(json, "role");
	json_open_map(json);
	json_schema_words(json, message_class_names);
	json_close_map(json);
	json_close_map(json);
	json_key(json, "required");
	json_raw(json, STR(JSON(["role"])));
	json_close_map(json);
	json_close_map(json);
}

/* The keys that every line has; a seal has no time. */
static void put_envelope(struct json *json)
{
	json_put_text(json, "type", "object");
	json_key(json, "properties");
	json_raw(json, STR(JSON({
		"seq" : {"$ref" : "#/$defs/count"},
		"type" : {"type" : "string"},
		"prev" : {"$ref" : "#/$defs/digest"}
	})));
	json_key(json, "required");
	json_raw(json, STR(JSON([ "seq", "type", "prev" ])));
	json_key(json, "if");
	json_raw(json, STR(JSON({"properties" : {"type" : {"const" : "seal"}}})));
	json_key(json, "else");
	json_raw(json, STR(JSON({
		"properties" :
		    {"at" : {"$ref" : "#/$defs/time"}, "t_us" : {"$ref" : "#/$defs/count"}},
		"required" : [ "at", "t_us" ]
	})));
}

void transcript_schema_kinds(struct json *json)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		json_key(json, kinds[i].name);
		json_raw(json, str_from(kinds[i].schema));
	}
}

void transcript_schema_write(struct buf *out)
{
	struct json json;

	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_text(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_text(&json, "title", "A line of a transcript of Reprise, format 1");
	json_put_text(&json, "description",
	    "Each line of the file is one instance. Keys that are not named here, and types that "
	    "are "
	    "not but have a role, may come with later versions; a line with a value or a tag that "
	    "is "
	    "not named here counts in the chain and is not understood.");
	put_envelope(&json);
	json_key(&json, "allOf");
	json_open_list(&json);
	for (unsigned i = 0; i < MESSAGE_TYPES; i++)
		put_case(&json, (enum message_type)i);
	put_later_types(&json);
	json_close_list(&json);
	json_key(&json, "$defs");
	json_open_map(&json);
	for (unsigned i = 0; i < MESSAGE_TYPES; i++)
		put_type(&json, (enum message_type)i);
	transcript_schema_kinds(&json);
	json_close_map(&json);
	json_close_map(&json);
	buf_byte(out, '\n');
}
