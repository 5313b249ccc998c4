/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/units.h"
#include "record/base64.h"
#include "record/codec.h"
#include "record/output_store.h"

/* What a getter needs to know. why is set by the one that fails. */
struct decoder {
	struct arena *arena;
	const struct output_store *outputs;
	json_t *object; /* the line */
	uint32_t op; /* of a `finished`: whose streams its result has */
	struct str why;
};

static bool wrong(struct decoder *decoder, const char *key, const char *what)
{
	if (!decoder->why.len)
		decoder->why = arena_printf(decoder->arena, "%s %s", key, what);
	return false;
}

static struct str copy_text(struct arena *arena, const json_t *json)
{
	return arena_str(arena, (struct str){json_string_value(json), json_string_length(json)});
}

static bool get_i64(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	if (!json_is_integer(json))
		return wrong(decoder, field->key, "is no whole number");
	*(int64_t *)at = json_integer_value(json);
	return true;
}

static bool get_u32(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	json_int_t number = json_integer_value(json);

	if (!json_is_integer(json) || number < 0 || number > (json_int_t)UINT32_MAX)
		return wrong(decoder, field->key, "is no number from 0 to 4294967295");
	*(uint32_t *)at = (uint32_t)number;
	return true;
}

static bool get_bool(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	if (!json_is_boolean(json))
		return wrong(decoder, field->key, "is neither true nor false");
	*(bool *)at = json_is_true(json);
	return true;
}

static bool get_str(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	if (!json_is_string(json))
		return wrong(decoder, field->key, "is no text");
	*(struct str *)at = copy_text(decoder->arena, json);
	return true;
}

static bool get_enum(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	struct str text = {json_string_value(json), json_string_length(json)};

	for (unsigned i = 0; json_is_string(json) && field->names[i]; i++)
		if (str_is(text, field->names[i])) {
			*(unsigned *)at = i;
			return true;
		}
	return wrong(decoder, field->key, "has a value that this version does not know");
}

static const struct value *value_of(struct decoder *decoder, const char *key, const json_t *json)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17);
	char *text = json_dumps(json, flags);
	const struct value *value = NULL;
	struct str error = {0};

	if (text)
		value = value_from_json(decoder->arena, str_from(text), &error);
	if (!value)
		wrong(decoder, key, text ? arena_cstr(decoder->arena, error) : "cannot be read");
	free(text);
	return value;
}

static bool get_value(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	const struct value *value = value_of(decoder, field->key, json);

	*(const struct value **)at = value;
	return value;
}

/* The clip of {"$stream":{…}}; false when that is not what it is. */
static bool stream_clip(struct arena *arena, const json_t *json, struct clip *ret_clip)
{
	const json_t *inner = json_object_get(json, "$stream");
	const json_t *size = json_object_get(inner, "size");
	const json_t *whole = json_object_get(inner, "whole");
	const json_t *digest = json_object_get(inner, "sha256");

	if (json_object_size(json) != 1 || !json_is_integer(size) || json_integer_value(size) < 0 ||
	    !json_is_boolean(whole) || (digest && !json_is_string(digest)))
		return false;
	*ret_clip = (struct clip){.whole = json_is_true(whole), .size = json_integer_value(size)};
	if (digest)
		ret_clip->middle_sha256 = copy_text(arena, digest);
	return true;
}

static const struct value *stream_value(struct decoder *decoder, struct str key, struct clip clip)
{
	enum output_stream stream = STREAM_STDOUT;
	struct clip *bare;

	output_stream_of_entry(key, &stream);
	if (decoder->outputs)
		return output_store_stream(
		    decoder->outputs, decoder->arena, decoder->op, stream, &clip);
	clip.whole = false;
	bare = arena_alloc(decoder->arena, sizeof(*bare));
	*bare = clip;
	return value_stream(decoder->arena, (struct str){0}, bare);
}

static bool has_streams(json_t *object)
{
	enum output_stream stream;

	for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it))
		if (json_object_get(json_object_iter_value(it), "$stream") &&
		    output_stream_of_entry(str_from(json_object_iter_key(it)), &stream))
			return true;
	return false;
}

static bool get_result(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	json_t *object = (json_t *)(uintptr_t)
	    json; /* jansson iterates only over what is not const */
	struct map_builder map;

	if (!has_streams(object))
		return get_value(decoder, field, json, at);
	map_begin(&map, decoder->arena);
	for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
		struct str key = {json_object_iter_key(it), json_object_iter_key_len(it)};
		const json_t *item = json_object_iter_value(it);
		const struct value *value;
		struct clip clip;

		if (stream_clip(decoder->arena, item, &clip))
			value = stream_value(decoder, key, clip);
		else
			value = value_of(decoder, field->key, item);
		if (!value)
			return false;
		if (str_starts(key, STR("$")))
			key = str_sub(key, 1, key.len);
		map_add_str(&map, arena_str(decoder->arena, key), value);
	}
	*(const struct value **)at = map_end(&map);
	return true;
}

static bool get_poll(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	const json_t *within = json_object_get(json, "within_us");
	const json_t *every = json_object_get(json, "every_us");
	const json_t *lasting = json_object_get(json, "for_us");

	if (!json_is_integer(within) || !json_is_integer(every) || !json_is_integer(lasting))
		return wrong(decoder, field->key, "is no {within_us, every_us, for_us}");
	*(struct poll_spec *)at = (struct poll_spec){
	    json_integer_value(within), json_integer_value(every), json_integer_value(lasting)};
	return true;
}

