/* SPDX-License-Identifier: Apache-2.0 */
#include "backup_trial.h"

#include <pwd.h>

/* backup.latest and backup.prune over folders of dumps, some of which are whole. */

#define DUMP                                                                                       \
	"printf \"%%s\\n\" -- \"-- PostgreSQL database dump\" -- \"\" \"SELECT 1;\" \"\" -- "      \
	"\"-- PostgreSQL database dump complete\" -- \"\""

/* A folder of the case's own, f, with a whole dump under each name. */
static void stage(const char *names)
{
	trial_shell("rm -rf f; mkdir f; cd f; for n in %s; do " DUMP " >$n; done", names);
	trial_shell("touch -d 2026-01-01T00:00:00Z f/*");
}

static struct probe *latest(const char *more)
{
	return probe_run(trial_loop, &backup_latest, 0, "{\"path\":\"f\"%s}", more);
}

static struct probe *prune(const char *more)
{
	return probe_run(
	    trial_loop, &backup_prune, 0, "{\"path\":\"f\",\"pattern\":\"app-*\"%s}", more);
}

static void expect_list(const char *names)
{
	trial_shell("test \"$(cd f; echo *)\" = \"%s\" || { echo there: f/*; false; }", names);
}

/* The names of a list of a result, each with its reason: "a: daily; b: …". */
static void expect_told(struct probe *probe, const char *field, const char *told)
{
	const struct value *list = probe_get(probe, field);
	struct buf text;
	char *got;

	if (!list)
		fail_msg("no %s: %.*s", field, STR_ARG(probe->attempt.result.why));
	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; list && i < list->list.count; i++) {
		const struct value *item = list->list.items[i];
		struct str name = value_text(value_get(item, "name"));
		struct str reason = value_text(value_get(item, "reason"));

		if (!name.len)
			name = value_text(value_get(item, "path"));
		buf_printf(&text, "%s%.*s: %.*s", i ? "; " : "", STR_ARG(name), STR_ARG(reason));
	}
	got = buf_take(&text);
	assert_string_equal(got, told);
	free(got);
}

static void finds_the_newest(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-20260103.sql app-20260102.sql app-20260104.sql other");
	probe = latest(",\"pattern\":\"app-*\"");
	probe_expect_ok(probe);
	probe_expect(probe, "path", "\"f/app-20260104.sql\"");
	probe_expect(probe, "ordered_by", "\"name\"");
	probe_expect(probe, "matched", "3");
	probe_expect(probe, "rejected", "[]");
	probe_expect(probe, "kind", "\"postgres_plain\"");
	probe_expect(probe, "mtime", "{\"$timestamp\":\"2026-01-01T00:00:00Z\"}");
	probe_free(probe);
	trial_shell("touch -d 2026-02-01T00:00:00Z f/app-20260102.sql");
	probe = latest(",\"pattern\":\"*\"");
	probe_expect(probe, "path", "\"f/app-20260102.sql\"");
	probe_expect(probe, "ordered_by", "\"mtime\"");
	probe_free(probe);
}

static void passes_over_the_damaged(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-20260102.sql app-20260103.sql app-20260104.sql app-20260105.sql");
	trial_shell("cd f; truncate -s -1 app-20260105.sql; gzip </dev/null >app-20260104.sql;"
		    " ln -s app-20260102.sql app-20260106.sql; mkfifo app-20260107.sql");
	probe = latest(",\"kind\":\"postgres\"");
	probe_expect_ok(probe);
	probe_expect(probe, "path", "\"f/app-20260103.sql\"");
	probe_expect(probe, "complete", "true");
	expect_told(probe, "rejected",
	    "f/app-20260105.sql: it is cut off: it ends at byte 89, within the last lines of the "
	    "dump; "
	    "f/app-20260104.sql: it holds nothing: the gzip around it is whole, so what should "
	    "have been "
	    "packed was never written (a pipe hides that)");
	probe_free(probe);
	probe = latest(",\"tries\":2");
	assert_false(probe->attempt.result.ok);
	assert_string_equal(probe->attempt.result.why.ptr,
	    "there is no backup to be used in f: 2 looked at, none is whole; 2 older not looked at "
	    "(tries: "
	    "2); the newest, app-20260105.sql: it is cut off: it ends at byte 89, within the last "
	    "lines of "
	    "the dump");
	probe_expect(probe, "complete", "false");
	assert_null(probe_get(probe, "path"));
	probe_free(probe);
	probe = latest(",\"kind\":\"redis\"");
	assert_true(str_find(probe->attempt.result.why, STR("4 looked at, none is whole")) > 0);
	probe_free(probe);
}

static void finds_nothing(void **state)
{
	struct probe *probe;

	(void)state;
	stage("x");
	probe = latest(",\"pattern\":\"app-*\"");
	assert_string_equal(
	    probe->attempt.result.why.ptr, "there is no backup: nothing in f matches app-*");
	probe_expect(probe, "matched", "0");
	probe_free(probe);
	probe = probe_run(trial_loop, &backup_latest, 0, "{\"path\":\"gone\"}");
	probe_expect_error(probe, "cannot look into gone: No such file or directory");
	probe_free(probe);
	probe = probe_run(trial_loop, &backup_latest, 0, "{\"path\":\"f\",\"tries\":0}");
	probe_expect_error(probe, "tries must lie between 1 and 100");
	probe_free(probe);
}

