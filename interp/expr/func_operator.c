/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "expr/expr_eval.h"
#include "expr/func.h"
#include "value/value_time.h"

static const struct value *overflow(struct call *call)
{
	struct str name = call->ast->call.name;
	long long left = call->args[0]->integer;

	if (call->count == 1)
		return call_error(call, "%.*s(%lld) does not fit 64 bits", STR_ARG(name), left);
	return call_error(call, "%lld %.*s %lld does not fit 64 bits", left, STR_ARG(name),
	    (long long)call->args[1]->integer);
}

static const struct value *code_not(struct call *call)
{
	return value_bool(!call->args[0]->boolean);
}

static const struct value *code_negate_int(struct call *call)
{
	int64_t result;

	if (__builtin_sub_overflow(0, call->args[0]->integer, &result))
		return overflow(call);
	return value_int(call->arena, result);
}

static const struct value *code_negate_double(struct call *call)
{
	return value_double(call->arena, -call->args[0]->real);
}

static const struct value *code_add_int(struct call *call)
{
	int64_t result;

	if (__builtin_add_overflow(call->args[0]->integer, call->args[1]->integer, &result))
		return overflow(call);
	return value_int(call->arena, result);
}

static const struct value *code_subtract_int(struct call *call)
{
	int64_t result;

	if (__builtin_sub_overflow(call->args[0]->integer, call->args[1]->integer, &result))
		return overflow(call);
	return value_int(call->arena, result);
}

static const struct value *code_multiply_int(struct call *call)
{
	int64_t result;

	if (__builtin_mul_overflow(call->args[0]->integer, call->args[1]->integer, &result))
		return overflow(call);
	return value_int(call->arena, result);
}

/* False with an error in *ret_error: by zero, or the one quotient that does not fit. */
static bool can_divide(struct call *call, const struct value **ret_error)
{
	if (call->args[1]->integer == 0)
		*ret_error = call_error(call, "division by zero");
	else if (call->args[0]->integer == INT64_MIN && call->args[1]->integer == -1)
		*ret_error = overflow(call);
	else
		return true;
	return false;
}

static const struct value *code_divide_int(struct call *call)
{
	const struct value *error;

	if (!can_divide(call, &error))
		return error;
	return value_int(call->arena, call->args[0]->integer / call->args[1]->integer);
}

static const struct value *code_modulo(struct call *call)
{
	const struct value *error;

	if (!can_divide(call, &error))
		return error;
	return value_int(call->arena, call->args[0]->integer % call->args[1]->integer);
}

static const struct value *code_add_double(struct call *call)
{
	return value_double(call->arena, call->args[0]->real + call->args[1]->real);
}

static const struct value *code_subtract_double(struct call *call)
{
	return value_double(call->arena, call->args[0]->real - call->args[1]->real);
}

static const struct value *code_multiply_double(struct call *call)
{
	return value_double(call->arena, call->args[0]->real * call->args[1]->real);
}

/* IEEE 754's quotient by zero, which C leaves undefined. */
static const struct value *code_divide_double(struct call *call)
{
	double a = call->args[0]->real;
	double b = call->args[1]->real;

	if (b != 0)
		return value_double(call->arena, a / b);
	if (a == 0 || isnan(a) || isnan(b))
		return value_double(call->arena, (double)NAN);
	return value_double(
	    call->arena, !signbit(a) == !signbit(b) ? (double)INFINITY : -(double)INFINITY);
}

static const struct value *code_add_string(struct call *call)
{
	struct str a = call->args[0]->string.text;
	struct str b = call->args[1]->string.text;
	char *text;

	if (!call_spend(call, (a.len + b.len) / WORK_BYTES))
		return call_exhausted(call);
	text = arena_alloc(call->arena, a.len + b.len + 1);
	if (a.len)
		memcpy(text, a.ptr, a.len);
	if (b.len)
		memcpy(text + a.len, b.ptr, b.len);
	return value_string(call->arena, (struct str){text, a.len + b.len});
}

static const struct value *code_add_list(struct call *call)
{
	const struct value *a = call->args[0];
	const struct value *b = call->args[1];
	size_t count = a->list.count + b->list.count;
	const struct value **items;

	if (!call_spend(call, count))
		return call_exhausted(call);
	items = arena_array(call->arena, count, sizeof(*items));
	if (a->list.count)
		memcpy(items, a->list.items, a->list.count * sizeof(*items));
	if (b->list.count)
		memcpy(items + a->list.count, b->list.items, b->list.count * sizeof(*items));
	return value_list(call->arena, items, count);
}

/* Time arithmetic in nanoseconds of 128 bits, where nothing overflows. */
static __int128 nanos_of(const struct value *value)
{
	return (__int128)value->time.seconds * 1000000000 + value->time.nanos;
}

