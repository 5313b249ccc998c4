/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"

/* Every code point goes there and back; surrogates and what lies past the end become U+FFFD. */
static void test_round_trip(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x110000; code++) {
		char bytes[4];
		size_t len = utf8_encode(code, bytes);
		uint32_t again = 0;

		if (utf8_decode((struct str){bytes, len}, &again) != len ||
		    again != (code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code))
			fail_msg("U+%04X gave U+%04X", code, again);
		if (len > 1 && utf8_decode((struct str){bytes, len - 1}, &again) != 0)
			fail_msg("U+%04X cut short was taken", code);
	}
	assert_int_equal(utf8_encode(0x110000, (char[4]){0}), 3);
}

static void test_ill_formed(void **state)
{
	static const char *const bad[] = {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(",
	    "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xEF\xBF",
	    "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
	    "\xF8\x88\x80\x80\x80", "\xFE", "\xFF"};
	uint32_t code = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(utf8_decode(str_from(bad[i]), &code), 0);
		assert_false(utf8_valid(str_from(bad[i])));
	}
	assert_int_equal(code, 77);
	assert_int_equal(utf8_decode((struct str){0}, &code), 0);
	assert_true(utf8_valid(STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0")));
	assert_true(utf8_valid((struct str){0}));
	assert_true(utf8_valid(STR("eight by\xC3\xA9 and some more of it")));
	assert_false(utf8_valid(STR("eight by\xC3 and some more of it")));
	assert_false(utf8_valid(STR("eight of \xFF")));
}

static void test_counts(void **state)
{
	(void)state;
	assert_int_equal(utf8_count(STR("a\xC3\xA9\xF0\x9F\x98\x80")), 3);
	assert_int_equal(utf8_count(STR("a\xFF\xC3z")), 4);
	assert_int_equal(utf8_columns(STR("a\xC3\xA9")), 2);
	assert_int_equal(utf8_columns(STR("e\xCC\x81")), 1); /* a combining accent */
	assert_int_equal(utf8_columns(STR("\x1B[0m\n")), 3);
	assert_int_equal(utf8_columns(STR("\u5E97a\uFF21\U0001F600")), 7);
	assert_int_equal(utf8_columns(STR("a\u200Bb\uFEFF")), 2);
	assert_int_equal(utf8_columns(STR("\u1100\U0003FFFD\U0003FFFE")), 5);
}

static void assert_cleans(struct str text, const char *wanted)
{
	struct buf buf;

	buf_init(&buf, 100);
	assert_true(utf8_clean(&buf, text));
	assert_true(str_is(buf_view(&buf), wanted));
	assert_true(utf8_valid(buf_view(&buf)));
	buf_done(&buf);
}

static void test_clean(void **state)
{
	struct buf buf;

	(void)state;
	assert_cleans(STR("a\xC3\xA9"), "a\xC3\xA9");
	assert_cleans(STR("a\xFFz"), "a\xEF\xBF\xBDz");
	assert_cleans(STR("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
	assert_cleans(STR(""), "");
	buf_init(&buf, 2);
	assert_false(utf8_clean(&buf, STR("a\xFF")));
	buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_ill_formed),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
