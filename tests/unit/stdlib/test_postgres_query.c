/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres_probe.h"
#include "servers.h"
#include "stdlib/pg_effect.h"

/* postgres.query against a real server. */

static struct postgres_probe server;
static int server_pid;

/* `more` holds the other arguments, beginning with a comma. */
static struct probe *query(const char *sql, const char *more)
{
	char args[2500];

	snprintf(args, sizeof(args), "\"sql\":\"%s\"%s", sql, more);
	return postgres_run(&server, NULL, &postgres_query, args);
}

static void gives_typed_values(void **state)
{
	static const char *const cases[][2] = {
	    {"1::int2", "1"},
	    {"9223372036854775807", "9223372036854775807"},
	    {"1.5::float4", "1.5"},
	    {"2::float8", "2.0"},
	    {"'NaN'::float8", "{\"$double\":\"NaN\"}"},
	    {"12::numeric", "12"},
	    {"12.50::numeric", "12.5"},
	    {"1 = 1", "true"},
	    {"null::text", "null"},
	    {"'a b'::text", "\"a b\""},
	    {"'[1, null, 2.5]'::jsonb", "[1,null,2.5]"},
	    {"interval '1 day 2 hours 0.5 seconds'", "{\"$duration\":\"93600.5s\"}"},
	    {"interval '-90 seconds'", "{\"$duration\":\"-90s\"}"},
	    {"interval '1 month'", "\"P1M\""},
	    {"timestamptz '2026-11-22 03:04:05.25+01'",
		"{\"$timestamp\":\"2026-11-22T02:04:05.25Z\"}"},
	    {"'infinity'::timestamptz", "\"infinity\""},
	    {"date '2026-11-22'", "\"2026-11-22\""},
	    {"timestamp '2026-11-22 03:04:05'", "\"2026-11-22 03:04:05\""},
	    {"99999999999999999999::numeric", "1e+20"},
	    {"'NaN'::numeric", "{\"$double\":\"NaN\"}"},
	    {"decode('00ff', 'hex')", "\"\\\\x00ff\""},
	    {"null::int[]", "null"},
	    {"count(*)", "1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char sql[128];
		struct probe *probe;

		snprintf(sql, sizeof(sql), "SELECT %s AS it", cases[i][0]);
		probe = query(sql, "");
		probe_expect_ok(probe);
		probe_expect(probe, "value", cases[i][1]);
		probe_free(probe);
	}
}

static void gives_arrays_as_lists(void **state)
{
	static const char *const cases[][2] = {
	    {"array[]::int[]", "[]"},
	    {"array[1, null, -3]", "[1,null,-3]"},
	    {"array[[1, 2], [3, 4]]::int8[]", "[[1,2],[3,4]]"},
	    {"array[1.5, 2]::numeric[]", "[1.5,2]"},
	    {"array[1.5]::float8[] || 'NaN'::float8", "[1.5,{\"$double\":\"NaN\"}]"},
	    {"array[true, false]", "[true,false]"},
	    {"array['a', 'b c', '', 'NULL', 'x,y', '{z}', E'q\\\\\\\\\\\"r']",
		"[\"a\",\"b c\",\"\",\"NULL\",\"x,y\",\"{z}\",\"q\\\\\\\"r\"]"},
	    {"array['{\\\"a\\\": [1, null]}'::jsonb, '2']", "[{\"a\":[1,null]},2]"},
	    {"array[interval '90 seconds']", "[{\"$duration\":\"90s\"}]"},
	    {"array[timestamptz '2026-11-22 03:04:05+00']",
		"[{\"$timestamp\":\"2026-11-22T03:04:05Z\"}]"},
	    {"array[date '2026-11-22']", "[\"2026-11-22\"]"},
	    {"array['pg_class'::regclass]", "[\"pg_class\"]"},
	    {"'[0:1]={7,8}'::int[]", "\"[0:1]={7,8}\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char sql[128];
		struct probe *probe;

		snprintf(sql, sizeof(sql), "SELECT %s AS it", cases[i][0]);
		probe = query(sql, "");
		probe_expect_ok(probe);
		probe_expect(probe, "value", cases[i][1]);
		probe_free(probe);
	}
}

static void gives_rows(void **state)
{
	struct probe *probe = query("SELECT i, i % 2 = 0 AS even FROM generate_series(1, 2) i", "");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "rows", "[{\"i\":1,\"even\":false},{\"i\":2,\"even\":true}]");
	probe_expect(probe, "row_count", "2");
	probe_expect(probe, "columns", "[\"i\",\"even\"]");
	probe_expect(probe, "value", "null");
	probe_free(probe);
	probe = query("SELECT 1 AS a WHERE false", "");
	probe_expect_ok(probe);
	probe_expect(probe, "rows", "[]");
	probe_expect(probe, "columns", "[\"a\"]");
	probe_free(probe);
	probe = query("SHOW server_version_num", ",\"database\":\"template1\"");
	probe_expect_ok(probe);
	probe_free(probe);
}

static void binds_values(void **state)
{
	struct probe *probe = query(
	    "SELECT $1::int + 1 AS a, $2::text AS b, $3::bool AS c, $4::text AS d, "
	    "5 = ANY($5::int[]) AS e, $6::jsonb AS f, $7::interval AS g, $8::text[] AS h",
	    ",\"values\":[41,\"x'; DROP TABLE y\",true,null,[4,5],{\"k\":[1]},"
	    "{\"$duration\":\"90s\"},[\"a\\\"b\",null,\"NULL\"]]");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "rows",
	    "[{\"a\":42,\"b\":\"x'; DROP TABLE y\",\"c\":true,\"d\":null,\"e\":true,"
	    "\"f\":{\"k\":[1]},\"g\":{\"$duration\":\"90s\"},"
	    "\"h\":[\"a\\\"b\",null,\"NULL\"]}]");
	probe_free(probe);
}

