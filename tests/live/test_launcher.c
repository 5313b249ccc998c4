/* SPDX-License-Identifier: Apache-2.0 */
/* Launchers that die or cannot be had, shortages, and a process that may not be killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "lab.h"
#include "stdlib/registry.h"

/* A user whose processes are few and ours alone: what an earlier run left to end does not count against the limits. */
static uid_t lonely_uid(void)
{
	return 54321 + (uid_t)getpid() % 8192;
}

static void become(uid_t uid)
{
	assert_int_equal(setresgid(uid, uid, uid), 0);
	assert_int_equal(setresuid(uid, uid, uid), 0);
}

/* A copy of a program in /tmp, which another user may reach. */
static void copy_program(const char *from, char path[64], mode_t mode, uid_t owner)
{
	static char bytes[64 << 10];
	FILE *in = fopen(from, "r");
	FILE *out;
	size_t len;
	int fd;

	snprintf(path, 64, "/tmp/reprise-live-XXXXXX");
	fd = mkstemp(path);
	assert_true(in && fd >= 0);
	out = fdopen(fd, "w");
	while ((len = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, len, out), len);
	fclose(in);
	assert_int_equal(fclose(out), 0);
	/* In this order: a change of owner takes the setuid bit away. */
	assert_int_equal(chown(path, owner, owner), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* --- a launcher dies */

static bool has_no_child(void *self)
{
	(void)self;
	return lab_children() == 0;
}

static void test_launcher_killed(void **state)
{
	int64_t idle;
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	trial = lab_begin(&lab, &process_run, "{\"argv\":[\"sleep\",\"86404.1%\"]}");
	trial_await_start(trial);
	lab_kill(lab_parent(trial->pid));
	trial_wait(trial);
	assert_true(trial->attempt.result.error);
	assert_non_null(strstr(trial_why(trial),
	    "its launcher was killed, so how it ended is not known; still running: pid "));
	assert_int_equal(
	    value_get(trial->attempt.result.left->list.items[0], "pid")->integer, trial->pid);
	assert_int_equal(trial_field(trial, "exit_code")->type, VALUE_NULL);
	lab_kill(trial->pid);
	trial_free(trial);
	/* An idle one that was killed is nobody's trouble. */
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"sh\",\"-c\",\"echo $PPID\"]}");
	assert_true(units_int(str_trim(trial_output(trial, ATTEMPT_STDOUT)), &idle));
	lab_kill(idle);
	trial_free(trial);
	lab_until(&lab, has_no_child, NULL);
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_true(trial->attempt.result.ok);
	trial_free(trial);
	lab_close(&lab);
}

static void test_launcher_missing(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open_with(&lab, 2, "/nowhere/reprise-launch");
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_true(trial->attempt.result.error);
	assert_string_equal(
	    trial_why(trial), "cannot start reprise-launch: No such file or directory");
	trial_free(trial);
	lab_close(&lab);
	/* What is no launcher ends at once. */
	lab_open_with(&lab, 2, "/bin/false");
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_true(trial->attempt.result.error);
	trial_free(trial);
	lab_close(&lab);
}

static void test_usage(void **state)
{
	int status = system(BINARY_DIR "/reprise-launch 2>/dev/null");

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

/* --- shortages */

static bool nothing(void *self)
{
	(void)self;
	return true;
}

/* As a user who may have three processes: ourselves and two launchers. */
static void inner_processes(void **state)
{
	struct rlimit few = {3, 100};
	struct rlimit more = {100, 100};
	struct trial *trial;
	char launcher[64];
	struct lab lab;
	int64_t pids[2];

	(void)state;
	copy_program(BINARY_DIR "/reprise-launch", launcher, 0755, lonely_uid());
	assert_int_equal(setrlimit(RLIMIT_NPROC, &few), 0);
	become(lonely_uid());
	lab_open_with(&lab, 3, launcher);
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_true(trial->attempt.result.error);
	assert_string_equal(
	    trial_why(trial), "cannot start a process: Resource temporarily unavailable");
	trial_free(trial);
	assert_int_equal(lab_pids(launcher, pids, 2), 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(prlimit((pid_t)pids[i], RLIMIT_NPROC, &more, NULL), 0);
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_true(trial->attempt.result.ok);
	trial_free(trial);
	lab_close(&lab);
	/* Not even a launcher. */
	few.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_NPROC, &few), 0);
	lab_open_with(&lab, 1, launcher);
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_string_equal(
	    trial_why(trial), "cannot start a process: Resource temporarily unavailable");
	trial_free(trial);
	lab_close(&lab);
	unlink(launcher);
	/* A sanitizer's last check takes a process. */
	assert_int_equal(setrlimit(RLIMIT_NPROC, &more), 0);
}

/* Descriptors that are taken so that others find none. */
struct hoard {
	int fds[64];
	int count;
};

/* Takes every number up to a limit, and leaves `free` of them. */
static void hoard_take(struct hoard *hoard, int free)
{
	struct rlimit few;
	int fd;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &few), 0);
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while ((fd = dup(0)) >= 0)
		hoard->fds[hoard->count++] = fd;
	while (free--)
		close(hoard->fds[--hoard->count]);
}

