/* SPDX-License-Identifier: Apache-2.0 */
#include "run/recorded_end.h"

#include "base/units.h"
#include "run/unknown_end.h"
#include "run/verdict.h"

static void not_known(struct prospect *prospect, struct str why)
{
	prospect->end = ENDS_UNKNOWN;
	prospect->basis = BASIS_UNKNOWN;
	prospect->why = why;
}

/* The scheduler ended it. */
static bool was_stopped(const struct recorded_op *op)
{
	enum op_end end = op->finished->finished.end;

	return op->stop && (end == END_STOPPED || end == END_NOT_BEGUN);
}

/* How long it took, or was let go on, from its process on where it has one: what its timeout counts. */
static int64_t took_us(const struct recorded_op *op)
{
	const struct message *began = op->started ? op->started : op->start;

	return (was_stopped(op) ? op->stop_led_us : op->finished->t_us) - began->t_us;
}

/* A limit that is as it was, or wider, says nothing of what ended by itself; a tighter one may cut it short. */
static void expect_in_time(struct arena *arena, struct prospect *prospect)
{
	const struct recorded_op *op = prospect->op;
	int64_t limit_us = prospect->effect->start.timeout_us;
	int64_t then_us = op->start->start.timeout_us;
	bool tighter = limit_us > 0 && (then_us == 0 || limit_us < then_us);
	bool cut_short = op->finished->finished.end == END_TIMED_OUT;

	if (cut_short && !tighter && limit_us != then_us) {
		not_known(prospect,
		    arena_printf(arena,
			"it was cut short after %.*s then, and would have had longer",
			STR_ARG(units_duration_text(arena, then_us))));
	} else if (tighter && took_us(op) > limit_us) {
		prospect->end = ENDS_BY_TIMEOUT;
		prospect->after_us -= cut_short ? then_us - limit_us : took_us(op) - limit_us;
	} else if (op->start->start.sensitive) {
		prospect->end = ENDS_AS_JUDGED_THEN;
		prospect->basis = BASIS_ASSUMED;
		prospect->why = STR("what it gave is not in the record, for it is sensitive: "
				    "taken as it was judged then");
	}
}

/* Polled now, or then, or both. */
static void expect_polled(struct arena *arena, struct prospect *prospect)
{
	const struct poll_spec *now = &prospect->effect->start.poll;
	const struct poll_spec *then = &prospect->op->start->start.poll;
	const struct message *finished = prospect->op->finished;
	int64_t began_us = took_us(prospect->op) - then->for_us;

	if (!now->within_us) {
		if (finished->finished.polls > 1)
			not_known(prospect,
			    arena_printf(arena,
				"it would have been asked once, and of %lld answers the record has "
				"the last",
				(long long)finished->finished.polls));
		return;
	}
	prospect->end = ENDS_AS_POLLED;
	if (!then->within_us || now->within_us >= then->within_us)
		return;
	if (!finished->finished.verdict.ok && !finished->finished.verdict.abort) {
		prospect->after_us -= then->within_us - now->within_us;
	} else if (finished->finished.verdict.ok && began_us > now->within_us) {
		prospect->end = ENDS_TOO_LATE;
		prospect->after_us -= took_us(prospect->op) - now->within_us;
	}
}

/* How long it went on is known; of a process beside a block, which goes on for as long as that does, it is no bound. */
static void expect_stopped(struct arena *arena, struct prospect *prospect)
{
	const struct recorded_op *op = prospect->op;
	bool beside = prospect->effect->start.what == START_BACKGROUND;

	prospect->after_us = op->stop_led_us - op->led_us;
	expect_in_time(arena, prospect);
	if (prospect->end == ENDS_BY_TIMEOUT)
		return;
	prospect->coming = beside ? COMES_IF_STOPPED : COMES_LAST;
	not_known(prospect, STR("it was stopped then, before it had ended"));
}

