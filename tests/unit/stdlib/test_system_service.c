/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <signal.h>
#include <sys/prctl.h>
#include <systemd/sd-bus.h>

#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/*
 * system.service without systemd, for real; and on a bus of the test's own, where a stand-in for systemd answers: a
 * process that has its name and a unit for each case, in the shape in which systemd tells of units.
 */

static struct loop *loop;
static char address[300];
static int bus; /* its process */
static pid_t stand_in;

enum { SECOND_US = 1000000 };

/* Of a unit, what systemd says; a name that is NULL is not said. */
struct unit {
	const char *name;
	const char *load, *active, *sub, *enabled, *result;
	uint32_t main_pid;
	uint32_t restarts;
	bool is_service;
	uint64_t since_us[4]; /* active enter and exit, inactive enter and exit */
};

static const struct unit units[] = {
    {"nginx_2eservice", "loaded", "active", "running", "enabled", "success", 4711, 3, true,
	{1000 * SECOND_US, 0, 0, 900 * SECOND_US}},
    {"broken_2eservice", "loaded", "failed", "failed", "disabled", "exit-code", 0, 5, true,
	{1000 * SECOND_US, 1001 * SECOND_US, 1002 * SECOND_US, 900 * SECOND_US}},
    {"starting_2eservice", "loaded", "activating", "start-pre", "static", "success", 0, 0, true,
	{0, 0, 0, 900 * SECOND_US}},
    {"ending_2eservice", "loaded", "deactivating", "stop-sigterm", "static", "success", 12, 0, true,
	{1000 * SECOND_US, 1001 * SECOND_US, 0, 900 * SECOND_US}},
    {"off_2eservice", "loaded", "inactive", "dead", "masked", "success", 0, 0, true, {0}},
    {"gone_2eservice", "not-found", "inactive", "dead", "", "success", 0, 0, true, {0}},
    {"spoilt_2eservice", "bad-setting", "inactive", "dead", "enabled", "success", 0, 0, true, {0}},
    {"backup_2etimer", "loaded", "active", "waiting", "enabled", "success", 0, 0, false,
	{1000 * SECOND_US, 0, 0, 900 * SECOND_US}},
};

static void say(sd_bus_message *reply, const char *name, const char *type, ...)
{
	va_list list;

	sd_bus_message_open_container(reply, 'e', "sv");
	sd_bus_message_append(reply, "s", name);
	sd_bus_message_open_container(reply, 'v', type);
	va_start(list, type);
	sd_bus_message_appendv(reply, type, list);
	va_end(list);
	sd_bus_message_close_container(reply);
	sd_bus_message_close_container(reply);
}

static int describe(sd_bus_message *question, const struct unit *unit)
{
	sd_bus_message *reply = NULL;

	sd_bus_message_new_method_return(question, &reply);
	sd_bus_message_open_container(reply, 'a', "{sv}");
	say(reply, "Id", "s", unit->name);
	say(reply, "Names", "as", 2, "a", "b"); /* what is not asked for is passed over */
	say(reply, "Description", "s", "a unit of the test");
	say(reply, "LoadState", "s", unit->load);
	say(reply, "ActiveState", "s", unit->active);
	say(reply, "SubState", "s", unit->sub);
	say(reply, "UnitFileState", "s", unit->enabled);
	say(reply, "ActiveEnterTimestamp", "t", unit->since_us[0]);
	say(reply, "ActiveExitTimestamp", "t", unit->since_us[1]);
	say(reply, "InactiveEnterTimestamp", "t", unit->since_us[2]);
	say(reply, "InactiveExitTimestamp", "t", unit->since_us[3]);
	say(reply, "Result", "s", unit->result);
	if (unit->is_service) {
		say(reply, "MainPID", "u", unit->main_pid);
		say(reply, "NRestarts", "u", unit->restarts);
	}
	sd_bus_message_close_container(reply);
	sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return 1;
}

