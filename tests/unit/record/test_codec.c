/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "record/base64.h"
#include "record/codec.h"
#include "sample.h"

static const char prev[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static struct str random_text(struct arena *arena)
{
	static const char *const bits[] = {
	    "a", "Z", " ", "\"", "\\", "\n", "\t", "\x01", "\x7f", "ä", "€", "😀", "${{", "}", "$"};
	struct buf text;
	struct str copy;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t left = 1 + sample_dice(20); left > 0; left--)
		buf_text(&text, bits[sample_dice(sizeof(bits) / sizeof(*bits))]);
	if (sample_dice(8) == 0)
		buf_byte(&text, '\0');
	copy = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}

static const struct value *random_value(struct arena *arena, int depth)
{
	struct map_builder map;
	const struct value **items;

	switch (sample_dice(depth > 2 ? 7 : 9)) {
	case 0:
		return value_null();
	case 1:
		return value_bool(sample_dice(2));
	case 2:
		return value_int(arena, (int64_t)sample_dice(UINT64_MAX));
	case 3:
		return value_double(arena, (double)(int64_t)sample_dice(UINT64_MAX) / 1024);
	case 4:
		return value_string(arena, random_text(arena));
	case 5:
		return value_duration_us(arena, (int64_t)sample_dice(1000000000000));
	case 6:
		return value_timestamp_us(arena, (int64_t)sample_dice(4000000000000000));
	case 7:
		items = arena_array(arena, 3, sizeof(*items));
		for (size_t i = 0; i < 3; i++)
			items[i] = random_value(arena, depth + 1);
		return value_list(arena, items, sample_dice(4));
	default:
		map_begin(&map, arena);
		for (uint64_t i = sample_dice(4); i > 0; i--)
			map_add_str(&map,
			    arena_printf(arena, "%s%d", sample_dice(2) ? "$k" : "k", (int)i),
			    random_value(arena, depth + 1));
		return map_end(&map);
	}
}

static void fill_field(struct arena *arena, const struct message_field *field, void *at)
{
	unsigned names = 0;

	switch (field->kind) {
	case FIELD_U32:
		*(uint32_t *)at = (uint32_t)sample_dice(UINT32_MAX + 1ULL);
		break;
	case FIELD_I64:
		*(int64_t *)at = (int64_t)(sample_dice(UINT64_MAX) >> sample_dice(64));
		break;
	case FIELD_BOOL:
		*(bool *)at = sample_dice(2);
		break;
	case FIELD_STR:
		*(struct str *)at = sample_dice(4) ? random_text(arena) : (struct str){0};
		break;
	case FIELD_ENUM:
		while (field->names[names])
			names++;
		*(unsigned *)at = (unsigned)sample_dice(names);
		break;
	case FIELD_VALUE:
		*(const struct value **)at = sample_dice(4) || field->always
		    ? random_value(arena, 0)
		    : NULL;
		break;
	case FIELD_RESULT:
		*(const struct value **)at = sample_dice(4) ? random_value(arena, 0) : NULL;
		break;
	case FIELD_POLL:
		if (sample_dice(2))
			*(struct poll_spec *)at = (struct poll_spec){(int64_t)sample_dice(100),
			    (int64_t)sample_dice(100), 1 + (int64_t)sample_dice(100)};
		break;
	case FIELD_VERDICT:
		*(struct verdict *)at = (struct verdict){.ok = sample_dice(2),
		    .abort = sample_dice(2),
		    .retry = sample_dice(2),
		    .why = sample_dice(2) ? random_text(arena) : (struct str){0},
		    .outputs = sample_dice(2) ? random_value(arena, 0) : NULL};
		break;
	case FIELD_BYTES:
		*(struct str *)at = sample_dice(2) ? random_text(arena)
						   : STR("text \xff\x00\xc3 and \xe2\x82");
		break;
	}
}

static void assert_value(const struct value *a, const struct value *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_true(value_equal(a, b));
}

