/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "servers.h"
#include "stdlib/registry.h"

/* redis.ping against real servers, and against ports that are none. */

static struct loop *loop;

static void expect_trouble(int port, const char *more, int64_t timeout_us, const char *class,
    const char *code, const char *words)
{
	char quoted[64];
	struct probe *probe = probe_run(
	    loop, &redis_ping, timeout_us, "{\"connection\":{\"port\":%d%s}}", port, more);

	probe_expect_class(probe, class, words);
	probe_expect(probe, "pong", "false");
	snprintf(quoted, sizeof(quoted), "\"%s\"", code);
	probe_expect(probe, "code", quoted);
	probe_free(probe);
}

static void answers(void **state)
{
	char path[256];
	const char *hosts[] = {"127.0.0.1", "localhost", path};
	int port;

	(void)state;
	servers_ask("redis");
	port = servers_int("port");
	servers_text("socket", path, sizeof(path));
	for (size_t i = 0; i < 3; i++) {
		struct probe *probe = probe_run(loop, &redis_ping, 0,
		    "{\"connection\":{\"host\":\"%s\",\"port\":%d,\"password\":\"secret\",\"db\":3}"
		    "}",
		    hosts[i], port);

		probe_expect_ok(probe);
		probe_expect(probe, "pong", "true");
		probe_expect(probe, "loading", "false");
		probe_expect(probe, "role", "\"master\"");
		probe_expect(probe, "class", "\"\"");
		probe_expect(probe, "code", "\"\"");
		probe_free(probe);
	}
	expect_trouble(port, "", 0, "auth", "NOAUTH", "wants a password, and none is given");
	expect_trouble(port, ",\"password\":\"wrong\"", 0, "auth", "WRONGPASS",
	    "does not let us in: WRONGPASS");
	expect_trouble(port, ",\"user\":\"who\",\"password\":\"x\"", 0, "auth", "WRONGPASS",
	    "does not let us in: WRONGPASS");
	expect_trouble(port, ",\"password\":\"secret\",\"db\":99", 0, "server", "ERR",
	    "DB index is out of range");
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	char words[64];
	int dead = servers_port("dead");
	struct probe *probe;

	(void)state;
	snprintf(words, sizeof(words), "127.0.0.1:%d refused the connection", dead);
	expect_trouble(dead, "", 0, "refused", "", words);
	expect_trouble(dead, ",\"host\":\"localhost\"", 0, "refused", "", "refused the connection");
	expect_trouble(servers_port("hang"), "", 200000, "timeout", "",
	    "no answer within 200ms while waiting for the answer of 127.0.0.1");
	expect_trouble(servers_port("hang"), ",\"password\":\"x\"", 200000, "timeout", "",
	    "no answer within 200ms while logging in at 127.0.0.1");
	expect_trouble(servers_port("close"), "", 0, "server", "", "the connection");
	expect_trouble(
	    servers_port("noise"), "", 0, "protocol", "", "does not speak Redis's protocol");
	expect_trouble(1, ",\"host\":\"no such host\"", 0, "resolve", "", "has no address");
	expect_trouble(
	    1, ",\"host\":\"/nowhere\"", 0, "refused", "", "no server listens at /nowhere");
	probe = probe_run(loop, &redis_ping, 0, "{\"connection\":{\"user\":\"x\"}}");
	probe_expect_error(probe, "connection: a user needs a password");
	probe_free(probe);
}

static void tells_that_it_loads(void **state)
{
	struct probe *probe = probe_run(loop, &redis_ping, 0,
	    "{\"connection\":{\"port\":%d,\"password\":\"secret\"}}",
	    servers_port("redis_loading"));

	(void)state;
	probe_expect_class(probe, "unready", "is still loading its data set");
	probe_expect(probe, "loading", "true");
	probe_expect(probe, "code", "\"LOADING\"");
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
	    cmocka_unit_test(answers),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(tells_that_it_loads),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