static int asked(sd_bus_message *question, void *self, sd_bus_error *error)
{
	const char *path = sd_bus_message_get_path(question);
	const char *name = strrchr(path, '/') + 1;

	(void)self;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(units[i].name, name) == 0)
			return describe(question, &units[i]);
	if (strcmp(name, "silent_2eservice") == 0)
		return 1;
	if (strcmp(name, "secret_2eservice") == 0)
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "not you");
	if (strcmp(name, "odd_2eservice") == 0)
		return sd_bus_reply_method_return(question, "s", "a word");
	if (strcmp(name, "strange_2eservice") == 0)
		return sd_bus_reply_method_return(question, "a{sv}", 1, "LoadState", "u", 7);
	if (strcmp(name, "empty_2eservice") == 0)
		return sd_bus_reply_method_return(question, "a{sv}", 0);
	return sd_bus_error_set(error, "org.freedesktop.systemd1.Trouble", "something else");
}

/* Says one byte when it has its name. */
static void stand_in_for_systemd(int ready)
{
	sd_bus *own = NULL;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sd_bus_new(&own) < 0 || sd_bus_set_address(own, address) < 0 ||
	    sd_bus_set_bus_client(own, 1) < 0 || sd_bus_start(own) < 0 ||
	    sd_bus_add_fallback(own, NULL, "/org/freedesktop/systemd1/unit", asked, NULL) < 0 ||
	    sd_bus_request_name(own, "org.freedesktop.systemd1", 0) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	for (int did = 0; did >= 0; did = sd_bus_process(own, NULL))
		if (did == 0)
			sd_bus_wait(own, UINT64_MAX);
	_exit(0);
}

static struct probe *look(const char *unit)
{
	return probe_run(loop, &system_service, 0, "{\"unit\":\"%s\"}", unit);
}

static void tells_an_active_service(void **state)
{
	static const char *const names[] = {"nginx", "nginx.service"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct probe *probe = look(names[i]);

		probe_expect_ok(probe);
		probe_expect(probe, "active", "\"active\"");
		probe_expect(probe, "sub", "\"running\"");
		probe_expect(probe, "load", "\"loaded\"");
		probe_expect(probe, "enabled", "\"enabled\"");
		probe_expect(probe, "result", "\"success\"");
		probe_expect(probe, "main_pid", "4711");
		probe_expect(probe, "restarts", "3");
		probe_expect(probe, "since", "{\"$timestamp\":\"1970-01-01T00:16:40Z\"}");
		probe_expect(probe, "description", "\"a unit of the test\"");
		probe_expect(probe, "class", "\"\"");
		assert_non_null(probe_get(probe, "latency"));
		probe_free(probe);
	}
}

static void tells_another_unit(void **state)
{
	struct probe *probe = look("backup.timer");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "sub", "\"waiting\"");
	assert_null(probe_get(probe, "main_pid"));
	assert_null(probe_get(probe, "restarts"));
	probe_free(probe);
}

