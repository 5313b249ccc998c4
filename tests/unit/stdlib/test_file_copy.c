/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"
#include "files.h"

#include "stdlib/registry.h"

/* file.copy and file.move against the file system. */

#define ABC "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""

static struct loop *loop;

static struct probe *copy(const char *path, const char *to, const char *more)
{
	return probe_run(loop, &file_copy, 0, "{\"path\":\"%s\",\"to\":\"%s\"%s}", path, to, more);
}

static struct probe *move(const char *path, const char *more)
{
	return probe_run(loop, &file_move, 0, "{\"path\":\"%s\"%s}", path, more);
}

static void copies(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("-a\n", "abc");
	assert_int_equal(chmod("-a\n", 04751), 0);
	probe = copy("-a\\n", "日誌", "");
	probe_expect_ok(probe);
	probe_expect(probe, "changed", "true");
	probe_expect(probe, "replaced", "false");
	probe_expect(probe, "to", "\"日誌\"");
	probe_expect(probe, "size", "3");
	probe_expect(probe, "sha256", ABC);
	probe_free(probe);
	files_expect("日誌", "abc");
	assert_int_equal(files_mode("日誌"), 0751);
	files_put("empty", "");
	probe_free(copy("empty", "empty-copy", ""));
	files_expect("empty-copy", "");
	probe = copy("/proc/self/mounts", "mounts", "");
	probe_expect_ok(probe);
	assert_true(probe_get(probe, "size")->integer > 0);
	probe_free(probe);
}

