/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/base64.h"
#include "record/redact.h"

static struct redactor *redactor_of(const char *secret)
{
	struct secret_text text = {STR("x"), str_from(secret)};

	return redactor_new(&text, 1);
}

#define X "${{ secrets.x }}"

/* Feeds text in two pieces, cut at `cut`, or byte by byte when cut is past its end. */
static void stream_text(
    const struct redactor *redactor, struct str text, size_t cut, struct buf *out)
{
	struct redact_stream stream;

	redact_stream_begin(&stream, redactor);
	if (cut > text.len) {
		for (size_t i = 0; i < text.len; i++)
			buf_str(out, redact_stream_feed(&stream, str_sub(text, i, 1)));
	} else {
		buf_str(out, redact_stream_feed(&stream, str_sub(text, 0, cut)));
		buf_str(out, redact_stream_feed(&stream, str_sub(text, cut, text.len)));
	}
	buf_str(out, redact_stream_end(&stream));
	assert_int_equal(redact_stream_end(&stream).len, 0);
	redact_stream_done(&stream);
}

/* Whole, and streamed with a border at every byte. */
static void must_mask(const struct redactor *redactor, struct str text, const char *expected)
{
	struct arena *arena = arena_new();
	struct str whole = redact_text(redactor, arena, text);
	struct buf out;

	if (!str_is(whole, expected))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(whole), expected);
	buf_init(&out, BUF_UNBOUNDED);
	for (size_t cut = 0; cut <= text.len + 1; cut++) {
		buf_clear(&out);
		stream_text(redactor, text, cut, &out);
		if (!str_is(buf_view(&out), expected))
			fail_msg("cut at %zu: \"%.*s\" instead of \"%s\"", cut,
			    STR_ARG(buf_view(&out)), expected);
	}
	buf_done(&out);
	arena_free(arena);
}

static void masks(const char *secret, const char *text, const char *expected)
{
	struct redactor *redactor = redactor_of(secret);

	must_mask(redactor, str_from(text), expected);
	redactor_free(redactor);
}

static void every_form_is_masked(void **state)
{
	(void)state;
	masks("hunter2", "psql: user=a password=hunter2 host=b",
	    "psql: user=a password=" X " host=b");
	masks("hunter2", "hunter2", X);
	masks("hunter2", "hunter2hunter2", X X);
	masks("hunter2", "hunterhunter2hunter", "hunter" X "hunter");
	masks("hunter2", "hunter", "hunter");
	masks("a$b`c\"d\\e", "X=\"a\\$b\\`c\\\"d\\\\e\"", "X=\"" X "\"");
	masks("it's me", "+ pw='it'\\''s me'", "+ pw='" X "'");
	masks("it's me", "+ pw='it'\"'\"'s me'", "+ pw='" X "'");
	masks("p\"w\\d/\n<ä>", "{\"k\":\"p\\\"w\\\\d/\\n<ä>\"}", "{\"k\":\"" X "\"}");
	masks("p\"w\\d/\n<ä>", "p\\\"w\\\\d\\/\\n<\\u00e4>", X);
	masks("p\"w\\d/\n<ä>", "p\\\"w\\\\d/\\n\\u003c\\u00e4\\u003e", X);
	masks("p\"w\\d/\n<ä>", "p\\\"w\\\\d/\\n\\u003C\\u00E4\\u003E", X);
	masks("abc😀d", "abc\\ud83d\\ude00d", X);
	masks(
	    "p@ss/w rd+ü", "postgres://u:p%40ss%2Fw%20rd%2B%C3%BC@h/db", "postgres://u:" X "@h/db");
	masks("p@ss/w rd+ü", "u=p%40ss%2fw%20rd%2b%c3%bc&x", "u=" X "&x");
	masks("p@ss/w rd+ü", "u=p%40ss/w%20rd%2B%C3%BC", "u=" X);
	masks("p@ss/w rd+ü", "u=p%40ss%2Fw+rd%2B%C3%BC", "u=" X);
	masks("p(w)d!x y", "p(w)d!x%20y", X);
	masks("p@ss/w rd+ü", "p@ss/w%20rd+%C3%BC", X);
	masks("hunter2", "68756e74657232 68756E74657232", X " " X);
	masks("hunter2", "aHVudGVyMg==", X "g==");
	masks("first line\nsecond line\n", "log: first line\nlog:   second line.",
	    "log: " X "\nlog:   " X ".");
}

