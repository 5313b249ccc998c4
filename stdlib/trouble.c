/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/trouble.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "base/utf8.h"

enum { LINE_MAX_BYTES = 300 };

/* The loop's timers count from its cached time, so the executor's may fire this much before ours would. */
enum { TIMER_SLACK_US = 10000 };

static const char *const names[] = {
    [TROUBLE_NONE] = "",
    [TROUBLE_RESOLVE] = "resolve",
    [TROUBLE_REFUSED] = "refused",
    [TROUBLE_UNREACHABLE] = "unreachable",
    [TROUBLE_TIMEOUT] = "timeout",
    [TROUBLE_TLS] = "tls",
    [TROUBLE_AUTH] = "auth",
    [TROUBLE_UNREADY] = "unready",
    [TROUBLE_PROTOCOL] = "protocol",
    [TROUBLE_SERVER] = "server",
    [TROUBLE_LIMIT] = "limit",
    [TROUBLE_CANCELLED] = "cancelled",
    [TROUBLE_MISSING] = "missing",
    [TROUBLE_PERMISSION] = "permission",
    [TROUBLE_TYPE] = "type",
    [TROUBLE_EXISTS] = "exists",
    [TROUBLE_FULL] = "full",
    [TROUBLE_CHANGED] = "changed",
    [TROUBLE_MISMATCH] = "mismatch",
    [TROUBLE_FORMAT] = "format",
    [TROUBLE_IO] = "io",
};

const char *trouble_name(enum trouble_class class)
{
	return names[class];
}

struct trouble trouble_of(struct arena *arena, enum trouble_class class, const char *format, ...)
{
	struct trouble trouble = {.class = class};
	va_list args;

	va_start(args, format);
	trouble.why = arena_vprintf(arena, format, args);
	va_end(args);
	return trouble;
}

static const struct {
	int error;
	enum trouble_class class;
	const char *before; /* the peer */
	const char *after;
} errors[] = {
    {ECONNREFUSED, TROUBLE_REFUSED, "", " refused the connection"},
    {ENOENT, TROUBLE_REFUSED, "no server listens at ", ""},
    {ETIMEDOUT, TROUBLE_TIMEOUT, "", " did not answer"},
    {EHOSTUNREACH, TROUBLE_UNREACHABLE, "no route leads to ", ""},
    {ENETUNREACH, TROUBLE_UNREACHABLE, "no network leads to ", ""},
    {ECONNRESET, TROUBLE_SERVER, "", " reset the connection"},
    {EPIPE, TROUBLE_SERVER, "", " closed the connection"},
};

enum { ERRORS = sizeof(errors) / sizeof(*errors) };

struct trouble trouble_of_errno(struct arena *arena, int error, struct str peer)
{
	for (size_t i = 0; i < ERRORS; i++)
		if (errors[i].error == error)
			return trouble_of(arena, errors[i].class, "%s%.*s%s", errors[i].before,
			    STR_ARG(peer), errors[i].after);
	return trouble_of(arena, TROUBLE_SERVER, "the connection to %.*s failed: %s", STR_ARG(peer),
	    strerror(error));
}

bool trouble_find_errno(struct str text, int *ret_error)
{
	for (size_t i = 0; i < ERRORS; i++) {
		if (str_find(text, str_from(strerror(errors[i].error))) < 0)
			continue;
		*ret_error = errors[i].error;
		return true;
	}
	return false;
}

struct trouble trouble_of_cancel(const struct attempt *attempt, int64_t began_us, struct str doing)
{
	int64_t took_us = loop_clock_us() - began_us;
	struct trouble trouble;
	struct buf took;

	buf_init(&took, BUF_UNBOUNDED);
	if (attempt->timeout_us > 0 && took_us + TIMER_SLACK_US >= attempt->timeout_us) {
		units_show_duration(&took, attempt->timeout_us);
		trouble = trouble_of(attempt->arena, TROUBLE_TIMEOUT,
		    "no answer within %.*s while %.*s", STR_ARG(buf_view(&took)), STR_ARG(doing));
	} else {
		units_show_duration(&took, took_us);
		trouble = trouble_of(attempt->arena, TROUBLE_CANCELLED,
		    "ended after %.*s while %.*s", STR_ARG(buf_view(&took)), STR_ARG(doing));
	}
	buf_done(&took);
	return trouble;
}

struct str trouble_line(struct arena *arena, struct str text)
{
	struct str rest = str_trim(text);
	struct str line = {0};
	struct buf clean;

	buf_init(&clean, LINE_MAX_BYTES);
	str_line(&rest, &line);
	line = str_trim(line);
	while (line.len && !clean.full) {
		uint32_t code = 0xFFFD;
		size_t len = utf8_decode(line, &code);
		char bytes[4];

		line = str_sub(line, len ? len : 1, line.len);
		if (len && (code < 0x20 || code == 0x7F))
			code = ' ';
		buf_append(&clean, bytes, utf8_encode(code, bytes));
	}
	text = arena_str(arena, buf_view(&clean));
	buf_done(&clean);
	return text;
}

void trouble_finish(struct attempt *attempt, struct map_builder *result,
    const struct trouble *trouble, int64_t began_us)
{
	enum trouble_class class = trouble ? trouble->class : TROUBLE_NONE;
	struct attempt_result ended = {.ok = !trouble};

	map_add(result, "class", value_string(attempt->arena, str_from(names[class])));
	map_add(result, "latency", value_duration_us(attempt->arena, loop_clock_us() - began_us));
	if (trouble) {
		ended.why = trouble->why;
		ended.unchanged = trouble->unchanged;
	}
	ended.value = map_end(result);
	attempt_finish(attempt, &ended);
}