static void expect_refused(
    const char *sql, const char *more, const char *class, const char *sqlstate, const char *words)
{
	struct probe *probe = query(sql, more);

	probe_expect_class(probe, class, words);
	probe_expect(probe, "sqlstate", sqlstate);
	assert_null(probe_get(probe, "rows"));
	probe_free(probe);
}

static void refuses_to_change_anything(void **state)
{
	(void)state;
	expect_refused("CREATE TABLE t (i int)", "", "server", "\"25006\"",
	    "cannot execute CREATE TABLE in a read-only transaction");
	expect_refused("DO $$ BEGIN PERFORM set_config('transaction_read_only', 'off', true); "
		       "CREATE TABLE t (i int); END $$",
	    "", "server", "\"25001\"", "read-write mode");
	expect_refused("SELECT 1; SELECT 2", "", "server", "\"42601\"",
	    "the SQL holds more than one statement; a query is one");
	expect_refused(
	    "COPY pg_class TO STDOUT", "", "protocol", "\"\"", "the statement copies data");
}

static void is_a_read_or_a_change(void **state)
{
	static const struct {
		const char *sql;
		const char *what; /* NULL: a read */
	} cases[] = {
	    {"select count(*) from users where name = $1", NULL},
	    {"select '''pg_promote()', 'it''s pg_promote()', E'\\' pg_promote()', b'1'", NULL},
	    {"select \"pg_promote\" (true)", "pg_promote"},
	    {"select \"a\"\"pg_promote\"(1), pg_promote, \"pg_promote ()\"", NULL},
	    {"select $$ pg_promote() $$, $a$ $$ pg_promote() $b$ $a$, $1, a$b$c", NULL},
	    {"select a$$ pg_promote() $$", "pg_promote"},
	    {"select 1 -- pg_promote()", NULL},
	    {"select 1 -- '\n, pg_promote()", "pg_promote"},
	    {"select 1 /* pg_promote() /* ' */ pg_promote() */ + 1", NULL},
	    {"select /* ' */ pg_catalog.PG_Promote /* ( */ -- '\n (true)", "PG_Promote"},
	    {"select '\\', pg_promote()", "pg_promote"},
	    {"select E'\\\\', pg_promote()", "pg_promote"},
	    {"select u&\"pg_pr\\006fmote\"()", "u&\"pg_pr\\006fmote\""},
	    {"select 1 where exists (select from pg_cancel_backend(1))", "pg_cancel_backend"},
	    {"explain analyze select pg_wal_replay_pause()", "pg_wal_replay_pause"},
	    {"select * from public.dblink('', 'drop table t') as t (i int)", "dblink"},
	    {"select dblink_is_busy('a'), pg_logical_slot_peek_changes('a', null, null)", NULL},
	    {"select pg_stat_reset_shared('wal')", "pg_stat_reset_shared"},
	    {"select pg_advisory_xact_lock(1), pg_promote_of_mine(), my_pg_promote()", NULL},
	    {" /* now */ (((select 1)))", NULL},
	    {"-- now\n COPY t to program 'x'", "COPY"},
	    {"do $$ begin end $$", "do"},
	    {"checkpoint", "checkpoint"},
	    {"select copy from load", NULL},
	    {"select \x1a from \x1a where '\x1a('", NULL},
	    {"\x1a", NULL},
	    {"select pg_\x1a(1)", "pg_\x1a"},
	    {"select 'not closed pg_promote()", NULL},
	    {"select $a$ pg_promote()", NULL},
	    {"select /* /* */ pg_promote()", NULL},
	    {"select $", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str what;
		enum effect_class effect = pg_effect(str_from(cases[i].sql), &what);

		if (effect != (cases[i].what ? EFFECT_CHANGE : EFFECT_READ) ||
		    !str_is(what, cases[i].what ? cases[i].what : ""))
			fail_msg("%s: %s, \"%.*s\"", cases[i].sql, effect_class_name(effect),
			    STR_ARG(what));
	}
	assert_int_equal(postgres_query_spec.effect_of(NULL), EFFECT_CHANGE);
}

/* What the read-only transaction does not hold back is a change: the server performs each of these. */
static void calls_a_change_what_gets_through(void **state)
{
	static const char *const statements[] = {"SELECT pg_reload_conf()",
	    "SELECT pg_switch_wal()", "SELECT pg_create_restore_point('a')",
	    "SELECT pg_stat_reset()", "SELECT pg_create_physical_replication_slot('a')",
	    "SELECT pg_drop_replication_slot('a')", "SELECT pg_cancel_backend(0)",
	    "SELECT pg_log_backend_memory_contexts(pg_backend_pid())", "SELECT pg_advisory_lock(1)",
	    "SELECT pg_logical_emit_message(false, 'a', 'b')", "SELECT pg_backup_start('a')",
	    "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'", "COPY (SELECT 1) TO '/dev/null'",
	    "DO $$ BEGIN PERFORM pg_switch_wal(); END $$", "LOAD 'plpgsql'", "CHECKPOINT"};

	(void)state;
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		struct probe *probe;

		if (pg_effect(str_from(statements[i]), NULL) != EFFECT_CHANGE)
			fail_msg("%s gets through", statements[i]);
		probe = query(statements[i], "");
		probe_expect_ok(probe);
		probe_free(probe);
	}
}

