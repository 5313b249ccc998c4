/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "base/json.h"

static void test_shapes(void **state)
{
	struct buf buf;
	struct json json;

	(void)state;
	buf_init(&buf, 1000);
	json_init(&json, &buf);
	json_open_map(&json);
	json_put_text(&json, "a", "x");
	json_put_int(&json, "b", INT64_MIN);
	json_key(&json, "c");
	json_open_list(&json);
	json_nothing(&json);
	json_bool(&json, false);
	json_double(&json, 1);
	json_open_map(&json);
	json_close_map(&json);
	json_open_list(&json);
	json_close_list(&json);
	json_int(&json, INT64_MAX);
	json_close_list(&json);
	json_key_str(&json, STR("d\""));
	json_raw(&json, STR("[1]"));
	json_put_bool(&json, "e", true);
	json_put_str(&json, "f", STR("y"));
	json_close_map(&json);
	assert_true(str_is(buf_view(&buf),
	    "{\"a\":\"x\",\"b\":-9223372036854775808,\"c\":[null,false,1.0,{},[],"
	    "9223372036854775807],"
	    "\"d\\\"\":[1],\"e\":true,\"f\":\"y\"}"));
	buf_done(&buf);
}

static void assert_quotes(struct str text, const char *wanted)
{
	struct buf buf;

	buf_init(&buf, 1000);
	json_quote(&buf, text);
	if (!str_is(buf_view(&buf), wanted))
		fail_msg("%.*s, wanted %s", STR_ARG(buf_view(&buf)), wanted);
	buf_done(&buf);
}

static void test_quoting(void **state)
{
	(void)state;
	assert_quotes(STR(""), "\"\"");
	assert_quotes(STR("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	assert_quotes(STR("\b\f\n\r\t\x01\x1F\x7F"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"");
	assert_quotes(STR("\0"), "\"\\u0000\"");
	assert_quotes(STR("\xC3\xA9\xF0\x9F\x98\x80"), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
	assert_quotes(STR("a\xFF"
			  "b\xC3"),
	    "\"a\xEF\xBF\xBD"
	    "b\xEF\xBF\xBD\"");
	assert_quotes(STR("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

/* What steers a terminal or turns text is escaped for people, and the record keeps its bytes. */
static void test_shown(void **state)
{
	static const char text[] = "\xC2\x9B\xE2\x80\xAE\xC3\xA9";
	struct buf buf;
	struct json json;

	(void)state;
	buf_init(&buf, 1000);
	json_init_shown(&json, &buf, false);
	json_open_map(&json);
	json_put_text(&json, "a", text);
	json_key_str(&json, str_from(text));
	json_int(&json, 1);
	json_close_map(&json);
	assert_true(str_is(
	    buf_view(&buf), "{\"a\":\"\\u009b\\u202e\xC3\xA9\",\"\\u009b\\u202e\xC3\xA9\":1}"));
	buf_done(&buf);
	assert_quotes(str_from(text), "\"\xC2\x9B\xE2\x80\xAE\xC3\xA9\"");
}

static void test_pretty(void **state)
{
	struct buf buf;
	struct json json;

	(void)state;
	buf_init(&buf, 1000);
	json_init_shown(&json, &buf, true);
	json_open_list(&json);
	json_open_map(&json);
	json_put_int(&json, "a", 1);
	json_key(&json, "b");
	json_open_list(&json);
	json_close_list(&json);
	json_key_str(&json, STR("c"));
	json_open_map(&json);
	json_close_map(&json);
	json_close_map(&json);
	json_int(&json, 2);
	json_close_list(&json);
	assert_true(str_is(buf_view(&buf),
	    "[\n"
	    "  {\n"
	    "    \"a\": 1,\n"
	    "    \"b\": [],\n"
	    "    \"c\": {}\n"
	    "  },\n"
	    "  2\n"
	    "]"));
	buf_done(&buf);
}

/* Any bytes become JSON that another reader takes for the same text. */
static void test_any_bytes(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char bytes[24];
		struct buf buf;
		json_t *read;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 6364136223846793005U + 1442695040888963407U;
			bytes[i] = (char)(seed >> 56 & (round % 2 ? 0xFF : 0x7F));
		}
		buf_init(&buf, 1000);
		json_quote(&buf, (struct str){bytes, sizeof(bytes)});
		read = json_loadb(buf.ptr, buf.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(read);
		if (round % 2 == 0) {
			assert_int_equal(json_string_length(read), sizeof(bytes));
			assert_memory_equal(json_string_value(read), bytes, sizeof(bytes));
		}
		json_decref(read);
		buf_done(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_quoting),
	    cmocka_unit_test(test_shown),
	    cmocka_unit_test(test_pretty),
	    cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
