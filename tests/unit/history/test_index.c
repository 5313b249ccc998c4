/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "home.h"

static const char *const kept[] = {"asked", "damaged", "incomplete", "loops", "people", "steps",
    "torn", "undo", "alone", "follows", "later-kinds"};

enum { KEPT = sizeof(kept) / sizeof(*kept) };

static int setup(void **state)
{
	struct home *home = test_malloc(sizeof(*home));

	home_make(home);
	for (size_t i = 0; i < KEPT; i++)
		home_keep(home, kept[i], kept[i]);
	*state = home;
	return 0;
}

static int clean(void **state)
{
	home_remove(*state);
	test_free(*state);
	return 0;
}

/* Until the clock that files are stamped by has moved on: what is written then has another stamp. */
static void let_settle(struct home *home)
{
	const char *path = home_file(home, "settle");
	struct timespec now;
	struct stat found;
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &found), 0);
	close(fd);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec < found.st_ctim.tv_sec ||
	    (now.tv_sec == found.st_ctim.tv_sec && now.tv_nsec <= found.st_ctim.tv_nsec));
}

static size_t count_runs(struct home *home)
{
	const struct past_query all = {0};
	struct past past;

	index_past(home->index, home->arena, &all, &past);
	return past.count;
}

static void test_only_what_changed_is_read(void **state)
{
	struct home *home = *state;
	struct index_refreshed said;
	struct index_trouble *troubles;
	struct stat found;
	size_t count;

	let_settle(home);
	said = home_refresh(home, NULL);
	assert_int_equal(said.files, KEPT);
	assert_int_equal(said.read, KEPT);
	home_is_right(home);
	/* the damaged one, and a run that stands there twice, once cut off and once changed by a later version */
	troubles = index_troubles(home->index, home->arena, &count);
	assert_int_equal(count, 1);
	assert_true(str_starts(troubles[0].why, STR("damaged: line 49: ")));
	assert_int_equal(count_runs(home), KEPT - 3);
	home_close(home);
	said = home_refresh(home, NULL);
	assert_int_equal(said.read, 0);
	home_forget(home, "undo");
	home_keep(home, "loops", "damaged"); /* it is mended, and a run that stands there twice */
	said = home_refresh(home, NULL);
	assert_int_equal(said.read, 1);
	assert_int_equal(said.files, KEPT - 1);
	index_troubles(home->index, home->arena, &count);
	assert_int_equal(count, 0);
	assert_int_equal(count_runs(home), KEPT - 4);
	home_is_right(home);
	assert_int_equal(stat(home_file(home, "history.sqlite"), &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
}

/* A number below `below`: the same ones in every run. */
static unsigned dice(unsigned below)
{
	static uint64_t seed = 7;

	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % below;
}

static void change_one(struct home *home)
{
	const char *name = arena_printf(home->arena, "r%u", dice(6)).ptr;
	const char *path = arena_printf(home->arena, "%s/runs/%s.jsonl", home->path, name).ptr;
	struct stat found;
	char byte = 'x';
	int fd;

	if (stat(path, &found) != 0 || dice(4) == 0) {
		home_keep(home, kept[dice(KEPT)], name);
		return;
	}
	switch (dice(4)) {
	case 0:
		home_forget(home, name);
		break;
	case 1:
		assert_int_equal(truncate(path, dice((unsigned)found.st_size + 1)), 0);
		break;
	default: /* of the same length */
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, &byte, 1, dice((unsigned)found.st_size + 1)), 1);
		close(fd);
	}
}

/* Whatever happens to the files, and however soon after one another. */
static void test_it_is_what_the_files_are(void **state)
{
	struct home *home = *state;

	for (int round = 0; round < 40; round++) {
		for (unsigned changes = dice(4); changes > 0; changes--)
			change_one(home);
		home_refresh(home, NULL);
		home_is_right(home);
		if (dice(5) == 0)
			home_close(home);
	}
}

