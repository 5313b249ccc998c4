/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/units.h"
#include "stdlib/args.h"
#include "stdlib/bus_loop.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"
#include "stdlib/trouble.h"

/*
 * system.service: what systemd knows of a unit, asked over the system's bus as `systemctl show` does. Nothing is
 * started or changed; a unit that is not loaded yet is loaded to look at it.
 */

static const struct param params[] = {{.name = "unit",
					  .kind = PARAM_STRING,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "The unit: nginx, nginx.service, backup.timer."},
    {0}};

static const struct field results[] = {
    {"active", &type_string, "active, reloading, inactive, failed, activating or deactivating."},
    {"sub", &type_string, "The same in the words of its kind: running, exited, dead, waiting."},
    {"load", &type_string, "loaded, not-found, bad-setting, error or masked."},
    {"enabled", &type_string,
	"enabled, disabled, static, masked and so on; left out of a unit without a file."},
    {"result", &type_string, "How it ended last: success, exit-code, signal, timeout, oom-kill."},
    {"main_pid", &type_int, "Its main process; left out where there is none."},
    {"restarts", &type_int, "How often systemd restarted it by itself; of services."},
    {"since", &type_timestamp, "Since when it is as active says; left out if it never was."},
    {"description", &type_string, "What its file says of it."},
    {"latency", &type_duration, "From the question to the answer."},
    {"class", &type_string, TROUBLE_DOC}, {0}};

static const char *const success_fields[] = {"active", "sub", "load", "result", "class", NULL};

const struct action_spec system_service_spec = {
    .name = "system.service",
    .summary = "The state of a service, or of any other unit of systemd.",
    .params = params,
    .results = results,
    .success_doc = "the unit is active",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 10000000,
};

static const char preset_address[] = "unix:path=/run/dbus/system_bus_socket";

struct inquiry {
	struct attempt *attempt;
	int64_t began_us;
	struct str unit;
	struct bus_link *link;
	sd_bus_slot *slot;
	sd_bus_message *answer; /* sd-bus has said what it says */
};

/* What is taken of a unit's properties; the rest is passed over. */
struct unit {
	const char *load, *active, *sub, *enabled, *result, *description;
	uint32_t main_pid;
	uint32_t restarts;
	bool is_service;
	uint64_t active_enter, active_exit, inactive_enter,
	    inactive_exit; /* us since 1970; 0: never */
};

/* NULL: a success. */
static void finish(
    struct inquiry *inquiry, struct map_builder *result, const struct trouble *trouble)
{
	sd_bus_slot_unref(inquiry->slot);
	sd_bus_message_unref(inquiry->answer);
	bus_link_free(inquiry->link);
	trouble_finish(inquiry->attempt, result, trouble, inquiry->began_us);
}

static void fail(struct inquiry *inquiry, struct trouble trouble)
{
	struct map_builder nothing;

	map_begin(&nothing, inquiry->attempt->arena);
	finish(inquiry, &nothing, &trouble);
}

/* Takes one property, whose variant comes next in the message; false when it has another type than it should. */
static int take_property(sd_bus_message *message, const char *name, struct unit *unit)
{
	const struct {
		const char *name;
		const char *type;
		void *into;
	} wanted[] = {
	    {"LoadState", "s", &unit->load},
	    {"ActiveState", "s", &unit->active},
	    {"SubState", "s", &unit->sub},
	    {"UnitFileState", "s", &unit->enabled},
	    {"Result", "s", &unit->result},
	    {"Description", "s", &unit->description},
	    {"MainPID", "u", &unit->main_pid},
	    {"NRestarts", "u", &unit->restarts},
	    {"ActiveEnterTimestamp", "t", &unit->active_enter},
	    {"ActiveExitTimestamp", "t", &unit->active_exit},
	    {"InactiveEnterTimestamp", "t", &unit->inactive_enter},
	    {"InactiveExitTimestamp", "t", &unit->inactive_exit},
	};

	unit->is_service = unit->is_service || strcmp(name, "NRestarts") == 0;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (strcmp(wanted[i].name, name) == 0)
			return sd_bus_message_read(message, "v", wanted[i].type, wanted[i].into);
	return sd_bus_message_skip(message, "v");
}

