/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "script.h"

/* An engine whose record cannot be kept. */

static void test_sync_fails(void **state)
{
	struct script script;
	struct rig *rig = script_rig(
	    BOOK(CHANGE("a", ", needs: []") READ("b", ", needs: []") CHANGE("c", ", needs: [b]")),
	    &script, script_failing_sync);

	(void)state;
	rig_begin(rig, &script.executor);
	rig_run(rig);
	SAYS(rig, "record failed", "run failed");
	rig_says_not(rig, "perform 1");
	rig_says_not(rig, "perform 3");
	SAYS(rig, "perform 2");
	assert_int_equal(
	    rig_count(rig, "finished 1 not_begun not: the record cannot be written"), 1);
	assert_non_null(strstr(engine_record_error(rig->engine), "Input/output error"));
	assert_string_equal(rig_verify(rig), "incomplete");
	rig_free(rig);
}

/* The record is dead, and the run does not need it: what waited for the disk goes on, and all that comes after it. */
static void test_sync_fails_and_goes_on(void **state)
{
	struct rig *rig = rig_new(BOOK(CHANGE("a", ", needs: []") READ("b", ", needs: []")
		CHANGE("c", ", needs: [b]") CHANGE("d", ", needs: [a, c]")));

	(void)state;
	rig->options.sync = script_failing_sync;
	rig->on_record_failure = RECORD_FAILURE_CONTINUE;
	rig_begin(rig, NULL);
	rig_run(rig);
	SAYS(rig, "record failed", "step d succeeded", "run recovered");
	SAYS(rig, "finished 1 done ok", "step a succeeded");
	SAYS(rig, "record failed", "step c succeeded");
	assert_int_equal(rig_count(rig, "record"), 1);
	assert_non_null(strstr(engine_record_error(rig->engine), "Input/output error"));
	assert_string_equal(rig_verify(rig), "incomplete");
	rig_free(rig);
}

/* --- files that may not grow: what the file is allowed to have is the soft limit --- */

