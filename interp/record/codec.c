/* SPDX-License-Identifier: Apache-2.0 */
#include "record/codec.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "record/base64.h"

const char transcript_origin[DIGEST_HEX + 1] =
    "0000000000000000000000000000000000000000000000000000000000000000";

enum { DAY_S = 86400 };

/* `digits` digits of a number that fits them. */
static void put_digits(char *to, int64_t number, size_t digits)
{
	while (digits--) {
		to[digits] = (char)('0' + number % 10);
		number /= 10;
	}
}

/*
 * "2026-11-22T03:04:05.123456Z": every line has one, so no printf. The civil calendar is counted in years that begin
 * in March and eras of 400 years, where a leap day is the last day of its year.
 */
static void put_time(struct json *json, int64_t us)
{
	char text[] = "\"0000-00-00T00:00:00.000000Z\"";
	int64_t seconds = us / 1000000 - (us % 1000000 < 0);
	int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
	int64_t of_day = seconds - days * DAY_S;
	int64_t from_march = days + 719468; /* days since the first of March of the year 0 */
	int64_t era = (from_march < 0 ? from_march - 146096 : from_march) / 146097;
	int64_t of_era = from_march - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153; /* from March */
	int64_t day = of_year - (153 * month + 2) / 5 + 1;

	year += era * 400 + (month >= 10);
	assert(year >= 0 && year <= 9999);
	put_digits(text + 1, year, 4);
	put_digits(text + 6, month < 10 ? month + 3 : month - 9, 2);
	put_digits(text + 9, day, 2);
	put_digits(text + 12, of_day / 3600, 2);
	put_digits(text + 15, of_day / 60 % 60, 2);
	put_digits(text + 18, of_day % 60, 2);
	put_digits(text + 21, us - seconds * 1000000, 6);
	json_raw(json, (struct str){text, sizeof(text) - 1});
}

static void put_poll(struct json *json, const struct message_field *field, const void *at)
{
	const struct poll_spec *poll = at;

	if (!field->always && !poll->within_us && !poll->every_us && !poll->for_us)
		return;
	json_key(json, field->key);
	json_open_map(json);
	json_put_int(json, "within_us", poll->within_us);
	json_put_int(json, "every_us", poll->every_us);
	json_put_int(json, "for_us", poll->for_us);
	json_close_map(json);
}

static void put_verdict(struct json *json, const struct message_field *field, const void *at)
{
	const struct verdict *verdict = at;

	json_key(json, field->key);
	json_open_map(json);
	json_put_bool(json, "ok", verdict->ok);
	if (verdict->abort)
		json_put_bool(json, "abort", true);
	if (verdict->retry)
		json_put_bool(json, "retry", true);
	if (verdict->why.len)
		json_put_str(json, "why", verdict->why);
	if (verdict->outputs) {
		json_key(json, "outputs");
		value_to_json(json, verdict->outputs);
	}
	json_close_map(json);
}

/* An entry of a result whose text stands in `output` lines already. */
static bool is_stream(const struct value_entry *entry)
{
	enum output_stream stream;

	return entry->value->type == VALUE_STRING && entry->value->string.clip &&
	    output_stream_of_entry(value_text(entry->key), &stream);
}

static void put_stream(struct json *json, const struct clip *clip)
{
	json_open_map(json);
	json_key(json, "$stream");
	json_open_map(json);
	json_put_int(json, "size", clip->size);
	json_put_bool(json, "whole", clip->whole);
	if (!clip->whole && clip->middle_sha256.len)
		json_put_str(json, "sha256", clip->middle_sha256);
	json_close_map(json);
	json_close_map(json);
}

/* An entry as value_to_json() would write it: as a map of its own, without the brackets. */
static void put_entry(struct json *json, const struct value_entry *entry)
{
	struct buf text;
	struct json alone;
	struct value map = {.type = VALUE_MAP, .map = {.entries = entry, .count = 1}};

	buf_init(&text, json->out->max);
	json_init(&alone, &text);
	value_to_json(&alone, &map);
	if (text.full)
		json->out->full = true;
	else
		json_raw(json, str_sub(buf_view(&text), 1, text.len - 2));
	buf_done(&text);
}

static void put_result(struct json *json, const struct value *result)
{
	size_t streams = 0;
	bool texts = true;

	for (size_t i = 0; result->type == VALUE_MAP && i < result->map.count; i++) {
		streams += is_stream(&result->map.entries[i]);
		texts = texts && result->map.entries[i].key->type == VALUE_STRING;
	}
	if (!streams || !texts) {
		value_to_json(json, result);
		return;
	}
	json_open_map(json);
	for (size_t i = 0; i < result->map.count; i++) {
		const struct value_entry *entry = &result->map.entries[i];

		if (is_stream(entry)) {
			json_key_str(json, entry->key->string.text);
			put_stream(json, entry->value->string.clip);
		} else {
			put_entry(json, entry);
		}
	}
	json_close_map(json);
}

