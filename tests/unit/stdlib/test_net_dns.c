/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/* net.dns against a name server that gives every kind of answer on demand: tests/live/net_dns.py. */

static struct loop *loop;
static int port;

/* `more` holds the other arguments, beginning with a comma. */
static struct probe *ask(const char *name, const char *type, const char *more)
{
	return probe_run(loop, &net_dns, 0,
	    "{\"name\":\"%s\",\"type\":\"%s\",\"server\":\"127.0.0.1\",\"port\":%d%s}", name, type,
	    port, more);
}

static void expect_values(const char *name, const char *type, const char *values)
{
	struct probe *probe = ask(name, type, "");

	probe_expect_ok(probe);
	probe_expect(probe, "values", values);
	probe_expect(probe, "rcode", "\"NOERROR\"");
	probe_expect(probe, "class", "\"\"");
	probe_free(probe);
}

static void reads_every_type(void **state)
{
	(void)state;
	expect_values("a.test", "A", "[\"10.1.2.3\",\"10.1.2.4\"]");
	expect_values("six.test", "AAAA", "[\"2001:db8::1\"]");
	expect_values("chain.test", "A", "[\"10.1.2.3\"]");
	expect_values("chain.test", "CNAME", "[\"link.test\"]");
	expect_values("mx.test", "MX", "[\"mail.test\"]");
	expect_values("root.test", "MX", "[\".\"]");
	expect_values("txt.test", "TXT", "[\"v=spf1 -all\",\"caf\xEF\xBF\xBD\"]");
	expect_values("ns.test", "NS", "[\"one.test\"]");
	expect_values("srv.test", "SRV", "[\"db.test\"]");
	expect_values("soa.test", "SOA", "[\"ns.test\"]");
	expect_values("3.2.1.10.in-addr.arpa", "PTR", "[\"back.test\"]");
	expect_values("10.1.2.3", "PTR", "[\"back.test\"]");
	expect_values("2001:db8::1", "PTR", "[\"six.test\"]");
}

static void expect_field(
    const char *name, const char *type, const char *field, const char *expected)
{
	struct probe *probe = ask(name, type, "");

	probe_expect_ok(probe);
	probe_expect(probe, field, expected);
	probe_free(probe);
}

static void tells_the_records(void **state)
{
	(void)state;
	expect_field("chain.test", "A", "records",
	    "[{\"name\":\"chain.test\",\"ttl\":{\"$duration\":\"30s\"},\"type\":\"CNAME\","
	    "\"value\":\"link.test\"},"
	    "{\"name\":\"link.test\",\"ttl\":{\"$duration\":\"300s\"},\"type\":\"CNAME\","
	    "\"value\":\"a.test\"},"
	    "{\"name\":\"a.test\",\"ttl\":{\"$duration\":\"300s\"},\"type\":\"A\","
	    "\"value\":\"10.1.2.3\"}]");
	expect_field("srv.test", "SRV", "records",
	    "[{\"name\":\"srv.test\",\"ttl\":{\"$duration\":\"300s\"},\"type\":\"SRV\","
	    "\"priority\":1,\"weight\":20,\"port\":5432,\"value\":\"db.test\"}]");
	expect_field("mx.test", "MX", "records",
	    "[{\"name\":\"mx.test\",\"ttl\":{\"$duration\":\"300s\"},\"type\":\"MX\","
	    "\"priority\":10,\"value\":\"mail.test\"}]");
	expect_field("soa.test", "SOA", "records",
	    "[{\"name\":\"soa.test\",\"ttl\":{\"$duration\":\"300s\"},\"type\":\"SOA\","
	    "\"mailbox\":\"root.test\",\"serial\":2026112801,\"refresh\":{\"$duration\":\"3600s\"},"
	    "\"retry\":{\"$duration\":\"600s\"},\"expire\":{\"$duration\":\"604800s\"},"
	    "\"minimum\":{\"$duration\":\"60s\"},\"value\":\"ns.test\"}]");
	expect_field("odd.test", "A", "records",
	    "[{\"name\":\"odd.test\",\"ttl\":{\"$duration\":\"300s\"},\"type\":\"TYPE46\"},"
	    "{\"name\":\"odd.test\",\"ttl\":{\"$duration\":\"300s\"},\"type\":\"A\","
	    "\"value\":\"10.1.2.3\"}]");
	expect_field("a.test", "A", "ttl", "{\"$duration\":\"60s\"}");
	expect_field("a.test", "A", "authoritative", "true");
}

static void tells_who_answered(void **state)
{
	struct probe *probe = ask("a.test", "A", "");
	char server[64];

	(void)state;
	snprintf(server, sizeof(server), "\"127.0.0.1:%d\"", port);
	probe_expect(probe, "server", server);
	probe_expect(probe, "tcp", "false");
	assert_non_null(probe_get(probe, "latency"));
	probe_free(probe);
	/* A server may have a name, and addresses that do not answer. */
	probe = probe_run(
	    loop, &net_dns, 0, "{\"name\":\"a.test\",\"server\":\"localhost\",\"port\":%d}", port);
	probe_expect_ok(probe);
	probe_expect(probe, "server", server);
	probe_free(probe);
}