static const struct value *make_duration(struct call *call, __int128 nanos)
{
	if (!duration_fits(nanos))
		return call_error(call, "the duration is out of range (some 292 years)");
	return value_duration(
	    call->arena, (int64_t)(nanos / 1000000000), (int32_t)(nanos % 1000000000));
}

static const struct value *make_timestamp(struct call *call, __int128 nanos)
{
	__int128 seconds = nanos / 1000000000;
	int32_t rest = (int32_t)(nanos % 1000000000);

	if (rest < 0) {
		rest += 1000000000;
		seconds--;
	}
	if (seconds < TIME_MIN || seconds > TIME_MAX)
		return call_error(call, "the timestamp is out of range (years 1 to 9999)");
	return value_timestamp(call->arena, (int64_t)seconds, rest);
}

static const struct value *code_add_time(struct call *call)
{
	return make_timestamp(call, nanos_of(call->args[0]) + nanos_of(call->args[1]));
}

static const struct value *code_subtract_time(struct call *call)
{
	return make_timestamp(call, nanos_of(call->args[0]) - nanos_of(call->args[1]));
}

static const struct value *code_add_duration(struct call *call)
{
	return make_duration(call, nanos_of(call->args[0]) + nanos_of(call->args[1]));
}

static const struct value *code_subtract_duration(struct call *call)
{
	return make_duration(call, nanos_of(call->args[0]) - nanos_of(call->args[1]));
}

/* Of the maps in a value: each key may have to be looked for among all of the other side's. */
static size_t lookups(const struct value *value)
{
	size_t sum = 0;

	if (value->type == VALUE_LIST)
		for (size_t i = 0; i < value->list.count; i++)
			sum += lookups(value->list.items[i]);
	if (value->type == VALUE_MAP) {
		sum = value->map.count * value->map.count / 16;
		for (size_t i = 0; i < value->map.count; i++)
			sum += lookups(value->map.entries[i].value);
	}
	return sum;
}

/* What comparing two values takes: it ends where the smaller one does. */
static bool spend_comparison(struct call *call)
{
	const struct value *a = call->args[0];
	const struct value *b = call->args[1];
	const struct value *smaller = value_weight(a) < value_weight(b) ? a : b;

	return call_spend(call, value_weight(smaller) / WORK_BYTES) &&
	    call_spend(call, lookups(smaller));
}

static const struct value *code_equal(struct call *call)
{
	if (!spend_comparison(call))
		return call_exhausted(call);
	return value_bool(value_equal(call->args[0], call->args[1]));
}

static const struct value *code_differ(struct call *call)
{
	if (!spend_comparison(call))
		return call_exhausted(call);
	return value_bool(!value_equal(call->args[0], call->args[1]));
}

static const struct value *code_in_list(struct call *call)
{
	const struct value *list = call->args[1];

	if (!call_spend(call, list->list.count) ||
	    !call_spend(call, value_weight(list) / ((size_t)WORK_BYTES * 16)))
		return call_exhausted(call);
	for (size_t i = 0; i < list->list.count; i++)
		if (value_equal(call->args[0], list->list.items[i]))
			return value_bool(true);
	return value_bool(false);
}

static const struct value *code_in_map(struct call *call)
{
	if (!call_spend(call, call->args[1]->map.count / WORK_BYTES))
		return call_exhausted(call);
	return value_bool(value_find(call->args[1], call->args[0]) != NULL);
}

/* Is the left side less, equal or greater (a bit each)? Nothing is in order with NaN. */
enum { LESS = 1, EQUAL = 2, GREATER = 4 };

static const struct value *order(struct call *call, int wanted)
{
	int found;

	if (!spend_comparison(call))
		return call_exhausted(call);
	if (!value_compare(call->args[0], call->args[1], &found))
		return value_bool(false);
	return value_bool(wanted & (found < 0 ? LESS : found > 0 ? GREATER : EQUAL));
}

static const struct value *code_less(struct call *call)
{
	return order(call, LESS);
}

static const struct value *code_less_equal(struct call *call)
{
	return order(call, LESS | EQUAL);
}

static const struct value *code_greater(struct call *call)
{
	return order(call, GREATER);
}

static const struct value *code_greater_equal(struct call *call)
{
	return order(call, GREATER | EQUAL);
}

#define OPERATOR STYLE_OPERATOR
#define PAIR STYLE_OPERATOR, 2, 2

