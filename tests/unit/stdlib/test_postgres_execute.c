/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres_probe.h"
#include "servers.h"

/* postgres.execute, and sessions that several actions share, against a real server. */

static struct postgres_probe server;
static int server_pid;

/* `more` holds the arguments beside the connection. */
static struct probe *run_in(
    struct session *session, const struct action_impl *impl, const char *more)
{
	return postgres_run(&server, session, impl, more);
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
	assert_true(probe->attempt.result.unchanged);
	probe_free(probe);
	gives(NULL, "SELECT count(*) FROM whole", "0");
	/* what an author's own COMMIT has kept stays */
	probe = execute("\"statements\":[\"INSERT INTO whole VALUES (1)\",\"COMMIT\","
			"\"INSERT INTO whole VALUES (1)\"]");
	probe_expect_class(probe, "server", "duplicate key");
	assert_false(probe->attempt.result.unchanged);
	probe_free(probe);
	gives(NULL, "SELECT count(*) FROM whole", "1");
}

static struct probe *begin_execution(const char *sql)
{
	char more[300];

	snprintf(more, sizeof(more), "\"sql\":\"%s\"", sql);
	return postgres_begin(&server, NULL, &postgres_execute, more);
}

/* What a bound, a cancel or a lost server cuts short has not happened. */
static void changes_nothing_past_its_bound(void **state)
{
	struct probe *probe;

	(void)state;
	ok(execute("\"sql\":\"CREATE TABLE bounded (n int)\""));
	probe = execute("\"sql\":\"INSERT INTO bounded SELECT generate_series(1, 20) RETURNING n\","
			"\"max_rows\":7");
	probe_expect_class(probe, "limit", "more than 7 rows");
	probe_free(probe);
	gives(NULL, "SELECT count(*) FROM bounded", "0");
}

static void changes_nothing_when_cancelled(void **state)
{
	struct probe *probe;

	(void)state;
	ok(execute("\"sql\":\"CREATE TABLE cancelled (n int)\""));
	probe = begin_execution("INSERT INTO cancelled SELECT 1 FROM pg_sleep(600)");
	postgres_await_running(&server, "pg_sleep(600)", true);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while waiting for the answer of 127.0.0.1");
	assert_true(str_find(probe->attempt.result.why, STR("committed")) < 0);
	probe_free(probe);
	postgres_await_running(&server, "pg_sleep(600)", false);
	gives(NULL, "SELECT count(*) FROM cancelled", "0");
}

/* A trigger that makes COMMIT itself take its time. */
static void says_when_it_cannot_know(void **state)
{
	struct probe *probe;

	(void)state;
	ok(execute("\"statements\":[\"CREATE TABLE slow (n int)\","
		   "\"CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
		   "'BEGIN PERFORM pg_sleep(601); RETURN NULL; END'\","
		   "\"CREATE CONSTRAINT TRIGGER late AFTER INSERT ON slow DEFERRABLE INITIALLY "
		   "DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()\"]"));
	probe = begin_execution("INSERT INTO slow VALUES (1)");
	postgres_await_running(&server, "COMMIT", true);
	probe_cancel(probe);
	probe_expect_class(
	    probe, "cancelled", "whether the transaction was committed is not known");
	probe_free(probe);
	postgres_await_running(&server, "COMMIT", false);
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	struct postgres_probe hanging = {.loop = server.loop, .port = servers_port("hang")};
	struct probe *probe = postgres_begin(
	    &hanging, NULL, &postgres_execute, "\"sql\":\"SELECT 1\"");

	(void)state;
	loop_timer_start(probe->timer, 100000);
	probe_wait(probe);
	probe_expect_class(probe, "cancelled", "while logging in at 127.0.0.1");
	probe_free(probe);
}

static void survives_the_server(void **state)
{
	struct probe *probe = begin_execution("INSERT INTO cancelled SELECT 1 FROM pg_sleep(602)");
	char command[64];

	(void)state;
	postgres_await_running(&server, "pg_sleep(602)", true);
	snprintf(command, sizeof(command), "kill %d", server_pid);
	servers_ask(command);
	probe_wait(probe);
	probe_expect_class(probe, "server", "closed the connection");
	probe_free(probe);
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
	probe = execute("\"sql\":\"VACUUM nothing\",\"transaction\":false");
	probe_expect_class(probe, "server", "does not exist");
	assert_false(probe->attempt.result.unchanged);
	probe_free(probe);
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
	struct probe *probe;

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
	probe = run_in(&session, &postgres_execute,
	    "\"statements\":[\"DELETE FROM mine\",\"SELECT nonsense\"]");
	assert_true(probe->attempt.result.unchanged);
	probe_free(probe);
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

/* Whoever looks logs in, and sends nothing of what is to be done. */
static void looks_whether_it_is_let_in(void **state)
{
	static const char as[] =
	    "{\"connection\":{\"host\":\"127.0.0.1\",\"port\":%d,\"user\":\"aragora\","
	    "\"dbname\":\"%s\",\"password\":\"%s\"},\"sql\":\"CREATE TABLE looked ()\"%s}";
	struct probe *probe;

	(void)state;
	probe_looks = true;
	ok(probe_run(server.loop, &postgres_execute, 0, as, server.port, "postgres", "secret", ""));
	ok(probe_run(server.loop, &postgres_execute, 0, as, server.port, "postgres", "secret",
	    ",\"transaction\":false"));
	probe = probe_run(
	    server.loop, &postgres_execute, 0, as, server.port, "postgres", "wrong", "");
	probe_expect_class(probe, "auth", "password authentication failed");
	probe_free(probe);
	probe = probe_run(
	    server.loop, &postgres_execute, 0, as, server.port, "nowhere", "secret", "");
	assert_false(probe->attempt.result.ok);
	probe_free(probe);
	probe = probe_run(server.loop, &postgres_execute, 0, as, 1, "postgres", "secret", "");
	probe_expect_class(probe, "refused", "refused the connection");
	probe_free(probe);
	probe_looks = false;
	gives(NULL, "SELECT to_regclass('looked') IS NULL", "true");
}

static int begin(void **state)
{
	(void)state;
	servers_start();
	server.loop = loop_new();
	servers_ask("postgres");
	server.port = servers_int("port");
	server_pid = servers_int("pid");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	loop_free(server.loop);
	servers_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(changes_and_counts),
	    cmocka_unit_test(all_or_nothing),
	    cmocka_unit_test(changes_nothing_past_its_bound),
	    cmocka_unit_test(changes_nothing_when_cancelled),
	    cmocka_unit_test(says_when_it_cannot_know),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(outside_a_transaction),
	    cmocka_unit_test(wants_something_to_do),
	    cmocka_unit_test(shares_a_session),
	    cmocka_unit_test(loses_a_session),
	    cmocka_unit_test(looks_whether_it_is_let_in),
	    cmocka_unit_test(survives_the_server),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
