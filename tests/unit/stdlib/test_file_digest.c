/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "stdlib/registry.h"

/* file.digest and file.checksums against the file system. */

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_MD5 "900150983cd24fb0d6963f7d28e17f72"

static struct loop *loop;

static struct probe *digest(const char *args)
{
	return probe_run(loop, &file_digest, 0, "{%s}", args);
}

static struct probe *check(const char *path, const char *more)
{
	return probe_run(loop, &file_checksums, 0, "{\"path\":\"%s\"%s}", path, more);
}

static void gives_digests(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("abc", "abc");
	files_put("empty", "");
	probe = digest("\"path\":\"abc\"");
	probe_expect_ok(probe);
	probe_expect(probe, "digest", "\"" ABC "\"");
	probe_expect(probe, "size", "3");
	probe_expect(probe, "algorithm", "\"sha256\"");
	probe_free(probe);
	probe = digest("\"path\":\"abc\",\"algorithm\":\"md5\"");
	probe_expect(probe, "digest", "\"" ABC_MD5 "\"");
	probe_free(probe);
	probe = digest("\"paths\":[\"abc\",\"empty\"]");
	probe_expect_ok(probe);
	probe_expect(probe, "files",
	    "[{\"path\":\"abc\",\"digest\":\"" ABC "\",\"size\":3},"
	    "{\"path\":\"empty\",\"digest\":\"" NOTHING "\",\"size\":0}]");
	assert_null(probe_get(probe, "digest"));
	probe_free(probe);
}

static void knows_what_is_expected(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("abc", "abc");
	probe = digest("\"path\":\"abc\",\"expected\":\" SHA256:" ABC "\\n\"");
	probe_expect_ok(probe);
	probe_free(probe);
	probe = digest("\"path\":\"abc\",\"algorithm\":\"md5\",\"expected\":"
		       "\"900150983CD24FB0D6963F7D28E17F72\"");
	probe_expect_ok(probe);
	probe_free(probe);
	probe = digest("\"path\":\"abc\",\"expected\":\"" NOTHING "\"");
	probe_expect_class(probe, "mismatch", "/abc is " ABC ", not " NOTHING " as expected");
	probe_expect(probe, "digest", "\"" ABC "\"");
	probe_free(probe);
}

static void streams_large_files(void **state)
{
	long before_kib = files_memory_kib();
	struct probe *probe;

	(void)state;
	files_put_hole("gib", 1 << 30);
	probe = digest("\"path\":\"gib\"");
	probe_expect_ok(probe);
	probe_expect(probe, "digest",
	    "\"49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14\"");
	probe_expect(probe, "size", "1073741824");
	assert_true(files_memory_kib() < before_kib + FILES_BOUND_KIB);
	probe_free(probe);
	/* and is ended between two chunks */
	files_put_hole("endless", (off_t)1 << 43);
	probe = probe_begin(loop, &file_digest, 0, "{\"path\":\"endless\"}");
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while reading endless");
	probe_free(probe);
	files_settle(loop);
}

static void says_why_not(void **state)
{
	static const char *const wrong[][2] = {
	    {"", "either path or paths"},
	    {"\"path\":\"a\",\"paths\":[\"a\"]", "either path or paths"},
	    {"\"paths\":[]", "paths must name between 1 and 10000 files"},
	    {"\"paths\":[\"a\",7]", "paths must be texts, and none of them empty"},
	    {"\"path\":\"a\",\"expected\":\"abc\"",
		"expected must be the 64 hexadecimal digits of a sha256"},
	    {"\"path\":\"a\",\"expected\":\"md5:" ABC_MD5 "\"",
		"expected must be the 64 hexadecimal digits of a sha256"},
	    {"\"path\":\"a\",\"algorithm\":\"crc32\"", "there is no algorithm crc32"},
	};
	struct probe *probe;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		probe = digest(wrong[i][0]);
		probe_expect_error(probe, wrong[i][1]);
		probe_free(probe);
	}
	files_put("abc", "abc");
	assert_int_equal(mkfifo("fifo", 0644), 0);
	probe = digest("\"paths\":[\"abc\",\"gone\"]");
	probe_expect_class(probe, "missing", "gone: there is no such file");
	assert_int_equal(probe_get(probe, "files")->list.count, 1);
	assert_null(probe_get(probe, "size"));
	probe_free(probe);
	probe = digest("\"path\":\"fifo\"");
	probe_expect_class(probe, "type", "fifo: it is a pipe (FIFO), not a file");
	probe_free(probe);
}