#define ORDER(name, code, doc)                                                                     \
	{name, PAIR, {TAKES_NUMBER, TAKES_NUMBER}, &type_bool, NULL, code, 0, doc},                \
	    {name, PAIR, {TAKES_STRING, TAKES_STRING}, &type_bool, NULL, code, 0, doc},            \
	    {name, PAIR, {TAKES_BOOL, TAKES_BOOL}, &type_bool, NULL, code, 0, doc},                \
	    {name, PAIR, {TAKES_DURATION, TAKES_DURATION}, &type_bool, NULL, code, 0, doc},        \
	{                                                                                          \
		name, PAIR, {TAKES_TIMESTAMP, TAKES_TIMESTAMP}, &type_bool, NULL, code, 0, doc     \
	}

const struct function functions_operator[] = {
    {"==", PAIR, {TAKES_ANY, TAKES_ANY}, &type_bool, NULL, code_equal, FUNCTION_DEEP,
	"Equality; numbers by value, maps without order; different types are never equal."},
    {"!=", PAIR, {TAKES_ANY, TAKES_ANY}, &type_bool, NULL, code_differ, FUNCTION_DEEP,
	"Not equal."},
    ORDER("<", code_less, "Less than; strings by code point, false before true."),
    ORDER("<=", code_less_equal, "Less than or equal."),
    ORDER(">", code_greater, "Greater than."),
    ORDER(">=", code_greater_equal, "Greater than or equal."),
    {"in", PAIR, {TAKES_ANY, TAKES_LIST}, &type_bool, NULL, code_in_list, FUNCTION_DEEP,
	"Whether an item of the list is equal."},
    {"in", PAIR, {TAKES_ANY, TAKES_MAP}, &type_bool, NULL, code_in_map, 0,
	"Whether the map has the key."},
    {"+", PAIR, {TAKES_INT, TAKES_INT}, &type_int, NULL, code_add_int, 0, "The sum."},
    {"+", PAIR, {TAKES_DOUBLE, TAKES_DOUBLE}, &type_double, NULL, code_add_double, 0, "The sum."},
    {"+", PAIR, {TAKES_STRING, TAKES_STRING}, &type_string, NULL, code_add_string, 0,
	"One text behind the other."},
    {"+", PAIR, {TAKES_LIST, TAKES_LIST}, NULL, infer_join, code_add_list, 0,
	"One list behind the other."},
    {"+", PAIR, {TAKES_TIMESTAMP, TAKES_DURATION}, &type_timestamp, NULL, code_add_time, 0,
	"A later time."},
    {"+", PAIR, {TAKES_DURATION, TAKES_TIMESTAMP}, &type_timestamp, NULL, code_add_time, 0,
	"A later time."},
    {"+", PAIR, {TAKES_DURATION, TAKES_DURATION}, &type_duration, NULL, code_add_duration, 0,
	"The sum."},
    {"-", OPERATOR, 1, 1, {TAKES_INT}, &type_int, NULL, code_negate_int, 0, "The opposite."},
    {"-", OPERATOR, 1, 1, {TAKES_DOUBLE}, &type_double, NULL, code_negate_double, 0,
	"The opposite."},
    {"-", PAIR, {TAKES_INT, TAKES_INT}, &type_int, NULL, code_subtract_int, 0, "The difference."},
    {"-", PAIR, {TAKES_DOUBLE, TAKES_DOUBLE}, &type_double, NULL, code_subtract_double, 0,
	"The difference."},
    {"-", PAIR, {TAKES_TIMESTAMP, TAKES_TIMESTAMP}, &type_duration, NULL, code_subtract_duration, 0,
	"The time between."},
    {"-", PAIR, {TAKES_TIMESTAMP, TAKES_DURATION}, &type_timestamp, NULL, code_subtract_time, 0,
	"An earlier time."},
    {"-", PAIR, {TAKES_DURATION, TAKES_DURATION}, &type_duration, NULL, code_subtract_duration, 0,
	"The difference."},
    {"*", PAIR, {TAKES_INT, TAKES_INT}, &type_int, NULL, code_multiply_int, 0, "The product."},
    {"*", PAIR, {TAKES_DOUBLE, TAKES_DOUBLE}, &type_double, NULL, code_multiply_double, 0,
	"The product."},
    {"/", PAIR, {TAKES_INT, TAKES_INT}, &type_int, NULL, code_divide_int, 0,
	"The quotient without its fraction."},
    {"/", PAIR, {TAKES_DOUBLE, TAKES_DOUBLE}, &type_double, NULL, code_divide_double, 0,
	"The quotient."},
    {"%", PAIR, {TAKES_INT, TAKES_INT}, &type_int, NULL, code_modulo, 0,
	"The remainder; it has the sign of the left side."},
    {"!", OPERATOR, 1, 1, {TAKES_BOOL}, &type_bool, NULL, code_not, 0, "The contrary."},
    {0},
};