static void write_index(struct home *home, const char *bytes, size_t len, off_t at, int flags)
{
	int fd = open(
	    home_file(home, "history.sqlite"), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	assert_int_equal(close(fd), 0);
}

static void is_made_anew(struct home *home)
{
	struct stat found;

	home_refresh(home, NULL);
	home_is_right(home);
	home_close(home);
	/* and kept: the next one has nothing to read */
	assert_int_equal(home_refresh(home, NULL).read, 0);
	home_is_right(home);
	home_close(home);
	assert_int_equal(stat(home_file(home, "history.sqlite"), &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
}

static void test_a_damaged_index_is_made_anew(void **state)
{
	static char junk[4096];
	struct home *home = *state;
	struct stat found;

	let_settle(home);
	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (char)('a' + dice(26));
	write_index(home, junk, sizeof(junk), 0, O_TRUNC);
	is_made_anew(home);
	write_index(home, junk, 7, 0, O_TRUNC);
	is_made_anew(home);
	assert_int_equal(truncate(home_file(home, "history.sqlite"), 5000), 0);
	is_made_anew(home);
	assert_int_equal(stat(home_file(home, "history.sqlite"), &found), 0);
	for (off_t at = 4096; at < found.st_size; at += 4096)
		write_index(home, junk, 200, at, 0);
	is_made_anew(home);
	assert_int_equal(unlink(home_file(home, "history.sqlite")), 0);
	is_made_anew(home);
}

static sqlite3 *open_beside(struct home *home)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(home_file(home, "history.sqlite"), &db), SQLITE_OK);
	return db;
}

static void perform(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static void change_index(struct home *home, const char *sql)
{
	sqlite3 *db = open_beside(home);

	perform(db, sql);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What is readable and not right. */
static void test_what_is_missing_in_it_is_read_again(void **state)
{
	struct home *home = *state;

	let_settle(home);
	is_made_anew(home);
	change_index(home, "PRAGMA user_version = 4711; DROP TABLE steps");
	is_made_anew(home);
	change_index(home, "DELETE FROM steps WHERE place > 2");
	is_made_anew(home);
	change_index(home, "UPDATE runs SET outcome = 77");
	is_made_anew(home);
	change_index(home, "DROP TABLE runs");
	is_made_anew(home);
}

/* What is none of ours is left alone. */
static void test_what_is_not_ours(void **state)
{
	struct home *home = *state;
	const char *path = home_file(home, "history.sqlite");
	sqlite3 *db = open_beside(home);

	perform(db, "CREATE TABLE theirs(a); INSERT INTO theirs VALUES(1)");
	home_refresh(home, NULL);
	home_is_right(home);
	home_close(home);
	perform(db, "INSERT INTO theirs VALUES(2)");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(rename(path, home_file(home, "theirs")), 0);
	assert_int_equal(symlink(home_file(home, "theirs"), path), 0);
	home_refresh(home, NULL);
	home_is_right(home);
	home_close(home);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	home_refresh(home, NULL);
	home_is_right(home);
}

/* Somebody else has it in hands, and does not let go. */
static void test_a_locked_index_is_passed_by(void **state)
{
	static const struct index_help hurry = {0};
	struct home *home = *state;
	sqlite3 *db;

	let_settle(home);
	is_made_anew(home);
	home_forget(home, "people");
	home_keep(home, "people", "again");
	db = open_beside(home);
	perform(db, "BEGIN IMMEDIATE; DELETE FROM files WHERE name = 'steps.jsonl'");
	/* what is in it can be read */
	assert_true(home_refresh(home, &hurry).read < 3);
	home_is_right(home);
	home_close(home);
	perform(db, "ROLLBACK; BEGIN EXCLUSIVE");
	home_refresh(home, &hurry);
	home_is_right(home);
	home_close(home);
	perform(db, "ROLLBACK");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	is_made_anew(home);
}

static void test_many_at_once(void **state)
{
	enum { PROCESSES = 4, ROUNDS = 8 };
	struct home *home = *state;
	pid_t pids[PROCESSES];
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] > 0)
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			home_refresh(home, NULL);
			/* what nobody touches is always there */
			if (count_runs(home) < KEPT - 3)
				_exit(1);
			home_close(home);
		}
		_exit(0);
	}
	for (int round = 0; round < 4 * ROUNDS; round++)
		change_one(home);
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	let_settle(home);
	home_refresh(home, NULL);
	home_is_right(home);
}

