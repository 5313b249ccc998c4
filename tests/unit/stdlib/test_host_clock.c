/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <sys/timex.h>

#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/*
 * host.clock against time servers and web servers of this machine, whose clocks are ours and off by a known time:
 * what is told may be wrong by what it says of its uncertainty, and not more.
 */

static struct loop *loop;
static int web;

enum { SECOND_US = 1000000 };

static void expect_skew(const struct probe *probe, int64_t skew_us)
{
	int64_t told_us = value_us(probe_get(probe, "skew"));
	int64_t uncertainty_us = value_us(probe_get(probe, "uncertainty"));

	if (told_us < skew_us - uncertainty_us || told_us > skew_us + uncertainty_us)
		fail_msg("the skew is %lld us, give or take %lld, not %lld", (long long)told_us,
		    (long long)uncertainty_us, (long long)skew_us);
}

/* `more` holds the other arguments, beginning with a comma. */
static struct probe *ask(const char *server, int64_t timeout_us, const char *more)
{
	return probe_run(loop, &host_clock, timeout_us, "{\"ntp\":\"127.0.0.1\",\"port\":%d%s}",
	    servers_port(server), more);
}

static void compares_with_a_time_server(void **state)
{
	struct probe *probe = ask("ntp fine 0", 0, ",\"limit\":{\"$duration\":\"3600s\"}");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "class", "\"\"");
	probe_expect(probe, "stratum", "2");
	expect_skew(probe, 0);
	/* At least what the server says of its own: half of 1/4 s, and 1/8 s. */
	assert_true(value_us(probe_get(probe, "uncertainty")) >= 250000);
	probe_free(probe);
}

static void tells_how_far_off_it_is(void **state)
{
	struct probe *probe = ask("ntp fine 3600", 0, "");

	(void)state;
	probe_expect_class(probe, "", "this clock is ");
	probe_expect_class(probe, "", " behind that of 127.0.0.1:");
	probe_expect_class(probe, "", ", more than 2s");
	expect_skew(probe, -INT64_C(3600) * SECOND_US);
	probe_free(probe);
	probe = ask("ntp fine -3600", 0, "");
	probe_expect_class(probe, "", " ahead of that of 127.0.0.1:");
	expect_skew(probe, INT64_C(3600) * SECOND_US);
	probe_free(probe);
	probe = ask("ntp fine -3600", 0, ",\"limit\":{\"$duration\":\"7200s\"}");
	probe_expect_ok(probe);
	probe_free(probe);
	/* Beyond February 2036 the seconds of a message begin anew. */
	probe = ask("ntp fine 500000000", 0, "");
	expect_skew(probe, -INT64_C(500000000) * SECOND_US);
	probe_free(probe);
}

static void asks_again(void **state)
{
	struct probe *probe = ask("ntp late 0", 0, ",\"limit\":{\"$duration\":\"3600s\"}");

	(void)state;
	probe_expect_ok(probe);
	probe_free(probe);
}

static void tells_whether_it_is_kept_in_step(void **state)
{
	struct timex clock = {.modes = 0};
	struct probe *probe = ask("ntp fine 0", 0, "");
	int kernel = adjtimex(&clock);

	(void)state;
	if (kernel >= 0)
		assert_int_equal(probe_get(probe, "synchronised")->boolean,
		    kernel != TIME_ERROR && !(clock.status & STA_UNSYNC));
	else
		assert_null(probe_get(probe, "synchronised"));
	probe_free(probe);
}

struct fault {
	const char *server;
	const char *class;
	const char *words;
};

