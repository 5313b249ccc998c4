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
#include "record/output_chunker.h"
#include "record/output_store.h"
#include "record/source_lines.h"

static const char prev[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/* A generator of our own: the same numbers on every machine. */
static uint64_t seed = 88172645463325252U;

static uint64_t dice(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static struct str random_text(struct arena *arena)
{
	static const char *const bits[] = {
	    "a", "Z", " ", "\"", "\\", "\n", "\t", "\x01", "\x7f", "ä", "€", "😀", "${{", "}", "$"};
	struct buf text;
	struct str copy;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t left = 1 + dice(20); left > 0; left--)
		buf_text(&text, bits[dice(sizeof(bits) / sizeof(*bits))]);
	if (dice(8) == 0)
		buf_byte(&text, '\0');
	copy = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}

static const struct value *random_value(struct arena *arena, int depth)
{
	struct map_builder map;
	const struct value **items;

	switch (dice(depth > 2 ? 7 : 9)) {
	case 0:
		return value_null();
	case 1:
		return value_bool(dice(2));
	case 2:
		return value_int(arena, (int64_t)seed);
	case 3:
		return value_double(arena, (double)(int64_t)seed / 1024);
	case 4:
		return value_string(arena, random_text(arena));
	case 5:
		return value_duration_us(arena, (int64_t)dice(1000000000000));
	case 6:
		return value_timestamp_us(arena, (int64_t)dice(4000000000000000));
	case 7:
		items = arena_array(arena, 3, sizeof(*items));
		for (size_t i = 0; i < 3; i++)
			items[i] = random_value(arena, depth + 1);
		return value_list(arena, items, dice(4));
	default:
		map_begin(&map, arena);
		for (uint64_t i = dice(4); i > 0; i--)
			map_add_str(&map, arena_printf(arena, "%s%d", dice(2) ? "$k" : "k", (int)i),
			    random_value(arena, depth + 1));
		return map_end(&map);
	}
}

static void fill_field(struct arena *arena, const struct message_field *field, void *at)
{
	unsigned names = 0;

	switch (field->kind) {
	case FIELD_U32:
		*(uint32_t *)at = (uint32_t)dice(UINT32_MAX + 1ULL);
		break;
	case FIELD_I64:
		*(int64_t *)at = (int64_t)(dice(2) ? seed : seed >> 40);
		break;
	case FIELD_BOOL:
		*(bool *)at = dice(2);
		break;
	case FIELD_STR:
		*(struct str *)at = dice(4) ? random_text(arena) : (struct str){0};
		break;
	case FIELD_ENUM:
		while (field->names[names])
			names++;
		*(unsigned *)at = (unsigned)dice(names);
		break;
	case FIELD_VALUE:
		*(const struct value **)at =
		    dice(4) || field->always ? random_value(arena, 0) : NULL;
		break;
	case FIELD_RESULT:
		*(const struct value **)at = dice(4) ? random_value(arena, 0) : NULL;
		break;
	case FIELD_POLL:
		if (dice(2))
			*(struct poll_spec *)at = (struct poll_spec){
			    (int64_t)dice(100), (int64_t)dice(100), 1 + (int64_t)dice(100)};
		break;
	case FIELD_VERDICT:
		*(struct verdict *)at = (struct verdict){.ok = dice(2),
		    .abort = dice(2),
		    .retry = dice(2),
		    .why = dice(2) ? random_text(arena) : (struct str){0},
		    .outputs = dice(2) ? random_value(arena, 0) : NULL};
		break;
	case FIELD_BYTES:
		*(struct str *)at = dice(2) ? random_text(arena) : STR("text \xff\x00\xc3 and \xe2\x82");
		break;
	}
}

static void assert_text(struct str a, struct str b)
{
	assert_int_equal(a.len, b.len);
	if (a.len)
		assert_memory_equal(a.ptr, b.ptr, a.len);
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
		assert_text(*(const struct str *)a, *(const struct str *)b);
		break;
	case FIELD_VALUE:
	case FIELD_RESULT:
		assert_value(
		    *(const struct value *const *)a, *(const struct value *const *)b);
		break;
	case FIELD_POLL:
		assert_memory_equal(a, b, sizeof(struct poll_spec));
		break;
	case FIELD_VERDICT:
		assert_int_equal(left->ok, right->ok);
		assert_int_equal(left->abort, right->abort);
		assert_int_equal(left->retry, right->retry);
		assert_text(left->why, right->why);
		assert_value(left->outputs, right->outputs);
		break;
	}
}