static void tells_what_is_not_active(void **state)
{
	static const struct {
		const char *unit;
		const char *since; /* NULL: it never was */
		const char *words;
	} cases[] = {
	    {"broken", "{\"$timestamp\":\"1970-01-01T00:16:42Z\"}", ": exit-code"},
	    {"broken", "{\"$timestamp\":\"1970-01-01T00:16:42Z\"}",
		"broken.service is failed for "},
	    {"starting", "{\"$timestamp\":\"1970-01-01T00:15:00Z\"}",
		"starting.service is activating for "},
	    {"ending", "{\"$timestamp\":\"1970-01-01T00:16:41Z\"}",
		"ending.service is deactivating for "},
	    {"off", NULL, "off.service is inactive"},
	    {"gone", NULL, "systemd knows no unit gone.service"},
	    {"spoilt", NULL, "spoilt.service is inactive, and its file bad-setting"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = look(cases[i].unit);

		probe_expect_class(probe, "", cases[i].words);
		if (cases[i].since)
			probe_expect(probe, "since", cases[i].since);
		else
			assert_null(probe_get(probe, "since"));
		assert_non_null(probe_get(probe, "active"));
		probe_free(probe);
	}
	{
		struct probe *probe = look("gone");

		probe_expect(probe, "load", "\"not-found\"");
		assert_null(probe_get(probe, "enabled"));
		probe_free(probe);
	}
}

static void expect_trouble(
    const char *unit, int64_t timeout_us, const char *class, const char *words)
{
	struct probe *probe = probe_run(
	    loop, &system_service, timeout_us, "{\"unit\":\"%s\"}", unit);

	probe_expect_class(probe, class, words);
	assert_null(probe_get(probe, "active"));
	probe_free(probe);
}

static void tells_why_there_is_no_answer(void **state)
{
	(void)state;
	expect_trouble("silent", 200000, "timeout",
	    "no answer within 200ms while asking systemd for silent.service");
	expect_trouble("secret", 0, "auth", "we may not ask systemd: not you");
	expect_trouble(
	    "other", 0, "server", "systemd does not tell of other.service: something else");
	expect_trouble(
	    "odd", 0, "protocol", "the answer of systemd for odd.service cannot be read");
	expect_trouble("strange", 0, "protocol", "cannot be read");
	expect_trouble("empty", 0, "protocol", "cannot be read");
}

/* Ended at every turn of the loop once: whatever it was doing, nothing is left. */
static void can_be_ended_at_any_moment(void **state)
{
	bool over = false;

	(void)state;
	for (int turns = 0; !over; turns++) {
		struct probe *probe = probe_begin(loop, &system_service, 0, "{\"unit\":\"nginx\"}");

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

/* A bus without systemd, no bus, and then the system's own, which no test may count on. */
static void tells_that_there_is_no_systemd(void **state)
{
	char path[256], other[300];

	(void)state;
	servers_ask("bus");
	snprintf(other, sizeof(other), "unix:path=%s", servers_text("socket", path, sizeof(path)));
	setenv("DBUS_SYSTEM_BUS_ADDRESS", other, 1);
	expect_trouble("nginx", 0, "refused", "systemd does not run here: ");
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	expect_trouble("nginx", 0, "refused", "no server listens at the system's bus");
	unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
	if (access("/run/systemd/system", F_OK) < 0 &&
	    access("/run/dbus/system_bus_socket", F_OK) < 0)
		expect_trouble("nginx", 0, "refused",
		    "systemd does not run here: no server listens at the system's bus");
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
}

/* The last: there is no bus after it. */
static void tells_that_the_bus_broke(void **state)
{
	struct probe *probe = probe_begin(loop, &system_service, 0, "{\"unit\":\"silent\"}");
	char command[32];

	(void)state;
	for (int i = 0; i < 5; i++)
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	snprintf(command, sizeof(command), "kill %d", bus);
	servers_ask(command);
	probe_wait(probe);
	probe_expect_class(probe, "server", "systemd went away without an answer");
	probe_free(probe);
}

static void refuses_what_makes_no_sense(void **state)
{
	struct probe *probe = look("");

	(void)state;
	probe_expect_error(probe, "unit is empty");
	probe_free(probe);
}

static int begin(void **state)
{
	char path[256], byte;
	int ready[2];

	(void)state;
	servers_start();
	servers_ask("bus");
	bus = servers_int("pid");
	snprintf(
	    address, sizeof(address), "unix:path=%s", servers_text("socket", path, sizeof(path)));
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	stand_in = fork();
	if (stand_in == 0)
		stand_in_for_systemd(ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	loop = loop_new();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	kill(stand_in, SIGKILL); /* it has the servers' end of a pipe, too */
	waitpid(stand_in, NULL, 0);
	servers_stop();
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_an_active_service),
	    cmocka_unit_test(tells_another_unit),
	    cmocka_unit_test(tells_what_is_not_active),
	    cmocka_unit_test(tells_why_there_is_no_answer),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(can_be_ended_at_any_moment),
	    cmocka_unit_test(tells_that_there_is_no_systemd),
	    cmocka_unit_test(tells_that_the_bus_broke),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
