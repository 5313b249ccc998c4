/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres_probe.h"
#include "servers.h"

/*
 * postgres.replication, of one server and its standby, which go through all of it in order: alone, archiving, failing
 * to, followed, behind, seen by somebody who may not, and without its primary.
 */

static struct postgres_probe primary, standby, stranger;
static int primary_pid;

static struct probe *replication(const struct postgres_probe *at)
{
	struct probe *probe = postgres_run(at, NULL, &postgres_replication, "");

	probe_expect_ok(probe);
	return probe;
}

/* A field of the first of a list of maps; NULL where there is none. */
static const struct value *of_first(const struct probe *probe, const char *list, const char *field)
{
	const struct value *items = probe_get(probe, list);

	return items->list.count ? value_get(items->list.items[0], field) : NULL;
}

static const struct value *of_archive(const struct probe *probe, const char *field)
{
	return value_get(probe_get(probe, "archive"), field);
}

/* Asks until what it looks at is so. */
static struct probe *await(
    const struct postgres_probe *at, bool (*is_so)(const struct probe *probe))
{
	for (;;) {
		struct probe *probe = replication(at);

		if (is_so(probe))
			return probe;
		probe_free(probe);
	}
}

static bool is_true(const struct value *value)
{
	return value && value->type == VALUE_BOOL && value->boolean;
}

static bool is_positive(const struct value *bytes)
{
	return bytes && bytes->integer > 0;
}

static bool archives(const struct probe *probe)
{
	return of_archive(probe, "last_at") != NULL;
}

static bool fails_to_archive(const struct probe *probe)
{
	return is_true(of_archive(probe, "failing"));
}

static bool has_caught_up(const struct probe *probe)
{
	const struct value *bytes = probe_get(probe, "lag_bytes");

	return bytes && bytes->integer == 0;
}

static bool is_behind(const struct probe *probe)
{
	const struct value *lag = probe_get(probe, "lag");

	return is_positive(probe_get(probe, "lag_bytes")) && lag && value_us(lag) > 0;
}

static bool knows_a_commit(const struct probe *probe)
{
	return probe_get(probe, "replayed_at") != NULL;
}

static bool is_cut_off(const struct probe *probe)
{
	const struct value *streaming = probe_get(probe, "streaming");

	return streaming && !is_true(streaming);
}

static void tells_of_a_server_alone(void **state)
{
	struct probe *probe = replication(&primary);

	(void)state;
	probe_expect(probe, "role", "\"primary\"");
	probe_expect(probe, "standbys", "[]");
	probe_expect(probe, "slots", "[]");
	probe_expect(probe, "unseen", "[]");
	assert_null(probe_get(probe, "lag"));
	assert_null(probe_get(probe, "lag_bytes"));
	assert_null(probe_get(probe, "streaming"));
	assert_non_null(probe_get(probe, "position"));
	assert_string_equal(of_archive(probe, "mode")->string.text.ptr, "on");
	assert_false(is_true(of_archive(probe, "failing")));
	assert_null(of_archive(probe, "last"));
	probe_free(probe);
}

static void set_archive_command(const char *command)
{
	char more[200];
	struct probe *probe;

	snprintf(more, sizeof(more),
	    "\"sql\":\"ALTER SYSTEM SET archive_command = '%s'\",\"transaction\":false", command);
	probe = postgres_run(&primary, NULL, &postgres_execute, more);
	probe_expect_ok(probe);
	probe_free(probe);
	postgres_do(&primary, "SELECT pg_reload_conf()");
	postgres_do(&primary, "SELECT pg_logical_emit_message(true, 'a', 'b')");
	postgres_do(&primary, "SELECT pg_switch_wal()");
}

static void tells_of_the_archive(void **state)
{
	struct probe *probe;

	(void)state;
	set_archive_command("/bin/true");
	probe = await(&primary, archives);
	assert_false(is_true(of_archive(probe, "failing")));
	assert_null(of_archive(probe, "failing_since"));
	assert_true(is_positive(of_archive(probe, "archived")));
	probe_free(probe);
	set_archive_command("/bin/false");
	probe = await(&primary, fails_to_archive);
	assert_true(is_positive(of_archive(probe, "failed")));
	assert_non_null(of_archive(probe, "last_failed"));
	assert_true(value_equal(of_archive(probe, "failing_since"), of_archive(probe, "last_at")));
	assert_true(
	    value_us(of_archive(probe, "last_failed_at")) > value_us(of_archive(probe, "last_at")));
	probe_free(probe);
}

