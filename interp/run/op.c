/* SPDX-License-Identifier: Apache-2.0 */
#include "run/op_parts.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "run/op_result.h"
#include "run/verdict.h"

int64_t op_now(const struct op *op)
{
	return engine_now(op->context->options.engine);
}

bool op_is_polled(const struct op *op)
{
	return op->start.start.poll.within_us > 0;
}

static void record_output(void *context, const struct message *output)
{
	struct op *op = context;
	struct message copy = *output;

	engine_aside(op->context->options.engine, &copy);
}

/* Output is shown at least this often while it comes. */
enum { SHOW_EVERY_US = 200000 };

void op_said(struct op *op)
{
	if (!op->output_waits) {
		op->output_waits = true;
		loop_timer_start(op->shower, SHOW_EVERY_US);
	}
}

/* What is sent out at its end, if at all: that it goes on printing, and what. */
static void show_unsent(const struct op *op)
{
	for (int i = 0; i < 2; i++) {
		struct saying saying = {.op = op->start.start.op, .stream = (enum output_stream)i};

		saying.bytes = outlet_unsent(op->outlet, saying.stream, &saying.line);
		if (saying.bytes)
			engine_say(op->context->options.engine, &saying);
	}
}

static void show_output(void *self)
{
	struct op *op = self;

	op->output_waits = false;
	outlet_flush(op->outlet);
	show_unsent(op);
}

static void judge_all(void *self);

/* The action's part is over; what is made of it waits until its callback has returned. */
void op_ended_trying(struct op *op)
{
	struct op_context *context = op->context;

	assert(op->state == TRYING);
	op->state = JUDGING;
	op->next_finished = NULL;
	*context->finished_end = op;
	context->finished_end = &op->next_finished;
	if (!context->judging_soon) {
		context->judging_soon = true;
		loop_defer(context->options.host->loop, judge_all, context);
	}
}

static void op_free(struct op *op)
{
	sessions_return(op->context->sessions, &op->borrower);
	*op->link = op->next;
	if (op->next)
		op->next->link = op->link;
	loop_timer_free(op->timer);
	loop_timer_free(op->shower);
	outlet_free(op->outlet);
	arena_free(op->arena);
	free(op);
}

static void finish_without(struct op *op, enum op_end end, struct str why);

/* The attempt's time is up, or it is time for the next poll. */
static void timer_fired(void *self)
{
	struct op *op = self;

	if ((op->state == RESTING || op->state == BORROWING) && op->stopped) {
		finish_without(op, END_STOPPED, STR("stopped"));
	} else if (op->state == LOSING) {
		finish_without(op, END_LOST, STR("it was under way when the run was cut off"));
	} else if (op->state == RESTING) {
		outlet_forget(op->outlet);
		op_try(op);
	} else if (op->state == TRYING && !op->timed_out) {
		op->timed_out = true;
		op->impl->cancel(&op->try->attempt, CANCEL_TERM);
	}
}

static void borrowed(struct borrower *borrower, struct session *session)
{
	struct op *op = (struct op *)((char *)borrower - offsetof(struct op, borrower));

	op->session = session;
	op->deadline_us = op_now(op) + op->start.start.poll.within_us;
	op_try(op);
}

/* said and known: of an operation that an earlier life began; NULL for one that begins. */
static struct op *op_new(struct op_context *context, const struct message *start,
    const struct output_store *said, const int64_t *known)
{
	struct op *op = mem_alloc(sizeof(*op));
	const struct exec_live_options *options = &context->options;
	struct outlet_options outlet = {
	    .op = start->start.op,
	    .redactor = secrets_redactor(options->secrets),
	    .muted = start->start.poll.within_us > 0 || start->start.sensitive,
	    .bound = sched_output_bound(engine_sched(options->engine), start->start.op),
	    .said = said,
	    .emit = record_output,
	    .context = op,
	};

	op->context = context;
	op->arena = arena_new();
	op->start = message_copy(op->arena, start);
	op->impl = registry_find(options->registry, start->start.action);
	assert(op->impl); /* names were checked */
	outlet.step = op->start.start.step;
	for (size_t i = 0; known && i < 2; i++)
		outlet.known[i] = known[i];
	op->outlet = outlet_new(&outlet);
	op->timer = loop_timer_new(options->host->loop, timer_fired, op);
	op->shower = loop_timer_new(options->host->loop, show_output, op);
	op->holds_since_us = -1;
	op->deadline_us = op_now(op) + start->start.poll.within_us;
	op->next = context->ops;
	op->link = &context->ops;
	if (op->next)
		op->next->link = &op->next;
	context->ops = op;
	return op;
}