static void round_trip(struct arena *arena, enum message_type type)
{
	struct message message = {.type = type,
	    .seq = (int64_t)dice(1000000),
	    .at_us = (int64_t)dice(4000000000000000),
	    .t_us = (int64_t)dice(1000000000000)};
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
	assert_true(message_decode(
	    arena, str_sub(buf_view(&first), 0, first.len - 1), NULL, &line, &why));
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
	assert_text(buf_view(&first), buf_view(&second));
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
	line = decode(arena, ENVELOPE "\"type\":\"output\",\"op\":1,\"stream\":\"stdout\",\"offset\":0}");
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
	    "{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":5,\"prev\":\"00\",\"type\":\"stop\"}"};
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
		assert_text(buf_view(&out), str_from(cases[i].digits));
		buf_clear(&out);
		assert_true(base64_decode(&out, str_from(cases[i].digits)));
		assert_text(buf_view(&out), cases[i].plain);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(base64_decode(&out, str_from(wrong[i])));
	buf_done(&out);
}

/* What the messages of a stream or source add up to, each through a line and back. */
struct gathered {
	struct arena *arena;
	struct output_store *store;
	struct buf text;
	size_t count;
	size_t longest;
};

static void gather_output(void *context, const struct message *message)
{
	struct gathered *gathered = context;
	struct buf out;
	struct line line;
	struct str why;

	buf_init(&out, TRANSCRIPT_LINE);
	assert_true(message_encode(message, prev, &out));
	assert_true(message_decode(gathered->arena, str_sub(buf_view(&out), 0, out.len - 1), NULL,
	    &line, &why));
	assert_true(line.known);
	assert_text(line.message.output.bytes, message->output.bytes);
	output_store_add(gathered->store, &line.message);
	buf_str(&gathered->text, message->output.bytes);
	gathered->count++;
	if (message->output.bytes.len > gathered->longest)
		gathered->longest = message->output.bytes.len;
	buf_done(&out);
}

static void gather_source(void *context, const struct message *message)
{
	struct gathered *gathered = context;

	assert_int_equal(message->source.part, gathered->count);
	assert_true(utf8_valid(message->source.text));
	buf_str(&gathered->text, message->source.text);
	gathered->count++;
	if (message->source.text.len > gathered->longest)
		gathered->longest = message->source.text.len;
}

static void gathered_init(struct gathered *gathered)
{
	*gathered = (struct gathered){.arena = arena_new(), .store = output_store_new()};
	buf_init(&gathered->text, BUF_UNBOUNDED);
}

static void gathered_done(struct gathered *gathered)
{
	arena_free(gathered->arena);
	output_store_free(gathered->store);
	buf_done(&gathered->text);
}

static void sources_are_cut(void **state)
{
	struct gathered gathered;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	gathered_init(&gathered);
	source_lines(STR("a.yaml"), STR(""), gather_source, &gathered);
	assert_int_equal(gathered.count, 1);
	gathered.count = 0;
	while (text.len < 1000000)
		buf_text(&text, dice(100) ? "€" : "\n");
	source_lines(STR("a.yaml"), buf_view(&text), gather_source, &gathered);
	assert_text(buf_view(&gathered.text), buf_view(&text));
	assert_true(gathered.count >= 1000000 / TRANSCRIPT_SOURCE);
	assert_true(gathered.longest <= TRANSCRIPT_SOURCE);
	gathered_done(&gathered);
	buf_done(&text);
}

/* Feeds text in random pieces and gives what the store made of it. */
static const struct value *through(
    struct gathered *gathered, struct str text, int64_t bound, struct clip *ret_clip)
{
	struct output_chunker chunker;

	output_chunker_init(
	    &chunker, 5, STR("step"), STREAM_STDOUT, bound, gather_output, gathered);
	while (text.len) {
		struct str piece = str_sub(text, 0, 1 + dice(dice(2) ? 5 : 100000));

		output_chunker_feed(&chunker, piece);
		if (dice(4) == 0)
			output_chunker_flush(&chunker);
		text = str_sub(text, piece.len, text.len);
	}
	*ret_clip = *output_chunker_end(&chunker);
	ret_clip->middle_sha256 = arena_str(gathered->arena, ret_clip->middle_sha256);
	output_chunker_done(&chunker);
	return output_store_stream(gathered->store, gathered->arena, 5, STREAM_STDOUT, ret_clip);
}

static void whole_streams_come_back_whole(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		size_t len = round ? dice(300000) : 0;
		struct gathered gathered;
		const struct value *value;
		struct buf text;
		struct clip clip;

		buf_init(&text, BUF_UNBOUNDED);
		gathered_init(&gathered);
		while (text.len < len)
			buf_text(&text, dice(30) ? "äh€" : "\n");
		if (round % 3 == 2)
			for (size_t i = 0; i < text.len; i++)
				text.ptr[i] = (char)dice(256);
		value = through(
		    &gathered, buf_view(&text), round % 2 ? 0 : (int64_t)text.len, &clip);
		assert_true(clip.whole);
		assert_int_equal(clip.size, text.len);
		assert_text(buf_view(&gathered.text), buf_view(&text));
		assert_true(gathered.longest <= TRANSCRIPT_OUTPUT);
		assert_true(value->string.clip->whole);
		if (round % 3 != 2)
			assert_text(value->string.text, buf_view(&text));
		else
			assert_true(utf8_valid(value->string.text));
		buf_done(&text);
		gathered_done(&gathered);
	}
}

