/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "servers.h"
#include "stdlib/registry.h"

/* postgres.execute, and sessions that several actions share, against a real server. */

static struct loop *loop;
static int port;

/* `more` holds the arguments beside the connection. */
static struct probe *run_in(
    struct session *session, const struct action_impl *impl, const char *more)
{
	char args[2000];
	struct probe *probe;

	snprintf(args, sizeof(args),
	    "{\"connection\":{\"host\":\"127.0.0.1\",\"port\":%d,\"user\":\"aragora\","
	    "\"dbname\":\"postgres\",\"password\":\"secret\"},%s}",
	    port, more);
	probe = probe_begin_in(loop, impl, 0, session, args);
	probe_wait(probe);
	return probe;
}

static struct probe *execute(const char *more)
{
	return run_in(NULL, &postgres_execute, more);
}

static void ok(struct probe *probe)
{
	probe_expect_ok(probe);
	probe_free(probe);
}

static void gives(struct session *session, const char *sql, const char *json)
{
	char more[500];
	struct probe *probe;

	snprintf(more, sizeof(more), "\"sql\":\"%s\"", sql);
	probe = run_in(session, &postgres_query, more);
	probe_expect_ok(probe);
	probe_expect(probe, "value", json);
	probe_free(probe);
}

static void changes_and_counts(void **state)
{
	struct probe *probe;

	(void)state;
	ok(execute("\"sql\":\"CREATE TABLE counted (n int)\""));
	probe = execute("\"sql\":\"INSERT INTO counted SELECT generate_series(1, $1) RETURNING n\","
			"\"values\":[3]");
	probe_expect_ok(probe);
	probe_expect(probe, "affected", "3");
	probe_expect(probe, "row_count", "3");
	probe_free(probe);
	probe = execute("\"statements\":[\"DELETE FROM counted WHERE n = 1\","
			"\"UPDATE counted SET n = n + 1\",\"SELECT sum(n) FROM counted\"]");
	probe_expect_ok(probe);
	probe_expect(probe, "affected", "3");
	probe_expect(probe, "value", "7");
	probe_free(probe);
}

static void all_or_nothing(void **state)
{
	struct probe *probe;

	(void)state;
	ok(execute("\"sql\":\"CREATE TABLE whole (n int PRIMARY KEY)\""));
	probe = execute("\"statements\":[\"INSERT INTO whole VALUES (1)\","
			"\"INSERT INTO whole VALUES (1)\"]");
	probe_expect_class(probe, "server", "duplicate key");
	probe_expect(probe, "sqlstate", "\"23505\"");
	probe_free(probe);
	gives(NULL, "SELECT count(*) FROM whole", "0");
}

static void outside_a_transaction(void **state)
{
	struct probe *probe;

	(void)state;
	ok(execute("\"sql\":\"CREATE TABLE dusty (n int)\""));
	probe = execute("\"sql\":\"VACUUM dusty\"");
	probe_expect_class(probe, "server", "transaction");
	probe_free(probe);
	ok(execute("\"sql\":\"VACUUM dusty\",\"transaction\":false"));
	probe = execute(
	    "\"sql\":\"INSERT INTO dusty VALUES (1), (2) RETURNING n\",\"transaction\":false");
	probe_expect_ok(probe);
	probe_expect(probe, "row_count", "2");
	probe_expect(probe, "affected", "2");
	probe_free(probe);
	probe = execute("\"statements\":[\"SELECT 1\",\"SELECT 2\"],\"transaction\":false");
	probe_expect_error(probe, "one statement");
	probe_free(probe);
}

static void wants_something_to_do(void **state)
{
	struct probe *probe = execute("\"lock_timeout\":{\"$duration\":\"1s\"}");

	(void)state;
	probe_expect_error(probe, "either sql or statements");
	probe_free(probe);
	probe = execute("\"sql\":\"SELECT 1\",\"statements\":[\"SELECT 1\"]");
	probe_expect_error(probe, "either sql or statements");
	probe_free(probe);
}

/* What one action leaves in the session is there for the next: a temporary table, a lock, a backup. */
static void shares_a_session(void **state)
{
	struct session session = {.name = "db"};

	(void)state;
	ok(run_in(&session, &postgres_execute, "\"sql\":\"CREATE TEMPORARY TABLE mine (n int)\""));
	assert_non_null(session.resource);
	ok(run_in(&session, &postgres_execute, "\"sql\":\"INSERT INTO mine VALUES (4)\""));
	gives(&session, "SELECT n FROM mine", "4");
	ok(run_in(&session, &postgres_execute,
	    "\"sql\":\"SELECT pg_advisory_lock(77)\",\"transaction\":false"));
	gives(NULL, "SELECT pg_try_advisory_lock(77)", "false");
	/* an error in a statement is no reason to lose the session */
	probe_free(run_in(&session, &postgres_execute, "\"sql\":\"SELECT nonsense\""));
	assert_false(session.lost);
	gives(&session, "SELECT n FROM mine", "4");
	session.close(session.resource);
	gives(NULL, "SELECT pg_try_advisory_lock(78)", "true");
}

static void loses_a_session(void **state)
{
	struct session session = {.name = "db"};
	struct probe *probe;

	(void)state;
	ok(run_in(&session, &postgres_execute, "\"sql\":\"SELECT pg_advisory_lock(5)\""));
	probe = run_in(&session, &postgres_execute,
	    "\"sql\":\"SELECT pg_terminate_backend(pg_backend_pid())\"");
	assert_false(probe->attempt.result.ok);
	probe_free(probe);
	assert_true(session.lost);
	assert_null(session.resource);
}

static int begin(void **state)
{
	(void)state;
	servers_start();
	loop = loop_new();
	servers_ask("postgres");
	port = servers_int("port");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	loop_free(loop);
	servers_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(changes_and_counts),
	    cmocka_unit_test(all_or_nothing),
	    cmocka_unit_test(outside_a_transaction),
	    cmocka_unit_test(wants_something_to_do),
	    cmocka_unit_test(shares_a_session),
	    cmocka_unit_test(loses_a_session),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