static void verifies_all_forms(void **state)
{
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("backup", 0755), 0);
	files_put("backup/abc", "abc");
	files_put("backup/a (copy)", "abc");
	files_put("backup/-n", "abc");
	files_put("backup/new\nline \\", "abc");
	files_put("backup/日誌", "abc");
	files_put("backup/SHA256SUMS",
	    "# comment\r\n"
	    "\n" ABC "  abc\n" ABC " *-n\n"
	    "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  日誌\r\n"
	    "\\" ABC "  new\\nline \\\\\n"
	    "SHA256 (a (copy)) = " ABC "\n"
	    "MD5 (abc) = " ABC_MD5 "\n"
	    "SHA2-256(abc)= " ABC "\n" ABC_MD5 "  abc");
	probe = check("backup/SHA256SUMS", "");
	probe_expect_ok(probe);
	probe_expect(probe, "count", "8");
	probe_expect(probe, "right",
	    "[\"abc\",\"-n\",\"日誌\",\"new\\nline \\\\\",\"a (copy)\",\"abc\",\"abc\",\"abc\"]");
	probe_expect(probe, "wrong", "[]");
	probe_expect(probe, "missing", "[]");
	probe_expect(probe, "malformed", "[]");
	probe_expect(probe, "class", "\"\"");
	probe_free(probe);
	/* said to be of one kind, a line of another is none */
	probe = check("backup/SHA256SUMS", ",\"algorithm\":\"sha256\"");
	probe_expect_class(probe, "format", "line 10 of backup/SHA256SUMS is no checksum");
	probe_expect(probe, "malformed", "[10]");
	probe_free(probe);
}

static void tells_them_apart(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("ok", "abc");
	files_put("bad\x1b", "abcd");
	assert_int_equal(mkfifo("pipe", 0644), 0);
	files_put("sums",
	    ABC "  ok\n" ABC "  bad\x1b\n" ABC "  lost1\n" ABC "  lost2\n" ABC "  lost3\n" ABC
		"  lost4\nwhat is this\n" ABC "  pipe\n" ABC "0  ok\n");
	probe = check("sums", "");
	probe_expect_class(probe, "mismatch",
	    "of the 7 files in sums 1 are right; wrong: bad\\x1b; missing: lost1, lost2, lost3, "
	    "and 1 "
	    "more; cannot read pipe: it is a pipe (FIFO), not a file");
	probe_expect(probe, "right", "[\"ok\"]");
	probe_expect(probe, "wrong", "[\"bad\\u001b\"]");
	probe_expect(probe, "missing", "[\"lost1\",\"lost2\",\"lost3\",\"lost4\"]");
	probe_expect(probe, "unreadable", "[\"pipe\"]");
	probe_expect(probe, "malformed", "[7,9]");
	probe_free(probe);
	files_put("sums", ABC "  ok\n" ABC "  lost\n");
	probe = check("sums", "");
	probe_expect_class(probe, "missing", "of the 2 files in sums 1 are right; missing: lost");
	probe_free(probe);
	probe = check("sums", ",\"ignore_missing\":true");
	probe_expect_ok(probe);
	probe_expect(probe, "missing", "[\"lost\"]");
	probe_free(probe);
	files_put("sums", ABC "  lost\n");
	probe = check("sums", ",\"ignore_missing\":true");
	probe_expect_class(probe, "missing", "none of the files in sums is there");
	probe_free(probe);
	files_put("sums", "\n");
	probe = check("sums", "");
	probe_expect_class(probe, "format", "sums lists no file");
	probe_free(probe);
	probe = check("gone", "");
	probe_expect_class(probe, "missing", "cannot read gone: there is no such file");
	probe_free(probe);
	files_put_hole("large", 3 << 20);
	probe = check("large", "");
	probe_expect_class(probe, "limit", "large has more than the 2.0 MiB that are allowed");
	probe_free(probe);
}

static void can_be_ended(void **state)
{
	struct probe *probe;

	(void)state;
	files_put_hole("huge", (off_t)1 << 43);
	files_put("sums", ABC "  huge\n");
	probe = probe_begin(loop, &file_checksums, 0, "{\"path\":\"sums\"}");
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while checking the files in sums");
	probe_free(probe);
	files_settle(loop);
}

static int begin(void **state)
{
	loop = loop_new();
	return files_begin(state);
}

static int finish(void **state)
{
	loop_free(loop);
	return files_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_digests),
	    cmocka_unit_test(knows_what_is_expected),
	    cmocka_unit_test(streams_large_files),
	    cmocka_unit_test(says_why_not),
	    cmocka_unit_test(verifies_all_forms),
	    cmocka_unit_test(tells_them_apart),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
