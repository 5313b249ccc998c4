/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "servers.h"
#include "stdlib/registry.h"

/* postgres.ready against servers that are up, start, stop, are full or strict, and against ports that are none. */

static struct loop *loop;
static int port;
static char folder[256];

enum { SECOND = 1000000 };

/* `connection` holds what is said of it beside the port, beginning with a comma. */
static struct probe *ready(int at, int64_t timeout_us, const char *connection)
{
	return probe_run(loop, &postgres_ready, timeout_us,
	    "{\"connection\":{\"port\":%d,\"dbname\":\"postgres\"%s}}", at, connection);
}

#define AS_ARAGORA ",\"user\":\"aragora\",\"password\":\"secret\""

static void expect(
    int at, const char *connection, const char *class, const char *sqlstate, const char *words)
{
	struct probe *probe = ready(at, 0, connection);

	probe_expect_class(probe, class, words);
	probe_expect(probe, "sqlstate", sqlstate);
	probe_expect(probe, "ready", "false");
	assert_null(probe_get(probe, "in_recovery"));
	probe_free(probe);
}

static void answers_a_real_user(void **state)
{
	struct probe *probe = ready(port, 0, AS_ARAGORA);

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "ready", "true");
	probe_expect(probe, "in_recovery", "false");
	probe_expect(probe, "class", "\"\"");
	probe_expect(probe, "sqlstate", "\"\"");
	assert_true(probe_get(probe, "server_version")->integer >= 150000);
	assert_true(value_us(probe_get(probe, "latency")) > 0);
	probe_free(probe);
}

static void reached_by_name_and_by_socket(void **state)
{
	const char *hosts[] = {"localhost", folder};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char connection[400];
		struct probe *probe;

		snprintf(connection, sizeof(connection), AS_ARAGORA ",\"host\":\"%s\"", hosts[i]);
		probe = ready(port, 0, connection);
		probe_expect_ok(probe);
		probe_free(probe);
	}
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	struct probe *probe;
	char words[64];
	int dead = servers_port("dead");

	(void)state;
	snprintf(words, sizeof(words), "127.0.0.1:%d refused the connection", dead);
	expect(dead, AS_ARAGORA, "refused", "\"\"", words);
	expect(servers_port("close"), AS_ARAGORA, "server", "\"\"", "closed the connection");
	expect(servers_port("noise"), AS_ARAGORA, "protocol", "\"\"",
	    "does not speak PostgreSQL's protocol");
	probe = ready(servers_port("hang"), SECOND / 5, AS_ARAGORA);
	probe_expect_class(
	    probe, "timeout", "no answer within 200ms while logging in at 127.0.0.1");
	probe_free(probe);
}

static void tells_what_is_wrong_with_the_login(void **state)
{
	(void)state;
	expect(port, ",\"user\":\"aragora\",\"password\":\"wrong\"", "auth", "\"28P01\"",
	    "does not let us in: password authentication failed for user \"aragora\"");
	expect(port, ",\"user\":\"nobody\",\"password\":\"secret\"", "auth", "\"28P01\"",
	    "does not let us in: password authentication failed for user \"nobody\"");
	expect(
	    port, ",\"user\":\"aragora\"", "auth", "\"\"", "wants a password, and none is given");
	expect(port, AS_ARAGORA ",\"sslmode\":\"require\"", "tls", "\"\"",
	    "does not offer encryption");
}

static void tells_that_the_database_is_not_there(void **state)
{
	struct probe *probe = probe_run(loop, &postgres_ready, 0,
	    "{\"connection\":{\"port\":%d,\"dbname\":\"gone\"" AS_ARAGORA "}}", port);

	(void)state;
	probe_expect_class(
	    probe, "server", "does not have that database: database \"gone\" does not exist");
	probe_expect(probe, "sqlstate", "\"3D000\"");
	probe_free(probe);
}

static void tells_of_names_and_sockets_that_are_not(void **state)
{
	struct probe *probe;

	(void)state;
	expect(5432, ",\"user\":\"a\",\"host\":\"no such host\"", "resolve", "\"\"",
	    "the name no such host has no address");
	expect(5432, ",\"user\":\"a\",\"host\":\"/nowhere\"", "refused", "\"\"",
	    "no server listens at /nowhere/.s.PGSQL.5432");
	probe = ready(70000, 0, AS_ARAGORA);
	probe_expect_error(probe, "connection: port must lie between 1 and 65535");
	probe_free(probe);
	probe = probe_run(
	    loop, &postgres_ready, 0, "{\"connection\":{\"port\":\"x\",\"user\":\"a\"}}");
	probe_expect_error(probe, "connection: port must be an int, not text");
	probe_free(probe);
}