/* `user:secret` in a header is base64 of a text in which the secret begins anywhere. */
static void base64_is_masked_at_every_alignment(void **state)
{
	static const char secret[] = "correct horse?>~battery";
	struct redactor *redactor = redactor_of(secret);

	(void)state;
	for (size_t before = 0; before < 7; before++)
		for (size_t after = 0; after < 7; after++) {
			struct arena *arena = arena_new();
			struct buf plain;
			struct buf digits;
			struct str masked;
			size_t from = (8 * before + 5) / 6;
			size_t to = 8 * (before + strlen(secret)) / 6;

			buf_init(&plain, BUF_UNBOUNDED);
			buf_init(&digits, BUF_UNBOUNDED);
			buf_append(&plain, "aragora", before);
			buf_text(&plain, secret);
			buf_append(&plain, "\nsuffix", after);
			base64_encode(&digits, buf_view(&plain));
			masked = arena_printf(arena, "%.*s" X "%.*s", (int)from, digits.ptr,
			    (int)(digits.len - to), digits.ptr + to);
			must_mask(redactor, buf_view(&digits), masked.ptr);
			for (size_t i = from; i < to; i++) {
				char c = digits.ptr[i];

				digits.ptr[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
			}
			must_mask(redactor, buf_view(&digits), masked.ptr);
			buf_done(&plain);
			buf_done(&digits);
			arena_free(arena);
		}
	redactor_free(redactor);
}

static void overlapping_secrets_leave_nothing(void **state)
{
	const struct secret_text secrets[] = {
	    {STR("a"), STR("ABCDEF")}, {STR("b"), STR("CDEFGHIJ")}, {STR("c"), STR("ABCDEFxyz")}};
	struct redactor *redactor = redactor_new(secrets, 3);

	(void)state;
	must_mask(redactor, STR("-ABCDEF-"), "-${{ secrets.a }}-");
	must_mask(redactor, STR("-ABCDEFxy-"), "-${{ secrets.a }}xy-");
	must_mask(redactor, STR("-ABCDEFxyz-"), "-${{ secrets.c }}-");
	must_mask(redactor, STR("-ABCDEFGHIJ-"), "-${{ secrets.a }}${{ secrets.b }}-");
	must_mask(redactor, STR("-ABCDEFGHI-"), "-${{ secrets.a }}GHI-");
	must_mask(redactor, STR("CDEFGHIJABCDEF"), "${{ secrets.b }}${{ secrets.a }}");
	redactor_free(redactor);
	masks("aaaaaa", "baaaaaaaaaab", "b" X "b");
	masks("abcabc", "abcabcabcabx", X "abx");
}

static void short_secrets_are_left(void **state)
{
	const struct secret_text secrets[] = {{STR("a"), STR("")}, {STR("b"), STR("ab")}};
	struct redactor *redactor = redactor_new(secrets, 2);

	(void)state;
	assert_false(secret_is_maskable(STR("")));
	assert_false(secret_is_maskable(STR("ab")));
	assert_true(secret_is_maskable(STR("abc")));
	assert_int_equal(redactor_longest(redactor), 0);
	must_mask(redactor, STR("ababab"), "ababab");
	redactor_free(redactor);
	masks("abc", "xabcx YWJj", "x" X "x " X);
}

static void nothing_is_copied_without_need(void **state)
{
	struct redactor *none = redactor_new(NULL, 0);
	struct redactor *some = redactor_of("hunter2");
	struct arena *arena = arena_new();
	struct redact_stream stream;
	struct str text = STR("a harmless line\n");

	(void)state;
	redact_stream_begin(&stream, none);
	assert_ptr_equal(redact_stream_feed(&stream, text).ptr, text.ptr);
	redact_stream_done(&stream);
	assert_ptr_equal(redact_text(some, arena, text).ptr, text.ptr);
	assert_ptr_equal(redact_text(NULL, arena, text).ptr, text.ptr);
	/* what cannot become a secret is not held back */
	redact_stream_begin(&stream, some);
	assert_int_equal(redact_stream_feed(&stream, text).len, text.len);
	assert_int_equal(redact_stream_feed(&stream, STR("a hun")).len, 2);
	assert_int_equal(redact_stream_feed(&stream, STR("g")).len, 4);
	redact_stream_done(&stream);
	redactor_free(none);
	redactor_free(some);
	arena_free(arena);
}

static void values_are_masked_throughout(void **state)
{
	struct redactor *redactor = redactor_of("hunter2");
	struct arena *arena = arena_new();
	struct clip clip = {.head = STR("my hunter2"), .tail = STR("hunter2!"), .size = 99};
	struct map_builder map;
	const struct value *inner[2];
	const struct value *value;
	const struct value *masked;

	(void)state;
	inner[0] = value_int(arena, 7);
	inner[1] = value_string(arena, STR("is hunter2."));
	map_begin(&map, arena);
	map_add(&map, "list", value_list(arena, inner, 2));
	map_add(&map, "hunter2", value_bool(true));
	map_add(&map, X, value_bool(false));
	map_add(&map, "stream", value_stream(arena, (struct str){0}, &clip));
	value = map_end(&map);
	masked = redact_value(redactor, arena, value);
	assert_int_equal(masked->map.count, 4);
	assert_ptr_equal(value_get(masked, "list")->list.items[0], inner[0]);
	assert_true(str_is(value_text(value_get(masked, "list")->list.items[1]), "is " X "."));
	assert_true(value_get(masked, X "#2")->boolean);
	assert_false(value_get(masked, X)->boolean);
	assert_true(str_is(value_get(masked, "stream")->string.clip->head, "my " X));
	assert_true(str_is(value_get(masked, "stream")->string.clip->tail, X "!"));
	assert_int_equal(value_get(masked, "stream")->string.clip->size, 99);
	assert_true(str_is(value_text(inner[1]), "is hunter2."));
	assert_ptr_equal(redact_value(redactor, arena, masked), masked);
	assert_ptr_equal(redact_value(NULL, arena, value), value);
	assert_null(redact_value(redactor, arena, NULL));
	redactor_free(redactor);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_form_is_masked),
	    cmocka_unit_test(base64_is_masked_at_every_alignment),
	    cmocka_unit_test(overlapping_secrets_leave_nothing),
	    cmocka_unit_test(short_secrets_are_left),
	    cmocka_unit_test(nothing_is_copied_without_need),
	    cmocka_unit_test(values_are_masked_throughout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