static void removes_what_no_rule_keeps(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-20260101_0300.sql app-20260102_0300.sql app-20260103_0300.sql "
	      "app-20260103_1500.sql "
	      "other.sql");
	probe = prune(",\"daily\":2,\"preview\":true");
	probe_expect_ok(probe);
	probe_expect(probe, "preview", "true");
	probe_expect(probe, "freed", "180");
	expect_told(probe, "removed",
	    "app-20260103_0300.sql: no rule keeps it; app-20260101_0300.sql: no rule keeps it");
	probe_free(probe);
	expect_list("app-20260101_0300.sql app-20260102_0300.sql app-20260103_0300.sql "
		    "app-20260103_1500.sql other.sql");
	probe = prune(",\"daily\":2");
	probe_expect_ok(probe);
	probe_expect(probe, "preview", "false");
	probe_expect(probe, "freed", "180");
	probe_expect(probe, "ordered_by", "\"name\"");
	probe_expect(probe, "failed", "[]");
	expect_told(probe, "removed",
	    "app-20260103_0300.sql: no rule keeps it; app-20260101_0300.sql: no rule keeps it");
	expect_told(probe, "kept", "app-20260103_1500.sql: daily; app-20260102_0300.sql: daily");
	probe_free(probe);
	expect_list("app-20260102_0300.sql app-20260103_1500.sql other.sql");
}

/* Without times in the names, it is when they were modified. */
static void goes_by_when_they_were_modified(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-a app-b app-c");
	trial_shell(
	    "cd f; touch -d 2026-01-03T00:00:00Z app-a; touch -d 2026-01-02T00:00:00Z app-c");
	probe = prune(",\"keep_last\":2");
	probe_expect_ok(probe);
	probe_expect(probe, "ordered_by", "\"mtime\"");
	expect_told(probe, "kept", "app-a: keep_last; app-c: keep_last");
	probe_free(probe);
	expect_list("app-a app-c");
}

static void never_the_last_good_one(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-20260101.sql app-20260102.sql app-20260103.sql app-20260104.sql");
	trial_shell("cd f; for n in 3 4; do truncate -s -20 app-2026010$n.sql; done");
	trial_shell("touch -d 2026-01-01T00:00:00Z f/*");
	probe = prune(",\"max_age\":{\"$duration\":\"1s\"}");
	probe_expect_ok(probe);
	expect_told(probe, "kept", "app-20260102.sql: the last good one");
	probe_free(probe);
	expect_list("app-20260102.sql");
	stage("app-20260101.sql app-20260102.sql");
	trial_shell(
	    "cd f; for n in *; do truncate -s -20 $n; done; touch -d 2026-01-01T00:00:00Z *");
	probe = prune(",\"keep_last\":1");
	assert_string_equal(probe->attempt.result.why.ptr,
	    "nothing is removed from f: of 2 backups none is known to be whole");
	probe_expect(probe, "removed", "[]");
	probe_free(probe);
	expect_list("app-20260101.sql app-20260102.sql");
}

/* A damaged one is not the one of its day, and goes. */
static void a_day_is_kept_by_what_is_whole(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-20260101_01.sql app-20260102_0100.sql app-20260102_0200.sql");
	trial_shell("truncate -s -20 f/app-20260102_0200.sql; touch -d 2026-01-01T00:00:00Z f/*");
	probe = prune(",\"daily\":1");
	probe_expect_ok(probe);
	expect_told(probe, "kept", "app-20260102_0100.sql: daily");
	expect_told(probe, "removed",
	    "app-20260102_0200.sql: not whole: it is cut off: it ends at byte 70, within a "
	    "comment; app-20260101_01.sql: no rule keeps it");
	probe_free(probe);
}

static void leaves_alone_what_it_may_not_touch(void **state)
{
	struct probe *probe;

	(void)state;
	stage(
	    "app-20260101.sql app-20260102.sql app-20260103.sql app-20260104.sql app-20260105.sql");
	trial_shell(
	    "cd f; echo notes >app-20250101.sql; mkdir app-20250102.sql; : >app-20250103.sql;"
	    " ln -s app-20260101.sql app-latest.sql; gzip <app-20260101.sql >app-20250104.sql;"
	    " printf \"PGDMP\\1\\21\\0\\4\\10\\1\" >app-20260106.sql;"
	    " touch -d 2026-01-01T00:00:00Z *; touch app-20260104.sql");
	probe = prune(",\"keep_last\":1,\"kind\":\"postgres\"");
	probe_expect_ok(probe);
	expect_told(probe, "removed",
	    "app-20260103.sql: no rule keeps it; app-20260102.sql: no rule keeps it; "
	    "app-20260101.sql: no "
	    "rule keeps it; app-20250104.sql: no rule keeps it");
	expect_told(probe, "kept",
	    "app-20260106.sql: whether it is whole could not be found out: it is an archive of "
	    "version 1.17; "
	    "known here are 1.12 to 1.16 (pg_dump 9.0 to 18); app-20260105.sql: keep_last; "
	    "app-20260104.sql: "
	    "min_age; app-20250101.sql: not recognised as a backup: it is no backup that is known "
	    "here; "
	    "app-20250102.sql: it is a folder: remove it by hand; app-20250103.sql: not recognised "
	    "as a "
	    "backup: it is empty");
	probe_free(probe);
	trial_shell("test -L f/app-latest.sql");
}