/* Asks until the server says the words: a signal, or a start, takes effect when it does. */
static void expect_soon(int at, const char *class, const char *sqlstate, const char *words)
{
	bool said = false;

	while (!said) {
		struct probe *probe = ready(at, 0, AS_ARAGORA);

		said = str_find(probe->attempt.result.why, str_from(words)) >= 0;
		if (said) {
			probe_expect_class(probe, class, words);
			probe_expect(probe, "sqlstate", sqlstate);
		}
		probe_free(probe);
	}
}

/* Its archive never answers, so it never gets anywhere. */
static void tells_that_it_starts(void **state)
{
	(void)state;
	expect(servers_port("pg_recovering"), AS_ARAGORA, "unready", "\"57P03\"",
	    "does not serve now: the database system is starting up");
}

static void tells_that_it_serves_nobody(void **state)
{
	(void)state;
	expect_soon(servers_port("pg_closed"), "unready", "\"57P03\"",
	    "is not accepting connections (Hot standby mode is disabled)");
}

static void insists_on_encryption(int strict, const char *ca)
{
	char connection[500];
	struct probe *probe;

	expect(strict, AS_ARAGORA ",\"sslmode\":\"disable\"", "auth", "\"28000\"",
	    "user \"aragora\", database \"postgres\", no encryption");
	expect(strict, AS_ARAGORA ",\"sslmode\":\"verify-full\",\"sslrootcert\":\"/nowhere\"",
	    "tls", "\"\"", "root certificate file \"/nowhere\" does not exist");
	snprintf(connection, sizeof(connection),
	    AS_ARAGORA ",\"sslmode\":\"verify-full\",\"sslrootcert\":\"%s\"", ca);
	expect(strict, connection, "tls", "\"\"", "does not match host name");
	snprintf(connection, sizeof(connection),
	    AS_ARAGORA ",\"host\":\"localhost\",\"sslmode\":\"verify-full\",\"sslrootcert\":\"%s\"",
	    ca);
	probe = ready(strict, 0, connection);
	probe_expect_ok(probe);
	probe_free(probe);
}

/* Connections that stay open until they are closed. One that has just been closed may still count. */
static void hold(int at, struct session *sessions, size_t count)
{
	char args[200];

	snprintf(args, sizeof(args),
	    "{\"connection\":{\"port\":%d,\"dbname\":\"postgres\"" AS_ARAGORA "}}", at);
	for (size_t i = 0; i < count; i++)
		while (!sessions[i].resource) {
			struct probe *probe = probe_begin_in(
			    loop, &postgres_ready, 0, &sessions[i], args);

			probe_wait(probe);
			probe_free(probe);
		}
}

/* One server goes through it all: strict, full, stopping, gone. */
static void tells_how_it_is_until_it_is_gone(void **state)
{
	enum { ALL = 3 };
	struct session held[ALL] = {0};
	char ca[256], command[64];
	int strict = servers_port("pg_strict");

	(void)state;
	insists_on_encryption(strict, servers_text("ca", ca, sizeof(ca)));
	snprintf(command, sizeof(command), "signal TERM %d", servers_int("pid"));
	hold(strict, held, ALL);
	expect(strict, AS_ARAGORA, "server", "\"53300\"",
	    "has no connection left for us: sorry, too many clients already");
	held[2].close(held[2].resource);
	servers_ask(command);
	expect_soon(strict, "unready", "\"57P03\"",
	    "does not serve now: the database system is shutting down");
	held[0].close(held[0].resource);
	held[1].close(held[1].resource);
	expect_soon(strict, "refused", "\"\"", "refused the connection");
}

static int begin(void **state)
{
	(void)state;
	loop = loop_new();
	servers_start();
	servers_ask("postgres");
	port = servers_int("port");
	servers_text("socket", folder, sizeof(folder));
	return 0;
}

static int finish(void **state)
{
	(void)state;
	servers_stop();
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_a_real_user),
	    cmocka_unit_test(reached_by_name_and_by_socket),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(tells_what_is_wrong_with_the_login),
	    cmocka_unit_test(tells_that_the_database_is_not_there),
	    cmocka_unit_test(tells_of_names_and_sockets_that_are_not),
	    cmocka_unit_test(tells_that_it_starts),
	    cmocka_unit_test(tells_that_it_serves_nobody),
	    cmocka_unit_test(tells_how_it_is_until_it_is_gone),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
