/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <signal.h>

#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/*
 * http.request against a web server that goes wrong on demand (tests/live/net_http.py), and nginx with certificates of
 * every kind: which phase it was, and what is told of those that went well.
 */

static struct loop *loop;
static int port;

struct fault {
	const char *path;
	int64_t timeout_us;
	const char *more;
	const char *class;
	const char *phase;
	const char *status; /* NULL: none came */
	const char *words;
};

static void tells_the_phase(void **state)
{
	static const struct fault faults[] = {
	    {"/silent", 200000, "", "timeout", "\"wait\"", NULL,
		"no answer within 200ms while waiting for the answer of 127.0.0.1:"},
	    {"/slow_head", 200000, "", "timeout", "\"receive\"", "200",
		"while receiving the answer of 127.0.0.1:"},
	    {"/slow_body", 200000, "", "timeout", "\"receive\"", "200",
		"while receiving the answer of 127.0.0.1:"},
	    {"/reset_head", 0, "", "server", "\"wait\"", NULL, "broke the connection off"},
	    {"/torn_body", 0, "", "server", "\"receive\"", "200",
		"closed the connection within its answer"},
	    {"/endless_head", 0, "", "limit", "\"receive\"", "200", "sends more than is allowed"},
	    {"/bomb", 0, ",\"max_size\":1048576", "limit", "\"receive\"", "200",
		"sends more than is allowed"},
	    {"/no_zip", 0, "", "protocol", "\"receive\"", "200", "the exchange with 127.0.0.1:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct fault *fault = &faults[i];
		struct probe *probe = probe_run(loop, &http_request, fault->timeout_us,
		    "{\"url\":\"http://127.0.0.1:%d%s\"%s}", port, fault->path, fault->more);

		probe_expect_class(probe, fault->class, fault->words);
		probe_expect(probe, "phase", fault->phase);
		assert_null(probe_get(probe, "body"));
		if (fault->status)
			probe_expect(probe, "status", fault->status);
		else
			assert_null(probe_get(probe, "status"));
		probe_free(probe);
	}
}

/* What the kernel of the client still holds of the answer when the reset comes may be lost: one of two sentences. */
static void tells_a_reset_within_the_answer(void **state)
{
	struct probe *probe = probe_run(
	    loop, &http_request, 0, "{\"url\":\"http://127.0.0.1:%d/reset_body\"}", port);

	(void)state;
	probe_expect_class(probe, "server", "the connection");
	assert_null(probe_get(probe, "body"));
	probe_free(probe);
}

/* More than the buffers of both ends can take, to somebody who does not read. */
static void tells_that_nobody_takes_the_request(void **state)
{
	size_t size = 32 << 20;
	char *body = mem_alloc(size + 1);
	struct probe *probe;

	(void)state;
	memset(body, 'a', size);
	probe = probe_run(loop, &http_request, 500000,
	    "{\"url\":\"http://127.0.0.1:%d/\",\"method\":\"POST\",\"body\":\"%s\"}",
	    servers_port("hang"), body);
	probe_expect_class(probe, "timeout", "while sending the request to 127.0.0.1:");
	probe_expect(probe, "phase", "\"send\"");
	probe_free(probe);
	free(body);
}

static void expect_times(const struct probe *probe, const char *const *phases)
{
	const struct value *timings = probe_get(probe, "timings");
	size_t count = 0;

	for (; phases[count]; count++) {
		const struct value *took = value_get(timings, phases[count]);

		if (!took)
			fail_msg("it is not told how long %s took", phases[count]);
		assert_true(value_us(took) >= 0);
		assert_true(value_us(took) <= value_us(probe_get(probe, "latency")));
	}
	assert_int_equal(timings->map.count, count);
}

static void tells_how_long_each_phase_took(void **state)
{
	struct probe *probe = probe_run(
	    loop, &http_request, 0, "{\"url\":\"http://127.0.0.1:%d/zipped\"}", port);

	(void)state;
	probe_expect_ok(probe);
	expect_times(probe, (const char *const[]){"resolve", "connect", "wait", "receive", NULL});
	probe_free(probe);
	servers_ask("tls");
	probe = probe_run(loop, &http_request, 0,
	    "{\"url\":\"https://127.0.0.1:%d/\",\"tls_verify\":false}", servers_int("good"));
	probe_expect_ok(probe);
	expect_times(
	    probe, (const char *const[]){"resolve", "connect", "tls", "wait", "receive", NULL});
	probe_free(probe);
	probe = probe_run(
	    loop, &http_request, 200000, "{\"url\":\"http://127.0.0.1:%d/slow_body\"}", port);
	expect_times(probe, (const char *const[]){"resolve", "connect", "wait", NULL});
	probe_free(probe);
	probe = probe_run(loop, &http_request, 0, "{\"url\":\"http://bad_host..name/\"}");
	expect_times(probe, (const char *const[]){NULL});
	probe_free(probe);
}

static void unzips(void **state)
{
	struct probe *probe = probe_run(
	    loop, &http_request, 0, "{\"url\":\"http://127.0.0.1:%d/zipped\"}", port);

	(void)state;
	probe_expect_ok(probe);
	assert_int_equal(value_text(probe_get(probe, "body")).len, 1000);
	probe_free(probe);
}

static void believes_no_wrong_certificate(void **state)
{
	static const char *const sites[][2] = {
	    {"expired", "certificate has expired"},
	    {"future", "certificate is not yet valid"},
	    {"wrong", "no alternative certificate subject name matches target host name"},
	    {"alone", "self-signed certificate"},
	    {"incomplete", "unable to get local issuer certificate"},
	};
	char ca[256], told[1024];

	(void)state;
	snprintf(told, sizeof(told), "%s", servers_ask("tls"));
	servers_text("ca", ca, sizeof(ca));
	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++) {
		struct probe *probe;

		snprintf(servers.answer, sizeof(servers.answer), "%s", told);
		probe = probe_run(loop, &http_request, 0,
		    "{\"url\":\"https://localhost:%d/\",\"ca\":\"%s\"}", servers_int(sites[i][0]),
		    ca);
		probe_expect_class(probe, "tls", sites[i][1]);
		probe_expect(probe, "phase", "\"tls\"");
		assert_null(probe_get(probe, "status"));
		probe_free(probe);
	}
	snprintf(servers.answer, sizeof(servers.answer), "%s", told);
	{
		struct probe *probe = probe_run(loop, &http_request, 0,
		    "{\"url\":\"https://localhost:%d/\"}", servers_int("good"));

		probe_expect_class(probe, "tls", "unable to get local issuer certificate");
		probe_free(probe);
	}
}

static int begin(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	loop = loop_new();
	servers_start();
	port = servers_port("http");
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
	    cmocka_unit_test(tells_the_phase),
	    cmocka_unit_test(tells_a_reset_within_the_answer),
	    cmocka_unit_test(tells_that_nobody_takes_the_request),
	    cmocka_unit_test(tells_how_long_each_phase_took),
	    cmocka_unit_test(unzips),
	    cmocka_unit_test(believes_no_wrong_certificate),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
