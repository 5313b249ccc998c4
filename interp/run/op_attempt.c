/* SPDX-License-Identifier: Apache-2.0 */
#include "run/op_parts.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/placing.h"
#include "run/sampler.h"
#include "run/untold.h"

/* The attempts of an operation: what its action is given, and what it says. */

static void try_free(struct try *try)
{
	arena_free(try->attempt.arena);
	free(try);
}

/* Whoever resumes a run must know that nothing is done twice here, what it waits for, and what it will not see. */
static void tell_adopted(const struct op *op, int64_t pid)
{
	struct message note = {.type = MESSAGE_NOTE};
	bool lives = pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
	struct buf text;

	if (op->forsaken || (pid <= 0 && !op->withheld))
		return;
	buf_init(&text, BUF_UNBOUNDED);
	buf_str(&text, op->start.start.node);
	if (lives)
		buf_printf(&text, " goes on: its process %lld still runs, and is waited for",
		    (long long)pid);
	else if (pid > 0)
		buf_printf(&text, ": its process %lld has ended since the run was cut off",
		    (long long)pid);
	if (op->withheld)
		buf_printf(&text,
		    "%s what it prints is not kept, for a secret that it was given may be another "
		    "one by now",
		    pid > 0 ? ";" : ":");
	note.note.who = STR("reprise");
	note.note.text = buf_view(&text);
	engine_aside(op->context->options.engine, &note);
	buf_done(&text);
}

static void attempt_began(struct attempt *attempt, int64_t pid, int64_t start_ticks)
{
	struct op *op = ((struct try *)attempt->owner)->op;
	struct message started = {.type = MESSAGE_STARTED};

	if (op && op->adopted)
		tell_adopted(op, pid);
	if (!op || op->announced)
		return;
	op->announced = true;
	started.started.op = op->start.start.op;
	started.started.pid = pid;
	started.started.start_ticks = start_ticks;
	started.started.confined = attempt->confined;
	started.started.unconfined = attempt->unconfined;
	engine_post(op->context->options.engine, &started);
}

static void attempt_said(struct attempt *attempt, enum attempt_stream stream, struct str bytes)
{
	struct op *op = ((struct try *)attempt->owner)->op;

	if (!op || op->withheld || op->looks)
		return;
	outlet_feed(op->outlet, stream == ATTEMPT_STDOUT ? STREAM_STDOUT : STREAM_STDERR, bytes);
	op_said(op);
}

static void attempt_ended(struct attempt *attempt)
{
	struct try *try = attempt->owner;

	sampler_forget(try->sampled);
	try->sampled = NULL;
	op_ended_trying(try->op);
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
	int64_t left = op->holds_since_us < 0 ? op->deadline_us - op_now(op)
					      : op->start.start.poll.within_us;

	if (op->adopted && limit > 0) { /* the time that nobody watched counts */
		limit -= op_now(op) - op->start.t_us;
		return limit > 0 ? limit : 1;
	}
	if (!op_is_polled(op))
		return limit;
	if (left < op->start.start.poll.every_us)
		left = op->start.start.poll.every_us;
	return limit > 0 && limit < left ? limit : left;
}

static void begin(const struct op *op, struct attempt *attempt)
{
	const struct action_impl *impl = op->impl;

	if (!op->looks)
		op->try->sampled = sampler_ask(op->context->sampler, attempt, impl->progress);
	if (op->adopted)
		impl->adopt(attempt);
	else if (!op->looks)
		impl->start(attempt);
	else if (impl->look)
		impl->look(attempt);
	else
		attempt_succeed(attempt, NULL);
}

void op_try(struct op *op)
{
	struct try *try = mem_alloc(sizeof(*try));
	struct attempt *attempt = &try->attempt;
	struct arena *arena = arena_new();
	const struct exec_live_options *options = &op->context->options;
	int64_t limit_us = time_for_attempt(op);
	const struct value *args = args_untold(
	    options->secrets, arena, op->impl->spec, op->start.start.args);
	struct str missing = secrets_missing(options->secrets, args);

	op->state = TRYING;
	op->timed_out = false;
	op->try = try;
	op->polls++;
	try->op = op;
	try->host = *options->host;
	try->host.folder = folder_of(op, arena);
	*attempt = (struct attempt){
	    .spec = op->impl->spec,
	    .args = missing.len
		? args
		: args_placed(arena, op->impl->spec, secrets_open(options->secrets, arena, args),
		      try->host.folder),
	    .sealed = op->start.start.args,
	    .host = &try->host,
	    .arena = arena,
	    .timeout_us = op->adopted ? op->start.start.timeout_us : limit_us,
	    .grace_us = op->start.start.grace_us,
	    .output_bound = sched_output_bound(engine_sched(options->engine), op->start.start.op),
	    .session = op->session,
	    .op = op->start.start.op,
	    .only_reads = op->start.start.class == EFFECT_READ || op->looks,
	    .is_check = op_is_check(op),
	    .recorded_pid = op->pid,
	    .recorded_ticks = op->start_ticks,
	    .confined = op->confined,
	    .ops = &attempt_ops,
	    .owner = try,
	};
	if (limit_us > 0)
		loop_timer_start(op->timer, limit_us);
	if (missing.len)
		attempt_error(attempt,
		    "%.*s was sensitive, and is gone with the interpreter that knew it: its step "
		    "must be "
		    "run again",
		    STR_ARG(missing));
	else if (op->session && op->session->lost)
		attempt_error(attempt, "the session of %s was lost, and with it its state",
		    op->session->name);
	else
		begin(op, attempt);
}

void op_drop_try(struct op *op)
{
	struct try *try = op->try;

	op->try = NULL;
	try->op = NULL;
	if (try->released)
		try_free(try);
}
