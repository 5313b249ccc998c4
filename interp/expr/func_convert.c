/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"
#include "expr/expr_eval.h"
#include "expr/func.h"
#include "value/value_time.h"

/* The argument's text is no int, no duration; hint: how one is written, or "". */
static const struct value *no_such(struct call *call, const char *what, const char *hint)
{
	struct str text = call->args[0]->string.text;

	if (str_trim(text).len != text.len)
		hint = ": .trim() takes the white space away";
	return call_error_at(
	    call, 0, "%.*s is no %s%s", STR_ARG(eval_shown(call->eval, call->args[0])), what, hint);
}

static const struct value *code_same(struct call *call)
{
	return call->args[0];
}

static const struct value *code_int_of_string(struct call *call)
{
	int64_t value;

	if (!units_int(call->args[0]->string.text, &value))
		return no_such(call, "int", "");
	return value_int(call->arena, value);
}

static const struct value *code_int_of_double(struct call *call)
{
	double real = call->args[0]->real;

	if (!(real > -9223372036854775808.0 && real < 9223372036854775808.0))
		return call_error_at(call, 0, "%.*s does not fit 64 bits",
		    STR_ARG(eval_shown(call->eval, call->args[0])));
	return value_int(call->arena, (int64_t)real);
}

static const struct value *code_int_of_time(struct call *call)
{
	return value_int(call->arena, call->args[0]->time.seconds);
}

static const struct value *code_double_of_int(struct call *call)
{
	return value_double(call->arena, (double)call->args[0]->integer);
}

/* "Infinity", "-inf", "NaN", whatever the case of their letters. */
static bool special_double(struct str text, double *ret_real)
{
	static const struct {
		const char *name;
		double real;
	} names[] = {
	    {"inf", (double)INFINITY}, {"infinity", (double)INFINITY}, {"nan", (double)NAN}};
	bool negative = str_starts(text, STR("-"));

	if (negative || str_starts(text, STR("+")))
		text = str_sub(text, 1, text.len);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text.len == strlen(names[i].name) &&
		    strncasecmp(text.ptr, names[i].name, text.len) == 0) {
			*ret_real = negative ? -names[i].real : names[i].real;
			return true;
		}
	return false;
}

static const struct value *code_double_of_string(struct call *call)
{
	struct str text = call->args[0]->string.text;
	double real;

	if (special_double(text, &real))
		return value_double(call->arena, real);
	if (!units_double(text, &real) || isinf(real))
		return no_such(call, "double", "");
	return value_double(call->arena, real);
}

static const struct value *code_string(struct call *call)
{
	const struct value *result;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	value_show(call->args[0], &text);
	result = value_string(call->arena, arena_str(call->arena, buf_view(&text)));
	buf_done(&text);
	return result;
}

static const struct value *code_string_of_string(struct call *call)
{
	return value_string(call->arena, call->args[0]->string.text);
}

static const struct value *code_bool_of_string(struct call *call)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"false", false}, {"True", true}, {"False", false},
	    {"TRUE", true}, {"FALSE", false}, {"t", true}, {"f", false}, {"T", true}, {"F", false},
	    {"1", true}, {"0", false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_is(call->args[0]->string.text, words[i].word))
			return value_bool(words[i].value);
	return no_such(call, "bool", "");
}

static const struct value *code_duration_of_string(struct call *call)
{
	int64_t seconds;
	int32_t nanos;

	if (!duration_parse(call->args[0]->string.text, &seconds, &nanos))
		return no_such(
		    call, "duration, or out of range", ": write \"1h30m\", \"90s\", \"250ms\"");
	return value_duration(call->arena, seconds, nanos);
}

static const struct value *make_timestamp(struct call *call, int64_t seconds, int32_t nanos)
{
	if (seconds < TIME_MIN || seconds > TIME_MAX)
		return call_error_at(call, 0, "the timestamp is out of range (years 1 to 9999)");
	return value_timestamp(call->arena, seconds, nanos);
}

static const struct value *code_timestamp_of_string(struct call *call)
{
	int64_t seconds;
	int32_t nanos;

	if (!time_parse(call->args[0]->string.text, &seconds, &nanos))
		return no_such(call, "timestamp", ": write \"2026-01-31T23:59:59Z\"");
	return make_timestamp(call, seconds, nanos);
}

static const struct value *code_timestamp_of_int(struct call *call)
{
	return make_timestamp(call, call->args[0]->integer, 0);
}

