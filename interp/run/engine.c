/* SPDX-License-Identifier: Apache-2.0 */
#include "run/engine.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "record/source_lines.h"
#include "run/gate.h"

struct engine {
	struct loop *loop;
	struct sched *sched;
	struct writer *writer;
	struct executor *executor;
	struct observer *observers;
	size_t observer_count;
	struct gate
	    *gate; /* effects that wait for the disk, or for what is decided about a departure */
	struct comparator *comparator; /* NULL: it follows no record */
	bool parting; /* what was just decided departs from the record, which is not told yet */
	struct message parted; /* what is to be told then; the comparator's */
	uv_async_t durable; /* the sync thread's word */
	bool durable_closed;
	struct loop_timer *timer;
	struct loop_timer
	    *flusher; /* of asides, for which no decision waits, and of what could not be written */
	bool flush_soon;
	int64_t began_clock_us;
	bool posting;
	enum writer_state told; /* the worst since the record was last well: the scheduler knows */
	int64_t lost; /* lines that the record refused, and does not tell of yet */
	bool gap; /* some were refused: the record is not whole, whatever follows */
	bool recorded; /* run.finished is in the record */
	bool sealed;
	bool done;
	bool left; /* without having finished */
	enum run_outcome outcome;
	char *record_error;
};

/* What is printed reaches the file this soon, so that it outlives us; what found no room, once there is some. */
enum { FLUSH_US = 100000 };

static void note_error(struct engine *engine)
{
	free(engine->record_error);
	engine->record_error = mem_strdup(writer_error(engine->writer));
}

static void post_unperformed(struct engine *engine, uint32_t op, struct str why)
{
	struct message finished = {.type = MESSAGE_FINISHED};

	finished.finished.op = op;
	finished.finished.end = END_NOT_BEGUN;
	finished.finished.why = why;
	finished.finished.verdict.why = why;
	engine_post(engine, &finished);
}

/* Nothing that changes is begun without a record. */
static void refuse(struct engine *engine, const struct message *effect)
{
	struct message answered = {.type = MESSAGE_ANSWERED};

	if (effect->type == MESSAGE_START) {
		post_unperformed(engine, effect->start.op,
		    STR("the record cannot be written, so nothing that changes is begun"));
		return;
	}
	answered.answered.id = effect->ask.id;
	answered.answered.answer = ANSWER_UNAVAILABLE;
	answered.answered.who = STR("the record cannot be written");
	engine_post(engine, &answered);
}

/* Nothing may begin before it is decided what a departure means. */
static bool is_held(const struct engine *engine)
{
	return engine->parting || sched_held(engine->sched);
}

/* Nothing waits for a disk in vain. One that is only nearly full still takes what there is room for. */
static void settle_gate(struct engine *engine)
{
	bool needed = sched_needs_record(engine->sched);
	const struct message *effect;

	if (engine->told == WRITER_GOOD || (!needed && engine->told == WRITER_LOW) ||
	    (!needed && is_held(engine)))
		return;
	while ((effect = gate_take(engine->gate))) {
		if (needed)
			refuse(engine, effect);
		else
			executor_perform(engine->executor, effect);
	}
}

static void flush_soon(struct engine *engine)
{
	if (!engine->flush_soon)
		loop_timer_start(engine->flusher, FLUSH_US);
	engine->flush_soon = true;
}

/* Tells the scheduler whether the record can be relied on: once each way, and when it gets worse. */
static void watch_record(struct engine *engine)
{
	enum writer_state state = writer_state(engine->writer);
	struct message record = {.type = MESSAGE_RECORD};

	if (state > engine->told || (state == WRITER_GOOD && engine->told != WRITER_GOOD)) {
		engine->told = state;
		if (state != WRITER_GOOD) {
			note_error(engine);
			record.record.state = RECORD_FAILED;
			record.record.why = str_from(engine->record_error);
		}
		engine_post(engine, &record);
	}
	settle_gate(engine);
	if (!engine->sealed && (engine->told == WRITER_LOW || engine->told == WRITER_STUCK))
		flush_soon(engine);
}

