/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <arpa/inet.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/*
 * net.route, and what net.tcp and net.dns make of routes, hosts and name servers: in a network of the test's own, with
 * /etc/hosts and /etc/resolv.conf of its own. It takes root to make one; without, the tests are skipped.
 */

static struct loop *loop;
static bool alone;

/* Nobody is behind d0, which swallows what it is given; v0 has a carrier only while v1 is up. */
static const char network[] =
    "set -e\n"
    "ip link set lo up\n"
    "ip link add d0 type veth peer name nobody\n"
    "ip link set nobody up\n"
    "ip addr add 10.9.0.1/24 dev d0\n"
    "ip -6 addr add fd09::1/64 dev d0 nodad\n"
    "ip link set d0 up\n"
    "ip neigh add 10.9.0.77 lladdr 02:00:00:00:00:77 dev d0 nud permanent\n"
    "ip neigh add fd09::77 lladdr 02:00:00:00:00:77 dev d0 nud permanent\n"
    "ip route add 10.8.0.0/16 via 10.9.0.254\n"
    "ip route add 10.3.0.0/16 via inet6 fd09::fe dev d0\n"
    "ip -6 route add fd08::/64 via fd09::fe\n"
    "ip route add unreachable 10.7.0.0/16\n"
    "ip route add blackhole 10.6.0.0/16\n"
    "ip route add prohibit 10.5.0.0/16\n"
    "ip -6 route add blackhole fd06::/64\n"
    "ip link add v0 type veth peer name v1\n"
    "ip addr add 10.4.0.1/24 dev v0\n"
    "ip link set v0 up\n"
    "ip link add d1 type veth peer name nobody1\n"
    "ip addr add 10.2.0.1/24 dev d1\n";

static const char hosts[] = "127.0.0.1 localhost\n"
			    "fd09::77 two\n10.9.0.1 two\n"
			    "10.9.0.77 gone\nfd09::77 gone\n"
			    "fd99::1 mixed\n10.9.0.1 mixed\n"
			    "10.8.1.2 far\n";
static const char name_servers[] = "nameserver 127.0.0.9\nnameserver 127.0.0.1\n";

static void expect_route(
    const char *host, const char *class, const char *words, const char *fields[][2])
{
	struct probe *probe = probe_run(loop, &net_route, 0, "{\"host\":\"%s\"}", host);

	if (words)
		probe_expect_class(probe, class, words);
	else
		probe_expect_ok(probe);
	for (size_t i = 0; fields[i][0]; i++) {
		if (fields[i][1])
			probe_expect(probe, fields[i][0], fields[i][1]);
		else if (probe_get(probe, fields[i][0]))
			fail_msg("%s: there is a %s", host, fields[i][0]);
	}
	probe_free(probe);
}

#define FIELDS(...)                                                                                \
	(const char *[][2])                                                                        \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			NULL, NULL                                                                 \
		}                                                                                  \
	}

static void knows_the_way(void **state)
{
	(void)state;
	if (!alone)
		skip();
	expect_route("10.9.0.77", "", NULL,
	    FIELDS({"reachable", "true"}, {"interface", "\"d0\""}, {"up", "true"},
		{"source", "\"10.9.0.1\""}, {"gateway", NULL}, {"local", "false"}));
	expect_route("10.8.1.2", "", NULL,
	    FIELDS({"gateway", "\"10.9.0.254\""}, {"interface", "\"d0\""},
		{"source", "\"10.9.0.1\""}));
	expect_route(
	    "10.3.1.2", "", NULL, FIELDS({"gateway", "\"fd09::fe\""}, {"interface", "\"d0\""}));
	expect_route("fd08::5", "", NULL,
	    FIELDS(
		{"gateway", "\"fd09::fe\""}, {"interface", "\"d0\""}, {"source", "\"fd09::1\""}));
	expect_route("10.9.0.1", "", NULL, FIELDS({"local", "true"}, {"interface", "\"lo\""}));
	expect_route("127.0.0.1", "", NULL, FIELDS({"local", "true"}, {"up", "true"}));
	expect_route(
	    "far", "", NULL, FIELDS({"address", "\"10.8.1.2\""}, {"gateway", "\"10.9.0.254\""}));
}

static void knows_where_there_is_none(void **state)
{
	static const char none[] = "no route leads from this machine to ";
	static const char forbidden[] = "a route of this machine forbids the way to ";

	(void)state;
	if (!alone)
		skip();
	expect_route("203.0.113.1", "unreachable", none,
	    FIELDS({"reachable", "false"}, {"interface", NULL}, {"up", NULL}));
	expect_route("2001:db8::1", "unreachable", none, FIELDS({"reachable", "false"}));
	expect_route("10.7.0.1", "unreachable", none, FIELDS({"reachable", "false"}));
	expect_route("10.2.0.5", "unreachable", none, FIELDS({"reachable", "false"}));
	expect_route("10.6.0.1", "unreachable", forbidden, FIELDS({"reachable", "false"}));
	expect_route("fd06::1", "unreachable", forbidden, FIELDS({"reachable", "false"}));
	expect_route("10.5.0.1", "unreachable", forbidden, FIELDS({"reachable", "false"}));
	expect_route("fe80::1%none", "unreachable", none, FIELDS({"reachable", "false"}));
	expect_route("bad_host..name", "resolve", "the name bad_host..name has no address",
	    FIELDS({"reachable", NULL}, {"address", NULL}));
}