static void keeps_what_it_is_told_to(void **state)
{
	const struct timespec times[2] = {{1000000000, 0}, {1000000000, 500000000}};
	struct probe *probe;
	struct stat stat;
	int fd;

	(void)state;
	files_put("old", "abc");
	assert_int_equal(chmod("old", 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown("old", 12, 34), 0);
	fd = open("old", O_WRONLY | O_CLOEXEC);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	probe = copy("old", "archived", ",\"preserve\":true");
	probe_expect_ok(probe);
	probe_free(probe);
	assert_int_equal(lstat("archived", &stat), 0);
	assert_int_equal(stat.st_mtim.tv_sec, 1000000000);
	assert_int_equal(stat.st_mtim.tv_nsec, 500000000);
	assert_int_equal(stat.st_mode & 07777, 0640);
	if (geteuid() == 0)
		assert_int_equal(stat.st_uid * 100 + stat.st_gid, 1234);
	probe = copy("old", "given", ",\"mode\":\"0400\"");
	probe_expect_ok(probe);
	probe_free(probe);
	assert_int_equal(lstat("given", &stat), 0);
	assert_int_equal(stat.st_mode & 07777, 0400);
	assert_int_equal(stat.st_uid, geteuid());
}

static void replaces_only_when_told(void **state)
{
	struct probe *probe;
	struct stat before;
	struct stat after;

	(void)state;
	files_put("new", "abc");
	files_put("there", "other");
	assert_int_equal(chmod("there", 0600), 0);
	probe = copy("new", "there", "");
	probe_expect_class(
	    probe, "exists", "there is there already; `replace: true` copies over it");
	probe_free(probe);
	files_expect("there", "other");
	probe = copy("new", "there", ",\"replace\":true");
	probe_expect_ok(probe);
	probe_expect(probe, "replaced", "true");
	probe_free(probe);
	files_expect("there", "abc");
	assert_int_equal(files_mode("there"), 0600);
	assert_int_equal(stat("there", &before), 0);
	probe = copy("new", "there", ",\"replace\":true");
	probe_expect_ok(probe);
	probe_expect(probe, "changed", "false");
	probe_expect(probe, "sha256", ABC);
	probe_free(probe);
	assert_int_equal(stat("there", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

/* Data, a hole, data, a hole. */
static void keeps_holes(void **state)
{
	long before_kib = files_memory_kib();
	struct probe *probe;
	struct stat stat;
	int fd;

	(void)state;
	files_put("sparse", "begin");
	fd = open("sparse", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "middle", 6, 700 << 20), 6);
	close(fd);
	assert_int_equal(truncate("sparse", 1 << 30), 0);
	probe = copy("sparse", "sparse-copy", "");
	probe_expect_ok(probe);
	probe_expect(probe, "size", "1073741824");
	probe_free(probe);
	assert_int_equal(lstat("sparse-copy", &stat), 0);
	assert_true(stat.st_blocks < 1000);
	assert_true(files_memory_kib() < before_kib + FILES_BOUND_KIB);
	unlink("sparse-copy");
	/* and through memory, onto another file system */
	assert_int_equal(truncate("sparse", 64 << 20), 0);
	files_mount("elsewhere", "size=8m");
	probe = copy("sparse", "elsewhere/copy", "");
	probe_expect_ok(probe);
	probe_free(probe);
	assert_int_equal(lstat("elsewhere/copy", &stat), 0);
	assert_int_equal(stat.st_size, 64 << 20);
	files_unmount("elsewhere");
}

static void says_why_it_cannot_copy(void **state)
{
	static const char *const cases[][5] = {
	    {"gone", "x", "", "missing", "cannot read gone: there is no such file"},
	    {"dangling", "x", "", "missing",
		"cannot read dangling: it is a link that leads to nothing"},
	    {"fifo", "x", "", "type", "cannot read fifo: it is a pipe (FIFO), not a file"},
	    {"folder", "x", "", "type", "cannot read folder: it is a folder, not a file"},
	    {"file", "folder", ",\"replace\":true", "type", "cannot write folder: it is a folder"},
	    {"file", "fifo", ",\"replace\":true", "type", "cannot write fifo: it is a pipe (FIFO)"},
	    {"file", "dangling", ",\"replace\":true", "missing",
		"it is a link that leads to nothing"},
	    {"file", "no/such", "", "missing", "cannot make no/such: there is no folder no"},
	};
	struct probe *probe;

	(void)state;
	files_put("file", "x");
	assert_int_equal(mkdir("folder", 0755), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(symlink("file", "same"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		probe = copy(cases[i][0], cases[i][1], cases[i][2]);
		probe_expect_class(probe, cases[i][3], cases[i][4]);
		probe_free(probe);
	}
	assert_int_equal(access("x", F_OK), -1);
	probe = copy("file", "same", ",\"replace\":true");
	probe_expect_error(probe, "file and same are the same file");
	probe_free(probe);
}

static void needs_space_and_permission(void **state)
{
	struct probe *probe;

	(void)state;
	files_mount("full", "size=64k");
	files_put_bytes("large", files_folder, sizeof(files_folder), O_TRUNC);
	for (int i = 0; i < 4096; i++)
		files_add("large", "0123456789abcdef0123456789abcde\n");
	probe = copy("large", "full/copy", "");
	probe_expect_class(probe, "full", "cannot write full/copy: no space is left");
	probe_free(probe);
	probe = move("large", ",\"to\":\"full/moved\"");
	probe_expect_class(probe, "full", "cannot write full/moved: no space is left");
	probe_free(probe);
	assert_int_equal(files_count("full"), 0);
	assert_int_equal(access("large", F_OK), 0);
	assert_int_equal(chmod("full", 0755), 0);
	files_put("full/file", "x");
	files_as_nobody();
	probe = copy("full/file", "full/other", "");
	files_as_root();
	probe_expect_class(probe, "permission", "cannot write full/other: user 65534 may not");
	probe_free(probe);
	files_as_nobody();
	probe = move("full/file", "");
	files_as_root();
	probe_expect_class(probe, "permission", "cannot move full/file: user 65534 may not");
	probe_free(probe);
	files_expect("full/file", "x");
	files_unmount("full");
}

static void moves_aside(void **state)
{
	struct probe *probe;
	const char *to;

	(void)state;
	assert_int_equal(mkdir("aside", 0755), 0);
	assert_int_equal(mkdir("aside/data", 0700), 0);
	files_put("aside/data/file", "x");
	probe = move("aside/data/", "");
	probe_expect_ok(probe);
	probe_expect(probe, "copied", "false");
	to = arena_cstr(probe->arena, value_text(probe_get(probe, "to")));
	assert_true(str_starts(str_from(to), STR("aside/data.20")));
	assert_int_equal(strlen(to), strlen("aside/data.20261122T030405Z"));
	assert_int_equal(files_count("aside"), 1);
	assert_int_equal(files_count(to), 1);
	probe_free(probe);
	/* a link itself, and a name that is hard to read */
	assert_int_equal(symlink("nowhere", "aside/-l\n"), 0);
	probe = move("aside/-l\\n", ",\"to\":\"aside/日誌\"");
	probe_expect_ok(probe);
	probe_free(probe);
	assert_int_equal(files_mode("aside/日誌"), 0777);
	assert_int_equal(mkfifo("aside/fifo", 0644), 0);
	probe = move("aside/fifo", ",\"to\":\"aside/pipe\"");
	probe_expect_ok(probe);
	probe_free(probe);
	assert_int_equal(files_count("aside"), 3);
}

static void never_over_another(void **state)
{
	static const char *const there[] = {"file", "folder", "empty", "dangling"};

	(void)state;
	assert_int_equal(mkdir("over", 0755), 0);
	assert_int_equal(mkdir("over/folder", 0755), 0);
	assert_int_equal(mkdir("over/empty", 0755), 0);
	assert_int_equal(mkdir("over/moved", 0755), 0);
	files_put("over/folder/x", "x");
	files_put("over/file", "old");
	files_put("over/a", "new");
	assert_int_equal(symlink("nothing", "over/dangling"), 0);
	for (int unable = 0; unable < 2; unable++)
		for (size_t i = 0; i < 8; i++) {
			char more[64];
			char words[80];
			struct probe *probe;

			snprintf(more, sizeof(more), ",\"to\":\"over/%s\"", there[i / 2]);
			snprintf(words, sizeof(words),
			    "cannot make over/%s: there is something of that name already",
			    there[i / 2]);
			if (unable) /* a file system that cannot tell by itself */
				calls_fail(CALL_RENAME, EINVAL);
			probe = move(i % 2 ? "over/a" : "over/moved", more);
			probe_expect_class(probe, "exists", words);
			probe_free(probe);
		}
	files_expect("over/file", "old");
	files_expect("over/a", "new");
	assert_int_equal(files_count("over"), 6);
	for (int i = 0; i < 2; i++) {
		struct probe *probe;

		calls_fail(CALL_RENAME, EINVAL);
		probe = move(
		    i ? "over/a" : "over/folder", i ? ",\"to\":\"over/b\"" : ",\"to\":\"over/c\"");
		probe_expect_ok(probe);
		probe_free(probe);
	}
	files_expect("over/b", "new");
	files_expect("over/c/x", "x");
	assert_int_equal(files_count("over"), 6);
}

static void moves_to_another_file_system(void **state)
{
	const struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
	struct probe *probe;
	struct stat stat;

	(void)state;
	files_mount("far", "size=1m");
	files_put("traveller", "abc");
	assert_int_equal(chmod("traveller", 0640), 0);
	assert_int_equal(utimensat(AT_FDCWD, "traveller", times, 0), 0);
	probe = move("traveller", ",\"to\":\"far/arrived\"");
	probe_expect_ok(probe);
	probe_expect(probe, "copied", "true");
	probe_free(probe);
	files_expect("far/arrived", "abc");
	assert_int_equal(access("traveller", F_OK), -1);
	assert_int_equal(lstat("far/arrived", &stat), 0);
	assert_int_equal(stat.st_mode & 07777, 0640);
	assert_int_equal(stat.st_mtim.tv_sec, 1000000000);
	files_put("traveller", "second");
	probe = move("traveller", ",\"to\":\"far/arrived\"");
	probe_expect_class(probe, "exists", "far/arrived: there is something of that name already");
	probe_free(probe);
	files_expect("traveller", "second");
	files_expect("far/arrived", "abc");
	assert_int_equal(mkdir("family", 0755), 0);
	probe = move("family", ",\"to\":\"far/family\"");
	probe_expect_class(probe, "type",
	    "family is a folder, and far/family lies on another file system: only a file is moved");
	probe_free(probe);
	assert_int_equal(files_count("far"), 1);
	probe = move("far", ",\"to\":\"further\"");
	probe_expect_class(probe, "io", "cannot move far: it is in use");
	probe_free(probe);
	files_unmount("far");
}

static void says_why_it_cannot_move(void **state)
{
	static const char *const cases[][4] = {
	    {"never", "", "missing", "cannot move never: there is no such file"},
	    {"itself", ",\"to\":\"itself/below\"", "type", "itself cannot be moved into itself"},
	    {"itself", ",\"to\":\"no/such\"", "missing",
		"cannot make no/such: there is no folder no"},
	};
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("itself", 0755), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		probe = move(cases[i][0], cases[i][1]);
		probe_expect_class(probe, cases[i][2], cases[i][3]);
		probe_free(probe);
	}
	assert_int_equal(files_count("itself"), 0);
	for (int i = 0; i < 3; i++) {
		static const char *const paths[] = {"itself/.", "..", "/"};

		probe = move(paths[i], ",\"to\":\"other\"");
		probe_expect_error(probe, "path and to must end in the name of a file or folder");
		probe_free(probe);
	}
}

static void syncs_in_order(void **state)
{
	(void)state;
	files_put("order", "x");
	calls_begin(CALL_NONE);
	probe_free(copy("order", "order-copy", ""));
	assert_string_equal(calls.log, "sync sync rename-new sync ");
	calls_begin(CALL_NONE);
	probe_free(move("order", ",\"to\":\"order-moved\""));
	assert_string_equal(calls.log, "rename-new sync sync ");
}

static struct probe *begin_held(const struct action_impl *impl, const char *args, enum call held)
{
	struct probe *probe;

	calls_begin(held);
	probe = probe_begin(loop, impl, 0, args);
	calls_await();
	return probe;
}

static void notices_who_else_writes(void **state)
{
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("held", 0755), 0);
	files_put("held/file", "abc");
	probe = begin_held(&file_copy, "{\"path\":\"held/file\",\"to\":\"held/copy\"}", CALL_SYNC);
	files_add("held/file", "d");
	calls_go_on();
	probe_wait(probe);
	probe_expect_class(probe, "changed", "held/file changed while it was copied");
	probe_free(probe);
	assert_int_equal(files_count("held"), 1);
}

static void can_be_ended(void **state)
{
	static const char copying[] = "{\"path\":\"held/file\",\"to\":\"held/copy\"}";
	static const char moving[] = "{\"path\":\"held/file\",\"to\":\"held/moved\"}";
	struct probe *probe;

	(void)state;
	files_put("held/file", "abc");
	probe = begin_held(&file_copy, copying, CALL_SYNC);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while copying held/file");
	probe_free(probe);
	calls_go_on();
	files_settle(loop);
	assert_int_equal(files_count("held"), 1);
	/* between two chunks of what is read back */
	files_put_hole("held/huge", (off_t)1 << 43);
	probe = probe_begin(loop, &file_copy, 0, "{\"path\":\"held/huge\",\"to\":\"held/copy\"}");
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while copying held/huge");
	probe_free(probe);
	files_settle(loop);
	assert_int_equal(files_count("held"), 2);
	unlink("held/huge");
	probe = begin_held(&file_move, moving, CALL_RENAME);
	probe_cancel(probe);
	assert_false(probe->finished);
	calls_go_on();
	probe_wait(probe);
	probe_expect_ok(probe);
	probe_free(probe);
	assert_int_equal(access("held/moved", F_OK), 0);
	assert_int_equal(files_count("held"), 1);
}

/* A move that was at its rename, and turns out to be a copy, is given up all the same. */
static void can_be_ended_on_its_way(void **state)
{
	struct probe *probe;

	(void)state;
	files_mount("ended", "size=1m");
	files_put("ending", "abc");
	probe = begin_held(&file_move, "{\"path\":\"ending\",\"to\":\"ended/file\"}", CALL_RENAME);
	probe->attempt.grace_us = 1000;
	probe_cancel(probe);
	assert_false(probe->finished);
	calls.held = CALL_SYNC;
	calls_go_on();
	calls_await();
	probe_wait(probe); /* its patience ends */
	probe_expect_class(probe, "cancelled", "while moving ending");
	assert_int_equal(str_find(probe->attempt.result.why, STR("hangs")), -1);
	probe_free(probe);
	calls_go_on();
	files_settle(loop);
	files_expect("ending", "abc");
	assert_int_equal(files_count("ended"), 0);
	files_unmount("ended");
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
	    cmocka_unit_test(copies),
	    cmocka_unit_test(keeps_what_it_is_told_to),
	    cmocka_unit_test(replaces_only_when_told),
	    cmocka_unit_test(keeps_holes),
	    cmocka_unit_test(says_why_it_cannot_copy),
	    cmocka_unit_test(needs_space_and_permission),
	    cmocka_unit_test(moves_aside),
	    cmocka_unit_test(never_over_another),
	    cmocka_unit_test(moves_to_another_file_system),
	    cmocka_unit_test(says_why_it_cannot_move),
	    cmocka_unit_test(syncs_in_order),
	    cmocka_unit_test(notices_who_else_writes),
	    cmocka_unit_test(can_be_ended),
	    cmocka_unit_test(can_be_ended_on_its_way),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
