/* SPDX-License-Identifier: Apache-2.0 */
#include "run/op.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "run/op_result.h"
#include "run/outlet.h"

/*
 * An operation is in one of these states. One that shares a session waits for it first. `trying` → `judging` (its
 * attempt ended; its turn comes) → over, or, when it is polled, → `resting` → `trying` again. Output is shown at least
 * this often while it comes.
 */
enum state { BORROWING, TRYING, JUDGING, RESTING, OVER };

enum { SHOW_EVERY_US = 200000 };

/* One attempt with its memory; lives until the action's handles are closed, perhaps longer than the operation. */
struct
try {
	struct attempt attempt;
	struct host host; /* the folder is that of the file the step stands in */
	struct op *op; /* NULL once the operation has what it wanted */
	bool released;
};

struct op {
	struct op *next; /* of all */
	struct op **link; /* what leads to it */
	struct op *next_finished;
	struct op_context *context;
	struct borrower borrower; /* of a session */
	struct session *session; /* while it has one */
	struct arena *arena;
	struct message start;
	const struct action_impl *impl;
	enum state state;
	struct try *try;
	struct outlet *outlet;
	struct loop_timer *timer; /* of the attempt's time, or until the next poll */
	struct loop_timer *shower; /* of the output */
	bool output_waits;
	bool timed_out;
	bool stopped;
	bool announced; /* `started` was posted */
	int64_t polls;
	int64_t deadline_us; /* of a poll: by when it must begin to hold */
	int64_t holds_since_us; /* -1: it does not */
};

static int64_t now_of(const struct op *op)
{
	return engine_now(op->context->options.engine);
}

static bool is_polled(const struct op *op)
{
	return op->start.start.poll.within_us > 0;
}

