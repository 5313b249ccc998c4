/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "stdlib/look.h"
#include "stdlib/proc.h"
#include "stdlib/registry.h"

/* host.load: /proc/loadavg and /proc/uptime, and what they mean for the processors there are. */

static const struct param params[] = {{0}};

static const struct field results[] = {
    {"load1", &type_double,
	"Processes that run, or wait for a processor or a disk: average of a minute."},
    {"load5", &type_double, "The average of five minutes."},
    {"load15", &type_double, "The average of fifteen minutes."},
    {"processors", &type_int, "How many are online."},
    {"per_processor", &type_double, "load1 for each of them: over 1.0, some have to wait."},
    {"running", &type_int, "Threads that run or could run at this moment."},
    {"threads", &type_int, "Threads that there are."},
    {"uptime", &type_duration, "Since the machine was started."}, {0}};

const struct action_spec host_load_spec = {
    .name = "host.load",
    .summary = "How busy the processors are, and for how long the machine is up.",
    .params = params,
    .results = results,
    .success_doc = "it could be read",
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { FILE_MAX_BYTES = 4096 };

static void add_decimal(struct map_builder *result, const char *field, double number)
{
	if (number >= 0)
		map_add(result, field, value_double(result->arena, number));
}

/* "0.20 0.18 0.12 1/80 11206" */
static void add_load(struct map_builder *result, struct str text)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double load1 = proc_decimal(&text);
	struct str tasks;
	ptrdiff_t slash;
	int64_t number;

	add_decimal(result, "load1", load1);
	add_decimal(result, "load5", proc_decimal(&text));
	add_decimal(result, "load15", proc_decimal(&text));
	if (processors > 0) {
		map_add(result, "processors", value_int(result->arena, processors));
		add_decimal(result, "per_processor", load1 / (double)processors);
	}
	tasks = proc_word(&text);
	slash = str_find(tasks, STR("/"));
	if (slash > 0 && units_int(str_sub(tasks, 0, (size_t)slash), &number))
		map_add(result, "running", value_int(result->arena, number));
	if (slash > 0 && units_int(str_sub(tasks, (size_t)slash + 1, tasks.len), &number))
		map_add(result, "threads", value_int(result->arena, number));
}

static void work(struct look *look)
{
	struct map_builder result;
	struct str text;
	double uptime;

	if (!proc_read(look->arena, "/proc/loadavg", FILE_MAX_BYTES, &text)) {
		look_error(look, "cannot read /proc/loadavg: %s", strerror(errno));
		return;
	}
	map_begin(&result, look->arena);
	add_load(&result, text);
	if (proc_read(look->arena, "/proc/uptime", FILE_MAX_BYTES, &text) &&
	    (uptime = proc_decimal(&text)) >= 0)
		map_add(&result, "uptime", value_duration_us(look->arena, (int64_t)(uptime * 1e6)));
	look->result = map_end(&result);
}

static void start(struct attempt *attempt)
{
	look_start(attempt, work, "reading /proc/loadavg");
}

const struct action_impl host_load = {
    .spec = &host_load_spec, .start = start, .cancel = look_cancel};