static void expect_as_recorded(struct arena *arena, struct prospect *prospect)
{
	const struct message *start = prospect->effect;
	const struct recorded_op *op = prospect->op;
	enum op_end end = op->finished->finished.end;

	prospect->line = op->finished;
	prospect->after_us = op->finished->t_us - op->led_us;
	if (was_stopped(op)) {
		expect_stopped(arena, prospect);
	} else if (end == END_DONE || end == END_ERROR || end == END_TIMED_OUT) {
		if (start->start.poll.within_us || op->start->start.poll.within_us)
			expect_polled(arena, prospect);
		else
			expect_in_time(arena, prospect);
	}
	if (prospect->basis == BASIS_RECORDED &&
	    !str_eq(start->start.digest, op->start->start.digest)) {
		prospect->basis = BASIS_ASSUMED;
		prospect->why = STR(
		    "it would have been called otherwise: taken to have given the same");
	}
	if (prospect->after_us < 0)
		prospect->after_us = 0;
}

void recorded_end_expect(struct arena *arena, struct prospect *prospect)
{
	const struct message *start = prospect->effect;
	const struct recorded_op *op = prospect->op;

	if (op && op->finished && str_eq(op->start->start.action, start->start.action)) {
		expect_as_recorded(arena, prospect);
		return;
	}
	if (op && op->finished)
		not_known(prospect,
		    arena_printf(arena, "it was another action then, %.*s",
			STR_ARG(op->start->start.action)));
	else if (op)
		not_known(prospect, STR("its end is not in the record"));
	else if (start->start.attempt > 1)
		not_known(prospect,
		    arena_printf(
			arena, "attempt %u of it is not in the record", start->start.attempt));
	else
		not_known(prospect, STR("it is not in the record"));
	if (start->start.what == START_BACKGROUND)
		prospect->coming = COMES_IF_STOPPED;
}

void recorded_end_stop(struct prospect *prospect)
{
	const struct recorded_op *op = prospect->op;
	bool known = op && op->finished && op->stop;

	if (prospect->coming == COMES_NEVER || prospect->end == ENDS_BY_STOP)
		return;
	if (known && !was_stopped(op) && prospect->coming == COMES)
		return; /* it had ended all the same */
	prospect->coming = COMES;
	prospect->end = ENDS_BY_STOP;
	prospect->line = known && was_stopped(op) ? op->finished : NULL;
	prospect->after_us = prospect->line ? op->finished->t_us - op->stop_led_us : 0;
	if (op || prospect->effect->start.what != START_BACKGROUND) {
		prospect->basis = BASIS_RECORDED;
		prospect->why = (struct str){0};
	}
}

/* The rules' word on an end that has no result, and is no success. */
static void judge_failed(
    const struct sched *sched, struct arena *arena, struct message *finished, struct str why)
{
	finished->finished.ok = false;
	finished->finished.unchanged = false;
	finished->finished.why = why;
	finished->finished.result = NULL;
	finished->finished.left = NULL;
	finished->finished.verdict = verdict_on(sched, arena, finished);
	finished->finished.verdict.ok = false;
	finished->finished.verdict.outputs = NULL;
	if (finished->finished.end == END_DONE)
		finished->finished.verdict.why = why;
}

/* What a poll comes to that has the last answer of another one. False: nobody knows. */
static bool judge_polled(const struct sched *sched, struct arena *arena, struct prospect *prospect,
    struct message *finished)
{
	const struct poll_spec *now = &prospect->effect->start.poll;
	const struct poll_spec *then = &prospect->op->start->start.poll;
	struct verdict was = finished->finished.verdict;
	struct verdict verdict;