static void believes_no_server_that_is_no_use(void **state)
{
	static const struct fault faults[] = {
	    {"ntp kiss 0", "server", " turns us away: RATE"},
	    {"ntp lost 0", "server", " does not know the time itself"},
	    {"ntp far 0", "server", " does not know the time itself"},
	    {"ntp liar 0", "timeout", "no answer within 200ms while asking 127.0.0.1:"},
	    {"ntp short 0", "timeout", "while asking 127.0.0.1:"},
	    {"ntp client 0", "timeout", "while asking 127.0.0.1:"},
	    {"ntp silent 0", "timeout", "while asking 127.0.0.1:"},
	    {"dead", "refused", " refused the connection"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct probe *probe = ask(faults[i].server, 200000, "");

		probe_expect_class(probe, faults[i].class, faults[i].words);
		assert_null(probe_get(probe, "skew"));
		probe_free(probe);
	}
}

static void compares_with_a_web_server(void **state)
{
	struct probe *probe = probe_run(loop, &host_clock, 0,
	    "{\"url\":\"http://127.0.0.1:%d/\",\"limit\":{\"$duration\":\"3600s\"}}",
	    servers_port("nginx"));
	int64_t before_us = loop_wall_us();

	(void)state;
	probe_expect_ok(probe);
	assert_null(probe_get(probe, "stratum"));
	expect_skew(probe, 0);
	probe_free(probe);
	probe = probe_run(loop, &host_clock, 0,
	    "{\"url\":\"http://127.0.0.1:%d/date/Sun,%%2006%%20Nov%%201994%%2008:49:37%%20GMT\"}",
	    web);
	probe_expect_class(probe, "", " ahead of that of 127.0.0.1:");
	assert_true(value_us(probe_get(probe, "skew")) >=
	    before_us - (INT64_C(784111777) * SECOND_US + 500000));
	probe_free(probe);
}

static void expect_web_trouble(const char *path, const char *class, const char *words)
{
	struct probe *probe = probe_run(
	    loop, &host_clock, 200000, "{\"url\":\"http://127.0.0.1:%d/%s\"}", web, path);

	probe_expect_class(probe, class, words);
	assert_null(probe_get(probe, "skew"));
	probe_free(probe);
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	struct probe *probe;

	(void)state;
	expect_web_trouble("no_date", "protocol", " does not say what time it has");
	expect_web_trouble("date/noon", "protocol", " does not say what time it has");
	expect_web_trouble("old_date", "protocol", " answers from a cache");
	expect_web_trouble("silent", "timeout", "while waiting for the answer of 127.0.0.1:");
	probe = probe_run(loop, &host_clock, 0, "{\"ntp\":\"bad_host..name\"}");
	probe_expect_class(probe, "resolve", "the name bad_host..name has no address");
	probe_free(probe);
	servers_ask("tls");
	probe = probe_run(
	    loop, &host_clock, 0, "{\"url\":\"https://127.0.0.1:%d/\"}", servers_int("future"));
	probe_expect_class(probe, "tls", "certificate");
	probe_free(probe);
	probe = probe_run(loop, &host_clock, 0,
	    "{\"url\":\"https://127.0.0.1:%d/\",\"tls_verify\":false,"
	    "\"limit\":{\"$duration\":\"3600s\"}}",
	    servers_int("future"));
	probe_expect_ok(probe);
	probe_free(probe);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][2] = {
	    {"{}", "either url or ntp"},
	    {"{\"url\":\"http://h/\",\"ntp\":\"h\"}", "either url or ntp"},
	    {"{\"url\":\"h\"}", "url must begin with http:// or https://"},
	    {"{\"ntp\":\"h\",\"port\":0}", "port must lie between"},
	    {"{\"ntp\":\"h\",\"limit\":2}", "limit must be a duration"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_run(loop, &host_clock, 0, "%s", cases[i][0]);

		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
}

static void can_be_ended(void **state)
{
	static const char *const cases[][2] = {
	    {"{\"ntp\":\"localhost\"}", "looking up the address of localhost:123"},
	    {"{\"ntp\":\"127.0.0.1\"}", "asking 127.0.0.1:123 for the time"},
	    {"{\"url\":\"http://localhost/\"}", "looking up the address of localhost:80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_begin(loop, &host_clock, 0, cases[i][0]);

		probe_cancel(probe);
		probe_expect_class(probe, "cancelled", cases[i][1]);
		probe_free(probe);
	}
}

static int begin(void **state)
{
	(void)state;
	loop = loop_new();
	servers_start();
	web = servers_port("http");
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
	    cmocka_unit_test(compares_with_a_time_server),
	    cmocka_unit_test(tells_how_far_off_it_is),
	    cmocka_unit_test(asks_again),
	    cmocka_unit_test(tells_whether_it_is_kept_in_step),
	    cmocka_unit_test(believes_no_server_that_is_no_use),
	    cmocka_unit_test(compares_with_a_web_server),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