static bool get_verdict(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	const json_t *ok = json_object_get(json, "ok");
	const json_t *why = json_object_get(json, "why");
	const json_t *outputs = json_object_get(json, "outputs");
	struct verdict *verdict = at;

	if (!json_is_boolean(ok) || (why && !json_is_string(why)))
		return wrong(decoder, field->key, "is no verdict");
	verdict->ok = json_is_true(ok);
	verdict->abort = json_is_true(json_object_get(json, "abort"));
	verdict->retry = json_is_true(json_object_get(json, "retry"));
	if (why)
		verdict->why = copy_text(decoder->arena, why);
	if (outputs)
		verdict->outputs = value_of(decoder, field->key, outputs);
	return !outputs || verdict->outputs;
}

static bool get_bytes(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at)
{
	const json_t *digits = json_object_get(decoder->object, "base64");
	struct buf bytes;
	bool ok;

	if (json)
		return get_str(decoder, field, json, at);
	if (!json_is_string(digits))
		return wrong(decoder, field->key, "is missing");
	buf_init(&bytes, TRANSCRIPT_LINE);
	ok = base64_decode(
	    &bytes, (struct str){json_string_value(digits), json_string_length(digits)});
	if (ok)
		*(struct str *)at = arena_str(decoder->arena, buf_view(&bytes));
	buf_done(&bytes);
	return ok || wrong(decoder, "base64", "is not base64");
}

static bool (*const getters[])(
    struct decoder *decoder, const struct message_field *field, const json_t *json, void *at) = {
    [FIELD_U32] = get_u32,
    [FIELD_I64] = get_i64,
    [FIELD_BOOL] = get_bool,
    [FIELD_STR] = get_str,
    [FIELD_ENUM] = get_enum,
    [FIELD_VALUE] = get_value,
    [FIELD_RESULT] = get_result,
    [FIELD_POLL] = get_poll,
    [FIELD_VERDICT] = get_verdict,
    [FIELD_BYTES] = get_bytes,
};

static bool get_fields(struct decoder *decoder, struct message *message)
{
	const struct message_field *field = message_fields(message->type);

	for (; field->key; field++) {
		const json_t *json = json_object_get(decoder->object, field->key);
		void *at = (char *)message + field->offset;

		if (!json && field->kind != FIELD_BYTES) {
			if (field->always)
				return wrong(decoder, field->key, "is missing");
			continue;
		}
		if (!getters[field->kind](decoder, field, json, at))
			return false;
		if (message->type == MESSAGE_FINISHED)
			decoder->op = message->finished
					  .op; /* `op` stands before `result` in the table */
	}
	return true;
}

static bool get_envelope(struct decoder *decoder, struct line *line)
{
	static const struct message_field seq = {.key = "seq"}, at = {.key = "at"},
					  t = {.key = "t_us"}, type = {.key = "type"},
					  prev = {.key = "prev"};
	const json_t *object = decoder->object;
	const json_t *time = json_object_get(object, at.key);
	struct message *message = &line->message;
	struct str text = {0};

	if (!get_i64(decoder, &seq, json_object_get(object, seq.key), &message->seq) ||
	    !get_str(decoder, &type, json_object_get(object, type.key), &line->type) ||
	    !get_str(decoder, &prev, json_object_get(object, prev.key), &line->prev))
		return false;
	if (!digest_is(line->prev))
		return wrong(decoder, prev.key, "is no SHA-256");
	line->class = CLASS_OUT;
	message->type = MESSAGE_TYPES;
	for (unsigned i = 0; i < MESSAGE_TYPES; i++)
		if (str_is(line->type, message_name((enum message_type)i)))
			message->type = (enum message_type)i;
	if (message->type == MESSAGE_SEAL)
		return true;
	if (!get_i64(decoder, &t, json_object_get(object, t.key), &message->t_us) ||
	    !get_str(decoder, &at, time, &text))
		return false;
	return (str_ends(text, STR("Z")) && units_time(text, &message->at_us)) ||
	    wrong(decoder, at.key, "is no time in UTC");
}

/* A type of a later version tells what class it is of. */
static void get_unknown(struct decoder *decoder, struct line *line)
{
	const json_t *role = json_object_get(decoder->object, "role");
	struct str text = {json_string_value(role), json_string_length(role)};

	for (unsigned i = 0; json_is_string(role) && message_class_names[i]; i++)
		if (str_is(text, message_class_names[i]))
			line->class = (enum message_class)i;
	line->why = arena_printf(
	    decoder->arena, "the type \"%.*s\" is not known to this version", STR_ARG(line->type));
}

bool message_decode(struct arena *arena, struct str text, const struct output_store *outputs,
    struct line *ret_line, struct str *ret_why)
{
	struct decoder decoder = {.arena = arena, .outputs = outputs};
	struct line line = {0};
	json_error_t error;
	bool ok;

	decoder.object = json_loadb(
	    text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!json_is_object(decoder.object)) {
		*ret_why = STR("it is no JSON object");
		json_decref(decoder.object);
		return false;
	}
	ok = get_envelope(&decoder, &line);
	if (!ok) {
		*ret_why = decoder.why;
	} else if (line.message.type == MESSAGE_TYPES) {
		get_unknown(&decoder, &line);
	} else {
		line.class = message_class(line.message.type);
		line.known = get_fields(&decoder, &line.message);
		line.why = decoder.why;
	}
	json_decref(decoder.object);
	if (ok)
		*ret_line = line;
	return ok;
}
