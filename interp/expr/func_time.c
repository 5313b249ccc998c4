/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "expr/expr_eval.h"
#include "expr/func.h"

/* A named zone would depend on the machine's tables. */
bool zone_parse(struct str zone, int64_t *ret_seconds)
{
	int64_t sign = str_starts(zone, STR("-")) ? -1 : 1;
	int digits[4];

	if (str_is(zone, "UTC") || str_is(zone, "Z")) {
		*ret_seconds = 0;
		return true;
	}
	if (str_starts(zone, STR("-")) || str_starts(zone, STR("+")))
		zone = str_sub(zone, 1, zone.len);
	if (zone.len != 5 || zone.ptr[2] != ':')
		return false;
	for (int i = 0; i < 4; i++) {
		char c = zone.ptr[i + (i >= 2)];

		if (c < '0' || c > '9')
			return false;
		digits[i] = c - '0';
	}
	if (digits[0] * 10 + digits[1] > 23 || digits[2] > 5)
		return false;
	*ret_seconds = sign *
	    ((digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60);
	return true;
}

/* The calendar of the receiver in its zone; an error is returned, else NULL. */
static const struct value *calendar(struct call *call, struct tm *ret_tm)
{
	time_t clock = call->args[0]->time.seconds;
	int64_t offset = 0;

	if (call->count > 1 && !zone_parse(call->args[1]->string.text, &offset))
		return call_error_at(call, 1,
		    "%.*s is no time zone: write \"UTC\" or an offset like \"+02:00\"",
		    STR_ARG(eval_shown(call->eval, call->args[1])));
	clock += offset;
	gmtime_r(&clock, ret_tm);
	return NULL;
}

#define ACCESSOR(function, expression)                                                             \
	static const struct value *function(struct call *call)                                     \
	{                                                                                          \
		struct tm tm = {0};                                                                \
		const struct value *error = calendar(call, &tm);                                   \
                                                                                                   \
		return error ? error : value_int(call->arena, expression);                         \
	}

ACCESSOR(code_year, tm.tm_year + 1900)
ACCESSOR(code_month, tm.tm_mon)
ACCESSOR(code_date, tm.tm_mday)
ACCESSOR(code_day_of_month, tm.tm_mday - 1)
ACCESSOR(code_day_of_week, tm.tm_wday)
ACCESSOR(code_day_of_year, tm.tm_yday)
ACCESSOR(code_hours, tm.tm_hour)
ACCESSOR(code_minutes, tm.tm_min)
ACCESSOR(code_seconds, tm.tm_sec)
ACCESSOR(code_milliseconds, call->args[0]->time.nanos / 1000000)

static const struct value *code_duration_hours(struct call *call)
{
	return value_int(call->arena, call->args[0]->time.seconds / 3600);
}

static const struct value *code_duration_minutes(struct call *call)
{
	return value_int(call->arena, call->args[0]->time.seconds / 60);
}

static const struct value *code_duration_seconds(struct call *call)
{
	return value_int(call->arena, call->args[0]->time.seconds);
}

static const struct value *code_duration_milliseconds(struct call *call)
{
	return value_int(call->arena, call->args[0]->time.nanos / 1000000);
}

#define OF_TIME STYLE_METHOD, 1, 2, {TAKES_TIMESTAMP, TAKES_STRING}, &type_int, NULL
#define OF_DURATION STYLE_METHOD, 1, 1, {TAKES_DURATION}, &type_int, NULL

const struct function functions_time[] = {
    {"getFullYear", OF_TIME, code_year, FUNCTION_ZONE, "The year, in UTC or at the offset given."},
    {"getMonth", OF_TIME, code_month, FUNCTION_ZONE, "The month, 0 to 11."},
    {"getDate", OF_TIME, code_date, FUNCTION_ZONE, "The day of the month, from 1."},
    {"getDayOfMonth", OF_TIME, code_day_of_month, FUNCTION_ZONE, "The day of the month, from 0."},
    {"getDayOfWeek", OF_TIME, code_day_of_week, FUNCTION_ZONE, "The day of the week; 0 is Sunday."},
    {"getDayOfYear", OF_TIME, code_day_of_year, FUNCTION_ZONE, "The day of the year, from 0."},
    {"getHours", OF_TIME, code_hours, FUNCTION_ZONE, "The hour, 0 to 23."},
    {"getHours", OF_DURATION, code_duration_hours, 0, "All of a duration in whole hours."},
    {"getMinutes", OF_TIME, code_minutes, FUNCTION_ZONE, "The minute, 0 to 59."},
    {"getMinutes", OF_DURATION, code_duration_minutes, 0, "All of a duration in whole minutes."},
    {"getSeconds", OF_TIME, code_seconds, FUNCTION_ZONE, "The second, 0 to 59."},
    {"getSeconds", OF_DURATION, code_duration_seconds, 0, "All of a duration in whole seconds."},
    {"getMilliseconds", OF_TIME, code_milliseconds, FUNCTION_ZONE,
	"The milliseconds of the second, 0 to 999."},
    {"getMilliseconds", OF_DURATION, code_duration_milliseconds, 0,
	"The milliseconds beside a duration's whole seconds, 0 to 999."},
    {0},
};
