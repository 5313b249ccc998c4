/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <signal.h>

#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/* net.tls against nginx, PostgreSQL and stand-ins for mail servers, with certificates of every kind. */

static struct loop *loop;
static char told[1024]; /* the ports of nginx: "good=… expired=…" */
static char ca[256];
static char middle[256];

static int site(const char *name)
{
	snprintf(servers.answer, sizeof(servers.answer), "%s", told);
	return servers_int(name);
}

/* `more` holds the other arguments, beginning with a comma. */
static struct probe *visit(const char *host, int port, const char *trusted, const char *more)
{
	return probe_run(loop, &net_tls, 0, "{\"host\":\"%s\",\"port\":%d,\"ca\":\"%s\"%s}", host,
	    port, trusted, more);
}

static void believes_what_is_well(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct probe *probe = visit(hosts[i], site("good"), ca, "");

		probe_expect_ok(probe);
		probe_expect(probe, "trusted", "true");
		probe_expect(probe, "name_matches", "true");
		probe_expect(probe, "expired", "false");
		probe_expect(probe, "reasons", "[]");
		probe_expect(probe, "class", "\"\"");
		probe_expect(probe, "protocol", "\"TLSv1.3\"");
		probe_expect(probe, "wants_certificate", "false");
		probe_expect(probe, "address", "\"127.0.0.1\"");
		assert_non_null(probe_get(probe, "cipher"));
		assert_non_null(probe_get(probe, "latency"));
		probe_free(probe);
	}
}

static void expect_text(const struct value *map, const char *field, const char *text)
{
	struct str value = value_text(value_get(map, field));

	if (!str_is(value, text))
		fail_msg("%s is %.*s, not %s", field, STR_ARG(value), text);
}

static void describes_the_chain(void **state)
{
	struct probe *probe = visit("127.0.0.1", site("good"), ca, "");
	const struct value *chain = probe_get(probe, "chain");
	const struct value *own = chain->list.items[0];
	const struct value *names = value_get(own, "names");
	int64_t days;

	(void)state;
	assert_int_equal(chain->list.count, 2);
	expect_text(own, "subject", "CN=good.test");
	expect_text(own, "issuer", "CN=Test Middle");
	expect_text(chain->list.items[1], "issuer", "CN=Test Root");
	assert_int_equal(names->list.count, 3);
	assert_true(str_is(value_text(names->list.items[0]), "localhost"));
	assert_true(str_is(value_text(names->list.items[1]), "127.0.0.1"));
	assert_true(str_is(value_text(names->list.items[2]), "db.test"));
	assert_int_equal(value_get(own, "not_before")->time.seconds, 1577836800);
	assert_int_equal(value_get(own, "not_after")->time.seconds, 2524607999);
	assert_int_equal(value_text(value_get(own, "fingerprint")).len, 64);
	assert_true(value_text(value_get(own, "serial")).len >= 2);
	days = (2524607999 - loop_wall_us() / 1000000) / 86400;
	assert_int_equal(value_get(own, "days_left")->integer, days);
	assert_int_equal(probe_get(probe, "days_left")->integer, days);
	assert_int_equal(probe_get(probe, "least_days_left")->integer, days);
	probe_free(probe);
}

struct fault {
	const char *site;
	const char *more;
	const char *trusted, *name_matches, *expired;
	const char *words;
};

