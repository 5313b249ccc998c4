/* SPDX-License-Identifier: Apache-2.0 */
#include "redis_probe.h"

#include <sys/stat.h>

#include "servers.h"

/* redis.info, redis.persistence and redis.replication of servers that go well and of servers that do not. */

static struct loop *loop;

static void expect_info(
    const struct probe *probe, const char *section, const char *field, enum value_type type)
{
	const struct value *value = value_get(value_get(probe_get(probe, "info"), section), field);

	if (!value || value->type != type)
		fail_msg("%s.%s is not there, or is of another type", section, field);
}

static void tells_what_info_tells(void **state)
{
	struct redis_probe server = {loop, servers_port("redis")};
	struct probe *probe;

	(void)state;
	redis_do(&server, "\"SET\",\"a\",\"b\"");
	probe = redis_run(&server, NULL, &redis_info, "");
	probe_expect_ok(probe);
	expect_info(probe, "server", "redis_version", VALUE_STRING);
	expect_info(probe, "server", "tcp_port", VALUE_INT);
	expect_info(probe, "memory", "used_memory", VALUE_INT);
	expect_info(probe, "memory", "mem_fragmentation_ratio", VALUE_DOUBLE);
	expect_info(probe, "keyspace", "db0", VALUE_MAP);
	assert_null(value_get(probe_get(probe, "info"), "commandstats"));
	probe_free(probe);
	probe = redis_run(&server, NULL, &redis_info, "\"section\":\"commandstats\"");
	probe_expect_ok(probe);
	expect_info(probe, "commandstats", "cmdstat_set", VALUE_MAP);
	assert_null(value_get(probe_get(probe, "info"), "memory"));
	probe_free(probe);
	probe = redis_run(&server, NULL, &redis_info, "\"section\":\"nonsense\"");
	probe_expect_class(probe, "", "has no such section of INFO");
	probe_free(probe);
	probe = redis_run(&server, NULL, &redis_info, "\"section\":7");
	probe_expect_error(probe, "section must be text, not int");
	probe_free(probe);
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	static const struct action_impl *const impls[] = {
	    &redis_info, &redis_persistence, &redis_replication};
	struct redis_probe dead = {loop, servers_port("dead")};
	struct redis_probe hang = {loop, servers_port("hang")};
	int open = servers_port("redis");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct probe *probe = redis_run(&dead, NULL, impls[i], "");

		probe_expect_class(probe, "refused", "refused the connection");
		probe_free(probe);
		probe = redis_begin(&hang, NULL, impls[i], "");
		loop_timer_start(probe->timer, 50000);
		probe_wait(probe);
		probe_expect_class(probe, "cancelled", "while logging in at");
		probe_free(probe);
		probe = probe_run(loop, impls[i], 0, "{\"connection\":{\"port\":%d}}", open);
		probe_expect_class(probe, "auth", "wants a password, and none is given");
		probe_expect(probe, "code", "\"NOAUTH\"");
		probe_free(probe);
	}
}

static bool is_saved(const struct probe *probe)
{
	return value_equal(probe_get(probe, "changes"), value_int(probe->arena, 0));
}

static bool fails_to_save(const struct probe *probe)
{
	return value_equal(probe_get(probe, "save_ok"), value_bool(false));
}

static bool fails_to_rewrite(const struct probe *probe)
{
	return value_equal(probe_get(probe, "rewrite_ok"), value_bool(false));
}

static void tells_whether_it_saves(void **state)
{
	struct redis_probe server = {loop, servers_port("redis")};
	char path[300];
	struct probe *probe;

	(void)state;
	servers_text("socket", path, sizeof(path));
	memcpy(strrchr(path, '/'), "/dump.rdb", sizeof("/dump.rdb"));
	redis_do(&server, "\"SET\",\"a\",\"b\"");
	probe = redis_run(&server, NULL, &redis_persistence, "");
	probe_expect_ok(probe);
	probe_expect(probe, "save_ok", "true");
	probe_expect(probe, "saving", "false");
	probe_expect(probe, "changes", "1");
	probe_expect(probe, "aof", "false");
	probe_expect(probe, "loading", "false");
	assert_non_null(probe_get(probe, "last_save"));
	assert_true(value_us(probe_get(probe, "age")) >= 0);
	assert_null(probe_get(probe, "save_took"));
	assert_null(probe_get(probe, "write_ok"));
	probe_free(probe);
	redis_do(&server, "\"BGSAVE\"");
	probe = redis_await(&server, &redis_persistence, is_saved);
	assert_non_null(probe_get(probe, "save_took"));
	probe_free(probe);
	/* a folder stands where the file is to go */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	redis_do(&server, "\"BGSAVE\"");
	probe = redis_await(&server, &redis_persistence, fails_to_save);
	probe_expect_class(probe, "", "does not keep its data: the last save failed");
	probe_free(probe);
}