static void long_streams_keep_head_and_tail(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		int64_t bound = 10 + (int64_t)dice(100000);
		struct gathered gathered;
		const struct clip *seen;
		struct buf text;
		struct clip clip;
		char hex[DIGEST_HEX + 1];

		buf_init(&text, BUF_UNBOUNDED);
		gathered_init(&gathered);
		while (text.len < (size_t)bound + 1 || dice(50000))
			buf_text(&text, dice(30) ? "äh€" : "\n");
		seen = through(&gathered, buf_view(&text), bound, &clip)->string.clip;
		assert_false(clip.whole);
		assert_false(seen->whole);
		assert_int_equal(seen->size, text.len);
		assert_in_range(seen->head.len, bound / 2 - 3, bound / 2);
		assert_in_range(seen->tail.len, bound - bound / 2 - 3, bound - bound / 2 + 3);
		assert_true(utf8_valid(seen->head) && utf8_valid(seen->tail));
		assert_text(seen->head, str_sub(buf_view(&text), 0, seen->head.len));
		assert_text(seen->tail,
		    str_sub(buf_view(&text), text.len - seen->tail.len, seen->tail.len));
		digest_of(str_sub(buf_view(&text), seen->head.len,
			      text.len - seen->head.len - seen->tail.len),
		    hex);
		assert_true(str_is(seen->middle_sha256, hex));
		buf_done(&text);
		gathered_done(&gathered);
	}
}

static const struct value *result_with_streams(struct arena *arena)
{
	static const struct clip whole = {.whole = true, .size = 6, .head = {"hi ho\n", 6}};
	static const struct clip cut = {.size = 100, .middle_sha256 = {prev, DIGEST_HEX}};
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "exit_code", value_int(arena, 0));
	map_add(&map, "stdout", value_stream(arena, STR("hi ho\n"), &whole));
	map_add(&map, "stderr", value_stream(arena, (struct str){0}, &cut));
	map_add(&map, "$odd", value_duration_us(arena, 1500000));
	return map_end(&map);
}

static void results_take_their_streams_from_the_output(void **state)
{
	struct arena *arena = arena_new();
	struct output_store *store = output_store_new();
	struct message finished = {.type = MESSAGE_FINISHED,
	    .finished = {.op = 4, .ok = true, .result = result_with_streams(arena)}};
	struct message output = {.type = MESSAGE_OUTPUT,
	    .output = {.op = 4, .stream = STREAM_STDOUT, .bytes = STR("hi ho\n")}};
	const struct value *seen;
	struct line line;
	struct str why;
	struct str text;
	struct buf out;

	(void)state;
	buf_init(&out, BUF_UNBOUNDED);
	assert_true(message_encode(&finished, prev, &out));
	text = str_sub(buf_view(&out), 0, out.len - 1);
	assert_true(str_find(text, STR("\"stdout\":{\"$stream\":{\"size\":6,\"whole\":true}}")) > 0);
	assert_true(str_find(text, STR("\"whole\":false,\"sha256\":\"001122")) > 0);
	assert_int_equal(str_find(text, STR("hi ho")), -1);
	assert_true(message_decode(arena, text, NULL, &line, &why));
	seen = value_get(line.message.finished.result, "stdout");
	assert_false(seen->string.clip->whole);
	assert_int_equal(seen->string.clip->size, 6);
	output_store_add(store, &output);
	output.output.stream = STREAM_STDERR;
	output_store_add(store, &output);
	output.output.offset = 94;
	output_store_add(store, &output);
	assert_true(message_decode(arena, text, store, &line, &why));
	assert_true(line.known);
	seen = value_get(line.message.finished.result, "stdout");
	assert_true(seen->string.clip->whole);
	assert_true(str_is(seen->string.text, "hi ho\n"));
	seen = value_get(line.message.finished.result, "stderr");
	assert_false(seen->string.clip->whole);
	assert_true(str_is(seen->string.clip->head, "hi ho\n"));
	assert_true(str_is(seen->string.clip->tail, "hi ho\n"));
	assert_true(str_is(seen->string.clip->middle_sha256, prev));
	assert_int_equal(value_us(value_get(line.message.finished.result, "$odd")), 1500000);
	output_store_forget(store, 4);
	assert_int_equal(output_store_bytes(store, 4, STREAM_STDOUT).len, 0);
	assert_true(message_decode(arena, text, store, &line, &why));
	seen = value_get(line.message.finished.result, "stdout");
	assert_false(seen->string.clip->whole);
	buf_done(&out);
	output_store_free(store);
	arena_free(arena);
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
	    cmocka_unit_test(sources_are_cut),
	    cmocka_unit_test(whole_streams_come_back_whole),
	    cmocka_unit_test(long_streams_keep_head_and_tail),
	    cmocka_unit_test(results_take_their_streams_from_the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