static void tells_what_is_wrong_with_a_certificate(void **state)
{
	static const struct fault faults[] = {
	    {"expired", "", "true", "true", "true", "the certificate of CN=expired.test expired "},
	    {"future", "", "true", "true", "true",
		"the certificate of CN=future.test becomes valid in "},
	    {"wrong", "", "true", "false", "false", "the certificate is not one for 127.0.0.1"},
	    {"wrong", ",\"server_name\":\"other.test\"", "true", "true", "false", NULL},
	    {"good", ",\"server_name\":\"db.test\"", "true", "true", "false", NULL},
	    {"good", ",\"server_name\":\"db2.test\"", "true", "false", "false",
		"the certificate is not one for db2.test"},
	    {"alone", "", "false", "true", "false", "CN=alone.test signed its certificate itself"},
	    {"incomplete", "", "false", "true", "false",
		"the certificate of its issuer CN=Test Middle was not sent and is not trusted"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct fault *fault = &faults[i];
		struct probe *probe = visit("127.0.0.1", site(fault->site), ca, fault->more);

		if (fault->words)
			probe_expect_class(probe, "tls", fault->words);
		else
			probe_expect_ok(probe);
		probe_expect(probe, "trusted", fault->trusted);
		probe_expect(probe, "name_matches", fault->name_matches);
		probe_expect(probe, "expired", fault->expired);
		assert_int_equal(probe_get(probe, "reasons")->list.count, fault->words ? 1 : 0);
		probe_free(probe);
	}
}

static void counts_the_days_since(void **state)
{
	struct probe *probe = visit("127.0.0.1", site("expired"), ca, "");
	/* 2020-02-01, and a part of a day counts. */
	int64_t days = (loop_wall_us() / 1000000 - 1580515200 + 86399) / 86400;

	(void)state;
	assert_int_equal(probe_get(probe, "days_left")->integer, -days);
	assert_int_equal(probe_get(probe, "least_days_left")->integer, -days);
	assert_int_equal(
	    value_get(probe_get(probe, "chain")->list.items[0], "days_left")->integer, -days);
	probe_free(probe);
}

/* An intermediate alone may be trusted; the system's roots do not know ours. */
static void trusts_whom_it_is_told(void **state)
{
	struct probe *probe = visit("127.0.0.1", site("incomplete"), middle, "");

	(void)state;
	probe_expect_ok(probe);
	probe_free(probe);
	probe = probe_run(loop, &net_tls, 0, "{\"host\":\"127.0.0.1\",\"port\":%d}", site("good"));
	probe_expect_class(probe, "tls",
	    "the certificate of its issuer CN=Test Root was not sent and is not trusted here");
	probe_free(probe);
	probe = visit("127.0.0.1", site("good"), "/nonexistent", "");
	probe_expect_class(probe, "tls", "the trusted certificates of /nonexistent cannot be read");
	assert_null(probe_get(probe, "trusted"));
	probe_free(probe);
}

/* Several faults at once are all told. */
static void tells_all_that_is_wrong(void **state)
{
	struct probe *probe = visit("127.0.0.1", site("expired"),
	    "/etc/ssl/certs/ca-certificates.crt", ",\"server_name\":\"db2.test\"");

	(void)state;
	probe_expect_class(probe, "tls", "not one for db2.test");
	probe_expect_class(probe, "tls", "expired");
	probe_expect_class(probe, "tls", "not trusted here");
	assert_int_equal(probe_get(probe, "reasons")->list.count, 3);
	probe_free(probe);
}

static void tells_who_wants_a_certificate(void **state)
{
	struct probe *probe = visit("127.0.0.1", site("asking"), ca, "");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "wants_certificate", "true");
	probe_free(probe);
	/* What was seen before it broke off is told all the same. */
	probe = visit("127.0.0.1", servers_port("closed_circle"), ca, "");
	probe_expect_class(probe, "tls", "the server wants a certificate of ours");
	probe_expect(probe, "wants_certificate", "true");
	probe_expect(probe, "trusted", "true");
	assert_null(probe_get(probe, "protocol"));
	probe_free(probe);
}

static void begins_in_plain_text(void **state)
{
	static const char *const protocols[] = {"smtp", "imap", "pop3", "postgres"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char more[64];
		struct probe *probe;

		snprintf(more, sizeof(more), ",\"starttls\":\"%s\"", protocols[i]);
		probe = visit(
		    "127.0.0.1", servers_port(i < 3 ? protocols[i] : "postgres_tls"), ca, more);
		probe_expect_ok(probe);
		probe_expect(probe, "trusted", "true");
		probe_free(probe);
	}
}