static void tells_what_it_could_not_remove(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-20260101.sql app-20260102.sql");
	trial_shell("chmod 755 f; chmod 644 f/*; chmod a-w f");
	if (geteuid() == 0)
		assert_int_equal(seteuid(getpwnam("nobody")->pw_uid), 0);
	probe = prune(",\"keep_last\":1");
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_false(probe->attempt.result.ok);
	assert_string_equal(probe->attempt.result.why.ptr,
	    "1 left in f that should have gone; app-20260101.sql: it could not be "
	    "removed: "
	    "Permission denied");
	expect_told(
	    probe, "failed", "app-20260101.sql: it could not be removed: Permission denied");
	probe_expect(probe, "removed", "[]");
	probe_expect(probe, "freed", "0");
	probe_free(probe);
	trial_shell("chmod 755 f");
}

static void refuses_what_would_be_a_mistake(void **state)
{
	static const char *const cases[][2] = {
	    {"", "nothing says what to keep"},
	    {",\"keep_last\":0", "nothing says what to keep"},
	    {",\"keep_last\":-1", "keep_last must lie between 0 and 100000"},
	    {",\"daily\":\"7\"", "daily must be an int, not text"},
	};
	struct probe *probe;

	(void)state;
	stage("app-a-20260101.sql app-b-20260101.sql");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		probe = prune(cases[i][0]);
		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
	probe = prune(",\"daily\":7");
	probe_expect_error(probe,
	    "app-* matches backups of two kinds, such as app-b-20260101.sql and "
	    "app-a-20260101.sql; prune one of them at a time");
	probe_free(probe);
	probe = probe_run(
	    trial_loop, &backup_prune, 0, "{\"path\":\"gone\",\"pattern\":\"*\",\"daily\":7}");
	probe_expect_error(probe, "cannot look into gone: No such file or directory");
	probe_free(probe);
	probe = probe_run(
	    trial_loop, &backup_prune, 0, "{\"path\":\"f\",\"pattern\":\"\",\"daily\":7}");
	probe_expect_error(probe, "path or pattern is empty");
	probe_free(probe);
}

static void knows_what_it_does(void **state)
{
	struct arena *arena = arena_new();
	struct str error = {0};

	(void)state;
	assert_int_equal(backup_prune_spec.effect_of(NULL), EFFECT_DESTROY);
	assert_int_equal(
	    backup_prune_spec.effect_of(value_from_json(arena, STR("{\"preview\":false}"), &error)),
	    EFFECT_DESTROY);
	assert_int_equal(
	    backup_prune_spec.effect_of(value_from_json(arena, STR("{\"preview\":true}"), &error)),
	    EFFECT_READ);
	arena_free(arena);
}

/* It tells what it had removed by then; ended before its first slice, that is nothing. */
static void can_be_ended(void **state)
{
	struct probe *probe;

	(void)state;
	stage("app-20260101.sql app-20260102.sql");
	probe = probe_begin(
	    trial_loop, &backup_prune, 0, "{\"path\":\"f\",\"pattern\":\"app-*\",\"keep_last\":1}");
	probe_cancel(probe);
	probe_wait(probe);
	if (!probe->attempt.result.ok)
		assert_string_equal(probe->attempt.result.why.ptr,
		    "ended before anything was removed from f: what it keeps was still being read");
	probe_free(probe);
	probe = probe_begin(trial_loop, &backup_latest, 0, "{\"path\":\"f\"}");
	probe_cancel(probe);
	assert_true(probe->finished);
	assert_string_equal(probe->attempt.result.why.ptr, "ended while looking for a backup in f");
	probe_free(probe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_newest),
	    cmocka_unit_test(passes_over_the_damaged),
	    cmocka_unit_test(finds_nothing),
	    cmocka_unit_test(removes_what_no_rule_keeps),
	    cmocka_unit_test(goes_by_when_they_were_modified),
	    cmocka_unit_test(never_the_last_good_one),
	    cmocka_unit_test(a_day_is_kept_by_what_is_whole),
	    cmocka_unit_test(leaves_alone_what_it_may_not_touch),
	    cmocka_unit_test(tells_what_it_could_not_remove),
	    cmocka_unit_test(refuses_what_would_be_a_mistake),
	    cmocka_unit_test(knows_what_it_does),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, trial_begin, trial_end);
}