static void goes_on_over_tcp(void **state)
{
	struct probe *probe = ask("big.test", "A", "");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "tcp", "true");
	probe_expect(probe, "count", "40");
	probe_free(probe);
	probe = ask("huge.test", "A", "");
	probe_expect_ok(probe);
	probe_expect(probe, "count", "300");
	assert_int_equal(probe_get(probe, "values")->list.count, 256);
	assert_int_equal(probe_get(probe, "records")->list.count, 256);
	probe_free(probe);
	probe = ask("a.test", "A", ",\"tcp\":true");
	probe_expect_ok(probe);
	probe_expect(probe, "tcp", "true");
	probe_free(probe);
}

static void asks_again(void **state)
{
	(void)state;
	expect_values("late.test", "A", "[\"10.1.2.3\"]");
}

static void expect_trouble(
    const char *name, int64_t timeout_us, const char *class, const char *rcode, const char *words)
{
	struct probe *probe = probe_run(loop, &net_dns, timeout_us,
	    "{\"name\":\"%s\",\"server\":\"127.0.0.1\",\"port\":%d}", name, port);

	probe_expect_class(probe, class, words);
	if (rcode)
		probe_expect(probe, "rcode", rcode);
	else
		assert_null(probe_get(probe, "rcode"));
	probe_free(probe);
}

static void tells_what_there_is_not(void **state)
{
	(void)state;
	expect_trouble(
	    "none.test", 0, "resolve", "\"NXDOMAIN\"", " says that there is no none.test");
	expect_trouble(
	    "empty.test", 0, "resolve", "\"NOERROR\"", " knows empty.test, but no A record of it");
	expect_trouble("mx.test", 0, "resolve", "\"NOERROR\"", " knows mx.test, but no A record");
	expect_trouble("lonely.test", 0, "resolve", "\"NOERROR\"",
	    "lonely.test is an alias of gone.test, of which 127.0.0.1:");
	expect_trouble("broken.test", 0, "server", "\"SERVFAIL\"",
	    " does not answer for broken.test: SERVFAIL");
	expect_trouble("refused.test", 0, "server", "\"REFUSED\"", "REFUSED");
	expect_trouble("puzzled.test", 0, "server", "\"FORMERR\"", "FORMERR");
	expect_trouble("foreign.test", 0, "server", "\"NOTAUTH\"", "NOTAUTH");
}

/* Silence, and answers to what was not asked: nobody has answered. */
static void hears_no_strangers(void **state)
{
	static const char *const names[] = {
	    "silent.test", "liar.test", "stranger.test", "garbage.test", "stuck.test"};
	char words[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(words, sizeof(words),
		    "no answer within 200ms while asking 127.0.0.1:%d for %s", port, names[i]);
		expect_trouble(names[i], 200000, "timeout", NULL, words);
	}
}

static void believes_no_broken_answer(void **state)
{
	static const char *const cases[][2] = {
	    {"torn.test", "A"}, {"loop.test", "CNAME"}, {"long.test", "A"}, {"short.test", "A"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = ask(cases[i][0], cases[i][1], "");

		probe_expect_class(probe, "protocol", "the answer of 127.0.0.1:");
		assert_null(probe_get(probe, "values"));
		probe_free(probe);
	}
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	struct probe *probe = probe_run(loop, &net_dns, 0,
	    "{\"name\":\"a.test\",\"server\":\"127.0.0.1\",\"port\":%d}", servers_port("dead"));

	(void)state;
	probe_expect_class(probe, "refused", "refused the question: no server listens there");
	assert_null(probe_get(probe, "server"));
	probe_free(probe);
	probe = probe_run(loop, &net_dns, 0, "{\"name\":\"a.test\",\"server\":\"bad_host..name\"}");
	probe_expect_class(probe, "resolve", "the server bad_host..name has no address");
	probe_free(probe);
	probe = ask("a..test", "A", "");
	probe_expect_class(probe, "resolve", "a..test is no name of a domain");
	probe_free(probe);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][2] = {
	    {"{\"name\":\"\"}", "name is empty"},
	    {"{\"name\":\"a\",\"type\":\"WKS\"}", "type WKS is none"},
	    {"{\"name\":\"a\",\"port\":70000}", "port must lie between"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_run(loop, &net_dns, 0, "%s", cases[i][0]);

		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
}

/* Ended while it reads resolv.conf, looks up its server, or waits for an answer. */
static void can_be_ended(void **state)
{
	static const char *const servers_of[][2] = {
	    {"", "asking the servers of /etc/resolv.conf"},
	    {",\"server\":\"localhost\"", "looking up the server localhost"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char args[128];
		struct probe *probe;

		snprintf(args, sizeof(args), "{\"name\":\"silent.test\",\"port\":%d%s}", port,
		    servers_of[i][0]);
		probe = probe_begin(loop, &net_dns, 0, args);
		probe_cancel(probe);
		probe_expect_class(probe, "cancelled", servers_of[i][1]);
		probe_free(probe);
	}
}

static int begin(void **state)
{
	(void)state;
	loop = loop_new();
	servers_start();
	port = servers_port("dns");
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
	    cmocka_unit_test(reads_every_type),
	    cmocka_unit_test(tells_the_records),
	    cmocka_unit_test(tells_who_answered),
	    cmocka_unit_test(goes_on_over_tcp),
	    cmocka_unit_test(asks_again),
	    cmocka_unit_test(tells_what_there_is_not),
	    cmocka_unit_test(hears_no_strangers),
	    cmocka_unit_test(believes_no_broken_answer),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
