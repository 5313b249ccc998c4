/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/* net.tcp against ports that greet, refuse, hang, close and talk nonsense. */

static struct loop *loop;

/* `more` holds the other arguments, beginning with a comma. */
static struct probe *knock(const char *host, int port, const char *more)
{
	return probe_run(loop, &net_tcp, 0, "{\"host\":\"%s\",\"port\":%d%s}", host, port, more);
}

static void tells_an_open_port(void **state)
{
	struct probe *probe = knock("127.0.0.1", servers_port("hang"), "");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "open", "true");
	probe_expect(probe, "address", "\"127.0.0.1\"");
	probe_expect(probe, "class", "\"\"");
	assert_non_null(probe_get(probe, "latency"));
	assert_null(probe_get(probe, "banner"));
	probe_free(probe);
}

/* localhost may have several addresses, of which only 127.0.0.1 is served. */
static void tries_every_address(void **state)
{
	struct probe *probe = knock("localhost", servers_port("hang"), "");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "address", "\"127.0.0.1\"");
	probe_free(probe);
}

static void tells_what_came(void **state)
{
	int port = servers_port("greet");
	struct probe *probe = knock("127.0.0.1", port, ",\"expect\":\"220 \"");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "banner", "\"220 ready\\r\\n\"");
	probe_free(probe);
	probe = knock("127.0.0.1", port, ",\"send\":\"NOOP\\r\\n\",\"expect\":\"250 NOOP\"");
	probe_expect_ok(probe);
	probe_expect(probe, "banner", "\"220 ready\\r\\n250 NOOP\\r\\n\"");
	probe_free(probe);
}

static void expect_trouble(const char *host, int port, const char *more, int64_t timeout_us,
    const char *class, const char *open, const char *words)
{
	struct probe *probe = probe_run(
	    loop, &net_tcp, timeout_us, "{\"host\":\"%s\",\"port\":%d%s}", host, port, more);

	probe_expect_class(probe, class, words);
	probe_expect(probe, "open", open);
	probe_free(probe);
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	int dead = servers_port("dead");
	char words[64];

	(void)state;
	snprintf(words, sizeof(words), "127.0.0.1:%d refused the connection", dead);
	expect_trouble("127.0.0.1", dead, "", 0, "refused", "false", words);
	expect_trouble("localhost", dead, "", 0, "refused", "false", ") refused the connection");
	expect_trouble("bad_host..name", 1, "", 0, "resolve", "false",
	    "the name bad_host..name has no address");
}

static void tells_what_did_not_come(void **state)
{
	static const char expect[] = ",\"expect\":\"220 \"";

	(void)state;
	expect_trouble("127.0.0.1", servers_port("hang"), expect, 200000, "timeout", "true",
	    "no answer within 200ms while waiting for \"220\" from 127.0.0.1:");
	expect_trouble("127.0.0.1", servers_port("slow_greet"), expect, 200000, "timeout", "true",
	    ", which said \"220-\"");
	expect_trouble("127.0.0.1", servers_port("close"), expect, 0, "server", "true",
	    "closed the connection without a word");
	expect_trouble("127.0.0.1", servers_port("farewell"), expect, 0, "protocol", "true",
	    "said \"554 go away\" and not \"220\"");
}

static void listens_to_no_flood(void **state)
{
	struct probe *probe = knock("127.0.0.1", servers_port("flood"), ",\"expect\":\"end\"");
	struct str banner = value_text(probe_get(probe, "banner"));

	(void)state;
	probe_expect_class(probe, "protocol", "said \"aaaa");
	assert_int_equal(banner.len, 4096);
	probe_free(probe);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][2] = {
	    {"{\"host\":\"\",\"port\":1}", "host is empty"},
	    {"{\"host\":\"h\",\"port\":0}", "port must lie between 1 and 65535, not be 0"},
	    {"{\"host\":\"h\",\"port\":\"1\"}", "port must be an int"},
	    {"{\"host\":\"h\",\"port\":1,\"send\":\"x\"}", "send goes with expect"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_run(loop, &net_tcp, 0, "%s", cases[i][0]);

		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
}

static void can_be_ended(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost"};
	int port = servers_port("hang");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char args[128];
		struct probe *probe;

		snprintf(args, sizeof(args), "{\"host\":\"%s\",\"port\":%d}", hosts[i], port);
		probe = probe_begin(loop, &net_tcp, 0, args);
		probe_cancel(probe);
		probe_expect_class(
		    probe, "cancelled", i ? "looking up the address of" : "connecting to 127");
		probe_free(probe);
	}
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
	    cmocka_unit_test(tells_an_open_port),
	    cmocka_unit_test(tries_every_address),
	    cmocka_unit_test(tells_what_came),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(tells_what_did_not_come),
	    cmocka_unit_test(listens_to_no_flood),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
