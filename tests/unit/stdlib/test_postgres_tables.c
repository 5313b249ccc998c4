/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres_probe.h"
#include "servers.h"

/* postgres.tables against a real server with tables of every sort. */

static struct postgres_probe server;

static struct probe *tables(const char *more)
{
	struct probe *probe = postgres_run(&server, NULL, &postgres_tables, more);

	probe_expect_ok(probe);
	return probe;
}

static const struct value *of_table(const struct probe *probe, const char *name, const char *field)
{
	return value_get(value_get(probe_get(probe, "tables"), name), field);
}

static void expect_table(const struct probe *probe, const char *name, int64_t rows, bool exact)
{
	const struct value *got = of_table(probe, name, "rows");

	if (rows < 0)
		assert_null(got);
	else
		assert_int_equal(got->integer, rows);
	assert_int_equal(of_table(probe, name, "exact")->boolean, exact);
	assert_non_null(of_table(probe, name, "bytes"));
}

static void counts_every_sort_of_table(void **state)
{
	struct probe *probe = tables("");
	const struct value *bytes = of_table(probe, "public.users", "bytes");

	(void)state;
	probe_expect(probe, "counts",
	    "{\"app.\\\"Odd Name\\\"\":0,\"app.part_a\":2,\"app.part_b\":1,\"app.seen\":3,"
	    "\"public.big\":200000,\"public.hidden\":4,\"public.users\":3}");
	expect_table(probe, "public.users", 3, true);
	probe_expect(probe, "rows", "200013");
	/* a view that was never filled cannot be counted */
	probe_expect(probe, "table_count", "8");
	probe_expect(probe, "exact", "false");
	expect_table(probe, "app.unfilled", -1, false);
	assert_true(bytes->integer > 0);
	assert_true(probe_get(probe, "bytes")->integer > bytes->integer);
	probe_free(probe);
}

static void compares_what_was_and_what_is(void **state)
{
	struct probe *before = tables("\"schemas\":[\"public\"]");
	struct probe *after = tables("\"schemas\":[\"public\"]");

	(void)state;
	probe_expect(before, "exact", "true");
	assert_true(value_equal(probe_get(before, "counts"), probe_get(after, "counts")));
	probe_free(after);
	postgres_do(&server, "DELETE FROM users WHERE n = 3");
	after = tables("\"schemas\":[\"public\"]");
	assert_false(value_equal(probe_get(before, "counts"), probe_get(after, "counts")));
	probe_free(after);
	probe_free(before);
	postgres_do(&server, "INSERT INTO users VALUES (3)");
}

static void keeps_to_schemas_and_databases(void **state)
{
	struct probe *probe = tables("\"schemas\":[\"app\"]");

	(void)state;
	assert_null(value_get(probe_get(probe, "tables"), "public.users"));
	expect_table(probe, "app.seen", 3, true);
	probe_free(probe);
	probe = tables("\"database\":\"template1\"");
	probe_expect(probe, "tables", "{}");
	probe_expect(probe, "rows", "0");
	probe_expect(probe, "exact", "true");
	probe_free(probe);
	probe = tables("\"schemas\":[\"pg_catalog\"],\"estimate\":true");
	assert_true(of_table(probe, "pg_catalog.pg_class", "rows")->integer > 0);
	probe_free(probe);
	probe = postgres_run(
	    &server, NULL, &postgres_tables, "\"schemas\":[\"app\",\"nowhere\",\"gone\"]");
	probe_expect_class(probe, "", "there is no schema nowhere, gone");
	assert_null(probe_get(probe, "tables"));
	probe_free(probe);
}

static void estimates_where_told(void **state)
{
	struct probe *probe = tables("\"estimate\":true");

	(void)state;
	expect_table(probe, "public.users", 3, false);
	expect_table(probe, "public.hidden", -1, false);
	probe_expect(probe, "exact", "false");
	probe_free(probe);
	probe = tables("\"count_size\":100000");
	expect_table(probe, "public.users", 3, true);
	expect_table(probe, "public.big", 200000, false);
	probe_free(probe);
	probe = tables("\"count_tables\":0");
	expect_table(probe, "public.users", 3, false);
	probe_free(probe);
}