static void knows_a_dead_interface(void **state)
{
	(void)state;
	if (!alone)
		skip();
	expect_route("10.4.0.5", "unreachable",
	    "the way to 10.4.0.5 leads over v0, which is down or has no carrier",
	    FIELDS({"reachable", "true"}, {"interface", "\"v0\""}, {"up", "false"}));
	assert_int_equal(system("ip link set v1 up"), 0);
	for (bool up = false; !up;) {
		struct probe *probe = probe_run(loop, &net_route, 0, "{\"host\":\"10.4.0.5\"}");

		up = probe_get(probe, "up")->boolean;
		probe_free(probe);
	}
	expect_route("10.4.0.5", "", NULL, FIELDS({"up", "true"}));
}

/* A port of 10.9.0.1 that accepts, or that only nobody else gets. */
static int own_port(bool listens, int *ret_fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);

	inet_pton(AF_INET, "10.9.0.1", &address.sin_addr);
	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*ret_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (listens)
		assert_int_equal(listen(*ret_fd, 8), 0);
	assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

/* An address that swallows packets does not hide the one that answers. */
static void tcp_tries_every_address(void **state)
{
	struct probe *probe;
	int fd, port;

	(void)state;
	if (!alone)
		skip();
	port = own_port(true, &fd);
	probe = probe_run(loop, &net_tcp, 400000, "{\"host\":\"two\",\"port\":%d}", port);
	probe_expect_ok(probe);
	probe_expect(probe, "address", "\"10.9.0.1\"");
	probe_free(probe);
	probe = probe_run(loop, &net_tcp, 200000, "{\"host\":\"gone\",\"port\":%d}", port);
	probe_expect_class(probe, "timeout", "no answer within 200ms while connecting to gone:");
	probe_free(probe);
	close(fd);
}

static void expect_unreachable(const char *host)
{
	struct probe *probe = probe_run(loop, &net_tcp, 0, "{\"host\":\"%s\",\"port\":80}", host);

	probe_expect_class(probe, "unreachable", "leads to ");
	probe_expect(probe, "open", "false");
	probe_free(probe);
}

static void tcp_tells_where_no_way_leads(void **state)
{
	struct probe *probe;
	int fd, port;

	(void)state;
	if (!alone)
		skip();
	expect_unreachable("203.0.113.1");
	expect_unreachable("10.7.0.1");
	/* Of two failures, the one that says more. */
	port = own_port(false, &fd);
	probe = probe_run(loop, &net_tcp, 0, "{\"host\":\"mixed\",\"port\":%d}", port);
	probe_expect_class(probe, "refused",
	    "(10.9.0.1) refused the connection; 1 other address did not accept either");
	probe_free(probe);
	close(fd);
}

static void dns_asks_who_is_configured(void **state)
{
	struct probe *probe;
	char server[64];
	int port;

	(void)state;
	if (!alone)
		skip();
	port = servers_port("dns");
	probe = probe_run(loop, &net_dns, 0, "{\"name\":\"a.test\",\"port\":%d}", port);
	probe_expect_ok(probe);
	snprintf(server, sizeof(server), "\"127.0.0.1:%d\"", port);
	probe_expect(probe, "server", server);
	probe_free(probe);
	probe = probe_run(loop, &net_dns, 300000, "{\"name\":\"silent.test\",\"port\":%d}", port);
	snprintf(server, sizeof(server), "asking 127.0.0.9:%d, 127.0.0.1:%d for", port, port);
	probe_expect_class(probe, "timeout", server);
	probe_free(probe);
}

/* In place of a file of the system, for this process and its children. */
static void replace(const char *path, const char *text)
{
	char own[] = "/tmp/reprise-alone-XXXXXX";
	int fd = mkstemp(own);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	assert_int_equal(mount(own, path, NULL, MS_BIND, NULL), 0);
	unlink(own);
}

static int begin(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) == 0) {
		assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
		assert_int_equal(system(network), 0);
		replace("/etc/hosts", hosts);
		replace("/etc/resolv.conf", name_servers);
		alone = true;
	}
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
	    cmocka_unit_test(knows_the_way),
	    cmocka_unit_test(knows_where_there_is_none),
	    cmocka_unit_test(knows_a_dead_interface),
	    cmocka_unit_test(tcp_tries_every_address),
	    cmocka_unit_test(tcp_tells_where_no_way_leads),
	    cmocka_unit_test(dns_asks_who_is_configured),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
