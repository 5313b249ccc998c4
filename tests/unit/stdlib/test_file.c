/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stdlib/registry.h"

/* file.stat against the file system. */

static struct loop *loop;
static char folder[] = "/tmp/reprise-file-XXXXXX";

static struct probe *look(const char *path, const char *more)
{
	return probe_run(loop, &file_stat, 0, "{\"path\":\"%s\"%s}", path, more);
}

static void describes_a_file(void **state)
{
	const struct timespec times[2] = {{1000000000, 0}, {1000000000, 500000000}};
	int fd = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	char owner[300];
	struct probe *probe;

	(void)state;
	assert_int_equal(write(fd, "12345", 5), 5);
	assert_int_equal(fchmod(fd, 02640), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	probe = look("file", "");
	probe_expect_ok(probe);
	probe_expect(probe, "exists", "true");
	probe_expect(probe, "size", "5");
	probe_expect(probe, "mode", "\"2640\"");
	probe_expect(probe, "type", "\"file\"");
	probe_expect(probe, "readable", "true");
	probe_expect(probe, "mtime", "{\"$timestamp\":\"2001-09-09T01:46:40.5Z\"}");
	snprintf(owner, sizeof(owner), "\"%s\"", getpwuid(geteuid())->pw_name);
	probe_expect(probe, "owner", owner);
	assert_true(value_us(probe_get(probe, "age")) > (int64_t)700000000 * 1000000);
	probe_free(probe);
}

static void knows_the_kinds(void **state)
{
	struct probe *probe = look(".", "");

	(void)state;
	probe_expect(probe, "type", "\"directory\"");
	probe_free(probe);
	probe = look("/dev/null", "");
	probe_expect(probe, "type", "\"other\"");
	probe_free(probe);
	assert_int_equal(symlink("file", "link"), 0);
	probe = look("link", "");
	probe_expect(probe, "type", "\"file\"");
	probe_free(probe);
	probe = look("link", ",\"follow\":false");
	probe_expect(probe, "type", "\"link\"");
	probe_free(probe);
}

static void tells_what_is_not_there(void **state)
{
	static const char *const cases[][2] = {
	    {"gone", "no such file: gone"},
	    {"file/below", "no such file: file/below"},
	    {"dangling", "dangling is a link that leads to nothing"},
	};

	(void)state;
	assert_int_equal(symlink("nothing", "dangling"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = look(cases[i][0], "");

		assert_false(probe->attempt.result.ok);
		assert_false(probe->attempt.result.error);
		probe_expect(probe, "exists", "false");
		probe_expect(probe, "class", "\"missing\"");
		assert_string_equal(probe->attempt.result.why.ptr, cases[i][1]);
		probe_free(probe);
	}
}

static void does_not_guess(void **state)
{
	struct probe *probe;

	(void)state;
	assert_int_equal(symlink("circle", "circle"), 0);
	probe = look("circle", "");
	probe_expect_error(probe, "cannot look at circle: Too many levels of symbolic links");
	assert_null(probe->attempt.result.value);
	probe_free(probe);
	probe = look("", "");
	probe_expect_error(probe, "path is empty");
	probe_free(probe);
	probe = probe_run(loop, &file_stat, 0, "{\"path\":7}");
	probe_expect_error(probe, "path must be text, not int");
	probe_free(probe);
}

static void can_be_ended(void **state)
{
	struct probe *probe = probe_begin(loop, &file_stat, 0, "{\"path\":\"file\"}");

	(void)state;
	probe_cancel(probe);
	assert_true(probe->finished);
	probe_expect_class(probe, "cancelled", "while looking at file");
	probe_free(probe);
}

static int begin(void **state)
{
	(void)state;
	loop = loop_new();
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int finish(void **state)
{
	static const char *const files[] = {"file", "link", "dangling", "circle"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(files[i]);
	rmdir(folder);
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(describes_a_file),
	    cmocka_unit_test(knows_the_kinds),
	    cmocka_unit_test(tells_what_is_not_there),
	    cmocka_unit_test(does_not_guess),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