static void limit_file(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static rlim_t size_now(struct rig *rig)
{
	struct stat stat_now;

	assert_int_equal(stat(rig->path, &stat_now), 0);
	return (rlim_t)stat_now.st_size;
}

static void fill(struct rig *rig, int number)
{
	if (number == 1)
		limit_file(size_now(rig) + 10);
	else
		limit_file(RLIM_INFINITY);
}

static void test_full_then_room(void **state)
{
	struct rig *rig = rig_new(
	    BOOK("  - {id: a, needs: [], timeout: 9s, fake.change: later poke 1 ok}\n"
		 "  - {id: b, needs: [a], timeout: 9s, allow_failure: true, fake.change: ok}\n"
		 "  - {id: c, needs: [b], timeout: 9s, fake.read: poke 2 ok}\n"
		 "  - {id: d, needs: [c], timeout: 9s, fake.read: later ok}\n"
		 "  - {id: e, needs: [d], timeout: 9s, fake.change: ok}\n"));

	(void)state;
	rig->poke = fill;
	rig->options.reserve = -1;
	rig_begin(rig, NULL);
	rig_run(rig);
	/* what had begun is ended, nothing that changes begins meanwhile, and afterwards all goes on */
	SAYS(rig, "finished 1 done ok", "step a succeeded", "start 2 b", "record failed",
	    "finished 2 not_begun not: the record cannot be written, so nothing that changes is "
	    "begun",
	    "do 3", "record writable", "start 5 e", "do 5", "step e succeeded", "run recovered");
	assert_null(engine_record_error(rig->engine));
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

static void test_full_to_the_end(void **state)
{
	struct rig *rig = rig_new(
	    BOOK("  - {id: a, needs: [], timeout: 9s, fake.change: later poke 1 ok}\n"
		 "  - {id: b, needs: [a], timeout: 9s, fake.change: ok}\n"
		 "  - {id: c, needs: [], timeout: 9s, fake.read: after 5 ok}\n"
		 "  - {id: d, needs: [c], timeout: 9s, fake.read: ok}\n"));

	(void)state;
	rig->poke = fill;
	rig->options.reserve = -1;
	rig_begin(rig, NULL);
	rig_run(rig);
	limit_file(RLIM_INFINITY);
	SAYS(rig, "record failed", "run failed");
	SAYS(rig, "finished 1 done ok", "step a succeeded");
	assert_int_equal(rig_count(rig, "step b failed: the record cannot be written"), 1);
	SAYS(rig, "step d succeeded", "run failed");
	assert_non_null(strstr(engine_record_error(rig->engine), "File too large"));
	assert_string_equal(rig_verify(rig), "incomplete");
	rig_free(rig);
}

/* Nobody is asked to do what is not on the disk: neither what waits for it, nor what comes later. */
static void test_full_and_people(void **state)
{
	struct script script;
	struct rig *rig = script_rig(
	    BOOK("  - {id: a, needs: [], timeout: 9s, fake.read: poke 1 ok}\n"
		 "  - {id: b, needs: [a], timeout: 9s, fake.read: later ok}\n"
		 "  - {id: c, needs: [b], timeout: 9s, manual: Pull the plug}\n"
		 "  - {id: d, needs: [], timeout: 9s, manual: Look}\n"),
	    &script, script_slow_sync);

	(void)state;
	rig->poke = fill;
	rig->options.reserve = -1;
	rig_begin(rig, NULL);
	rig_run(rig);
	limit_file(RLIM_INFINITY);
	script_let_sync(); /* that of before */
	SAYS(rig, "record failed", "run failed");
	assert_int_equal(rig_count(rig, "step c failed: the record cannot be written, so"), 1);
	assert_int_equal(rig_count(rig, "step d failed: the record cannot be written, so"), 1);
	assert_int_equal(rig_count(rig, "asked"), 0);
	rig_free(rig);
}

static void test_full_and_goes_on(void **state)
{
	struct rig *rig = rig_new(
	    BOOK("  - {id: a, needs: [], timeout: 9s, fake.change: later poke 1 ok}\n"
		 "  - {id: b, needs: [a], timeout: 9s, fake.change: ok}\n"
		 "  - {id: c, needs: [b], timeout: 9s, fake.change: later ok}\n"));

	(void)state;
	rig->poke = fill;
	rig->options.reserve = -1;
	rig->on_record_failure = RECORD_FAILURE_CONTINUE;
	rig_begin(rig, NULL);
	rig_run(rig);
	limit_file(RLIM_INFINITY);
	SAYS(rig, "start 2 b", "record failed", "step b succeeded", "step c succeeded",
	    "run recovered");
	assert_non_null(strstr(engine_record_error(rig->engine), "File too large"));
	assert_string_equal(rig_verify(rig), "incomplete");
	rig_free(rig);
}

/* Room is found as soon as there is some, though nothing else happens. */
static void test_room_while_all_waits(void **state)
{
	struct script script;
	struct rig *rig = script_rig(BOOK(READ("a", "") CHANGE("b", "")), &script, NULL);

	(void)state;
	script.answers = false;
	rig->options.reserve = -1;
	rig_begin(rig, &script.executor);
	limit_file(size_now(rig) + 10);
	rig_note(rig, STR("it does not fit"));
	while (rig_count(rig, "record failed") == 0)
		uv_run(&rig->loop->uv, UV_RUN_ONCE);
	limit_file(RLIM_INFINITY);
	while (rig_count(rig, "record writable") == 0)
		uv_run(&rig->loop->uv, UV_RUN_ONCE);
	assert_non_null(strstr(rig_record(rig), "it does not fit"));
	script.answers = true;
	script_answer(&script);
	rig_run(rig);
	SAYS(rig, "record failed", "record writable", "perform 2", "run recovered");
	assert_null(engine_record_error(rig->engine));
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

/* More than can wait is lost, and the record says so. */
static void flood(struct rig *rig, int number)
{
	char *text = mem_alloc(48 << 10);

	memset(text, 'x', 48 << 10);
	if (number == 1)
		limit_file(size_now(rig) + 10);
	for (int i = 0; number == 2 && i < 720; i++)
		rig_note(rig, (struct str){text, 48 << 10});
	if (number == 3)
		limit_file(RLIM_INFINITY);
	free(text);
}

static void test_gap(void **state)
{
	struct rig *rig = rig_new(BOOK("  - {id: a, timeout: 9s, fake.read: poke 1 ok}\n"
				       "  - {id: b, timeout: 9s, fake.read: poke 2 ok}\n"
				       "  - {id: c, timeout: 9s, fake.read: poke 3 ok}\n"
				       "  - {id: d, timeout: 9s, fake.read: ok}\n"));

	(void)state;
	rig->poke = flood;
	rig->options.reserve = -1;
	rig_begin(rig, NULL);
	rig_run(rig);
	assert_non_null(strstr(rig_record(rig), "\"type\":\"record.gap\""));
	assert_non_null(engine_record_error(rig->engine));
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

/* --- a file system of 1 MiB: reserving fails before writing does --- */

static bool small_disk(struct rig *rig)
{
	return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", rig->folder, "tmpfs", 0, "size=1200k") == 0;
}

static void test_no_reserve(void **state)
{
	struct rig *rig = rig_new(BOOK(CHANGE("a", ", needs: []") READ("b", ", needs: []")));

	(void)state;
	if (!small_disk(rig)) {
		print_message("no file system can be mounted here: left out\n");
		rig_begin(rig, NULL);
		rig_run(rig);
		rig_free(rig);
		skip();
	}
	rig->options.reserve = 4 << 20;
	rig_begin(rig, NULL);
	rig_run(rig);
	SAYS(rig, "record failed", "run failed");
	SAYS(rig, "step b succeeded");
	/* nothing was lost */
	assert_null(engine_record_error(rig->engine));
	assert_string_equal(rig_verify(rig), "sealed");
	assert_int_equal(umount2(rig->folder, MNT_DETACH), 0);
	rig_free(rig);
}

/* What is in danger can still be written: a run that does not need it waits for the disk as ever. */
static void test_no_reserve_and_goes_on(void **state)
{
	struct script script;
	struct rig *rig = script_rig(BOOK(CHANGE("a", "")), &script, script_slow_sync);

	(void)state;
	if (!small_disk(rig)) {
		print_message("no file system can be mounted here: left out\n");
		rig_begin(rig, &script.executor);
		script_let_sync();
		script_let_sync();
		rig_run(rig);
		rig_free(rig);
		skip();
	}
	rig->options.reserve = 4 << 20;
	rig->on_record_failure = RECORD_FAILURE_CONTINUE;
	rig_begin(rig, &script.executor);
	SAYS(rig, "start 1 a", "record failed");
	for (int i = 0; i < 20; i++)
		script_tick(rig);
	rig_says_not(rig, "perform 1");
	script_let_sync();
	script_let_sync();
	rig_run(rig);
	SAYS(rig, "record failed", "perform 1", "run recovered");
	assert_null(engine_record_error(rig->engine));
	assert_string_equal(rig_verify(rig), "sealed");
	assert_int_equal(umount2(rig->folder, MNT_DETACH), 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sync_fails),
	    cmocka_unit_test(test_sync_fails_and_goes_on),
	    cmocka_unit_test(test_full_then_room),
	    cmocka_unit_test(test_full_to_the_end),
	    cmocka_unit_test(test_full_and_people),
	    cmocka_unit_test(test_full_and_goes_on),
	    cmocka_unit_test(test_room_while_all_waits),
	    cmocka_unit_test(test_gap),
	    /* last: they leave the mount namespace */
	    cmocka_unit_test(test_no_reserve),
	    cmocka_unit_test(test_no_reserve_and_goes_on),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