	if (finished->finished.origin != ORIGIN_LIVE)
		return true;
	verdict = verdict_on(sched, arena, finished);
	finished->finished.verdict = verdict;
	if (verdict.ok || verdict.abort)
		return true;
	if (prospect->effect->start.deps && finished->finished.polls == 1)
		return true; /* it hung on what was not done, and was not waited for */
	if (verdict.unknown) {
		not_known(prospect, STR("`expect` hangs on what the record does not tell"));
		return false;
	}
	if (was.ok || was.abort || !then->within_us || now->within_us > then->within_us) {
		not_known(prospect,
		    STR("it would have been asked once more, and the record has no further "
			"answer"));
		return false;
	}
	finished->finished.verdict.why = arena_printf(arena, "not within %.*s: %.*s",
	    STR_ARG(units_duration_text(arena, now->within_us)), STR_ARG(verdict.why));
	return true;
}

static void finish_too_late(const struct sched *sched, struct arena *arena,
    const struct prospect *prospect, struct message *finished)
{
	int64_t after_us = took_us(prospect->op) - prospect->op->start->start.poll.for_us;

	judge_failed(sched, arena, finished,
	    arena_printf(arena, "not within %.*s: it began to hold after %.*s then",
		STR_ARG(units_duration_text(arena, prospect->effect->start.poll.within_us)),
		STR_ARG(units_duration_text(arena, after_us))));
}

static void finish_by_timeout(const struct sched *sched, struct arena *arena,
    const struct prospect *prospect, struct message *finished)
{
	finished->finished.end = END_TIMED_OUT;
	judge_failed(sched, arena, finished,
	    arena_printf(arena, "no end within %.*s",
		STR_ARG(units_duration_text(arena, prospect->effect->start.timeout_us))));
}

static void finish_stopped(const struct prospect *prospect, struct message *finished)
{
	if (prospect->line)
		return;
	finished->finished.end = END_STOPPED;
	finished->finished.why = STR("stopped");
	finished->finished.verdict.why = STR("stopped");
	if (prospect->basis == BASIS_UNKNOWN)
		finished->finished.origin = ORIGIN_UNKNOWN;
}

/* False: nobody knows. */
static bool judge_again(const struct sched *sched, struct arena *arena, struct prospect *prospect,
    struct message *finished)
{
	enum op_end end = finished->finished.end;

	if (end != END_DONE && end != END_ERROR && end != END_TIMED_OUT)
		return true;
	if (finished->finished.origin != ORIGIN_LIVE) /* there is nothing to be judged */
		return true;
	finished->finished.verdict = verdict_on(sched, arena, finished);
	if (!finished->finished.verdict.unknown)
		return true;
	not_known(prospect, STR("`expect` hangs on what the record does not tell"));
	return false;
}

struct message recorded_end_finish(
    const struct sched *sched, struct arena *arena, struct prospect *prospect)
{
	const struct message *start = prospect->effect;
	struct message finished = {.type = MESSAGE_FINISHED};

	if (prospect->line)
		finished = *prospect->line;
	finished.finished.op = start->start.op;
	if (!prospect->line)
		finished.finished.polls = 1;
	switch (prospect->end) {
	case ENDS_AS_RECORDED:
		if (!judge_again(sched, arena, prospect, &finished))
			unknown_end(sched, arena, start, &finished);
		break;
	case ENDS_AS_JUDGED_THEN:
		if (finished.finished.verdict.ok)
			finished.finished.verdict.outputs = unknown_outputs(
			    sched, arena, start, finished.finished.verdict.outputs);
		break;
	case ENDS_AS_POLLED:
		if (!judge_polled(sched, arena, prospect, &finished))
			unknown_end(sched, arena, start, &finished);
		break;
	case ENDS_TOO_LATE:
		finish_too_late(sched, arena, prospect, &finished);
		break;
	case ENDS_BY_TIMEOUT:
		finish_by_timeout(sched, arena, prospect, &finished);
		break;
	case ENDS_BY_STOP:
		finish_stopped(prospect, &finished);
		break;
	case ENDS_UNKNOWN:
		unknown_end(sched, arena, start, &finished);
		break;
	}
	return finished;
}