static void tells_of_a_standby(void **state)
{
	char command[64], upstream[64];
	struct probe *probe;

	(void)state;
	snprintf(command, sizeof(command), "pg_standby %d", primary.port);
	standby.port = servers_port(command);
	probe = postgres_run(&standby, NULL, &postgres_ready, "");
	probe_expect_ok(probe);
	probe_expect(probe, "in_recovery", "true");
	probe_free(probe);
	probe = await(&standby, has_caught_up);
	snprintf(upstream, sizeof(upstream), "\"127.0.0.1:%d\"", primary.port);
	probe_expect(probe, "role", "\"standby\"");
	probe_expect(probe, "streaming", "true");
	probe_expect(probe, "upstream", upstream);
	probe_expect(probe, "slot", "\"standby\"");
	probe_expect(probe, "lag", "{\"$duration\":\"0s\"}");
	probe_expect(probe, "replay_paused", "false");
	probe_free(probe);
	probe = await(&primary, has_caught_up);
	probe_expect(probe, "lag", "{\"$duration\":\"0s\"}");
	assert_string_equal(of_first(probe, "standbys", "state")->string.text.ptr, "streaming");
	assert_string_equal(of_first(probe, "standbys", "address")->string.text.ptr, "127.0.0.1");
	assert_string_equal(of_first(probe, "slots", "name")->string.text.ptr, "standby");
	assert_string_equal(of_first(probe, "slots", "wal_status")->string.text.ptr, "reserved");
	assert_true(is_true(of_first(probe, "slots", "active")));
	probe_free(probe);
}

static void tells_how_far_it_is_behind(void **state)
{
	struct probe *probe;

	(void)state;
	/* how old what it has is, it knows from the first commit on */
	postgres_do(&primary, "CREATE TABLE first (n int)");
	probe_free(await(&standby, knows_a_commit));
	probe = postgres_run(
	    &standby, NULL, &postgres_query, "\"sql\":\"SELECT pg_wal_replay_pause()\"");
	probe_expect_ok(probe);
	probe_free(probe);
	postgres_await(&standby, "SELECT pg_get_wal_replay_pause_state() = 'paused'");
	postgres_do(&primary, "CREATE TABLE grown AS SELECT generate_series(1, 1000)");
	probe = await(&standby, is_behind);
	probe_expect(probe, "replay_paused", "true");
	probe_expect(probe, "streaming", "true");
	probe_free(probe);
	probe = await(&primary, is_behind);
	assert_true(is_positive(of_first(probe, "standbys", "lag_bytes")));
	assert_non_null(of_first(probe, "slots", "retained_bytes"));
	probe_free(probe);
	probe = postgres_run(
	    &standby, NULL, &postgres_query, "\"sql\":\"SELECT pg_wal_replay_resume()\"");
	probe_expect_ok(probe);
	probe_free(probe);
	probe_free(await(&standby, has_caught_up));
}

static void says_what_it_may_not_see(void **state)
{
	struct probe *probe;

	(void)state;
	postgres_do(&primary, "CREATE ROLE stranger LOGIN PASSWORD 'secret'");
	stranger = (struct postgres_probe){primary.loop, primary.port, "stranger"};
	probe = replication(&stranger);
	probe_expect(probe, "unseen",
	    "[\"the state and the lag of standbys, and where a standby streams from: GRANT "
	    "pg_monitor TO stranger\"]");
	probe_expect(probe, "standbys", "[{\"name\":\"walreceiver\"}]");
	assert_null(probe_get(probe, "lag"));
	assert_null(probe_get(probe, "lag_bytes"));
	assert_string_equal(of_first(probe, "slots", "name")->string.text.ptr, "standby");
	assert_true(is_true(of_archive(probe, "failing")));
	probe_free(probe);
	stranger.port = standby.port;
	postgres_await(&standby, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stranger')");
	probe = await(&stranger, has_caught_up);
	probe_expect(probe, "role", "\"standby\"");
	assert_null(probe_get(probe, "streaming"));
	assert_null(probe_get(probe, "upstream"));
	probe_free(probe);
}

static void tells_that_the_primary_is_gone(void **state)
{
	char command[64];
	struct probe *probe;

	(void)state;
	snprintf(command, sizeof(command), "kill %d", primary_pid);
	servers_ask(command);
	probe = await(&standby, is_cut_off);
	assert_null(probe_get(probe, "lag_bytes"));
	assert_null(probe_get(probe, "upstream"));
	assert_true(value_us(probe_get(probe, "lag")) > 0);
	probe_free(probe);
	probe = postgres_run(&primary, NULL, &postgres_replication, "");
	probe_expect_class(probe, "refused", "refused the connection");
	probe_free(probe);
}

static int begin(void **state)
{
	(void)state;
	primary.loop = standby.loop = loop_new();
	servers_start();
	servers_ask("postgres -c archive_mode=on");
	primary.port = servers_int("port");
	primary_pid = servers_int("pid");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	servers_stop();
	loop_free(primary.loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_of_a_server_alone),
	    cmocka_unit_test(tells_of_the_archive),
	    cmocka_unit_test(tells_of_a_standby),
	    cmocka_unit_test(tells_how_far_it_is_behind),
	    cmocka_unit_test(says_what_it_may_not_see),
	    cmocka_unit_test(tells_that_the_primary_is_gone),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