static void assert_field(const struct message_field *field, const void *a, const void *b)
{
	const struct verdict *left = a;
	const struct verdict *right = b;

	switch (field->kind) {
	case FIELD_U32:
	case FIELD_ENUM:
		assert_int_equal(*(const uint32_t *)a, *(const uint32_t *)b);
		break;
	case FIELD_I64:
		assert_int_equal(*(const int64_t *)a, *(const int64_t *)b);
		break;
	case FIELD_BOOL:
		assert_int_equal(*(const bool *)a, *(const bool *)b);
		break;
	case FIELD_STR:
	case FIELD_BYTES:
		assert_str(*(const struct str *)a, *(const struct str *)b);
		break;
	case FIELD_VALUE:
	case FIELD_RESULT:
		assert_value(*(const struct value *const *)a, *(const struct value *const *)b);
		break;
	case FIELD_POLL:
		assert_memory_equal(a, b, sizeof(struct poll_spec));
		break;
	case FIELD_VERDICT:
		assert_int_equal(left->ok, right->ok);
		assert_int_equal(left->abort, right->abort);
		assert_int_equal(left->retry, right->retry);
		assert_str(left->why, right->why);
		assert_value(left->outputs, right->outputs);
		break;
	}
}

static void round_trip(struct arena *arena, enum message_type type)
{
	struct message message = {.type = type,
	    .seq = (int64_t)sample_dice(1000000),
	    .at_us = (int64_t)sample_dice(4000000000000000),
	    .t_us = (int64_t)sample_dice(1000000000000)};
	const struct message_field *fields = message_fields(type);
	struct line line;
	struct str why;
	struct buf first;
	struct buf second;

	buf_init(&first, BUF_UNBOUNDED);
	buf_init(&second, BUF_UNBOUNDED);
	if (type == MESSAGE_SEAL)
		message.at_us = message.t_us = 0;
	for (size_t i = 0; fields[i].key; i++)
		fill_field(arena, &fields[i], (char *)&message + fields[i].offset);
	assert_true(message_encode(&message, prev, &first));
	assert_int_equal(first.ptr[first.len - 1], '\n');
	assert_null(memchr(first.ptr, '\n', first.len - 1));
	assert_true(utf8_valid(buf_view(&first)));
	assert_true(
	    message_decode(arena, str_sub(buf_view(&first), 0, first.len - 1), NULL, &line, &why));
	if (!line.known)
		fail_msg("%.*s: %.*s", STR_ARG(buf_view(&first)), STR_ARG(line.why));
	assert_int_equal(line.message.type, type);
	assert_int_equal(line.class, message_class(type));
	assert_true(str_is(line.type, message_name(type)));
	assert_true(str_is(line.prev, prev));
	assert_int_equal(line.message.seq, message.seq);
	assert_int_equal(line.message.at_us, message.at_us);
	assert_int_equal(line.message.t_us, message.t_us);
	for (size_t i = 0; fields[i].key; i++)
		assert_field(&fields[i], (char *)&message + fields[i].offset,
		    (char *)&line.message + fields[i].offset);
	assert_true(message_encode(&line.message, prev, &second));
	assert_str(buf_view(&first), buf_view(&second));
	buf_done(&first);
	buf_done(&second);
}

static void every_type_round_trips(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (unsigned type = 0; type < MESSAGE_TYPES; type++)
		for (int round = 0; round < 300; round++) {
			round_trip(arena, (enum message_type)type);
			arena_reset(arena);
		}
	arena_free(arena);
}