/* The largest takes longer than that. */
static void estimates_when_the_time_is_up(void **state)
{
	struct probe *probe = tables(
	    "\"schemas\":[\"public\"],\"count_time\":{\"$duration\":\"0.001s\"}");

	(void)state;
	expect_table(probe, "public.big", 200000, false);
	probe_expect(probe, "exact", "false");
	probe_expect(probe, "sqlstate", "\"\"");
	probe_free(probe);
}

/* What a role may not read, or only in part, is not counted. */
static void counts_only_what_is_whole(void **state)
{
	struct postgres_probe stranger = {server.loop, server.port, "stranger"};
	struct probe *probe = postgres_run(&stranger, NULL, &postgres_tables, "");

	(void)state;
	probe_expect_ok(probe);
	expect_table(probe, "public.users", 3, true);
	expect_table(probe, "public.hidden", -1, false);
	expect_table(probe, "public.big", 200000, false);
	expect_table(probe, "app.seen", 3, false);
	probe_free(probe);
}

/* It shares a session, and leaves no transaction in it, even when the time was up. */
static void leaves_a_session_clean(void **state)
{
	struct session session = {.name = "db"};
	struct probe *probe = postgres_run(&server, &session, &postgres_tables,
	    "\"schemas\":[\"public\"],\"count_time\":{\"$duration\":\"0.001s\"}");

	(void)state;
	probe_expect_ok(probe);
	probe_free(probe);
	assert_false(session.lost);
	probe = postgres_run(&server, &session, &postgres_execute,
	    "\"sql\":\"CREATE TEMPORARY TABLE mine AS SELECT 1\"");
	probe_expect_ok(probe);
	probe_free(probe);
	session.close(session.resource);
}

static void tells_what_is_wrong(void **state)
{
	struct postgres_probe nowhere = {server.loop, servers_port("dead"), NULL};
	struct probe *probe = postgres_run(&nowhere, NULL, &postgres_tables, "");

	(void)state;
	probe_expect_class(probe, "refused", "refused the connection");
	probe_free(probe);
	probe = postgres_run(&server, NULL, &postgres_tables, "\"database\":\"gone\"");
	probe_expect_class(probe, "server", "does not have that database");
	probe_expect(probe, "sqlstate", "\"3D000\"");
	probe_free(probe);
	probe = postgres_run(&server, NULL, &postgres_tables, "\"schemas\":\"public\"");
	probe_expect_error(probe, "schemas must be a list, not text");
	probe_free(probe);
}

static int begin(void **state)
{
	static const char *const made[] = {
	    "CREATE TABLE users AS SELECT generate_series(1, 3) AS n",
	    "CREATE TABLE hidden AS SELECT generate_series(1, 4) AS n",
	    "CREATE TABLE big AS SELECT generate_series(1, 200000) AS n", "CREATE SCHEMA app",
	    "CREATE TABLE app.\\\"Odd Name\\\" (n int)",
	    "CREATE TABLE app.whole (n int) PARTITION BY LIST (n)",
	    "CREATE TABLE app.part_a PARTITION OF app.whole FOR VALUES IN (1, 2)",
	    "CREATE TABLE app.part_b PARTITION OF app.whole FOR VALUES IN (3)",
	    "INSERT INTO app.whole SELECT generate_series(1, 3)",
	    "CREATE MATERIALIZED VIEW app.seen AS SELECT * FROM app.whole",
	    "CREATE MATERIALIZED VIEW app.unfilled AS SELECT 1 AS one WITH NO DATA",
	    "CREATE VIEW app.shown AS SELECT 1", "ANALYZE users, big, app.seen",
	    "CREATE ROLE stranger LOGIN PASSWORD 'secret'",
	    "GRANT SELECT ON users, big TO stranger", "GRANT SELECT ON app.seen TO stranger",
	    "ALTER TABLE big ENABLE ROW LEVEL SECURITY"};

	(void)state;
	server.loop = loop_new();
	servers_start();
	/* nobody else analyzes */
	server.port = servers_port("postgres -c autovacuum=off");
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		postgres_do(&server, made[i]);
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
	    cmocka_unit_test(counts_every_sort_of_table),
	    cmocka_unit_test(compares_what_was_and_what_is),
	    cmocka_unit_test(keeps_to_schemas_and_databases),
	    cmocka_unit_test(estimates_where_told),
	    cmocka_unit_test(estimates_when_the_time_is_up),
	    cmocka_unit_test(counts_only_what_is_whole),
	    cmocka_unit_test(leaves_a_session_clean),
	    cmocka_unit_test(tells_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