/* Hands over what is durable, unless nothing may begin. */
static void open_gate(struct engine *engine)
{
	const struct message *effect;

	while (
	    !is_held(engine) && (effect = gate_open(engine->gate, writer_durable(engine->writer))))
		executor_perform(engine->executor, effect);
}

static void durable_changed(uv_async_t *async)
{
	struct engine *engine = async->data;

	if (engine->sealed)
		return;
	open_gate(engine);
	watch_record(engine);
}

/* From the sync thread: may only wake the loop. */
static void wake(void *context)
{
	struct engine *engine = context;

	uv_async_send(&engine->durable);
}

static void timer_due(void *self)
{
	struct engine *engine = self;
	struct message timer = {.type = MESSAGE_TIMER};

	if (!sched_due(engine->sched, &timer.timer.due_us, &timer.timer.id))
		return;
	if (timer.timer.due_us > engine_now(engine))
		loop_timer_start(engine->timer, timer.timer.due_us - engine_now(engine));
	else
		engine_post(engine, &timer);
}

static void flush_due(void *self)
{
	struct engine *engine = self;

	engine->flush_soon = false;
	if (engine->sealed)
		return;
	writer_flush(engine->writer);
	watch_record(engine);
}

struct engine *engine_new(const struct engine_options *options, struct buf *error)
{
	struct engine *engine = mem_alloc(sizeof(*engine));
	struct writer_options writer = {
	    .path = options->path,
	    .tail = options->tail,
	    .wake = wake,
	    .context = engine,
	    .sync = options->sync,
	    .reserve = options->reserve,
	    .signer = options->signer,
	};

	/* the writer's thread may speak as soon as there is one */
	uv_async_init(&options->loop->uv, &engine->durable, durable_changed);
	engine->durable.data = engine;
	engine->loop = options->loop;
	engine->sched = options->sched;
	engine->observers = options->observers;
	engine->observer_count = options->observer_count;
	engine->began_clock_us = loop_clock_us() - options->t_us;
	engine->gate = gate_new();
	engine->comparator = options->comparator;
	engine->timer = loop_timer_new(options->loop, timer_due, engine);
	engine->flusher = loop_timer_new(options->loop, flush_due, engine);
	engine->writer = writer_new(&writer, error);
	if (!engine->writer) {
		engine_free(engine);
		return NULL;
	}
	return engine;
}

static void async_closed(uv_handle_t *handle)
{
	struct engine *engine = handle->data;

	engine->durable_closed = true;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	writer_free(engine->writer);
	loop_timer_free(engine->timer);
	loop_timer_free(engine->flusher);
	uv_close((uv_handle_t *)&engine->durable, async_closed);
	loop_run(engine->loop, &engine->durable_closed);
	gate_free(engine->gate);
	free(engine->record_error);
	free(engine);
}

void engine_perform_by(struct engine *engine, struct executor *executor)
{
	engine->executor = executor;
}

int64_t engine_now(const struct engine *engine)
{
	return loop_clock_us() - engine->began_clock_us;
}

struct sched *engine_sched(const struct engine *engine)
{
	return engine->sched;
}

/* A record that had no room for some lines says so, before the first one that it has room for again. */
static bool append_gap(struct engine *engine, const struct message *before)
{
	struct message gap = {
	    .type = MESSAGE_RECORD_GAP, .at_us = before->at_us, .t_us = before->t_us};

	gap.record_gap.lines = engine->lost;
	gap.record_gap.why = str_from(engine->record_error);
	return writer_append(engine->writer, &gap);
}