/* An array of names with variants; false when it is something else. */
static bool read_unit(sd_bus_message *message, struct unit *unit)
{
	const char *name;
	int got = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (got > 0 && (got = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		got = sd_bus_message_read(message, "s", &name);
		if (got > 0)
			got = take_property(message, name, unit);
		if (got >= 0)
			got = sd_bus_message_exit_container(message);
	}
	return got == 0 && unit->load && unit->active && unit->sub;
}

/* Since when it is as it is: as systemctl has it. */
static uint64_t since_us(const struct unit *unit)
{
	if (strcmp(unit->active, "active") == 0 || strcmp(unit->active, "reloading") == 0)
		return unit->active_enter;
	if (strcmp(unit->active, "activating") == 0)
		return unit->inactive_exit;
	return strcmp(unit->active, "deactivating") == 0 ? unit->active_exit : unit->inactive_enter;
}

static void add_text(struct map_builder *result, const char *field, const char *text)
{
	if (text && *text)
		map_add(result, field, text_value(result->arena, str_from(text)));
}

static void describe(struct map_builder *result, const struct unit *unit)
{
	struct arena *arena = result->arena;

	add_text(result, "active", unit->active);
	add_text(result, "sub", unit->sub);
	add_text(result, "load", unit->load);
	add_text(result, "enabled", unit->enabled);
	add_text(result, "result", unit->result);
	if (unit->main_pid)
		map_add(result, "main_pid", value_int(arena, unit->main_pid));
	if (unit->is_service)
		map_add(result, "restarts", value_int(arena, unit->restarts));
	if (since_us(unit))
		map_add(result, "since", value_timestamp_us(arena, (int64_t)since_us(unit)));
	add_text(result, "description", unit->description);
}

/* "nginx.service is failed for 5m: exit-code". */
static struct trouble not_active(const struct inquiry *inquiry, const struct unit *unit)
{
	struct arena *arena = inquiry->attempt->arena;
	struct str unit_name = inquiry->unit;
	struct trouble trouble;
	struct buf lapse;

	if (strcmp(unit->load, "not-found") == 0)
		return trouble_of(
		    arena, TROUBLE_NONE, "systemd knows no unit %.*s", STR_ARG(unit_name));
	if (strcmp(unit->load, "loaded") != 0)
		return trouble_of(arena, TROUBLE_NONE, "%.*s is %s, and its file %s",
		    STR_ARG(unit_name), unit->active, unit->load);
	buf_init(&lapse, BUF_UNBOUNDED);
	if (since_us(unit)) {
		buf_text(&lapse, " for ");
		units_show_duration(&lapse, loop_wall_us() - (int64_t)since_us(unit));
	}
	trouble = trouble_of(arena, TROUBLE_NONE, "%.*s is %s%.*s%s%s", STR_ARG(unit_name),
	    unit->active, STR_ARG(buf_view(&lapse)),
	    unit->result && strcmp(unit->active, "failed") == 0 ? ": " : "",
	    unit->result && strcmp(unit->active, "failed") == 0 ? unit->result : "");
	buf_done(&lapse);
	return trouble;
}

/* What the bus, or systemd, says instead of an answer. */
static struct trouble refusal(const struct inquiry *inquiry, const sd_bus_error *error)
{
	static const struct {
		const char *name;
		enum trouble_class class;
		const char *says; /* before the bus's own words */
	} table[] = {
	    {SD_BUS_ERROR_SERVICE_UNKNOWN, TROUBLE_REFUSED, "systemd does not run here"},
	    {SD_BUS_ERROR_NAME_HAS_NO_OWNER, TROUBLE_REFUSED, "systemd does not run here"},
	    {"org.freedesktop.DBus.Error.Spawn.ChildExited", TROUBLE_REFUSED,
		"systemd does not run here"},
	    {SD_BUS_ERROR_ACCESS_DENIED, TROUBLE_AUTH, "we may not ask systemd"},
	    {SD_BUS_ERROR_NO_REPLY, TROUBLE_SERVER, "systemd went away without an answer"},
	};
	struct arena *arena = inquiry->attempt->arena;
	struct str words = trouble_line(arena, str_from(error->message));

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (error->name && strcmp(error->name, table[i].name) == 0)
			return trouble_of(
			    arena, table[i].class, "%s: %.*s", table[i].says, STR_ARG(words));
	return trouble_of(arena, TROUBLE_SERVER, "systemd does not tell of %.*s: %.*s",
	    STR_ARG(inquiry->unit), STR_ARG(words));
}

static void read_answer(struct inquiry *inquiry)
{
	struct map_builder result;
	struct unit unit = {0};
	struct trouble trouble;
	bool active;

	if (sd_bus_message_is_method_error(inquiry->answer, NULL)) {
		fail(inquiry, refusal(inquiry, sd_bus_message_get_error(inquiry->answer)));
		return;
	}
	if (!read_unit(inquiry->answer, &unit)) {
		fail(inquiry,
		    trouble_of(inquiry->attempt->arena, TROUBLE_PROTOCOL,
			"the answer of systemd for %.*s cannot be read", STR_ARG(inquiry->unit)));
		return;
	}
	map_begin(&result, inquiry->attempt->arena);
	describe(&result, &unit);
	active = strcmp(unit.active, "active") == 0;
	if (!active)
		trouble = not_active(inquiry, &unit);
	finish(inquiry, &result, active ? NULL : &trouble);
}

/* sd-bus's: it must not be freed from within. */
static int answered(sd_bus_message *message, void *self, sd_bus_error *unused)
{
	struct inquiry *inquiry = self;

	(void)unused;
	inquiry->answer = sd_bus_message_ref(message);
	return 0;
}

static void no_bus(struct inquiry *inquiry, int error)
{
	struct arena *arena = inquiry->attempt->arena;
	struct trouble trouble = trouble_of_errno(arena, error, STR("the system's bus"));

	if (access("/run/systemd/system", F_OK) < 0)
		trouble.why = arena_printf(
		    arena, "systemd does not run here: %.*s", STR_ARG(trouble.why));
	fail(inquiry, trouble);
}

static void turned(void *self, int error)
{
	struct inquiry *inquiry = self;

	if (inquiry->answer)
		read_answer(inquiry);
	else if (error)
		no_bus(inquiry, error);
}

/* "nginx" stands for "nginx.service". */
static struct str whole_name(struct arena *arena, struct str name)
{
	static const char *const kinds[] = {".service", ".socket", ".timer", ".target", ".mount",
	    ".automount", ".swap", ".path", ".slice", ".scope", ".device"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_ends(name, str_from(kinds[i])))
			return name;
	return arena_printf(arena, "%.*s.service", STR_ARG(name));
}

static void ask(struct inquiry *inquiry)
{
	struct attempt *attempt = inquiry->attempt;
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	const char *name = arena_cstr(attempt->arena, inquiry->unit);
	char *path = NULL;
	int error = 0;

	inquiry->link = bus_link_new(attempt->host->loop,
	    address && *address ? address : preset_address, turned, inquiry, &error);
	if (inquiry->link && sd_bus_path_encode("/org/freedesktop/systemd1/unit", name, &path) < 0)
		error = ENOMEM;
	if (!error)
		error = -sd_bus_call_method_async(bus_link_bus(inquiry->link), &inquiry->slot,
		    "org.freedesktop.systemd1", path, "org.freedesktop.DBus.Properties", "GetAll",
		    answered, inquiry, "s", "");
	free(path);
	if (error > 0)
		no_bus(inquiry, error);
	else
		bus_link_go_on(inquiry->link);
}

static void start(struct attempt *attempt)
{
	struct inquiry *inquiry = arena_alloc(attempt->arena, sizeof(*inquiry));
	struct args args;

	attempt->self = inquiry;
	inquiry->attempt = attempt;
	inquiry->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	inquiry->unit = whole_name(attempt->arena, args_text(&args, "unit"));
	if (args.wrong.len)
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	else if (str_is(inquiry->unit, ".service"))
		attempt_error(attempt, "unit is empty");
	else
		ask(inquiry);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct inquiry *inquiry = attempt->self;

	(void)how;
	fail(inquiry,
	    trouble_of_cancel(attempt, inquiry->began_us,
		arena_printf(attempt->arena, "asking systemd for %.*s", STR_ARG(inquiry->unit))));
}

const struct action_impl system_service = {
    .spec = &system_service_spec, .start = start, .cancel = cancel};