bool op_is_check(const struct op *op)
{
	return start_is_check(op->start.start.what);
}

void op_start(struct op_context *context, const struct message *start)
{
	struct op *op = op_new(context, start, NULL, NULL);

	if (!op->start.start.session.len) {
		op_try(op);
		return;
	}
	op->state = BORROWING;
	op->borrower.lend = borrowed;
	sessions_borrow(context->sessions, op->start.start.session, &op->borrower);
}

/* Whoever wants to know whether something could begin does not wait for long. */
enum { LOOK_MAX_US = 10000000 };

void op_look(struct op_context *context, const struct message *start)
{
	struct message look = *start;
	struct op *op;

	look.start.poll = (struct poll_spec){0};
	look.start.session = (struct str){0};
	if (look.start.timeout_us <= 0 || look.start.timeout_us > LOOK_MAX_US)
		look.start.timeout_us = LOOK_MAX_US;
	op = op_new(context, &look, NULL, NULL);
	op->looks = true;
	op->announced = true;
	op_try(op);
}

void op_adopt(struct op_context *context, const struct unfinished_op *earlier,
    const struct output_store *said)
{
	struct op *op = op_new(context, &earlier->start, said, earlier->known);

	op->adopted = true;
	op->withheld = context->options.withhold ||
	    secrets_has_given(context->options.secrets, op->start.start.args);
	op->announced = earlier->announced;
	op->pid = earlier->pid;
	op->start_ticks = earlier->start_ticks;
	op->confined = earlier->confined;
	if (!op->impl->adopt) {
		op->state = LOSING;
		loop_timer_start(op->timer, 0);
		return;
	}
	op_try(op);
	if ((op_is_check(op) || op_is_polled(op)) && op->state == TRYING) {
		/* it is asked again, and what asked before must not go on beside it */
		op->forsaken = true;
		op->impl->cancel(&op->try->attempt, CANCEL_KILL);
	}
}

void op_stop(struct op_context *context, const struct message *stop)
{
	struct op *op = context->ops;

	while (op && op->start.start.op != stop->stop.op)
		op = op->next;
	if (!op || op->state == OVER || (op->state == JUDGING && !op_is_polled(op)))
		return;
	op->stopped = true;
	if (op->state == BORROWING)
		sessions_return(context->sessions, &op->borrower);
	if (op->state == RESTING ||
	    op->state == BORROWING) /* its turn comes from the timer, not from within this call */
		loop_timer_start(op->timer, 0);
	else if (op->state == TRYING)
		op->impl->cancel(
		    &op->try->attempt, stop->stop.how == STOP_KILL ? CANCEL_KILL : CANCEL_TERM);
}

static void say_how_long(struct op *op, struct arena *arena, struct message *finished)
{
	struct str limit = units_duration_text(arena, op->start.start.poll.within_us);

	finished->finished.end = END_DONE;
	finished->finished.verdict.why = arena_printf(arena, "not within %.*s: %.*s",
	    STR_ARG(limit), STR_ARG(finished->finished.verdict.why));
}

/* Whether a polled check is to be asked again. */
static bool asks_again(struct op *op, struct arena *arena, struct message *finished)
{
	const struct poll_spec *poll = &op->start.start.poll;
	int64_t now_us = op_now(op);

	if (!op_is_polled(op) || op->stopped)
		return false;
	if (finished->finished.verdict.ok) {
		if (op->holds_since_us < 0)
			op->holds_since_us = now_us;
		return now_us - op->holds_since_us < poll->for_us;
	}
	if (op->holds_since_us >=
	    0) /* a lapse: it must begin to hold again, and has the same time for it */
		op->deadline_us = now_us + poll->within_us;
	op->holds_since_us = -1;
	if (finished->finished.verdict.abort)
		return false;
	if (now_us < op->deadline_us)
		return true;
	say_how_long(op, arena, finished);
	return false;
}

/* The next poll comes after `every`, but not later than the moment that decides. */
static int64_t rest_us(const struct op *op)
{
	const struct poll_spec *poll = &op->start.start.poll;
	int64_t decides_us = op->holds_since_us < 0 ? op->deadline_us
						    : op->holds_since_us + poll->for_us;
	int64_t left_us = decides_us - op_now(op);

	return left_us < poll->every_us ? left_us : poll->every_us;
}