static void append(struct engine *engine, struct message *message)
{
	message->at_us = loop_wall_us();
	message->t_us = engine_now(engine);
	if (engine->lost && append_gap(engine, message))
		engine->lost = 0;
	if (engine->lost || !writer_append(engine->writer, message)) {
		if (engine->lost++ == 0)
			note_error(engine);
		engine->gap = true;
	} else if (message->type == MESSAGE_RUN_FINISHED) {
		engine->recorded = true;
	}
	for (size_t i = 0; i < engine->observer_count; i++)
		engine->observers[i].see(engine->observers[i].self, message);
}

/* Which effects must be durable before they happen; behind a departure, which begin anything. */
static bool is_gated(const struct engine *engine, const struct message *effect)
{
	if (effect->type == MESSAGE_ASK)
		return engine->parting || effect->ask.kind == ASK_MANUAL;
	return effect->type == MESSAGE_START &&
	    (engine->parting || effect->start.class != EFFECT_READ ||
		effect->start.what == START_BACKGROUND || effect->start.what == START_NOTIFY);
}

static void finish(struct engine *engine)
{
	engine->sealed = true;
	engine->done = true;
	loop_timer_stop(engine->timer);
	loop_timer_stop(engine->flusher);
	if (!engine->recorded)
		return;
	if (!writer_finish(engine->writer)) {
		note_error(engine);
	} else if (!engine->gap) { /* it was in danger, but all of it is there */
		free(engine->record_error);
		engine->record_error = NULL;
	}
}

struct effects {
	struct message *items;
	size_t count;
	size_t capacity;
};

/* What is ended early is not as it was in any case. */
static bool is_compared(const struct engine *engine)
{
	return engine->comparator && !sched_interrupted(engine->sched);
}

static void drain(struct engine *engine, struct effects *effects)
{
	struct message effect;

	while (sched_next(engine->sched, &effect)) {
		append(engine, &effect);
		if (effect.type == MESSAGE_RUN_FINISHED)
			engine->outcome = effect.run_finished.outcome;
		if (is_compared(engine) && !engine->parting)
			engine->parting = comparator_decided(
			    engine->comparator, &effect, &engine->parted);
		effects->items = mem_grow(
		    effects->items, effects->count, &effects->capacity, sizeof(*effects->items));
		effects->items[effects->count++] = effect;
	}
}

static void deliver(struct engine *engine, const struct effects *effects)
{
	uint64_t ticket;
	bool gated = false;

	if (engine->recorded) /* in the same write: a run that has finished has a seal */
		writer_seal(engine->writer);
	ticket = writer_flush(engine->writer);
	for (size_t i = 0; i < effects->count; i++) {
		const struct message *effect = &effects->items[i];

		if (is_gated(engine, effect)) {
			gate_hold(engine->gate, effect, ticket);
			gated = true;
		} else if (effect->type == MESSAGE_UNASK &&
		    gate_drop_ask(engine->gate, effect->unask.id)) {
			continue; /* nobody saw it */
		} else if (effect->type != MESSAGE_STOP ||
		    !gate_holds(engine->gate, effect->stop.op)) {
			executor_perform(engine->executor, effect);
		}
	}
	if (gated)
		writer_sync(engine->writer, ticket);
}

/* Starts that were stopped while they waited for the disk never began. */
static void drop_stopped(struct engine *engine, const struct effects *effects)
{
	for (size_t i = 0; i < effects->count; i++) {
		uint32_t op = effects->items[i].stop.op;

		if (effects->items[i].type == MESSAGE_STOP && gate_drop(engine->gate, op))
			post_unperformed(engine, op, STR("stopped before it began"));
	}
}

static void arm_timer(struct engine *engine)
{
	int64_t due_us;
	uint32_t id;

	if (!sched_due(engine->sched, &due_us, &id))
		loop_timer_stop(engine->timer);
	else
		loop_timer_start(
		    engine->timer, due_us > engine_now(engine) ? due_us - engine_now(engine) : 0);
}

/* Tells the scheduler where its own decisions have departed; what they began waits. */
static void tell_parting(struct engine *engine)
{
	if (!engine->parting)
		return;
	engine->parting = false;
	engine_post(engine, &engine->parted);
}

