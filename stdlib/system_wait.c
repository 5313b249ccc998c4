/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/units.h"
#include "stdlib/args.h"
#include "stdlib/registry.h"

/*
 * system.wait: a pause that says what it is for. Where there is something to ask, a check with `within` is better:
 * it goes on as soon as it may, and does not before.
 */

static const struct param params[] = {{.name = "for",
					  .kind = PARAM_DURATION,
					  .flags = PARAM_REQUIRED,
					  .doc = "How long; 24h at most."},
    {.name = "reason",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.doc = "Why a pause, and why nothing can be asked instead."},
    {0}};

static const struct field results[] = {
    {"waited", &type_duration, "How long it was."},
    {0},
};

enum { HOURS_MAX = 24 };

static const int64_t hour_us = INT64_C(3600) * 1000000;
static const int64_t margin_us = 1000000; /* the pause ends by itself, before its limit */

static int64_t timeout_of(const struct value *given)
{
	const struct value *span = value_get(given, "for");

	if (!span || span->type != VALUE_DURATION || value_us(span) > HOURS_MAX * hour_us)
		return HOURS_MAX * hour_us + margin_us;
	return value_us(span) + margin_us;
}

const struct action_spec system_wait_spec = {
    .name = "system.wait",
    .summary = "A pause with a reason, where there is nothing to ask.",
    .params = params,
    .results = results,
    .success_doc = "the time is over",
    .effect = EFFECT_READ,
    .timeout_us = INT64_C(86401000000),
    .timeout_of = timeout_of,
};

struct pause {
	struct attempt *attempt;
	int64_t began_us;
	int64_t span_us;
	struct str reason;
	struct loop_timer *timer;
};

static const struct value *result_of(struct pause *pause)
{
	struct arena *arena = pause->attempt->arena;
	struct map_builder result;

	loop_timer_free(pause->timer);
	map_begin(&result, arena);
	map_add(&result, "waited", value_duration_us(arena, loop_clock_us() - pause->began_us));
	return map_end(&result);
}

static void over(void *self)
{
	struct pause *pause = self;

	attempt_succeed(pause->attempt, result_of(pause));
}

static void start(struct attempt *attempt)
{
	struct pause *pause = arena_alloc(attempt->arena, sizeof(*pause));
	struct args args;

	attempt->self = pause;
	pause->attempt = attempt;
	pause->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	pause->span_us = args_us(&args, "for", 0);
	pause->reason = args_text(&args, "reason");
	if (args.wrong.len) {
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	} else if (pause->span_us > HOURS_MAX * hour_us) {
		attempt_error(attempt, "for is more than 24h: a pause of days is no pause");
	} else if (!str_trim(pause->reason).len) {
		attempt_error(attempt, "reason is empty: say what the pause is for");
	} else {
		pause->timer = loop_timer_new(attempt->host->loop, over, pause);
		loop_timer_start(pause->timer, pause->span_us);
	}
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct pause *pause = attempt->self;
	struct buf after, of;

	(void)how;
	buf_init(&after, BUF_UNBOUNDED);
	buf_init(&of, BUF_UNBOUNDED);
	units_show_duration(&after, loop_clock_us() - pause->began_us);
	units_show_duration(&of, pause->span_us);
	attempt_fail(attempt, result_of(pause), "the pause ended after %.*s of %.*s",
	    STR_ARG(buf_view(&after)), STR_ARG(buf_view(&of)));
	buf_done(&after);
	buf_done(&of);
}

const struct action_impl system_wait = {&system_wait_spec, start, cancel, NULL};
