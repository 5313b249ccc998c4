/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "stdlib/registry.h"

/* file.read against the file system. */

static struct loop *loop;

static struct probe *read_file(const char *path, const char *more)
{
	return probe_run(loop, &file_read, 0, "{\"path\":\"%s\"%s}", path, more);
}

static void expect_output(const struct probe *probe, struct str wanted)
{
	assert_int_equal(probe->output.len, wanted.len);
	assert_memory_equal(probe->output.len ? probe->output.ptr : "", wanted.ptr, wanted.len);
}

static void reads(void **state)
{
	static const struct {
		const char *name; /* as JSON writes it */
		struct str content;
	} cases[] = {
	    {"plain", STR("a\nb\n")},
	    {"empty", STR("")},
	    {"no newline", STR("a\nb")},
	    {"crlf", STR("a\r\nb\r\n")},
	    {"nul", STR("a\0b")},
	    {"not utf-8", STR("\xff\xfe caf\xe9\n")},
	    {"-rf", STR("dash")},
	    {"new\\nline", STR("newline")},
	    {"schlüssel 🔑", STR("unicode")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *path = strcmp(cases[i].name, "new\\nline") ? cases[i].name
								       : "new\nline";
		char size[16];
		struct probe *probe;

		files_put_bytes(path, cases[i].content.ptr, cases[i].content.len, O_TRUNC);
		probe = read_file(cases[i].name, "");
		probe_expect_ok(probe);
		snprintf(size, sizeof(size), "%zu", cases[i].content.len);
		probe_expect(probe, "size", size);
		probe_expect(probe, "class", "\"\"");
		probe_expect(probe, "content", "\"\"");
		assert_non_null(probe_get(probe, "mtime"));
		expect_output(probe, cases[i].content);
		probe_free(probe);
	}
}

static void follows_links(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("target", "there");
	assert_int_equal(symlink("target", "link"), 0);
	probe = read_file("link", "");
	probe_expect_ok(probe);
	expect_output(probe, STR("there"));
	probe_free(probe);
}

/* Their size is said to be 0. */
static void reads_what_the_kernel_makes(void **state)
{
	struct probe *probe = read_file("/proc/self/status", "");

	(void)state;
	probe_expect_ok(probe);
	assert_true(str_find(buf_view(&probe->output), STR("Threads:")) > 0);
	probe_free(probe);
}

static void says_why_not(void **state)
{
	static const char *const cases[][3] = {
	    {"gone", "missing", "cannot read gone: there is no such file"},
	    {"plain/below", "missing", "cannot read plain/below: a part of its path is no folder"},
	    {"dangling", "missing", "cannot read dangling: it is a link that leads to nothing"},
	    {"circle", "type", "cannot read circle: its links lead in a circle"},
	    {".", "type", "cannot read .: it is a folder, not a file"},
	    {"fifo", "type", "cannot read fifo: it is a pipe (FIFO), not a file"},
	    {"/dev/zero", "type", "cannot read /dev/zero: it is a device, not a file"},
	    {"\\u001b[1m\\n", "missing", "cannot read \\x1b[1m\\n: there is no such file"},
	};

	(void)state;
	files_put("plain", "x");
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(symlink("circle", "circle"), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = read_file(cases[i][0], "");

		probe_expect_class(probe, cases[i][1], cases[i][2]);
		assert_null(probe_get(probe, "content"));
		probe_free(probe);
	}
}

static void says_who_may_not(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("private", "x");
	assert_int_equal(chmod("private", 0600), 0);
	files_as_nobody();
	probe = read_file("private", "");
	files_as_root();
	probe_expect_class(probe, "permission", "cannot read private: user 65534 may not");
	probe_free(probe);
}

static void is_bounded(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("eleven", "12345678901");
	probe = read_file("eleven", ",\"max_size\":11");
	probe_expect_ok(probe);
	probe_free(probe);
	probe = read_file("eleven", ",\"max_size\":10");
	probe_expect_class(probe, "limit", "eleven has more than the 10 B that are allowed");
	probe_expect(probe, "size", "11");
	probe_free(probe);
	files_put_hole("sparse", (off_t)1 << 40);
	probe = read_file("sparse", "");
	probe_expect_class(probe, "limit", "sparse has more than the 8.0 MiB that are allowed");
	probe_expect(probe, "size", "1099511627776");
	probe_free(probe);
	probe = read_file("/proc/self/status", ",\"max_size\":100");
	probe_expect_class(probe, "limit", "/proc/self/status has more than the 100 B");
	probe_free(probe);
}

static void refuses_what_makes_no_sense(void **state)
{
	struct probe *probe;

	(void)state;
	probe = read_file("", "");
	probe_expect_error(probe, "path is empty");
	probe_free(probe);
	probe = read_file("plain", ",\"max_size\":-1");
	probe_expect_error(probe, "max_size must lie between 0 and 268435456, not be -1");
	probe_free(probe);
	probe = probe_run(loop, &file_read, 0, "{\"path\":[]}");
	probe_expect_error(probe, "path must be text, not list");
	probe_free(probe);
}

static void can_be_ended(void **state)
{
	struct probe *probe;

	(void)state;
	files_put_hole("large", 256 << 20);
	probe = probe_begin(loop, &file_read, 0, "{\"path\":\"large\",\"max_size\":268435456}");
	probe_cancel(probe);
	assert_true(probe->finished);
	probe_expect_class(probe, "cancelled", "while reading large");
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
	    cmocka_unit_test(reads),
	    cmocka_unit_test(follows_links),
	    cmocka_unit_test(reads_what_the_kernel_makes),
	    cmocka_unit_test(says_why_not),
	    cmocka_unit_test(says_who_may_not),
	    cmocka_unit_test(is_bounded),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
