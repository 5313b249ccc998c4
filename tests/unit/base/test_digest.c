/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/digest.h"

static const char nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/* The vectors of FIPS 180-4's examples. */
static void test_vectors(void **state)
{
	char hex[DIGEST_HEX + 1];

	(void)state;
	digest_of(STR("abc"), hex);
	assert_string_equal(hex, abc);
	digest_of((struct str){0}, hex);
	assert_string_equal(hex, nothing);
	digest_of(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex);
	assert_string_equal(
	    hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_in_pieces(void **state)
{
	struct digest *digest = digest_new();
	char block[1000];
	char hex[DIGEST_HEX + 1];

	(void)state;
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 1000; i++)
		digest_add(digest, block, sizeof(block));
	digest_hex(digest, hex);
	assert_string_equal(
	    hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	digest_add(digest, "a", 1);
	digest_add(digest, NULL, 0);
	digest_add(digest, "bc", 2);
	digest_hex(digest, hex);
	assert_string_equal(hex, abc);
	digest_hex(digest, hex);
	assert_string_equal(hex, nothing);
	digest_free(digest);
	digest_free(NULL);
}

static void test_others(void **state)
{
	static const char *const cases[][2] = {
	    {"md5", "900150983cd24fb0d6963f7d28e17f72"},
	    {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
	    {"sha256", abc},
	    {"sha512",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	};
	char hex[DIGEST_HEX_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct digest *digest = digest_new_of(cases[i][0]);

		digest_add(digest, "abc", 3);
		digest_hex(digest, hex);
		assert_string_equal(hex, cases[i][1]);
		digest_free(digest);
	}
	assert_null(digest_new_of("rot13"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_in_pieces),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