/* Hands over what was decided, and goes on to whatever is next. */
static void act(struct engine *engine, struct effects *effects)
{
	deliver(engine, effects);
	engine->posting = false;
	drop_stopped(engine, effects);
	free(effects->items);
	if (engine->sealed)
		return;
	if (sched_finished(engine->sched)) {
		finish(engine);
		return;
	}
	tell_parting(engine);
	if (engine->sealed)
		return;
	arm_timer(engine);
	open_gate(engine); /* what was decided may have ended a hold */
	watch_record(engine);
}

/* What follows from an event that is in the record. */
static void decide(struct engine *engine, const struct message *in)
{
	struct effects effects = {0};

	sched_post(engine->sched, in);
	drain(engine, &effects);
	act(engine, &effects);
}

void engine_post(struct engine *engine, struct message *in)
{
	struct message diverged;

	if (is_compared(engine) && in->type == MESSAGE_FINISHED &&
	    comparator_finished(engine->comparator, in, &diverged))
		engine_post(engine, &diverged);
	assert(!engine->posting && !engine->sealed);
	engine->posting = true;
	append(engine, in);
	decide(engine, in);
}

static void append_source(void *context, const struct message *source)
{
	struct message line = *source;

	append(context, &line);
}

static void append_sources(struct engine *engine, const struct source *const *sources, size_t count)
{
	for (size_t i = 0; i < count; i++)
		source_lines(str_from(sources[i]->name),
		    (struct str){sources[i]->bytes, sources[i]->len}, append_source, engine);
}

void engine_begin(struct engine *engine, struct message *run_started,
    const struct source *const *sources, size_t count)
{
	assert(!engine->posting && !engine->sealed);
	engine->posting = true;
	append(engine, run_started);
	append_sources(engine, sources, count);
	decide(engine, run_started);
}

void engine_resume(struct engine *engine, struct message *run_resumed,
    const struct source *const *sources, size_t count, struct unfinished *unfinished)
{
	struct effects effects = {0};

	assert(!engine->posting && !engine->sealed);
	engine->posting = true;
	executor_take_over(engine->executor, unfinished);
	drain(engine, &effects);
	for (size_t i = 0; i < effects.count; i++)
		if (effects.items[i].type == MESSAGE_UNASK)
			unfinished_see(unfinished, &effects.items[i]);
	act(engine, &effects);
	if (engine->sealed) /* its last words alone were missing */
		return;
	engine->told = WRITER_GOOD; /* as run.resumed takes it: told anew */
	engine->posting = true;
	append(engine, run_resumed);
	append_sources(engine, sources, count);
	decide(engine, run_resumed);
	executor_ask_again(engine->executor, unfinished);
}

void engine_aside(struct engine *engine, struct message *aside)
{
	if (engine->sealed)
		return;
	append(engine, aside);
	flush_soon(engine);
}

bool engine_aside_now(struct engine *engine, struct message *aside)
{
	bool written;

	assert(!engine->posting && !engine->sealed);
	append(engine, aside);
	writer_sync(engine->writer, writer_flush(engine->writer));
	written = engine->lost == 0 && writer_state(engine->writer) <= WRITER_LOW;
	watch_record(engine);
	return written;
}

void engine_run(struct engine *engine)
{
	if (!engine->done)
		loop_run(engine->loop, &engine->done);
	assert(engine->done);
}

void engine_leave(struct engine *engine)
{
	assert(!engine->posting && !engine->sealed);
	writer_finish(engine->writer);
	engine->left = engine->done = true;
}

bool engine_is_left(const struct engine *engine)
{
	return engine->left;
}

bool engine_is_over(const struct engine *engine)
{
	return engine->sealed;
}

enum run_outcome engine_outcome(const struct engine *engine)
{
	return engine->outcome;
}

const char *engine_record_error(const struct engine *engine)
{
	return engine->record_error;
}
