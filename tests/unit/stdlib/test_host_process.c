/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stdlib/registry.h"

/* host.process and host.port against processes and sockets of the test's own, under names that nobody else has. */

static struct loop *loop;
static char folder[] = "/tmp/reprise-host-XXXXXX";
static char own_name[16];
static char short_name[16];
static char long_name[40];

/*
 * The kernel lets the parent of a process go on as soon as the memory of its new program is there, and gives that its
 * name and its words a moment later.
 */
static void await_words(pid_t pid)
{
	char path[40], byte;
	ssize_t got = 0;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	while (got == 0) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		got = read(fd, &byte, 1);
		close(fd);
	}
	assert_int_equal(got, 1);
}

/* The program, under another name, sleeping; the words are its own. */
static pid_t spawn(const char *name, const char *word)
{
	char *argv[] = {NULL, (char *)(uintptr_t) "1000", (char *)(uintptr_t)word, NULL};
	char path[80];
	struct stat stat;
	int from, to;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	from = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	assert_int_equal(fstat(from, &stat), 0);
	assert_int_equal(sendfile(to, from, NULL, (size_t)stat.st_size), stat.st_size);
	close(from);
	close(to);
	argv[0] = path;
	assert_int_equal(posix_spawn(&pid, path, NULL, NULL, argv, environ), 0);
	unlink(path);
	await_words(pid);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct probe *look(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct probe *look(const char *format, ...)
{
	char args[256];
	va_list list;

	va_start(list, format);
	vsnprintf(args, sizeof(args), format, list);
	va_end(list);
	return probe_run(loop, &host_process, 0, "%s", args);
}

static const struct value *only(const struct probe *probe)
{
	const struct value *processes = probe_get(probe, "processes");

	probe_expect_ok(probe);
	probe_expect(probe, "count", "1");
	assert_int_equal(processes->list.count, 1);
	return processes->list.items[0];
}

static void describes_a_process(void **state)
{
	int64_t before_us = loop_wall_us();
	pid_t pid = spawn(short_name, "1000");
	struct probe *probe = look("{\"name\":\"%s\"}", short_name);
	const struct value *seen = only(probe);
	int64_t started_us = value_us(value_get(seen, "started"));

	(void)state;
	assert_int_equal(value_get(seen, "pid")->integer, pid);
	assert_int_equal(value_get(seen, "parent")->integer, getpid());
	assert_true(str_is(value_text(value_get(seen, "name")), short_name));
	assert_true(str_is(value_text(value_get(seen, "user")), getpwuid(geteuid())->pw_name));
	assert_true(value_get(seen, "rss")->integer > 0);
	assert_true(value_text(value_get(seen, "state")).len > 0);
	assert_true(value_us(value_get(seen, "age")) >= 0);
	/* The kernel counts hundredths of a second. */
	assert_true(started_us > before_us - 20000 && started_us <= loop_wall_us());
	assert_null(value_get(seen, "command"));
	probe_expect(probe, "zombies", "0");
	probe_free(probe);
	end(pid);
}

static void finds_by_every_means(void **state)
{
	pid_t pid = spawn(long_name, "1001.25");
	char command[160];
	struct probe *probe;

	(void)state;
	/* Longer than what the kernel keeps of a name, and the same as far as it goes. */
	probe = look("{\"name\":\"%s\"}", long_name);
	assert_int_equal(value_get(only(probe), "pid")->integer, pid);
	probe_free(probe);
	probe = look("{\"name\":\"%sx\"}", long_name);
	probe_expect(probe, "count", "0");
	probe_free(probe);
	probe = look("{\"pid\":%d,\"command\":true}", (int)pid);
	snprintf(command, sizeof(command), "%s/%s 1000 1001.25", folder, long_name);
	assert_true(str_is(value_text(value_get(only(probe), "command")), command));
	probe_free(probe);
	probe = look("{\"pattern\":\"/%s 1000 1001[.]25$\"}", long_name);
	assert_int_equal(value_get(only(probe), "pid")->integer, pid);
	probe_free(probe);
	probe = look("{\"pattern\":\"^%s\"}", long_name);
	probe_expect(probe, "count", "0");
	probe_free(probe);
	probe = look("{\"name\":\"%s\",\"pid\":1}", long_name);
	probe_expect(probe, "count", "0");
	probe_free(probe);
	end(pid);
}

static void expect_none(const char *args, const char *why)
{
	struct probe *probe = look("%s", args);

	assert_false(probe->attempt.result.ok);
	assert_false(probe->attempt.result.error);
	probe_expect(probe, "count", "0");
	assert_string_equal(probe->attempt.result.why.ptr, why);
	probe_free(probe);
}

static void tells_that_there_is_none(void **state)
{
	char args[128], why[128];

	(void)state;
	expect_none("{\"name\":\"no-such-thing\"}", "no process is called no-such-thing");
	expect_none("{\"name\":\"no-such-thing\",\"pattern\":\"-x$\"}",
	    "no process is called no-such-thing and has a command line like -x$");
	expect_none("{\"pid\":2147483647}", "no process has the number 2147483647");
	/* The search does not find itself. */
	snprintf(args, sizeof(args), "{\"name\":\"%s\"}", own_name);
	assert_int_equal(prctl(PR_SET_NAME, own_name), 0);
	snprintf(why, sizeof(why), "no process is called %s", own_name);
	expect_none(args, why);
}

/* Dead, and not yet noticed by its parent. */
static void counts_no_dead(void **state)
{
	pid_t pid = spawn(short_name, "1000");
	struct probe *probe;
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	probe = look("{\"name\":\"%s\"}", short_name);
	assert_false(probe->attempt.result.ok);
	probe_expect(probe, "count", "0");
	probe_expect(probe, "zombies", "1");
	assert_true(str_find(probe->attempt.result.why, STR("; 1 that did died and wait")) > 0);
	probe_free(probe);
	waitpid(pid, NULL, 0);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][2] = {
	    {"{}", "say which process is meant: name, pattern or pid"},
	    {"{\"pattern\":\"a(\"}", "pattern: missing closing parenthesis, at character 3"},
	    {"{\"pid\":0}", "pid must lie between 1 and"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = look("%s", cases[i][0]);

		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
}

/* A socket of the loopback; a port of 0 is chosen by the system. */
static int open_port(int family, int type, int *port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6,
	    .sin6_port = htons((uint16_t)*port),
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
	struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&four
						     : (struct sockaddr *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, address, len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, address, &len), 0);
	*port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
	return fd;
}

static void expect_listener(const struct probe *probe, size_t at, const char *address)
{
	const struct value *seen = probe_get(probe, "listeners")->list.items[at];

	assert_true(str_is(value_text(value_get(seen, "address")), address));
	assert_true(str_is(value_text(value_get(seen, "user")), getpwuid(geteuid())->pw_name));
	assert_int_equal(value_get(seen, "pid")->integer, getpid());
	assert_true(value_text(value_get(seen, "name")).len > 0);
}

static void finds_who_listens(void **state)
{
	int port = 0, udp_port = 0;
	int four = open_port(AF_INET, SOCK_STREAM, &port);
	int six = open_port(AF_INET6, SOCK_STREAM, &port);
	int udp = open_port(AF_INET, SOCK_DGRAM, &udp_port);
	struct probe *probe = probe_run(loop, &host_port, 0, "{\"port\":%d}", port);

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "listening", "true");
	probe_expect(probe, "unseen", "0");
	assert_int_equal(probe_get(probe, "listeners")->list.count, 2);
	expect_listener(probe, 0, "127.0.0.1");
	expect_listener(probe, 1, "::1");
	probe_free(probe);
	probe = probe_run(loop, &host_port, 0, "{\"port\":%d,\"protocol\":\"udp\"}", udp_port);
	probe_expect_ok(probe);
	assert_int_equal(probe_get(probe, "listeners")->list.count, 1);
	expect_listener(probe, 0, "127.0.0.1");
	probe_free(probe);
	close(four);
	close(six);
	close(udp);
}

/* Bound and silent, or the near end of a connection: nobody listens there. */
static void tells_that_nobody_listens(void **state)
{
	int port = 0, near_port = 0;
	int fd = open_port(AF_INET, SOCK_STREAM, &port);
	int near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t len = sizeof(address);
	struct probe *probe;
	char why[64];

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(near, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(near, (struct sockaddr *)&address, &len), 0);
	near_port = ntohs(address.sin_port);
	probe = probe_run(loop, &host_port, 0, "{\"port\":%d}", near_port);
	assert_false(probe->attempt.result.ok);
	assert_false(probe->attempt.result.error);
	probe_expect(probe, "listening", "false");
	probe_expect(probe, "listeners", "[]");
	snprintf(why, sizeof(why), "nobody listens on port %d of TCP", near_port);
	assert_string_equal(probe->attempt.result.why.ptr, why);
	probe_free(probe);
	close(near);
	close(fd);
}

/* As nobody, in a process of its own: the socket shows, its process does not. 0 when all is as it should be. */
static int look_without_rights(int port)
{
	struct loop *own = loop_new();
	struct probe *probe;
	int wrong = 0;

	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return 2;
	probe = probe_run(own, &host_port, 0, "{\"port\":%d}", port);
	if (!probe->attempt.result.ok || probe_get(probe, "unseen")->integer != 1 ||
	    value_get(probe_get(probe, "listeners")->list.items[0], "pid"))
		wrong = 1;
	probe_free(probe);
	loop_free(own);
	return wrong;
}

static void says_what_it_may_not_see(void **state)
{
	int port = 0, status = 0;
	int fd = open_port(AF_INET, SOCK_STREAM, &port);
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		close(fd); /* ours alone would be seen */
		_exit(look_without_rights(port));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fd);
}

