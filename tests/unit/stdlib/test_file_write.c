/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"
#include "files.h"

#include <sys/xattr.h>

#include "stdlib/registry.h"

/* file.write against the file system. */

static struct loop *loop;

static struct probe *write_file(const char *path, const char *content, const char *more)
{
	return probe_run(
	    loop, &file_write, 0, "{\"path\":\"%s\",\"content\":%s%s}", path, content, more);
}

static void writes(void **state)
{
	static const char *const cases[][2] = {
	    {"\"a\\nb\"", "a\nb"},
	    {"\"\"", ""},
	    {"{\"a\":[1,true,null],\"t\":{\"$duration\":\"90s\"}}",
		"{\"a\":[1,true,null],\"t\":\"90s\"}\n"},
	    {"[\"ä\"]", "[\"ä\"]\n"},
	    {"4711", "4711"},
	};
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("writes", 0755), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		probe = write_file("writes/file", cases[i][0], "");
		probe_expect_ok(probe);
		probe_expect(probe, "changed", "true");
		probe_expect(probe, "created", i ? "false" : "true");
		files_expect("writes/file", cases[i][1]);
		probe_free(probe);
	}
	assert_int_equal(files_mode("writes/file"), 0644);
	assert_int_equal(files_count("writes"), 1);
	probe = write_file("writes/-n\\n日誌", "\"abc\"", "");
	probe_expect_ok(probe);
	probe_expect(probe, "size", "3");
	probe_expect(probe, "sha256",
	    "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
	files_expect("writes/-n\n日誌", "abc");
	probe_free(probe);
}