static void assert_line(const struct message *message, const char *expected)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	assert_true(message_encode(message, transcript_origin, &out));
	buf_byte(&out, '\0');
	assert_string_equal(out.ptr, expected);
	buf_done(&out);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void lines_are_spelled_like_this(void **state)
{
	struct arena *arena = arena_new();
	struct message start = {.type = MESSAGE_START,
	    .seq = 7,
	    .at_us = 1795316645123456,
	    .t_us = 42,
	    .start = {.op = 3,
		.node = STR("restore#2/load"),
		.step = STR("load"),
		.what = START_VERIFY,
		.attempt = 1,
		.action = STR("postgres.ready"),
		.class = EFFECT_READ,
		.args = value_list(arena, NULL, 0),
		.grace_us = 10000000,
		.poll = {30000000, 1000000, 0},
		.digest = STR("ab")}};
	struct message finished = {.type = MESSAGE_FINISHED,
	    .finished = {.op = 3, .end = END_NOT_BEGUN, .verdict = {.why = STR("no \"end\"")}}};
	struct message output = {.type = MESSAGE_OUTPUT,
	    .at_us = 951782400000000,
	    .output = {.op = 3, .stream = STREAM_STDERR, .offset = 9, .bytes = STR("\xff\n")}};
	struct message seal = {.type = MESSAGE_SEAL, .seq = 9};

	(void)state;
	assert_line(&start,
	    "{\"seq\":7,\"at\":\"2026-11-22T03:04:05.123456Z\",\"t_us\":42,\"type\":\"start\","
	    "\"prev\":\"" ZEROS "\",\"op\":3,\"node\":\"restore#2/load\",\"step\":\"load\","
	    "\"what\":\"verify\",\"attempt\":1,\"action\":\"postgres.ready\",\"class\":\"read\","
	    "\"args\":[],\"grace_us\":10000000,\"poll\":{\"within_us\":30000000,"
	    "\"every_us\":1000000,\"for_us\":0},\"digest\":\"ab\"}\n");
	assert_line(&finished,
	    "{\"seq\":0,\"at\":\"1970-01-01T00:00:00.000000Z\",\"t_us\":0,\"type\":\"finished\","
	    "\"prev\":\"" ZEROS "\",\"op\":3,\"end\":\"not_begun\",\"ok\":false,"
	    "\"verdict\":{\"ok\":false,\"why\":\"no \\\"end\\\"\"},\"origin\":\"live\"}\n");
	assert_line(&output,
	    "{\"seq\":0,\"at\":\"2000-02-29T00:00:00.000000Z\",\"t_us\":0,\"type\":\"output\","
	    "\"prev\":\"" ZEROS "\",\"op\":3,\"stream\":\"stderr\",\"offset\":9,"
	    "\"base64\":\"/wo=\"}\n");
	assert_line(&seal, "{\"seq\":9,\"type\":\"seal\",\"prev\":\"" ZEROS "\"}\n");
	arena_free(arena);
}

static struct line decode(struct arena *arena, const char *text)
{
	struct line line;
	struct str why;

	assert_true(message_decode(arena, str_from(text), NULL, &line, &why));
	return line;
}

#define ENVELOPE "{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":5,\"prev\":\"" ZEROS "\","

static void what_is_unknown_is_told(void **state)
{
	struct arena *arena = arena_new();
	struct line line;

	(void)state;
	line = decode(arena, ENVELOPE "\"type\":\"signal\",\"name\":\"SIGINT\",\"later\":[1]}");
	assert_true(line.known);
	assert_true(str_is(line.message.signal.name, "SIGINT"));
	line = decode(arena, ENVELOPE "\"type\":\"comet\",\"role\":\"aside\"}");
	assert_false(line.known);
	assert_int_equal(line.class, CLASS_ASIDE);
	assert_true(str_is(line.why, "the type \"comet\" is not known to this version"));
	line = decode(arena, ENVELOPE "\"type\":\"comet\",\"role\":\"in\"}");
	assert_int_equal(line.class, CLASS_IN);
	line = decode(arena, ENVELOPE "\"type\":\"comet\"}");
	assert_int_equal(line.class, CLASS_OUT);
	line = decode(arena, ENVELOPE "\"type\":\"stop\",\"op\":1,\"how\":\"softly\"}");
	assert_false(line.known);
	assert_true(str_is(line.why, "how has a value that this version does not know"));
	line = decode(arena, ENVELOPE "\"type\":\"stop\",\"how\":\"term\"}");
	assert_true(str_is(line.why, "op is missing"));
	line = decode(arena, ENVELOPE "\"type\":\"stop\",\"op\":-1,\"how\":\"term\"}");
	assert_false(line.known);
	line = decode(arena, ENVELOPE "\"type\":\"chosen\",\"id\":1,\"value\":{\"$no\":1}}");
	assert_false(line.known);
	line = decode(
	    arena, ENVELOPE "\"type\":\"output\",\"op\":1,\"stream\":\"stdout\",\"offset\":0}");
	assert_false(line.known);
	arena_free(arena);
}