static void can_be_ended(void **state)
{
	struct probe *probe = probe_begin(loop, &host_process, 0, "{\"pattern\":\".\"}");

	(void)state;
	probe_cancel(probe);
	assert_string_equal(probe->attempt.result.why.ptr, "ended while looking at the processes");
	probe_free(probe);
	probe = probe_begin(loop, &host_port, 0, "{\"port\":1}");
	probe_cancel(probe);
	assert_string_equal(probe->attempt.result.why.ptr, "ended while looking for who listens");
	probe_free(probe);
}

static int begin(void **state)
{
	(void)state;
	snprintf(own_name, sizeof(own_name), "rp-me-%d", (int)getpid());
	snprintf(short_name, sizeof(short_name), "rp-it-%d", (int)getpid());
	snprintf(long_name, sizeof(long_name), "reprise-test-of-names-%d", (int)getpid());
	loop = loop_new();
	return mkdtemp(folder) ? 0 : -1;
}

static int finish(void **state)
{
	(void)state;
	rmdir(folder);
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(describes_a_process),
	    cmocka_unit_test(finds_by_every_means),
	    cmocka_unit_test(tells_that_there_is_none),
	    cmocka_unit_test(counts_no_dead),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(finds_who_listens),
	    cmocka_unit_test(tells_that_nobody_listens),
	    cmocka_unit_test(says_what_it_may_not_see),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