static void try_free(struct try *try)
{
	arena_free(try->attempt.arena);
	free(try);
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

static void record_output(void *context, const struct message *output)
{
	struct op *op = context;
	struct message copy = *output;

	engine_aside(op->context->options.engine, &copy);
}

static void attempt_began(struct attempt *attempt, int64_t pid, int64_t start_ticks)
{
	struct op *op = ((struct try *)attempt->owner)->op;
	struct message started = {.type = MESSAGE_STARTED};

	if (!op || op->announced)
		return;
	op->announced = true;
	started.started.op = op->start.start.op;
	started.started.pid = pid;
	started.started.start_ticks = start_ticks;
	engine_post(op->context->options.engine, &started);
}

static void attempt_said(struct attempt *attempt, enum attempt_stream stream, struct str bytes)
{
	struct op *op = ((struct try *)attempt->owner)->op;

	if (!op)
		return;
	outlet_feed(op->outlet, stream == ATTEMPT_STDOUT ? STREAM_STDOUT : STREAM_STDERR, bytes);
	if (!op->output_waits) {
		op->output_waits = true;
		loop_timer_start(op->shower, SHOW_EVERY_US);
	}
}

static void show_output(void *self)
{
	struct op *op = self;

	op->output_waits = false;
	outlet_flush(op->outlet);
}

static void judge_all(void *self);

/* The action's part is over; what is made of it waits until its callback has returned. */
static void attempt_ended(struct attempt *attempt)
{
	struct op *op = ((struct try *)attempt->owner)->op;
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

static void attempt_let_go(struct attempt *attempt)
{
	struct try *try = attempt->owner;

	try->released = true;
	if (!try->op)
		try_free(try);
}

static const struct attempt_ops attempt_ops = {
    .started = attempt_began,
    .output = attempt_said,
    .finished = attempt_ended,
    .released = attempt_let_go,
};

/* Relative paths are meant from the runbook's folder. */
static const struct value *place_paths(
    const struct op *op, struct arena *arena, const char *folder, const struct value *args)
{
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < args->map.count; i++) {
		struct str name = value_text(args->map.entries[i].key);
		const struct value *value = args->map.entries[i].value;
		const struct param *param = action_param(op->impl->spec, name);
		struct str path = value_text(value);

		if (param && param->kind == PARAM_PATH && path.len && path.ptr[0] != '/')
			value = value_string(
			    arena, arena_printf(arena, "%s/%.*s", folder, STR_ARG(path)));
		map_add_str(&map, name, value);
	}
	return map_end(&map);
}

/* Where relative paths start: of a runbook that is used, its own folder, which its author meant. */
static const char *folder_of(const struct op *op, struct arena *arena)
{
	const struct exec_live_options *options = &op->context->options;
	const struct plan *plan = sched_plan(engine_sched(options->engine));
	const struct plan_node *node = plan_at(plan, op->start.start.node);
	const struct source *source = node ? node->book->source : plan->runbook->source;
	const char *path = source->path;

	if (source == plan->runbook->source || !path || strrchr(path, '/') == path)
		return options->host->folder;
	return arena_cstr(arena, (struct str){path, (size_t)(strrchr(path, '/') - path)});
}

/* An attempt of a poll is not given more time than the poll has left; while it holds, as much as it had to begin to. */
static int64_t time_for_attempt(const struct op *op)
{
	int64_t limit = op->start.start.timeout_us;
	int64_t left = op->holds_since_us < 0 ? op->deadline_us - now_of(op)
					      : op->start.start.poll.within_us;

	if (!is_polled(op))
		return limit;
	if (left < op->start.start.poll.every_us)
		left = op->start.start.poll.every_us;
	return limit > 0 && limit < left ? limit : left;
}

static void begin_attempt(struct op *op)
{
	struct try *try = mem_alloc(sizeof(*try));
	struct attempt *attempt = &try->attempt;
	struct arena *arena = arena_new();
	const struct exec_live_options *options = &op->context->options;
	int64_t limit_us = time_for_attempt(op);

	op->state = TRYING;
	op->timed_out = false;
	op->try = try;
	op->polls++;
	try->op = op;
	try->host = *options->host;
	try->host.folder = folder_of(op, arena);
	*attempt = (struct attempt){
	    .spec = op->impl->spec,
	    .args = place_paths(op, arena, try->host.folder,
		secrets_open(options->secrets, arena, op->start.start.args)),
	    .sealed = op->start.start.args,
	    .host = &try->host,
	    .arena = arena,
	    .timeout_us = limit_us,
	    .grace_us = op->start.start.grace_us,
	    .output_bound = sched_output_bound(engine_sched(options->engine), op->start.start.op),
	    .session = op->session,
	    .op = op->start.start.op,
	    .ops = &attempt_ops,
	    .owner = try,
	};
	if (limit_us > 0)
		loop_timer_start(op->timer, limit_us);
	if (op->session && op->session->lost)
		attempt_error(attempt, "the session of %s was lost, and with it its state",
		    op->session->name);
	else
		op->impl->start(attempt);
}

static void borrowed(struct borrower *borrower, struct session *session)
{
	struct op *op = (struct op *)((char *)borrower - offsetof(struct op, borrower));

	op->session = session;
	op->deadline_us = now_of(op) + op->start.start.poll.within_us;
	begin_attempt(op);
}

static void finish_resting(struct op *op);

/* The attempt's time is up, or it is time for the next poll. */
static void timer_fired(void *self)
{
	struct op *op = self;

	if ((op->state == RESTING || op->state == BORROWING) && op->stopped) {
		finish_resting(op);
	} else if (op->state == RESTING) {
		outlet_forget(op->outlet);
		begin_attempt(op);
	} else if (op->state == TRYING && !op->timed_out) {
		op->timed_out = true;
		op->impl->cancel(&op->try->attempt, CANCEL_TERM);
	}
}

void op_start(struct op_context *context, const struct message *start)
{
	struct op *op = mem_alloc(sizeof(*op));
	const struct exec_live_options *options = &context->options;
	struct outlet_options outlet = {
	    .op = start->start.op,
	    .redactor = secrets_redactor(options->secrets),
	    .muted = start->start.poll.within_us > 0 || start->start.sensitive,
	    .bound = sched_output_bound(engine_sched(options->engine), start->start.op),
	    .emit = record_output,
	    .context = op,
	};

	op->context = context;
	op->arena = arena_new();
	op->start = message_copy(op->arena, start);
	op->impl = registry_find(options->registry, start->start.action);
	assert(op->impl); /* names were checked */
	outlet.step = op->start.start.step;
	op->outlet = outlet_new(&outlet);
	op->timer = loop_timer_new(options->host->loop, timer_fired, op);
	op->shower = loop_timer_new(options->host->loop, show_output, op);
	op->holds_since_us = -1;
	op->deadline_us = now_of(op) + start->start.poll.within_us;
	op->next = context->ops;
	op->link = &context->ops;
	if (op->next)
		op->next->link = &op->next;
	context->ops = op;
	if (!op->start.start.session.len) {
		begin_attempt(op);
		return;
	}
	op->state = BORROWING;
	op->borrower.lend = borrowed;
	sessions_borrow(context->sessions, op->start.start.session, &op->borrower);
}

void op_stop(struct op_context *context, const struct message *stop)
{
	struct op *op = context->ops;

	while (op && op->start.start.op != stop->stop.op)
		op = op->next;
	if (!op || op->state == OVER || (op->state == JUDGING && !is_polled(op)))
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
	struct buf limit;

	buf_init(&limit, BUF_UNBOUNDED);
	units_show_duration(&limit, op->start.start.poll.within_us);
	finished->finished.end = END_DONE;
	finished->finished.verdict.why = arena_printf(arena, "not within %.*s: %.*s",
	    STR_ARG(buf_view(&limit)), STR_ARG(finished->finished.verdict.why));
	buf_done(&limit);
}

/* Whether a polled check is to be asked again. */
static bool asks_again(struct op *op, struct arena *arena, struct message *finished)
{
	const struct poll_spec *poll = &op->start.start.poll;
	int64_t now_us = now_of(op);

	if (!is_polled(op) || op->stopped)
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
	int64_t left_us = decides_us - now_of(op);

	return left_us < poll->every_us ? left_us : poll->every_us;
}

/* Lets go of the attempt: at once, or when the action's last handle is closed. */
static void drop_try(struct op *op)
{
	struct try *try = op->try;

	op->try = NULL;
	try->op = NULL;
	if (try->released)
		try_free(try);
}

static void finish(struct op *op, struct message *finished)
{
	op->state = OVER;
	op->session = NULL;
	loop_timer_stop(op->timer);
	loop_timer_stop(op->shower);
	if (!op->start.start.sensitive)
		outlet_speak(op->outlet);
	engine_post(op->context->options.engine, finished);
}

/* Stopped between two polls: there is no result to judge. */
static void finish_resting(struct op *op)
{
	struct message finished = {.type = MESSAGE_FINISHED};

	finished.finished.op = op->start.start.op;
	finished.finished.end = END_STOPPED;
	finished.finished.why = STR("stopped");
	finished.finished.verdict.why = STR("stopped");
	finished.finished.polls = op->polls;
	finished.finished.now_us = loop_wall_us();
	finish(op, &finished);
	op_free(op);
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
	};
	struct message finished;

	loop_timer_stop(op->timer);
	finished = op_result(arena, &ended);
	if (op->start.start.sensitive)
		op_seal(arena, op->context->options.secrets, &op->start, &finished);
	if (asks_again(op, arena, &finished)) {
		drop_try(op);
		op->state = RESTING;
		loop_timer_start(op->timer, rest_us(op));
	} else {
		finish(op, &finished);
		drop_try(op);
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