static void hoard_give_back(struct hoard *hoard)
{
	while (hoard->count)
		close(hoard->fds[--hoard->count]);
}

/* Descriptors run out: whoever is first waits until others have ended; who is alone hears of it. */
static void inner_descriptors(void **state)
{
	struct hoard hoard = {.count = 0};
	struct trial *first;
	struct trial *second;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2);
	first = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	trial_free(first);
	first = lab_begin(&lab, &process_run, "{\"argv\":[\"sleep\",\"86404.2%\"]}");
	trial_await_start(first);
	/* A step takes four at first and keeps two. */
	hoard_take(&hoard, 2);
	second = lab_begin(&lab, &process_run, "{\"argv\":[\"true\"]}");
	lab_until(&lab, nothing, NULL);
	assert_false(second->finished);
	trial_cancel(first, CANCEL_KILL);
	trial_wait(first);
	trial_wait(second);
	assert_string_equal(trial_why(second), "");
	trial_free(first);
	trial_free(second);
	hoard_take(&hoard, 3);
	first = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_string_equal(trial_why(first), "cannot start a process: Too many open files");
	trial_free(first);
	hoard_take(&hoard, 4);
	first = lab_run(&lab, &process_run, "{\"argv\":[\"true\"]}");
	assert_string_equal(trial_why(first), "");
	trial_free(first);
	hoard_give_back(&hoard);
	lab_close(&lab);
}

static void test_shortage_of_processes(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	lab_again("processes");
}

static void test_shortage_of_descriptors(void **state)
{
	(void)state;
	lab_again("descriptors");
}

/* --- somebody refuses to be killed */

/* This program, owned by root and setuid: becomes root for good, and a sleep. */
static int become_root_and_sleep(void)
{
	if (setresuid(0, 0, 0) < 0)
		return 1;
	execl("/usr/bin/sleep", "sleep", lab_mark("86404.3%"), (char *)NULL);
	return 1;
}

static char refuser[64];

static void inner_unkillable(void **state)
{
	struct trial *trial;
	char launcher[64];
	char args[256];
	struct lab lab;

	(void)state;
	copy_program(BINARY_DIR "/reprise-launch", launcher, 0755, lonely_uid());
	become(lonely_uid());
	lab_open_with(&lab, 1, launcher);
	snprintf(args, sizeof(args), "{\"script\":\"%s refuse & sleep 86404.4%%\"}", refuser);
	trial = lab_begin_for(&lab, &process_run, args, 10000);
	lab_await_sleeps(&lab, "86404.3%", 1);
	lab_await_sleeps(&lab, "86404.4%", 1);
	trial_cancel(trial, CANCEL_TERM);
	trial_wait(trial);
	assert_int_equal(lab_sleeps("86404.4%"), 0);
	assert_int_equal(lab_sleeps("86404.3%"), 1);
	assert_string_equal(trial_why(trial), "killed by SIGTERM");
	assert_int_equal(trial->attempt.result.left->list.count, 1);
	assert_true(
	    str_is(value_text(value_get(trial->attempt.result.left->list.items[0], "command")),
		lab_mark("sleep 86404.3%")));
	trial_free(trial);
	lab_close(&lab);
	unlink(launcher);
}

static void test_unkillable(void **state)
{
	int64_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	copy_program("/proc/self/exe", refuser, 04755, 0);
	assert_int_equal(setenv("REPRISE_TEST_REFUSER", refuser, 1), 0);
	lab_again("unkillable");
	assert_int_equal(lab_pids("86404.3%", &pid, 1), 1);
	lab_kill(pid);
	unlink(refuser);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_launcher_killed),
	    cmocka_unit_test(test_launcher_missing),
	    cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_shortage_of_processes),
	    cmocka_unit_test(test_shortage_of_descriptors),
	    cmocka_unit_test(test_unkillable),
	};
	const struct CMUnitTest processes[] = {cmocka_unit_test(inner_processes)};
	const struct CMUnitTest descriptors[] = {cmocka_unit_test(inner_descriptors)};
	const struct CMUnitTest unkillable[] = {cmocka_unit_test(inner_unkillable)};
	const char *inner = argc > 1 ? argv[1] : "";

	if (getenv("REPRISE_TEST_REFUSER"))
		snprintf(refuser, sizeof(refuser), "%s", getenv("REPRISE_TEST_REFUSER"));
	if (strcmp(inner, "refuse") == 0)
		return become_root_and_sleep();
	if (strcmp(inner, "processes") == 0)
		return cmocka_run_group_tests(processes, NULL, NULL);
	if (strcmp(inner, "descriptors") == 0)
		return cmocka_run_group_tests(descriptors, NULL, NULL);
	if (strcmp(inner, "unkillable") == 0)
		return cmocka_run_group_tests(unkillable, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