static void writes_nothing_twice(void **state)
{
	struct probe *probe;
	struct stat before;
	struct stat after;

	(void)state;
	probe_free(write_file("twice", "\"same\"", ",\"mode\":\"0600\""));
	assert_int_equal(stat("twice", &before), 0);
	probe = write_file("twice", "\"same\"", ",\"mode\":\"600\"");
	probe_expect_ok(probe);
	probe_expect(probe, "changed", "false");
	probe_expect(probe, "created", "false");
	probe_free(probe);
	assert_int_equal(stat("twice", &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	probe = write_file("twice", "\"same\"", ",\"mode\":\"0640\"");
	probe_expect(probe, "changed", "true");
	probe_free(probe);
	assert_int_equal(files_mode("twice"), 0640);
}

static void keeps_what_the_old_one_had(void **state)
{
	char value[16] = "";
	struct probe *probe;
	struct stat stat;

	(void)state;
	files_put("kept", "old");
	assert_int_equal(chmod("kept", 04750), 0);
	if (setxattr("kept", "user.note", "hello", 5, 0) != 0)
		print_message("no extended attributes here: not tried\n");
	if (geteuid() == 0)
		assert_int_equal(chown("kept", 12, 34), 0);
	assert_int_equal(chmod("kept", 04750), 0);
	probe = write_file("kept", "\"new\"", "");
	probe_expect_ok(probe);
	probe_free(probe);
	files_expect("kept", "new");
	assert_int_equal(lstat("kept", &stat), 0);
	assert_int_equal(stat.st_mode & 07777, 04750);
	if (geteuid() == 0)
		assert_int_equal(stat.st_uid * 100 + stat.st_gid, 1234);
	if (getxattr("kept", "user.note", value, sizeof(value)) > 0)
		assert_string_equal(value, "hello");
	if (geteuid() != 0)
		return;
	probe = write_file("kept", "\"newer\"", ",\"owner\":\"root:7\",\"mode\":\"0600\"");
	probe_expect_ok(probe);
	probe_free(probe);
	assert_int_equal(lstat("kept", &stat), 0);
	assert_int_equal(stat.st_uid * 100 + stat.st_gid, 7);
	assert_int_equal(stat.st_mode & 07777, 0600);
}

static void writes_through_links(void **state)
{
	struct probe *probe;
	char real[PATH_MAX + 16];

	(void)state;
	files_put("target", "old");
	assert_int_equal(symlink("target", "link"), 0);
	probe = write_file("link", "\"new\"", "");
	probe_expect_ok(probe);
	snprintf(real, sizeof(real), "\"%s/target\"", files_folder);
	probe_expect(probe, "path", real);
	probe_free(probe);
	files_expect("target", "new");
	assert_int_equal(readlink("link", real, sizeof(real)), 6);
}

static void says_why_not(void **state)
{
	static const char *const cases[][4] = {
	    {"there", ",\"create\":\"new\"", "exists", "there is there already"},
	    {"absent", ",\"create\":\"replace\"", "missing", "there is no absent to replace"},
	    {"no/such/folder", "", "missing",
		"cannot make no/such/folder: there is no folder no/such"},
	    {"dangling", "", "missing",
		"cannot write dangling: it is a link that leads to nothing"},
	    {"dangling", ",\"create\":\"new\"", "missing", "it is a link that leads to nothing"},
	    {"circle", "", "type", "cannot write circle: its links lead in a circle"},
	    {".", "", "type", "cannot write .: it is a folder, not a file"},
	    {"fifo", "", "type", "cannot write fifo: it is a pipe (FIFO), not a file"},
	    {"/dev/null", "", "type", "cannot write /dev/null: it is a device, not a file"},
	    {"new/", "", "missing", "cannot make new/: there is no folder new"},
	    {"there/", "", "missing", "cannot write there/: a part of its path is no folder"},
	};

	(void)state;
	files_put("there", "x");
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(symlink("circle", "circle"), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = write_file(cases[i][0], "\"y\"", cases[i][1]);

		probe_expect_class(probe, cases[i][2], cases[i][3]);
		assert_null(probe_get(probe, "changed"));
		probe_free(probe);
	}
	files_expect("there", "x");
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][3] = {
	    {"null", "", "there is no content to write"},
	    {"\"x\"", ",\"mode\":\"rw\"", "mode must be permissions in octal, such as 0640"},
	    {"\"x\"", ",\"mode\":\"99\"", "mode must be permissions in octal"},
	    {"\"x\"", ",\"mode\":\"17777\"", "mode must be permissions in octal"},
	    {"\"x\"", ",\"owner\":\"nobody-at-all\"", "owner: there is no user nobody-at-all"},
	    {"\"x\"", ",\"owner\":\":nogroup-at-all\"", "owner: there is no group nogroup-at-all"},
	    {"{\"a\":{\"$double\":\"NaN\"}}", "", "content: JSON has no number for NaN"},
	    {"{\"$clip\":{\"head\":\"a\",\"tail\":\"b\",\"size\":9,\"sha256\":\"\"}}", "",
		"content must be a text that was kept whole"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = write_file("never", cases[i][0], cases[i][1]);

		probe_expect_error(probe, cases[i][2]);
		probe_free(probe);
		assert_int_equal(access("never", F_OK), -1);
	}
}

static void tells_no_secret(void **state)
{
	struct probe *probe;

	(void)state;
	probe = write_file("secret", "{\"a\":{\"$secret\":\"x${{ secrets.pw }}\"}}", "");
	probe_expect_ok(probe);
	assert_null(probe_get(probe, "sha256"));
	probe_free(probe);
	files_expect("secret", "{\"a\":\"xopened-pw\"}\n");
	assert_int_equal(files_mode("secret"), 0600);
}

static void needs_space(void **state)
{
	struct probe *probe;
	char *large = mem_alloc((1 << 20) + 3);

	(void)state;
	memset(large, 'x', (1 << 20) + 2);
	large[0] = large[(1 << 20) + 1] = '"';
	files_mount("full", "size=64k");
	files_put("full/file", "old");
	probe = write_file("full/file", large, "");
	probe_expect_class(probe, "full", "full/file: no space is left on its file system");
	probe_free(probe);
	free(large);
	files_expect("full/file", "old");
	assert_int_equal(files_count("full"), 1);
	files_unmount("full");
}

static void needs_permission(void **state)
{
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("private", 0755), 0);
	files_as_nobody();
	probe = write_file("private/file", "\"x\"", "");
	files_as_root();
	probe_expect_class(probe, "permission", "cannot write private/file: user 65534 may not");
	probe_free(probe);
	files_mount("read-only", "size=64k");
	files_put("read-only/file", "old");
	assert_int_equal(mount(NULL, "read-only", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	probe = write_file("read-only/file", "\"x\"", "");
	probe_expect_class(
	    probe, "permission", "read-only/file: its file system is mounted read-only");
	probe_free(probe);
	files_unmount("read-only");
}

/* Power may fail at any moment: the content is on the disk before it has its name, and then the name is. */
static void syncs_in_order(void **state)
{
	(void)state;
	calls_begin(CALL_NONE);
	probe_free(write_file("order", "\"1\"", ""));
	assert_string_equal(calls.log, "sync rename sync ");
	calls_begin(CALL_NONE);
	probe_free(write_file("order-new", "\"1\"", ",\"create\":\"new\""));
	assert_string_equal(calls.log, "sync rename-new sync ");
	calls_begin(CALL_NONE);
	probe_free(write_file("order", "\"1\"", ""));
	assert_string_equal(calls.log, "");
}

static void survives_what_fails(void **state)
{
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("fails", 0755), 0);
	files_put("fails/file", "old");
	calls_fail(CALL_SYNC, EIO);
	probe = write_file("fails/file", "\"new\"", "");
	probe_expect_class(probe, "io", "fails/file: the disk or its driver failed");
	probe_free(probe);
	calls_fail(CALL_RENAME, EBUSY);
	probe = write_file("fails/file", "\"new\"", "");
	probe_expect_class(probe, "io", "fails/file: it is in use: perhaps something is mounted");
	probe_free(probe);
	files_expect("fails/file", "old");
	assert_int_equal(files_count("fails"), 1);
	/* a file system that cannot rename without the danger to overwrite */
	calls_fail(CALL_RENAME, EINVAL);
	probe = write_file("fails/new", "\"new\"", ",\"create\":\"new\"");
	probe_expect_ok(probe);
	probe_free(probe);
	files_expect("fails/new", "new");
	assert_int_equal(files_count("fails"), 2);
}

static struct probe *begin_held(enum call held)
{
	struct probe *probe;

	calls_begin(held);
	probe = probe_begin(loop, &file_write, 0, "{\"path\":\"held/file\",\"content\":\"new\"}");
	calls_await();
	return probe;
}

static void can_be_ended(void **state)
{
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("held", 0755), 0);
	files_put("held/file", "old");
	/* before its name: it is not done, whatever the thread is still at */
	probe = begin_held(CALL_SYNC);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while writing held/file");
	probe_free(probe);
	calls_go_on();
	files_settle(loop);
	files_expect("held/file", "old");
	assert_int_equal(files_count("held"), 1);
	/* at its name: what came of it is told */
	probe = begin_held(CALL_RENAME);
	probe_cancel(probe);
	assert_false(probe->finished);
	calls_go_on();
	probe_wait(probe);
	probe_expect_ok(probe);
	probe_free(probe);
	files_expect("held/file", "new");
	/* a file system that hangs there */
	files_put("held/file", "old");
	probe = begin_held(CALL_RENAME);
	probe->attempt.grace_us = 1000;
	probe_cancel(probe);
	probe_wait(probe);
	probe_expect_class(
	    probe, "cancelled", "its file system hangs, and whether it was done is not known");
	probe_free(probe);
	calls_go_on();
	files_settle(loop);
	assert_int_equal(files_count("held"), 1);
	/* killed outright */
	files_put("held/file", "old");
	probe = begin_held(CALL_RENAME);
	probe->impl->cancel(&probe->attempt, CANCEL_TERM);
	probe->impl->cancel(&probe->attempt, CANCEL_KILL);
	probe_expect_class(probe, "cancelled", "its file system hangs");
	probe_free(probe);
	calls_go_on();
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
	    cmocka_unit_test(writes),
	    cmocka_unit_test(writes_nothing_twice),
	    cmocka_unit_test(keeps_what_the_old_one_had),
	    cmocka_unit_test(writes_through_links),
	    cmocka_unit_test(says_why_not),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(tells_no_secret),
	    cmocka_unit_test(needs_space),
	    cmocka_unit_test(needs_permission),
	    cmocka_unit_test(syncs_in_order),
	    cmocka_unit_test(survives_what_fails),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