struct patience {
	size_t left; /* files */
};

static bool go_on(void *data, size_t done, size_t count)
{
	struct patience *patience = data;

	assert_true(done < count);
	return patience->left-- > 0;
}

static size_t asked;

static int64_t rto_us(const char *path)
{
	assert_int_equal(access(path, R_OK), 0);
	asked++;
	return 15 * INT64_C(60000000);
}

/* The newest of one runbook, and no more than there is time for. */
static void test_a_part_of_it(void **state)
{
	struct home *home = *state;
	struct patience patience = {2};
	const struct index_help help = {.rto_us = rto_us, .go_on = go_on, .data = &patience};
	struct index_scope scope = {.runbook = STR("people"), .newest = 4};
	struct index_refreshed said;
	struct past past;

	for (int i = 0; i < 6; i++)
		home_keep(home, "people",
		    arena_printf(home->arena, "2026112%dT063802Z-people-d3f%d", i, i).ptr);
	home_keep(home, "people", "20261129T063802Z-people-too-d3f3");
	home->index = index_open(home->path, &help);
	said = index_refresh(home->index, &scope);
	assert_int_equal(said.files, 4);
	assert_int_equal(said.read, 2);
	assert_int_equal(said.left, 2);
	patience.left = 100;
	said = index_refresh(home->index, &scope);
	assert_int_equal(said.left, 0);
	past_of(home->index, home->arena, scope.runbook, &past);
	assert_int_equal(past.count, 1); /* they are all the same run */
	assert_int_equal(past.runs[0].rto_us, 15 * INT64_C(60000000));
	assert_true(past.runs[0].step_count > 0);
	past_of(home->index, home->arena, STR("steps"), &past);
	assert_int_equal(past.count, 0);
	assert_int_equal(asked, 1); /* of one text of the runbook */
	scope = (struct index_scope){0};
	index_refresh(home->index, &scope);
	past_of(home->index, home->arena, STR("steps"), &past);
	assert_int_equal(past.count, 1);
}

static void test_in_memory(void **state)
{
	static const struct index_help none = {0};
	struct home *home = *state;
	struct run_index *index = index_open(NULL, &none);
	struct past past;
	size_t count;

	index_add(index, home_file(home, "runs/people.jsonl"));
	index_add(index, home_file(home, "runs/damaged.jsonl"));
	index_add(index, home_file(home, "runs/none.jsonl"));
	past_of(index, home->arena, STR("people"), &past);
	assert_int_equal(past.count, 1);
	assert_true(str_is(past.runs[0].path, home_file(home, "runs/people.jsonl")));
	assert_int_equal(past.runs[0].rto_us, -1);
	index_troubles(index, home->arena, &count);
	assert_int_equal(count, 2);
	index_close(index);
}

static void test_there_is_nothing(void **state)
{
	static const struct index_help none = {0};
	const struct index_scope all = {0};
	struct home *home = *state;
	struct run_index *index = index_open(home_file(home, "nowhere"), &none);
	struct index_refreshed said = index_refresh(index, &all);

	assert_int_equal(said.files, 0);
	assert_int_equal(said.error, 0);
	index_close(index);
	/* looking makes no folder */
	assert_int_equal(access(home_file(home, "nowhere"), F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_only_what_changed_is_read),
	    TEST(test_it_is_what_the_files_are),
	    TEST(test_a_damaged_index_is_made_anew),
	    TEST(test_what_is_missing_in_it_is_read_again),
	    TEST(test_what_is_not_ours),
	    TEST(test_a_locked_index_is_passed_by),
	    TEST(test_many_at_once),
	    TEST(test_a_part_of_it),
	    TEST(test_in_memory),
	    TEST(test_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