static void put_value(struct json *json, const struct message_field *field, const void *at)
{
	const struct value *value = *(const struct value *const *)at;

	if (!value && !field->always)
		return;
	json_key(json, field->key);
	if (!value)
		json_nothing(json);
	else if (field->kind == FIELD_RESULT)
		put_result(json, value);
	else
		value_to_json(json, value);
}

static void put_bytes(struct json *json, const struct message_field *field, const void *at)
{
	const struct str *bytes = at;

	if (utf8_valid(*bytes)) {
		json_put_str(json, field->key, *bytes);
		return;
	}
	json_key(json, "base64");
	json_raw(json, STR("\""));
	base64_encode(json->out, *bytes);
	buf_byte(json->out, '"');
}

static void put_str(struct json *json, const struct message_field *field, const void *at)
{
	const struct str *text = at;

	if (text->len || field->always)
		json_put_str(json, field->key, *text);
}

static void put_i64(struct json *json, const struct message_field *field, const void *at)
{
	int64_t number = *(const int64_t *)at;

	if (number || field->always)
		json_put_int(json, field->key, number);
}

static void put_u32(struct json *json, const struct message_field *field, const void *at)
{
	uint32_t number = *(const uint32_t *)at;

	if (number || field->always)
		json_put_int(json, field->key, number);
}

static void put_bool(struct json *json, const struct message_field *field, const void *at)
{
	bool flag = *(const bool *)at;

	if (flag || field->always)
		json_put_bool(json, field->key, flag);
}

static void put_enum(struct json *json, const struct message_field *field, const void *at)
{
	unsigned value = *(const unsigned *)at;
	size_t count = 0;

	while (field->names[count])
		count++;
	assert(value < count);
	json_put_text(json, field->key, field->names[value]);
}

static void (*const putters[])(
    struct json *json, const struct message_field *field, const void *at) = {
    [FIELD_U32] = put_u32,
    [FIELD_I64] = put_i64,
    [FIELD_BOOL] = put_bool,
    [FIELD_STR] = put_str,
    [FIELD_ENUM] = put_enum,
    [FIELD_VALUE] = put_value,
    [FIELD_RESULT] = put_value,
    [FIELD_POLL] = put_poll,
    [FIELD_VERDICT] = put_verdict,
    [FIELD_BYTES] = put_bytes,
};

bool message_encode(const struct message *message, const char *prev, struct buf *out)
{
	const struct message_field *field = message_fields(message->type);
	const size_t start = out->len;
	const bool was_full = out->full;
	struct json json;

	json_init(&json, out);
	json_open_map(&json);
	json_put_int(&json, "seq", message->seq);
	if (message->type != MESSAGE_SEAL) {
		json_key(&json, "at");
		put_time(&json, message->at_us);
		json_put_int(&json, "t_us", message->t_us);
	}
	json_put_text(&json, "type", message_name(message->type));
	json_put_str(&json, "prev", (struct str){prev, DIGEST_HEX});
	for (; field->key; field++)
		putters[field->kind](&json, field, (const char *)message + field->offset);
	json_close_map(&json);
	buf_byte(out, '\n');
	if (!out->full && out->len - start <= TRANSCRIPT_LINE)
		return true;
	out->len = start;
	out->full = was_full;
	return false;
}

bool message_fits(const struct message *message)
{
	struct message longest = *message;
	struct buf out;
	bool fits;

	longest.seq = longest.t_us = INT64_MAX;
	buf_init(&out, TRANSCRIPT_LINE);
	fits = message_encode(&longest, transcript_origin, &out);
	buf_done(&out);
	return fits;
}

void message_put_key(
    const struct message *message, const struct message_field *field, struct buf *out)
{
	struct buf text;
	struct json json;

	buf_init(&text, BUF_UNBOUNDED);
	json_init(&json, &text);
	json_open_map(&json);
	putters[field->kind](&json, field, (const char *)message + field->offset);
	buf_str(out, str_sub(buf_view(&text), 1, SIZE_MAX));
	buf_done(&text);
}

const struct message_field *message_differs(const struct message *a, const struct message *b)
{
	const struct message_field *field = message_fields(a->type);
	struct buf texts[2];

	assert(a->type == b->type);
	buf_init(&texts[0], BUF_UNBOUNDED);
	buf_init(&texts[1], BUF_UNBOUNDED);
	for (; field->key; field++) {
		buf_clear(&texts[0]);
		buf_clear(&texts[1]);
		message_put_key(a, field, &texts[0]);
		message_put_key(b, field, &texts[1]);
		if (!str_eq(buf_view(&texts[0]), buf_view(&texts[1])))
			break;
	}
	buf_done(&texts[0]);
	buf_done(&texts[1]);
	return field->key ? field : NULL;
}