static void finish(struct op *op, struct message *finished)
{
	op->state = OVER;
	op->session = NULL;
	loop_timer_stop(op->timer);
	loop_timer_stop(op->shower);
	if (!op->start.start.sensitive)
		outlet_speak(op->outlet);
	if (op->context->options.amend)
		op->context->options.amend(op->context->options.amender, finished);
	engine_post(op->context->options.engine, finished);
}

/* There is no result to judge. */
static void finish_without(struct op *op, enum op_end end, struct str why)
{
	struct message finished = {.type = MESSAGE_FINISHED};

	finished.finished.op = op->start.start.op;
	finished.finished.end = end;
	finished.finished.why = why;
	finished.finished.verdict.why = why;
	finished.finished.polls = op->polls;
	finished.finished.now_us = loop_wall_us();
	if (end == END_TIMED_OUT) /* the rules have a word on trying again */
		finished.finished.verdict = verdict_on(
		    engine_sched(op->context->options.engine), op->arena, &finished);
	finish(op, &finished);
	op_free(op);
}

/* It succeeded, but the rules ask for what it printed, and that is not there whole. */
static bool hangs_on_what_is_missing(const struct op *op, const struct message *finished)
{
	return finished->finished.ok && !finished->finished.verdict.ok &&
	    sched_output_bound(engine_sched(op->context->options.engine), finished->finished.op) ==
	    BOUND_READ;
}

/* Nobody knows how it ended, or what it gave. */
static void lose(struct op *op)
{
	struct str why = redact_text(
	    secrets_redactor(op->context->options.secrets), op->arena, op->try->attempt.result.why);
	bool loose;

	if (op->try->attempt.result.ok)
		why = STR(
		    "it succeeded, but what it printed, which is asked for, is not known whole: "
		    "the run was cut off meanwhile");
	else if (!op->announced)
		why = arena_printf(op->arena, "%.*s, nor whether it began", STR_ARG(why));
	why = arena_str(op->arena, why); /* it may be the attempt's */
	/* What only reads may run on: that is said, and no more comes of it. */
	loose = op->try->attempt.result.loose && op->start.start.class != EFFECT_READ;
	op_drop_try(op);
	if (loose)
		finish_without(op, END_LOST, why);
	else if (op->timed_out && !op->forsaken)
		finish_without(op, END_TIMED_OUT, STR("its time was up, and it was ended"));
	else if (op->stopped && !op->forsaken)
		finish_without(op, END_STOPPED, STR("it was ended"));
	else
		finish_without(op, END_LOST, why);
}

static void judge_one(struct op *op)
{
	struct arena *arena = arena_new();
	struct op_ended ended = {
	    .attempt = &op->try->attempt,
	    .outlet = op->outlet,
	    .redactor = secrets_redactor(op->context->options.secrets),
	    .sched = engine_sched(op->context->options.engine),
	    .timed_out = op->timed_out,
	    .stopped = op->stopped,
	    .polls = op->polls,
	    .looked = op->looks,
	};
	struct message finished;

	loop_timer_stop(op->timer);
	if (op->forsaken || op->try->attempt.result.lost) {
		lose(op);
		arena_free(arena);
		return;
	}
	if (op->try->attempt.result.by_itself)
		op->timed_out = op->stopped = ended.timed_out = ended.stopped = false;
	finished = op_result(arena, &ended);
	if (op->adopted && hangs_on_what_is_missing(op, &finished)) {
		lose(op);
		arena_free(arena);
		return;
	}
	if (op->start.start.sensitive)
		op_seal(arena, op->context->options.secrets, &op->start, &finished);
	if (asks_again(op, arena, &finished)) {
		op_drop_try(op);
		op->state = RESTING;
		loop_timer_start(op->timer, rest_us(op));
	} else {
		finish(op, &finished);
		op_drop_try(op);
		op_free(op);
	}
	arena_free(arena);
}

/*
 * Judges those that have ended by now. What ends meanwhile waits for the loop to turn once more, so that signals and
 * timers get their turn too; there is never more than one call under way, and none when nothing waits.
 */
static void judge_all(void *self)
{
	struct op_context *context = self;
	struct op *op = context->finished;

	context->finished = NULL;
	context->finished_end = &context->finished;
	while (op) {
		struct op *next = op->next_finished;

		judge_one(op);
		op = next;
	}
	context->judging_soon = context->finished != NULL;
	if (context->judging_soon)
		loop_defer(context->options.host->loop, judge_all, context);
}