/* A value may have brought what the runbook did not show: where only reads may stand it is not sent. */
static void does_not_send_a_change_as_a_read(void **state)
{
	struct probe *probe;

	(void)state;
	probe_only_reads = true;
	probe = query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity", "");
	probe_expect_error(probe,
	    "\"pg_terminate_backend\" in the statement changes something outside of the "
	    "transaction, and only a read may stand here: make it a step without `effect: read`");
	probe_free(probe);
	probe = query("SELECT 'pg_terminate_backend(1)'", "");
	probe_expect_ok(probe);
	probe_free(probe);
	probe_only_reads = false;
}

/*
 * Volatile functions that leave nothing behind: they tell something, cannot be called so, or write what is refused or
 * rolled back like any other write.
 */
#define HARMLESS                                                                                   \
	"^(RI_FKey_.*|binary_upgrade_.*|.*handler|.*_validator|.*_trigger.*|amvalidate|"           \
	"bernoulli|system|unique_key_recheck|dsnowball_.*|lo_([^e].*|export_.*)|loread|lowrite|"   \
	"pg_ls_.*|pg_get_.*|pg_read_.*|pg_sleep.*|pg_stat_(file|get_.*|have_stats|"                \
	"clear_snapshot|force_next_flush)|pg_control_.*|pg_current_.*|pg_last_.*|pg_xact_.*|"      \
	"pg_.*_size|pg_.*collation.*|pg_.*blocking_pids|pg_is_.*|pg_partition_.*|pg_show_.*|"      \
	"pg_(try_)?advisory_xact_lock.*|pg_isolation_.*|pg_logical_slot_peek_.*|"                  \
	"pg_replication_origin_(progress|session_is_setup|session_progress|oid)|"                  \
	"pg_(export_snapshot|extension_config_dump|hba_file_rules|ident_file_mappings|"            \
	"jit_available|lock_status|nextoid|notification_queue_usage|notify|prepared_xact|"         \
	"safe_snapshot_blocking_pids|sequence_last_value)|(query|cursor)_to_xml.*|"                \
	"clock_timestamp|timeofday|current_query|currtid2?|currval|lastval|nextval|setval|"        \
	"set_config|setseed|random|gen_random_uuid|ts_rewrite|ts_stat|txid_status)$"

/* A function that a later server has, and nobody has thought of, fails here by its name. */
static void knows_every_function_of_the_server(void **state)
{
	struct probe *probe = query("SELECT DISTINCT proname::text, proname ~ '" HARMLESS "' AS "
				    "harmless FROM pg_proc WHERE provolatile = 'v' AND prokind = "
				    "'f' AND pronamespace = 'pg_catalog'::regnamespace",
	    "");
	const struct value *rows = probe_get(probe, "rows");

	(void)state;
	probe_expect_ok(probe);
	assert_true(rows->list.count > 200);
	for (size_t i = 0; i < rows->list.count; i++) {
		const struct value *row = rows->list.items[i];
		bool harmless = value_equal(value_get(row, "harmless"), value_bool(true));
		char sql[200];

		snprintf(sql, sizeof(sql), "SELECT %.*s()",
		    STR_ARG(value_text(value_get(row, "proname"))));
		if ((pg_effect(str_from(sql), NULL) == EFFECT_READ) != harmless)
			fail_msg("%s is %s harmless", sql, harmless ? "said to be" : "not");
	}
	probe_free(probe);
}

