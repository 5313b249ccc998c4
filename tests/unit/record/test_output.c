/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "record/codec.h"
#include "record/output_chunker.h"
#include "record/output_store.h"
#include "record/source_lines.h"
#include "sample.h"

static const char prev[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

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
	assert_true(message_decode(
	    gathered->arena, str_sub(buf_view(&out), 0, out.len - 1), NULL, &line, &why));
	assert_true(line.known);
	assert_str(line.message.output.bytes, message->output.bytes);
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
		buf_text(&text, sample_dice(100) ? "€" : "\n");
	source_lines(STR("a.yaml"), buf_view(&text), gather_source, &gathered);
	assert_str(buf_view(&gathered.text), buf_view(&text));
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
		struct str piece = str_sub(text, 0, 1 + sample_dice(sample_dice(2) ? 5 : 100000));

		output_chunker_feed(&chunker, piece);
		if (sample_dice(4) == 0)
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
		size_t len = round ? sample_dice(300000) : 0;
		struct gathered gathered;
		const struct value *value;
		struct buf text;
		struct clip clip;

		buf_init(&text, BUF_UNBOUNDED);
		gathered_init(&gathered);
		while (text.len < len)
			buf_text(&text, sample_dice(30) ? "äh€" : "\n");
		if (round % 3 == 2)
			for (size_t i = 0; i < text.len; i++)
				text.ptr[i] = (char)sample_dice(256);
		value = through(
		    &gathered, buf_view(&text), round % 2 ? 0 : (int64_t)text.len, &clip);
		assert_true(clip.whole);
		assert_int_equal(clip.size, text.len);
		assert_str(buf_view(&gathered.text), buf_view(&text));
		assert_true(gathered.longest <= TRANSCRIPT_OUTPUT);
		assert_true(value->string.clip->whole);
		if (round % 3 != 2)
			assert_str(value->string.text, buf_view(&text));
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
		int64_t bound = 10 + (int64_t)sample_dice(100000);
		struct gathered gathered;
		const struct clip *seen;
		struct buf text;
		struct clip clip;
		char hex[DIGEST_HEX + 1];

		buf_init(&text, BUF_UNBOUNDED);
		gathered_init(&gathered);
		while (text.len < (size_t)bound + 1 || sample_dice(50000))
			buf_text(&text, sample_dice(30) ? "äh€" : "\n");
		seen = through(&gathered, buf_view(&text), bound, &clip)->string.clip;
		assert_false(clip.whole);
		assert_false(seen->whole);
		assert_int_equal(seen->size, text.len);
		assert_in_range(seen->head.len, bound / 2 - 3, bound / 2);
		assert_in_range(seen->tail.len, bound - bound / 2 - 3, bound - bound / 2 + 3);
		assert_true(utf8_valid(seen->head) && utf8_valid(seen->tail));
		assert_str(seen->head, str_sub(buf_view(&text), 0, seen->head.len));
		assert_str(seen->tail,
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

/* What waits for the end, while it is not there. */
static void what_waits_is_told(void **state)
{
	struct output_chunker chunker;
	struct gathered gathered;
	struct str line;

	(void)state;
	gathered_init(&gathered);
	output_chunker_init(&chunker, 5, STR("step"), STREAM_STDOUT, 20, gather_output, &gathered);
	assert_int_equal(output_chunker_unsent(&chunker, &line), 0);
	assert_str(line, STR(""));
	output_chunker_feed(&chunker, STR("12345678\n"));
	output_chunker_flush(&chunker);
	assert_int_equal(output_chunker_unsent(&chunker, &line), 0);
	output_chunker_feed(&chunker, STR("abcdefg\n"));
	/* the first ten bytes are sent out as they come */
	assert_int_equal(output_chunker_unsent(&chunker, &line), 7);
	assert_str(line, STR("bcdefg"));
	output_chunker_feed(&chunker, STR("one\ntwo"));
	assert_int_equal(output_chunker_unsent(&chunker, &line), 14);
	assert_str(line, STR("one"));
	output_chunker_feed(&chunker, STR("\n\n"));
	assert_int_equal(output_chunker_unsent(&chunker, &line), 16);
	assert_str(line, STR(""));
	for (int i = 0; i < 100000; i++)
		output_chunker_feed(&chunker, STR("more\n"));
	assert_int_equal(output_chunker_unsent(&chunker, &line), 500016);
	assert_str(line, STR("more"));
	output_chunker_end(&chunker);
	assert_int_equal(output_chunker_unsent(&chunker, &line), 0);
	output_chunker_done(&chunker);
	gathered_done(&gathered);
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
	assert_true(
	    str_find(text, STR("\"stdout\":{\"$stream\":{\"size\":6,\"whole\":true}}")) > 0);
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
	    cmocka_unit_test(sources_are_cut),
	    cmocka_unit_test(whole_streams_come_back_whole),
	    cmocka_unit_test(long_streams_keep_head_and_tail),
	    cmocka_unit_test(what_waits_is_told),
	    cmocka_unit_test(results_take_their_streams_from_the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
