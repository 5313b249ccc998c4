/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "expr/expr_eval.h"
#include "expr/func.h"

/* The arguments, or the items of the one list. */
static const struct value *extreme(struct call *call, int sign)
{
	bool is_list = call->count == 1 && call->args[0]->type == VALUE_LIST;
	const struct value *const *items = is_list ? call->args[0]->list.items : call->args;
	size_t count = is_list ? call->args[0]->list.count : call->count;
	const struct value *best = NULL;

	if (!call_spend(call, count))
		return call_exhausted(call);
	if (count == 0)
		return call_error(call, "the list is empty");
	for (size_t i = 0; i < count; i++) {
		int order = 0;

		if (!(takes_value(items[i]) & TAKES_NUMBER))
			return call_error_at(call, is_list ? 0 : (uint32_t)i,
			    "\"%.*s\" takes int or double, not %s", STR_ARG(call->ast->call.name),
			    takes_name(items[i]));
		if (!best || (value_compare(items[i], best, &order) && order * sign > 0))
			best = items[i];
	}
	return best;
}

static const struct value *code_greatest(struct call *call)
{
	return extreme(call, 1);
}

static const struct value *code_least(struct call *call)
{
	return extreme(call, -1);
}

static const struct value *code_abs_int(struct call *call)
{
	int64_t value = call->args[0]->integer;

	if (value == INT64_MIN)
		return call_error(call, "math.abs(%lld) does not fit 64 bits", (long long)value);
	return value_int(call->arena, value < 0 ? -value : value);
}

static const struct value *code_sign_int(struct call *call)
{
	int64_t value = call->args[0]->integer;

	return value_int(call->arena, value < 0 ? -1 : value > 0);
}

#define OF_DOUBLE(function, expression)                                                            \
	static const struct value *function(struct call *call)                                     \
	{                                                                                          \
		double x = call->args[0]->real;                                                    \
                                                                                                   \
		return expression;                                                                 \
	}

OF_DOUBLE(code_abs, value_double(call->arena, fabs(x)))
OF_DOUBLE(code_sign, value_double(call->arena, isnan(x) ? x : x<0 ? -1.0 : x> 0 ? 1.0 : 0.0))
OF_DOUBLE(code_ceil, value_double(call->arena, ceil(x)))
OF_DOUBLE(code_floor, value_double(call->arena, floor(x)))
OF_DOUBLE(code_round, value_double(call->arena, round(x)))
OF_DOUBLE(code_trunc, value_double(call->arena, trunc(x)))
OF_DOUBLE(code_is_nan, value_bool(isnan(x)))
OF_DOUBLE(code_is_inf, value_bool(isinf(x)))
OF_DOUBLE(code_is_finite, value_bool(isfinite(x)))

static const struct value *code_sqrt(struct call *call)
{
	const struct value *x = call->args[0];

	return value_double(call->arena, sqrt(x->type == VALUE_INT ? (double)x->integer : x->real));
}

/* Of one kind of number the same kind; of both, whichever wins at run time. */
static const struct type *infer_number(
    struct arena *arena, const struct type *const *args, uint32_t count)
{
	(void)arena;
	if (args[0]->kind == TYPE_LIST)
		return args[0]->of ? args[0]->of : &type_dyn;
	for (uint32_t i = 1; i < count; i++)
		if (args[i]->kind != args[0]->kind)
			return &type_dyn;
	return args[0];
}

#define GLOBAL1 STYLE_GLOBAL, 1, 1

const struct function functions_math[] = {
    {"math.greatest", GLOBAL1, {TAKES_LIST}, NULL, infer_number, code_greatest,
	FUNCTION_ITEMS(TAKES_NUMBER), "The greatest number of a list, which must not be empty."},
    {"math.greatest", STYLE_GLOBAL, 1, ARGS_MAX, {TAKES_NUMBER}, NULL, infer_number, code_greatest,
	0, "The greatest of the numbers."},
    {"math.least", GLOBAL1, {TAKES_LIST}, NULL, infer_number, code_least,
	FUNCTION_ITEMS(TAKES_NUMBER), "The least number of a list, which must not be empty."},
    {"math.least", STYLE_GLOBAL, 1, ARGS_MAX, {TAKES_NUMBER}, NULL, infer_number, code_least, 0,
	"The least of the numbers."},
    {"math.abs", GLOBAL1, {TAKES_INT}, &type_int, NULL, code_abs_int, 0, "Without its sign."},
    {"math.abs", GLOBAL1, {TAKES_DOUBLE}, &type_double, NULL, code_abs, 0, "Without its sign."},
    {"math.sign", GLOBAL1, {TAKES_INT}, &type_int, NULL, code_sign_int, 0, "-1, 0 or 1."},
    {"math.sign", GLOBAL1, {TAKES_DOUBLE}, &type_double, NULL, code_sign, 0, "-1.0, 0.0 or 1.0."},
    {"math.ceil", GLOBAL1, {TAKES_DOUBLE}, &type_double, NULL, code_ceil, 0, "Rounded up."},
    {"math.floor", GLOBAL1, {TAKES_DOUBLE}, &type_double, NULL, code_floor, 0, "Rounded down."},
    {"math.round", GLOBAL1, {TAKES_DOUBLE}, &type_double, NULL, code_round, 0,
	"Rounded to the nearest whole number, halves away from zero."},
    {"math.trunc", GLOBAL1, {TAKES_DOUBLE}, &type_double, NULL, code_trunc, 0,
	"Without its fraction."},
    {"math.isNaN", GLOBAL1, {TAKES_DOUBLE}, &type_bool, NULL, code_is_nan, 0,
	"Whether it is not a number."},
    {"math.isInf", GLOBAL1, {TAKES_DOUBLE}, &type_bool, NULL, code_is_inf, 0,
	"Whether it is infinite."},
    {"math.isFinite", GLOBAL1, {TAKES_DOUBLE}, &type_bool, NULL, code_is_finite, 0,
	"Whether it is neither infinite nor NaN."},
    {"math.sqrt", GLOBAL1, {TAKES_NUMBER}, &type_double, NULL, code_sqrt, 0, "The square root."},
    {0},
};
