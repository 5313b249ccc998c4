/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "stdlib/look.h"
#include "stdlib/proc.h"
#include "stdlib/registry.h"

/* host.memory: /proc/meminfo, and how long processes had to wait for memory, where the kernel counts that. */

static const struct param params[] = {{0}};

static const struct field pressure_fields[] = {
    {"some10", &type_double, "Some process waited: share of the last 10 s, from 0.0 to 1.0."},
    {"some60", &type_double, "The same of the last 60 s."},
    {"some300", &type_double, "The same of the last 300 s."},
    {"full10", &type_double, "All processes waited: share of the last 10 s, from 0.0 to 1.0."},
    {"full60", &type_double, "The same of the last 60 s."},
    {"full300", &type_double, "The same of the last 300 s."}, {0}};

static const struct type pressure_type = {
    .kind = TYPE_OBJECT, .name = "pressure on memory", .fields = pressure_fields};

static const struct field results[] = {{"total", &type_int, "In bytes."},
    {"available", &type_int, "Bytes that programs can have without swapping."},
    {"used", &type_double, "What is not available, as a share from 0.0 to 1.0."},
    {"swap_total", &type_int, "In bytes; 0 without swap."}, {"swap_free", &type_int, "In bytes."},
    {"swap_used", &type_double, "As a share from 0.0 to 1.0; left out without swap."},
    {"pressure", &pressure_type,
	"some10, some60, some300, full10, full60, full300: the share of the last seconds in which "
	"some or all processes waited for memory; left out where the kernel does not count it."},
    {0}};

const struct action_spec host_memory_spec = {
    .name = "host.memory",
    .summary = "How much memory and swap is left, and whether programs wait for it.",
    .params = params,
    .results = results,
    .success_doc = "it could be read",
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { FILE_MAX_BYTES = 64 << 10 };

/* "MemTotal:  16316412 kB" in bytes; -1 when there is no such line. */
static int64_t bytes_of(struct str text, const char *key)
{
	struct str line = proc_line(text, str_from(key));
	int64_t kib = proc_number(&line);

	return kib < 0 ? -1 : kib * 1024;
}

static void add_share(struct map_builder *result, const char *field, int64_t free, int64_t total)
{
	if (total > 0 && free >= 0)
		map_add(result, field,
		    value_double(result->arena, (double)(total - free) / (double)total));
}

static void add_bytes(struct map_builder *result, const char *field, int64_t bytes)
{
	if (bytes >= 0)
		map_add(result, field, value_int(result->arena, bytes));
}

/* "some avg10=0.12 avg60=0.05 avg300=0.00 total=1234", in percent. */
static void add_pressure(struct map_builder *pressure, struct str text, const char *who)
{
	static const char *const spans[] = {"10", "60", "300"};
	struct str line = proc_line(text, str_from(who));

	for (size_t i = 0; i < 3; i++) {
		struct str word = proc_word(&line);
		ptrdiff_t at = str_find(word, STR("="));
		struct str number = str_sub(word, (size_t)(at + 1), word.len);
		double percent = proc_decimal(&number);

		if (at >= 0 && percent >= 0)
			map_add_str(pressure, arena_printf(pressure->arena, "%s%s", who, spans[i]),
			    value_double(pressure->arena, percent / 100));
	}
}

static void work(struct look *look)
{
	struct map_builder result, pressure;
	int64_t total, available, swap_total, swap_free;
	struct str text;

	if (!proc_read(look->arena, "/proc/meminfo", FILE_MAX_BYTES, &text)) {
		look_error(look, "cannot read /proc/meminfo: %s", strerror(errno));
		return;
	}
	total = bytes_of(text, "MemTotal");
	available = bytes_of(text, "MemAvailable");
	swap_total = bytes_of(text, "SwapTotal");
	swap_free = bytes_of(text, "SwapFree");
	map_begin(&result, look->arena);
	add_bytes(&result, "total", total);
	add_bytes(&result, "available", available);
	add_share(&result, "used", available, total);
	add_bytes(&result, "swap_total", swap_total);
	add_bytes(&result, "swap_free", swap_free);
	add_share(&result, "swap_used", swap_free, swap_total);
	if (proc_read(look->arena, "/proc/pressure/memory", FILE_MAX_BYTES, &text)) {
		map_begin(&pressure, look->arena);
		add_pressure(&pressure, text, "some");
		add_pressure(&pressure, text, "full");
		map_add(&result, "pressure", map_end(&pressure));
	}
	look->result = map_end(&result);
}

static void start(struct attempt *attempt)
{
	look_start(attempt, work, "reading /proc/meminfo");
}

const struct action_impl host_memory = {
    .spec = &host_memory_spec, .start = start, .cancel = look_cancel};