static const struct value *code_type(struct call *call)
{
	return value_type(call->arena, str_from(value_type_name(call->args[0])));
}

static const struct value *code_none(struct call *call)
{
	return call_absent(call, "there is no value");
}

static bool is_zero(const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return !value->boolean;
	case VALUE_INT:
		return value->integer == 0;
	case VALUE_DOUBLE:
		return value->real == 0;
	case VALUE_STRING:
		return value->string.text.len == 0;
	case VALUE_LIST:
		return value->list.count == 0;
	case VALUE_MAP:
		return value->map.count == 0;
	case VALUE_DURATION:
		return value->time.seconds == 0 && value->time.nanos == 0;
	default:
		return false;
	}
}

static const struct value *code_non_zero(struct call *call)
{
	return is_zero(call->args[0]) ? code_none(call) : call->args[0];
}

#define CONVERT STYLE_GLOBAL, 1, 1

const struct function functions_convert[] = {
    {"int", CONVERT, {TAKES_INT}, &type_int, NULL, code_same, 0, "An int as it is."},
    {"int", CONVERT, {TAKES_DOUBLE}, &type_int, NULL, code_int_of_double, 0,
	"A number without its fraction."},
    {"int", CONVERT, {TAKES_STRING}, &type_int, NULL, code_int_of_string, 0,
	"The int that a text spells in decimal."},
    {"int", CONVERT, {TAKES_TIMESTAMP}, &type_int, NULL, code_int_of_time, 0,
	"Seconds since 1970."},
    {"double", CONVERT, {TAKES_DOUBLE}, &type_double, NULL, code_same, 0, "A double as it is."},
    {"double", CONVERT, {TAKES_INT}, &type_double, NULL, code_double_of_int, 0,
	"The nearest double."},
    {"double", CONVERT, {TAKES_STRING}, &type_double, NULL, code_double_of_string, 0,
	"The double that a text spells."},
    {"string", CONVERT, {TAKES_STRING}, &type_string, NULL, code_string_of_string, 0,
	"A text as it is."},
    {"string", CONVERT, {TAKES_BOOL | TAKES_NUMBER | TAKES_DURATION | TAKES_TIMESTAMP},
	&type_string, NULL, code_string, 0,
	"A value as text: 12, 1.5, true, 90s, 2026-01-31T23:59:59Z."},
    {"bool", CONVERT, {TAKES_BOOL}, &type_bool, NULL, code_same, 0, "A bool as it is."},
    {"bool", CONVERT, {TAKES_STRING}, &type_bool, NULL, code_bool_of_string, 0,
	"true, True, TRUE, t, T and 1, and the same for false."},
    {"duration", CONVERT, {TAKES_DURATION}, &type_duration, NULL, code_same, 0,
	"A duration as it is."},
    {"duration", CONVERT, {TAKES_STRING}, &type_duration, NULL, code_duration_of_string, 0,
	"\"1h30m\", \"1.5s\", \"-250ms\"; units ns us ms s m h d."},
    {"timestamp", CONVERT, {TAKES_TIMESTAMP}, &type_timestamp, NULL, code_same, 0,
	"A timestamp as it is."},
    {"timestamp", CONVERT, {TAKES_STRING}, &type_timestamp, NULL, code_timestamp_of_string, 0,
	"A time as RFC 3339 writes it."},
    {"timestamp", CONVERT, {TAKES_INT}, &type_timestamp, NULL, code_timestamp_of_int, 0,
	"Seconds since 1970."},
    {"type", CONVERT, {TAKES_ANY}, &type_type, NULL, code_type, 0, "The type of a value."},
    {"dyn", CONVERT, {TAKES_ANY}, &type_dyn, NULL, code_same, 0,
	"The value as it is, of a type that is not checked before the run."},
    {"optional.of", CONVERT, {TAKES_ANY}, NULL, infer_first, code_same, FUNCTION_MAY_LACK,
	"The value, where there might be none: .optMap(), .or() and .orValue() may follow."},
    {"optional.ofNonZeroValue", CONVERT, {TAKES_ANY}, NULL, infer_first, code_non_zero,
	FUNCTION_MAY_LACK, "The same; of null, false, zero and what is empty no value."},
    {"optional.none", STYLE_GLOBAL, 0, 0, {0}, &type_dyn, NULL, code_none, FUNCTION_MAY_LACK,
	"No value."},
    {0},
};
