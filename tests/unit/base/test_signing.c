/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/signing.h"

static char folder[] = "/tmp/reprise-signing-XXXXXX";

/* RFC 8032, section 7.1, tests 1 to 3, the keys in PEM. */
static const struct {
	const char *private_pem;
	const char *public_pem;
	struct str text;
	const char *signature;
} vectors[] = {
    {"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g",
	"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", {"", 0},
	"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
	"f9b4"
	"6bd25bf5f0595bbe24655141438e7a100b"},
    {"MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7",
	"MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", {"\x72", 1},
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
	"f11d"
	"8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3",
	"MCowBQYDK2VwAyEA/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=", {"\xaf\x82", 2},
	"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
	"4dc6"
	"594a7c15e9716ed28dc027beceea1ec40a"},
};

static const char *path_of(const char *name)
{
	static char path[80];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void write_pem(const char *name, const char *label, const char *base64)
{
	char text[300];

	snprintf(
	    text, sizeof(text), "-----BEGIN %s-----\n%s\n-----END %s-----\n", label, base64, label);
	write_file(name, text);
}

/* A key that must be there, from the vector's PEM. */
static struct signing_key *read_vector(size_t i, bool is_private)
{
	struct signing_key *key;
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	if (is_private) {
		write_pem("private", "PRIVATE KEY", vectors[i].private_pem);
		key = signing_key_private(path_of("private"), false, &error);
	} else {
		write_pem("public", "PUBLIC KEY", vectors[i].public_pem);
		key = signing_key_public(path_of("public"), &error);
	}
	if (!key)
		fail_msg("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return key;
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		struct signing_key *private = read_vector(i, true);
		struct signing_key *public = read_vector(i, false);
		char signature[SIGNATURE_BYTES];
		char hex[2 * SIGNATURE_BYTES + 1];
		char digests[2][DIGEST_HEX + 1];

		signing_key_sign(private, vectors[i].text, signature);
		for (size_t k = 0; k < SIGNATURE_BYTES; k++)
			snprintf(hex + 2 * k, 3, "%02x", (unsigned char)signature[k]);
		assert_string_equal(hex, vectors[i].signature);
		assert_true(signing_key_verify(
		    public, vectors[i].text, (struct str){signature, sizeof(signature)}));
		signing_key_digest(private, digests[0]);
		signing_key_digest(public, digests[1]);
		assert_string_equal(digests[0], digests[1]);
		signing_key_free(private);
		signing_key_free(public);
	}
	signing_key_free(NULL);
}

/* No bit of a signature may be another, no byte may be missing, and no other key or text will do. */
static void test_what_is_changed_is_refused(void **state)
{
	struct signing_key *private = read_vector(2, true);
	struct signing_key *other = read_vector(1, false);
	struct str text = STR("0123456789");
	char bytes[SIGNATURE_BYTES + 1] = {0};
	struct str signature = {bytes, SIGNATURE_BYTES};

	(void)state;
	signing_key_sign(private, text, bytes);
	assert_true(signing_key_verify(private, text, signature));
	assert_false(signing_key_verify(other, text, signature));
	assert_false(signing_key_verify(private, STR("0123456780"), signature));
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(signing_key_verify(private, text, (struct str){bytes, len}),
		    len == SIGNATURE_BYTES);
	for (size_t bit = 0; bit < 8 * SIGNATURE_BYTES; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		assert_false(signing_key_verify(private, text, signature));
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
	}
	signing_key_free(private);
	signing_key_free(other);
}

/* The sentence for a file that holds no key; in static storage. */
static const char *refused(const char *name, bool is_private)
{
	static char sentence[600];
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	if (is_private)
		assert_null(signing_key_private(path_of(name), false, &error));
	else
		assert_null(signing_key_public(path_of(name), &error));
	snprintf(sentence, sizeof(sentence), "%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return sentence;
}

static void test_what_is_no_key(void **state)
{
	static char long_text[70000];
	struct str seen;

	(void)state;
	signing_key_free(read_vector(0, true));
	signing_key_free(read_vector(0, false));
	assert_non_null(
	    strstr(refused("private", false), "holds no public key in PEM, but: PRIVATE KEY;"));
	assert_non_null(
	    strstr(refused("public", true), "holds no private key in PEM, but: PUBLIC KEY;"));
	assert_non_null(strstr(refused("none", true), "No such file or directory"));
	assert_non_null(strstr(refused("", true), "Is a directory"));
	write_file("empty", "");
	seen = str_from(refused("empty", true));
	assert_true(str_ends(seen,
	    STR("/empty holds no private key in PEM; openssl genpkey -algorithm ed25519 -out FILE "
		"makes one")));
	write_file("spoiled",
	    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE\n-----END PRIVATE KEY-----\n");
	assert_non_null(
	    strstr(refused("spoiled", true), "holds no private key in PEM, but: PRIVATE KEY;"));
	memset(long_text, 'x', sizeof(long_text) - 1);
	write_file("long", long_text);
	assert_non_null(strstr(refused("long", true), "File too large"));
}

/* As openssl makes them: other kinds, and one that is encrypted. */
static void test_other_kinds(void **state)
{
	static const struct {
		const char *options;
		const char *sentence;
	} cases[] = {
	    {"-algorithm rsa", " holds a key of RSA, not of Ed25519; "},
	    {"-algorithm ed448", " holds a key of ED448, not of Ed25519; "},
	    {"-algorithm ed25519 -aes256 -pass pass:word",
		" is encrypted, and nobody can be asked for its pass phrase; openssl pkey -in "},
	};
	char command[300];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(command, sizeof(command),
		    "openssl genpkey %s -out %s 2>&1 | grep -v '^[.+*]*$'", cases[i].options,
		    path_of("made"));
		assert_int_not_equal(system(command), 0); /* it printed nothing but dots */
		assert_non_null(strstr(refused("made", true), cases[i].sentence));
	}
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_what_is_changed_is_refused),
	    cmocka_unit_test(test_what_is_no_key),
	    cmocka_unit_test(test_other_kinds),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