static void tells_of_the_append_only_file(void **state)
{
	struct redis_probe server = {loop, servers_port("redis --appendonly yes")};
	char path[300], away[310];
	struct probe *probe;

	(void)state;
	servers_text("socket", path, sizeof(path));
	memcpy(strrchr(path, '/'), "/appendonlydir", sizeof("/appendonlydir"));
	redis_do(&server, "\"SET\",\"a\",\"b\"");
	probe = redis_run(&server, NULL, &redis_persistence, "");
	probe_expect_ok(probe);
	probe_expect(probe, "aof", "true");
	probe_expect(probe, "write_ok", "true");
	probe_expect(probe, "rewrite_ok", "true");
	probe_expect(probe, "rewriting", "false");
	probe_free(probe);
	/* a file stands where the folder was */
	snprintf(away, sizeof(away), "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(mknod(path, S_IFREG | 0644, 0), 0);
	probe_free(redis_send(&server, NULL, "\"BGREWRITEAOF\""));
	probe = redis_await(&server, &redis_persistence, fails_to_rewrite);
	probe_expect_class(probe, "", "the last rewrite of the append-only file failed");
	probe_free(probe);
}

static bool is_up(const struct probe *probe)
{
	return str_is(value_text(probe_get(probe, "link")), "up");
}

static bool is_down(const struct probe *probe)
{
	return str_is(value_text(probe_get(probe, "link")), "down");
}

static bool has_a_replica(const struct probe *probe)
{
	const struct value *replicas = probe_get(probe, "replicas");

	return replicas->list.count == 1 &&
	    str_is(value_text(value_get(replicas->list.items[0], "state")), "online");
}

static bool has_caught_up(const struct probe *probe)
{
	return value_equal(probe_get(probe, "lag_bytes"), value_int(probe->arena, 0));
}

static bool is_behind(const struct probe *probe)
{
	const struct value *bytes = probe_get(probe, "lag_bytes");

	return bytes && bytes->integer > 100;
}

static void follows(const struct redis_probe *master, const struct redis_probe *replica)
{
	char address[64];
	struct probe *probe = redis_await(replica, &redis_replication, is_up);

	snprintf(address, sizeof(address), "\"127.0.0.1:%d\"", master->port);
	probe_expect(probe, "role", "\"slave\"");
	probe_expect(probe, "master", address);
	probe_expect(probe, "syncing", "false");
	probe_expect(probe, "replicas", "[]");
	assert_non_null(probe_get(probe, "lag"));
	assert_null(probe_get(probe, "link_down_for"));
	probe_free(probe);
	probe_free(redis_await(master, &redis_replication, has_a_replica));
	probe = redis_await(master, &redis_replication, has_caught_up);
	snprintf(address, sizeof(address), "127.0.0.1:%d", replica->port);
	probe_expect(probe, "role", "\"master\"");
	assert_non_null(probe_get(probe, "offset"));
	assert_true(
	    str_is(value_text(value_get(probe_get(probe, "replicas")->list.items[0], "address")),
		address));
	probe_free(probe);
}

static void tells_of_both_sides(void **state)
{
	struct redis_probe master = {.loop = loop}, replica = {.loop = loop};
	char command[64], stop[64], go_on[64];
	struct probe *probe;
	int master_pid;

	(void)state;
	master.port = servers_port("redis");
	master_pid = servers_int("pid");
	probe = redis_run(&master, NULL, &redis_replication, "");
	probe_expect(probe, "replicas", "[]");
	assert_null(probe_get(probe, "lag"));
	assert_null(probe_get(probe, "lag_bytes"));
	assert_null(probe_get(probe, "link"));
	probe_free(probe);
	snprintf(command, sizeof(command), "redis_replica %d", master.port);
	replica.port = servers_port(command);
	snprintf(stop, sizeof(stop), "signal STOP %d", servers_int("pid"));
	snprintf(go_on, sizeof(go_on), "signal CONT %d", servers_int("pid"));
	follows(&master, &replica);
	servers_ask(stop);
	redis_do(&master,
	    "\"SET\",\"grown\",\"a text of more bytes than the pings that a master sends to its "
	    "replicas from time to time would take in the seconds that this test may need\"");
	probe = redis_await(&master, &redis_replication, is_behind);
	assert_non_null(value_get(probe_get(probe, "replicas")->list.items[0], "lag_bytes"));
	probe_free(probe);
	servers_ask(go_on);
	probe_free(redis_await(&master, &redis_replication, has_caught_up));
	snprintf(command, sizeof(command), "kill %d", master_pid);
	servers_ask(command);
	probe = redis_await(&replica, &redis_replication, is_down);
	probe_expect(probe, "role", "\"slave\"");
	assert_non_null(probe_get(probe, "link_down_for"));
	assert_null(probe_get(probe, "lag_bytes"));
	probe_free(probe);
}

static void tells_of_a_sentinel(void **state)
{
	struct probe *probe = probe_run(loop, &redis_replication, 0,
	    "{\"connection\":{\"port\":%d}}", servers_port("redis_sentinel"));

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "role", "\"sentinel\"");
	probe_free(probe);
}

static int begin(void **state)
{
	(void)state;
	loop = loop_new();
	servers_start();
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
	    cmocka_unit_test(tells_what_info_tells),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(tells_whether_it_saves),
	    cmocka_unit_test(tells_of_the_append_only_file),
	    cmocka_unit_test(tells_of_both_sides),
	    cmocka_unit_test(tells_of_a_sentinel),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
