/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "record/signature.h"
#include "sample.h"

enum { NOTES = 3 };

static struct signing_key *key; /* the one that signs */
static struct signing_key *other;
static struct buf signed_text; /* a transcript that the key signed */

static struct signing_key *make_key(const char *name)
{
	char command[200];
	struct signing_key *made;
	struct buf error;

	snprintf(command, sizeof(command), "openssl genpkey -algorithm ed25519 -out %s",
	    sample_path(name));
	assert_int_equal(system(command), 0);
	buf_init(&error, BUF_UNBOUNDED);
	made = signing_key_private(sample_path(name), false, &error);
	if (!made)
		fail_msg("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return made;
}

/* A sealed transcript in sample_dir/name; a run that names its signer, or not. */
static void write_run(const char *name, const struct signing_key *signer, bool named)
{
	struct writer_options options = {.path = sample_path(name), .signer = signer};
	char digest[DIGEST_HEX + 1] = "";
	struct message started = {.type = MESSAGE_RUN_STARTED, .run_started = {.format = 1}};
	struct buf error;
	struct writer *writer;

	buf_init(&error, 1000);
	writer = writer_new(&options, &error);
	assert_non_null(writer);
	if (named)
		signing_key_digest(key, digest);
	started.run_started.signer = str_from(digest);
	assert_true(writer_append(writer, &started));
	for (int i = 1; i <= NOTES; i++)
		sample_note(writer, i);
	sample_end(writer);
	assert_true(writer_seal(writer));
	assert_true(writer_finish(writer));
	writer_free(writer);
	buf_done(&error);
}

static int set_up(void **state)
{
	if (sample_setup(state) != 0)
		return -1;
	key = make_key("key");
	other = make_key("other");
	write_run("signed", key, true);
	buf_init(&signed_text, BUF_UNBOUNDED);
	sample_read(sample_path("signed"), &signed_text);
	return 0;
}

static int clean(void **state)
{
	signing_key_free(key);
	signing_key_free(other);
	buf_done(&signed_text);
	return sample_clean(state);
}

/* What transcript_verify() says of a file behind the time; the state is checked. */
static const char *said(
    const char *name, const struct signing_key *by, enum transcript_state expected)
{
	static char text[600];
	struct buf out;
	struct str rest;

	buf_init(&out, BUF_UNBOUNDED);
	assert_int_equal(transcript_verify(sample_path(name), by, &out), expected);
	rest = buf_view(&out);
	if (str_find(rest, STR("; ")) >= 0)
		rest = str_sub(rest, (size_t)str_find(rest, STR("; ")), rest.len);
	else
		rest.len = 0;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(rest));
	buf_done(&out);
	return text;
}

static void what_is_signed_is_told_so(void **state)
{
	(void)state;
	assert_string_equal(said("signed", key, TRANSCRIPT_SEALED), "; signed with this key");
	assert_string_equal(said("signed", NULL, TRANSCRIPT_SEALED),
	    "; signed, not checked: reprise verify --key FILE does");
	assert_non_null(
	    strstr(said("signed", other, TRANSCRIPT_UNSIGNED), "; signed with ANOTHER key: "));
	write_run("nameless", key, false);
	assert_string_equal(said("nameless", key, TRANSCRIPT_SEALED), "; signed with this key");
	assert_string_equal(said("nameless", other, TRANSCRIPT_UNSIGNED),
	    "; NOT signed with this key: another one signed it, or the signature was changed");
}

static void what_is_not_signed_is_told_so(void **state)
{
	(void)state;
	write_run("plain", NULL, false);
	assert_string_equal(said("plain", NULL, TRANSCRIPT_SEALED), "");
	assert_string_equal(said("plain", key, TRANSCRIPT_UNSIGNED), "; NOT signed");
	write_run("stripped", NULL, true);
	assert_non_null(strstr(
	    said("stripped", NULL, TRANSCRIPT_SEALED), "; NOT signed, though it was to be, with "));
	assert_non_null(
	    strstr(said("stripped", key, TRANSCRIPT_UNSIGNED), "; NOT signed, though "));
}

static void write_bytes(const char *name, struct str text)
{
	FILE *file = fopen(sample_path(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
}

static void what_has_no_seal_is_not_signed_yet(void **state)
{
	struct str whole = buf_view(&signed_text);
	ptrdiff_t line = str_find(whole, STR("\n")) + 1;

	(void)state;
	write_bytes("cut", str_sub(whole, 0, (size_t)line));
	assert_string_equal(said("cut", key, TRANSCRIPT_INCOMPLETE), "; not signed yet");
	assert_string_equal(said("cut", NULL, TRANSCRIPT_INCOMPLETE), "");
	write_bytes("cut", str_sub(whole, 0, (size_t)line + 9));
	assert_non_null(strstr(said("cut", key, TRANSCRIPT_TORN), "; not signed yet"));
	write_bytes("cut", str_sub(whole, 0, whole.len - 1));
	assert_string_equal(said("cut", key, TRANSCRIPT_DAMAGED), "");
}

/* Any bit of the file may be turned: either the chain breaks, or the signature does not hold. */
static void no_bit_can_be_changed(void **state)
{
	struct str whole = buf_view(&signed_text);
	struct reader *reader;
	struct buf text;
	struct buf out;
	size_t unsigned_ones = 0;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_init(&out, BUF_UNBOUNDED);
	buf_str(&text, whole);
	for (size_t i = 0; i < 8 * whole.len; i++) {
		bool sealed;
		bool trusted;

		text.ptr[i / 8] = (char)(text.ptr[i / 8] ^ 1 << i % 8);
		reader = reader_open_text(buf_view(&text));
		sealed = reader_verify(reader, &out) == TRANSCRIPT_SEALED;
		trusted = signature_verify(reader_report(reader), key, &out);
		assert_false(sealed && trusted);
		if (sealed)
			unsigned_ones++;
		reader_free(reader);
		buf_clear(&out);
		text.ptr[i / 8] = (char)(text.ptr[i / 8] ^ 1 << i % 8);
	}
	assert_true(unsigned_ones > 100); /* the bits of the signature itself */
	buf_done(&text);
	buf_done(&out);
}

/* A seal with another signature, of the same place or of none. */
static void signatures_are_told_apart(void **state)
{
	static const char *const signatures[] = {"AAAA", "not base64", "%"};
	struct str whole = buf_view(&signed_text);
	size_t at = (size_t)str_find(whole, STR("\"signature\":\"")) + 13;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++) {
		buf_clear(&text);
		buf_str(&text, str_sub(whole, 0, at));
		buf_printf(&text, "%s\"}\n", signatures[i]);
		write_bytes("spoiled", buf_view(&text));
		assert_string_equal(said("spoiled", key, TRANSCRIPT_UNSIGNED),
		    "; the signature was CHANGED: it is not 64 bytes in base64");
	}
	buf_clear(&text);
	buf_str(&text, whole);
	text.ptr[at] = text.ptr[at] == 'A' ? 'B' : 'A';
	write_bytes("spoiled", buf_view(&text));
	assert_string_equal(said("spoiled", key, TRANSCRIPT_UNSIGNED),
	    "; the signature was CHANGED: it was to be made with this key, and was not");
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_signed_is_told_so),
	    cmocka_unit_test(what_is_not_signed_is_told_so),
	    cmocka_unit_test(what_has_no_seal_is_not_signed_yet),
	    cmocka_unit_test(no_bit_can_be_changed),
	    cmocka_unit_test(signatures_are_told_apart),
	};

	return cmocka_run_group_tests(tests, set_up, clean);
}
