/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/outlet.h"

/* An outlet whose messages are put together again, both streams apart. */
struct bench {
	struct outlet *outlet;
	struct redactor *redactor;
	struct arena *arena;
	struct buf seen[2];
	size_t messages;
};

static void emit(void *context, const struct message *output)
{
	struct bench *bench = context;

	assert_int_equal(output->output.op, 7);
	assert_true(str_is(output->output.step, "load"));
	bench->messages++;
	buf_str(&bench->seen[output->output.stream], output->output.bytes);
}

static void bench_open(struct bench *bench, bool muted, int64_t bound)
{
	static const struct secret_text secret = {STR("word"), STR("hunter2-hunter2")};
	struct outlet_options options = {.op = 7,
	    .step = STR("load"),
	    .bound = bound,
	    .muted = muted,
	    .emit = emit,
	    .context = bench};

	memset(bench, 0, sizeof(*bench));
	bench->arena = arena_new();
	bench->redactor = redactor_new(&secret, 1);
	buf_init(&bench->seen[0], BUF_UNBOUNDED);
	buf_init(&bench->seen[1], BUF_UNBOUNDED);
	options.redactor = bench->redactor;
	bench->outlet = outlet_new(&options);
}

static void bench_close(struct bench *bench)
{
	outlet_free(bench->outlet);
	redactor_free(bench->redactor);
	arena_free(bench->arena);
	buf_done(&bench->seen[0]);
	buf_done(&bench->seen[1]);
}

static void feed(struct bench *bench, const char *text)
{
	outlet_feed(bench->outlet, STREAM_STDOUT, str_from(text));
}

static struct str ended(struct bench *bench)
{
	return value_text(outlet_end(bench->outlet, bench->arena, STREAM_STDOUT));
}

static void test_streams(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, false, 1000);
	feed(&bench, "one\ntw");
	outlet_feed(bench.outlet, STREAM_STDERR, STR("trouble"));
	feed(&bench, "o\n");
	assert_true(str_is(ended(&bench), "one\ntwo\n"));
	outlet_close(bench.outlet); /* of the other nobody wants a value */
	assert_true(str_is(buf_view(&bench.seen[STREAM_STDOUT]), "one\ntwo\n"));
	assert_true(str_is(buf_view(&bench.seen[STREAM_STDERR]), "trouble"));
	bench_close(&bench);
}

/* A secret that comes in pieces, with pauses in which all that may be shown is shown. */
static void test_masks(void **state)
{
	static const char secret[] = "hunter2-hunter2";
	struct bench bench;

	(void)state;
	bench_open(&bench, false, 1000);
	feed(&bench, "a ");
	for (const char *c = secret; *c; c++) {
		outlet_feed(bench.outlet, STREAM_STDOUT, (struct str){c, 1});
		outlet_flush(bench.outlet);
		assert_true(str_find(buf_view(&bench.seen[0]), STR("hun")) < 0);
	}
	feed(&bench, " b");
	assert_true(str_is(ended(&bench), "a ${{ secrets.word }} b"));
	assert_true(str_is(buf_view(&bench.seen[0]), "a ${{ secrets.word }} b"));
	bench_close(&bench);
}

static void test_flush(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, false, 1000);
	feed(&bench, "password: ");
	assert_int_equal(bench.messages, 0);
	outlet_flush(bench.outlet);
	assert_true(str_is(buf_view(&bench.seen[0]), "password: "));
	outlet_flush(bench.outlet);
	assert_int_equal(bench.messages, 1);
	bench_close(&bench);
}

static void test_bounds(void **state)
{
	struct bench bench;
	const struct value *value;
	char *line = mem_alloc(1000);

	(void)state;
	memset(line, 'x', 998);
	line[998] = '\n';
	bench_open(&bench, false, 20000);
	for (int i = 0; i < 1000; i++)
		feed(&bench, line);
	value = outlet_end(bench.outlet, bench.arena, STREAM_STDOUT);
	assert_false(value->string.clip->whole);
	assert_int_equal(value->string.clip->size, 999000);
	assert_int_equal(value->string.clip->middle_sha256.len, 64);
	assert_true(bench.seen[0].len <= 21000 && bench.seen[0].len >= 19000);
	free(line);
	bench_close(&bench);
}

static void test_mute(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, true, 1000);
	feed(&bench, "first poll\n");
	assert_true(str_is(ended(&bench), "first poll\n"));
	outlet_forget(bench.outlet);
	feed(&bench, "second poll\n");
	assert_true(str_is(ended(&bench), "second poll\n"));
	assert_int_equal(bench.messages, 0);
	outlet_speak(bench.outlet);
	assert_true(str_is(buf_view(&bench.seen[0]), "second poll\n"));
	outlet_speak(bench.outlet);
	assert_int_equal(bench.messages, 1);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_streams),
	    cmocka_unit_test(test_masks),
	    cmocka_unit_test(test_flush),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_mute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