static void expect_trouble(
    int port, const char *more, int64_t timeout_us, const char *class, const char *words)
{
	struct probe *probe = probe_run(
	    loop, &net_tls, timeout_us, "{\"host\":\"127.0.0.1\",\"port\":%d%s}", port, more);

	probe_expect_class(probe, class, words);
	assert_null(probe_get(probe, "trusted"));
	probe_free(probe);
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	(void)state;
	expect_trouble(servers_port("dead"), "", 0, "refused", " refused the connection");
	expect_trouble(servers_port("close"), "", 0, "server", "127.0.0.1:");
	expect_trouble(servers_port("noise"), "", 0, "protocol", " does not speak TLS");
	expect_trouble(site("stubborn"), "", 0, "tls", "no encryption was agreed on with 127");
	expect_trouble(servers_port("hang"), "", 200000, "timeout",
	    "no answer within 200ms while agreeing on encryption with 127.0.0.1:");
	expect_trouble(servers_port("hang"), ",\"starttls\":\"smtp\"", 200000, "timeout",
	    "while asking for encryption of 127.0.0.1:");
	expect_trouble(servers_port("smtp_plain"), ",\"starttls\":\"smtp\"", 0, "protocol",
	    "does not begin encryption as smtp has it, but says \"454 no encryption today\"");
	expect_trouble(servers_port("pg_starting"), ",\"starttls\":\"postgres\"", 0, "protocol",
	    "does not begin encryption as postgres has it, but says \"N\"");
	expect_trouble(servers_port("close"), ",\"starttls\":\"imap\"", 0, "server",
	    "closed the connection when it was asked for encryption");
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][2] = {
	    {"{\"host\":\"\"}", "host is empty"},
	    {"{\"host\":\"h\",\"port\":0}", "port must lie between"},
	    {"{\"host\":\"h\",\"starttls\":\"gopher\"}",
		"starttls is smtp, imap, pop3 or postgres"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_run(loop, &net_tls, 0, "%s", cases[i][0]);

		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
}

/* Ended at every turn of the loop once: whatever it was doing, nothing is left. */
static void can_be_ended_at_any_moment(void **state)
{
	char args[400];
	bool over = false;

	(void)state;
	snprintf(args, sizeof(args), "{\"host\":\"localhost\",\"port\":%d,\"ca\":\"%s\"}",
	    site("good"), ca);
	for (int turns = 0; !over; turns++) {
		struct probe *probe = probe_begin(loop, &net_tls, 0, args);

		for (int i = 0; i < turns && !probe->finished; i++)
			uv_run(&loop->uv, UV_RUN_ONCE);
		over = probe->finished;
		probe_cancel(probe);
		assert_true(probe->released);
		assert_true(over || !probe->attempt.result.ok);
		probe_free(probe);
		while (uv_loop_alive(&loop->uv))
			uv_run(&loop->uv, UV_RUN_ONCE);
	}
}

static int begin(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	loop = loop_new();
	servers_start();
	snprintf(told, sizeof(told), "%s", servers_ask("tls"));
	servers_text("ca", ca, sizeof(ca));
	servers_text("middle", middle, sizeof(middle));
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
	    cmocka_unit_test(believes_what_is_well),
	    cmocka_unit_test(describes_the_chain),
	    cmocka_unit_test(tells_what_is_wrong_with_a_certificate),
	    cmocka_unit_test(counts_the_days_since),
	    cmocka_unit_test(trusts_whom_it_is_told),
	    cmocka_unit_test(tells_all_that_is_wrong),
	    cmocka_unit_test(tells_who_wants_a_certificate),
	    cmocka_unit_test(begins_in_plain_text),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(can_be_ended_at_any_moment),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