static void what_is_no_line_is_refused(void **state)
{
	static const char *const texts[] = {"", "[]", "{}", "null", "{\"seq\":1}", "garbage",
	    ENVELOPE "\"type\":\"stop\"", ENVELOPE "\"type\":\"stop\"}}", ENVELOPE "\"type\":5}",
	    ENVELOPE "\"seq\":1,\"type\":\"stop\"}",
	    "{\"seq\":1,\"at\":\"yesterday\",\"t_us\":5,\"prev\":\"" ZEROS "\",\"type\":\"stop\"}",
	    "{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"prev\":\"" ZEROS "\",\"type\":\"stop\"}",
	    "{\"seq\":1.0,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":5,\"prev\":\"" ZEROS
	    "\",\"type\":\"stop\"}",
	    "{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":5,\"prev\":\"0\",\"type\":\"x\"}"};
	struct arena *arena = arena_new();
	struct line line;
	struct str why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		why = (struct str){0};
		assert_false(message_decode(arena, str_from(texts[i]), NULL, &line, &why));
		assert_true(why.len > 0);
	}
	arena_free(arena);
}

static void long_lines_are_refused(void **state)
{
	struct buf text;
	struct buf out;
	struct message note = {.type = MESSAGE_NOTE};

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_init(&out, BUF_UNBOUNDED);
	while (text.len < TRANSCRIPT_LINE)
		buf_byte(&text, 'x');
	note.note.text = buf_view(&text);
	buf_text(&out, "before");
	assert_false(message_fits(&note));
	assert_false(message_encode(&note, prev, &out));
	assert_int_equal(out.len, 6);
	assert_false(out.full);
	note.note.text.len -= 400;
	assert_true(message_fits(&note));
	assert_true(message_encode(&note, prev, &out));
	buf_done(&text);
	buf_done(&out);
}

static void base64_takes_one_form_only(void **state)
{
	static const struct {
		struct str plain;
		const char *digits;
	} cases[] = {{STR(""), ""}, {STR("f"), "Zg=="}, {STR("fo"), "Zm8="}, {STR("foo"), "Zm9v"},
	    {STR("foob"), "Zm9vYg=="}, {STR("\xff\xfe\xfd"), "//79"}, {STR("\xfb\xf0"), "+/A="}};
	static const char *const wrong[] = {
	    "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm9v=", "Z===", "====", "Zg==Zg==", "Zm 9"};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_clear(&out);
		assert_true(base64_encode(&out, cases[i].plain));
		assert_str(buf_view(&out), str_from(cases[i].digits));
		buf_clear(&out);
		assert_true(base64_decode(&out, str_from(cases[i].digits)));
		assert_str(buf_view(&out), cases[i].plain);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(base64_decode(&out, str_from(wrong[i])));
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_round_trips),
	    cmocka_unit_test(lines_are_spelled_like_this),
	    cmocka_unit_test(what_is_unknown_is_told),
	    cmocka_unit_test(what_is_no_line_is_refused),
	    cmocka_unit_test(long_lines_are_refused),
	    cmocka_unit_test(base64_takes_one_form_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
