/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/source.h"
#include "record/transcript_reader.h"

static bool none(enum message_type type)
{
	(void)type;
	return false;
}

static bool decisions(enum message_type type)
{
	return message_class(type) == CLASS_OUT;
}

static struct source *kept(const char *name)
{
	struct source *source;
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/record/kept/%s.jsonl", SOURCE_DIR, name);
	source = source_read(path);
	assert_non_null(source);
	return source;
}

/* Reads a text to its end; how many lines were given. */
static int64_t read_all(
    struct str text, bool (*wanted)(enum message_type type), struct transcript_report *ret_report)
{
	struct reader *reader = reader_open_text(text);
	struct arena *arena = arena_new();
	struct line line;
	int64_t given = 0;

	if (wanted)
		reader_only(reader, wanted);
	while (reader_next(reader, arena, &line)) {
		given++;
		arena_reset(arena);
	}
	*ret_report = *reader_report(reader);
	arena_free(arena);
	reader_free(reader);
	return given;
}

/* What is left out has its place all the same. */
static void test_the_chain_is_the_same(void **state)
{
	static const char *const names[] = {"alone", "asked", "damaged", "follows", "full",
	    "incomplete", "interrupted", "later-asides", "long", "loops", "people", "secrets",
	    "signed", "steps", "torn", "undo"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct source *source = kept(names[i]);
		struct str text = {source->bytes, source->len};
		struct transcript_report all;
		struct transcript_report some;
		int64_t given = read_all(text, NULL, &all);

		assert_int_equal(given, all.lines);
		assert_true(read_all(text, none, &some) < given);
		assert_int_equal(some.state, all.state);
		assert_int_equal(some.lines, all.lines);
		assert_int_equal(some.size, all.size);
		assert_int_equal(some.line, all.line);
		assert_int_equal(some.last_at_us, all.last_at_us);
		assert_int_equal(some.last_t_us, all.last_t_us);
		assert_int_equal(some.torn_bytes, all.torn_bytes);
		assert_string_equal(some.last_sha256, all.last_sha256);
		assert_true(read_all(text, decisions, &some) < given);
		assert_string_equal(some.last_sha256, all.last_sha256);
		source_free(source);
	}
}

/* Of a sealed one each byte counts, whoever reads it. */
static void test_every_byte_counts(void **state)
{
	struct source *source = kept("people");
	char *bytes = test_malloc(source->len);
	struct str text = {bytes, source->len};

	(void)state;
	for (size_t at = 0; at < source->len; at += 13) {
		struct transcript_report all;
		struct transcript_report some;

		memcpy(bytes, source->bytes, source->len);
		bytes[at] ^= 1;
		read_all(text, NULL, &all);
		read_all(text, none, &some);
		assert_int_equal(all.state, TRANSCRIPT_DAMAGED);
		assert_int_equal(some.state, TRANSCRIPT_DAMAGED);
	}
	test_free(bytes);
	source_free(source);
}

static bool peeks(const char *text)
{
	struct line line;

	return message_peek(str_from(text), &line);
}

#define DIGEST "0123456789012345678901234567890123456789012345678901234567890abc"

static void test_heads(void **state)
{
	struct line line;

	(void)state;
	assert_true(message_peek(
	    STR("{\"seq\":12,\"at\":\"2026-11-22T03:04:05.000001Z\",\"t_us\":7,\"type\":\"timer\","
		"\"prev\":\"" DIGEST "\",\"id\":3}"),
	    &line));
	assert_int_equal(line.message.seq, 12);
	assert_int_equal(line.message.t_us, 7);
	assert_int_equal(line.message.at_us, INT64_C(1795316645000001));
	assert_int_equal(line.message.type, MESSAGE_TIMER);
	assert_int_equal(line.class, CLASS_IN);
	assert_true(str_is(line.prev, DIGEST));
	/* another order, other spaces, a sign, a type of a later version, an escape, a digest that is none */
	assert_false(peeks("{\"at\":\"2026-11-22T03:04:05Z\",\"seq\":1,\"t_us\":7,"
			   "\"type\":\"timer\",\"prev\":\"" DIGEST "\"}"));
	assert_false(peeks("{\"seq\": 1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":7,"
			   "\"type\":\"timer\",\"prev\":\"" DIGEST "\"}"));
	assert_false(peeks("{\"seq\":-1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":7,"
			   "\"type\":\"timer\",\"prev\":\"" DIGEST "\"}"));
	assert_false(peeks("{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":7,"
			   "\"type\":\"dream\",\"prev\":\"" DIGEST "\"}"));
	assert_false(peeks("{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":7,"
			   "\"type\":\"tim\\u0065r\",\"prev\":\"" DIGEST "\"}"));
	assert_false(peeks("{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":7,"
			   "\"type\":\"timer\",\"prev\":\"ABC\"}"));
	assert_false(peeks("{\"seq\":1,\"at\":\"2026-11-22T03:04:05Z\",\"t_us\":7,"
			   "\"type\":\"timer\",\"prev\":\"" DIGEST "\""));
	assert_false(peeks(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_chain_is_the_same),
	    cmocka_unit_test(test_every_byte_counts),
	    cmocka_unit_test(test_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