static void tells_what_the_server_says(void **state)
{
	(void)state;
	expect_refused(
	    "SELECT * FROM gone", "", "server", "\"42P01\"", "relation \"gone\" does not exist");
	expect_refused("SELEC 1", "", "server", "\"42601\"", "(at character 1)");
	expect_refused("SELECT pg_sleep(60)", ",\"statement_timeout\":{\"$duration\":\"0.1s\"}",
	    "timeout", "\"57014\"", "statement timeout");
	expect_refused("SELECT $1::int", "", "server", "\"08P01\"", "parameters");
}

static void bounds_what_it_takes(void **state)
{
	struct probe *probe;

	(void)state;
	expect_refused("SELECT 1 FROM generate_series(1, 100000)", ",\"max_rows\":7", "limit",
	    "\"\"", "more than 7 rows");
	expect_refused("SELECT repeat('x', 1000000) FROM generate_series(1, 1000)", "", "limit",
	    "\"\"", "larger than 8 MiB");
	expect_refused("SELECT repeat('x', 20000000)", "", "limit", "\"\"", "larger than");
	expect_refused("SELECT 1 AS a, 2 AS a", "", "limit", "\"\"", "two columns are called a");
	probe = query("", "");
	probe_expect_error(probe, "sql is empty");
	probe_free(probe);
	probe = query("SELECT $1::text", ",\"values\":7");
	probe_expect_error(probe, "values must be a list, not int");
	probe_free(probe);
}

static struct probe *begin_query(const char *sql)
{
	char args[300];

	snprintf(args, sizeof(args), "\"sql\":\"%s\"", sql);
	return postgres_begin(&server, NULL, &postgres_query, args);
}

static void waits_for_locks_no_longer_than_told(void **state)
{
	struct probe *holder = begin_query("SELECT pg_advisory_xact_lock(7), pg_sleep(600)");

	(void)state;
	postgres_await_running(&server, "pg_sleep(600)", true);
	expect_refused("SELECT pg_advisory_xact_lock(7)",
	    ",\"lock_timeout\":{\"$duration\":\"0.1s\"}", "timeout", "\"55P03\"", "lock timeout");
	probe_cancel(holder);
	probe_wait(holder);
	probe_free(holder);
}

static void leaves_no_query_behind(void **state)
{
	struct probe *probe = begin_query("SELECT pg_sleep(601)");

	(void)state;
	postgres_await_running(&server, "pg_sleep(601)", true);
	probe_cancel(probe);
	assert_true(probe->finished);
	probe_expect_class(probe, "cancelled", "while waiting for the answer of 127.0.0.1");
	probe_free(probe);
	postgres_await_running(&server, "pg_sleep(601)", false);
}

static void survives_the_server(void **state)
{
	struct probe *probe = begin_query("SELECT pg_sleep(602)");
	char command[64];

	(void)state;
	postgres_await_running(&server, "pg_sleep(602)", true);
	snprintf(command, sizeof(command), "kill %d", server_pid);
	servers_ask(command);
	probe_wait(probe);
	assert_false(probe->attempt.result.ok);
	probe_expect(probe, "class", "\"server\"");
	probe_free(probe);
}

static int begin(void **state)
{
	(void)state;
	server.loop = loop_new();
	servers_start();
	servers_ask("postgres");
	server.port = servers_int("port");
	server_pid = servers_int("pid");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	servers_stop();
	loop_free(server.loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_typed_values),
	    cmocka_unit_test(gives_arrays_as_lists),
	    cmocka_unit_test(gives_rows),
	    cmocka_unit_test(binds_values),
	    cmocka_unit_test(refuses_to_change_anything),
	    cmocka_unit_test(is_a_read_or_a_change),
	    cmocka_unit_test(calls_a_change_what_gets_through),
	    cmocka_unit_test(does_not_send_a_change_as_a_read),
	    cmocka_unit_test(knows_every_function_of_the_server),
	    cmocka_unit_test(tells_what_the_server_says),
	    cmocka_unit_test(bounds_what_it_takes),
	    cmocka_unit_test(waits_for_locks_no_longer_than_told),
	    cmocka_unit_test(leaves_no_query_behind),
	    cmocka_unit_test(survives_the_server),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
