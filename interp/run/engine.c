/* SPDX-License-Identifier: Apache-2.0 */
#include "run/engine.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/gate.h"
#include "run/journal.h"

struct engine {
	struct loop *loop;
	struct sched *sched;
	struct journal *journal;
	struct executor *executor;
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
	bool posting;
	bool sealed;
	bool done;
	bool left; /* without having finished */
	enum run_outcome outcome;
};

/* What is printed reaches the file this soon, so that it outlives us; what found no room, once there is some. */
enum { FLUSH_US = 100000 };

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

/* Which effects must be durable before they happen. */
static bool needs_disk(const struct message *effect)
{
	if (effect->type == MESSAGE_ASK)
		return effect->ask.kind == ASK_MANUAL;
	return effect->type == MESSAGE_START &&
	    (effect->start.class != EFFECT_READ || effect->start.what == START_BACKGROUND);
}

/* Nothing waits for a disk in vain. One that is only nearly full still takes what there is room for. */
static void settle_gate(struct engine *engine)
{
	bool needed = sched_needs_record(engine->sched);
	enum writer_state told = journal_told(engine->journal);
	const struct message *effect;

	if (told == WRITER_GOOD || (!needed && told == WRITER_LOW))
		return;
	if (is_held(engine)) /* what only reads is among it: all of it waits for what is decided */
		return;
	while ((effect = gate_take(engine->gate))) {
		if (needed && needs_disk(effect))
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

/* Tells the scheduler whether the record can be relied on. */
static void watch_record(struct engine *engine)
{
	struct message record;

	if (journal_news(engine->journal, &record))
		engine_post(engine, &record);
	settle_gate(engine);
	if (!engine->sealed &&
	    (journal_told(engine->journal) == WRITER_LOW ||
		journal_told(engine->journal) == WRITER_STUCK))
		flush_soon(engine);
}

/* Hands over what is durable, unless nothing may begin. */
static void open_gate(struct engine *engine)
{
	const struct message *effect;

	while (!is_held(engine) &&
	    (effect = gate_open(engine->gate, journal_durable(engine->journal))))
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
	journal_write(engine->journal);
	watch_record(engine);
}

struct engine *engine_new(const struct engine_options *options, struct buf *error)
{
	struct engine *engine = mem_alloc(sizeof(*engine));
	struct journal_options journal = {
	    .writer = {.path = options->path,
		.tail = options->tail,
		.wake = wake,
		.context = engine,
		.sync = options->sync,
		.reserve = options->reserve,
		.signer = options->signer},
	    .t_us = options->t_us,
	    .observers = options->observers,
	    .observer_count = options->observer_count,
	};

	/* the writer's thread may speak as soon as there is one */
	uv_async_init(&options->loop->uv, &engine->durable, durable_changed);
	engine->durable.data = engine;
	engine->loop = options->loop;
	engine->sched = options->sched;
	engine->gate = gate_new();
	engine->comparator = options->comparator;
	engine->timer = loop_timer_new(options->loop, timer_due, engine);
	engine->flusher = loop_timer_new(options->loop, flush_due, engine);
	engine->journal = journal_new(&journal, error);
	if (!engine->journal) {
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
	journal_free(engine->journal);
	loop_timer_free(engine->timer);
	loop_timer_free(engine->flusher);
	uv_close((uv_handle_t *)&engine->durable, async_closed);
	loop_run(engine->loop, &engine->durable_closed);
	gate_free(engine->gate);
	free(engine);
}

void engine_perform_by(struct engine *engine, struct executor *executor)
{
	engine->executor = executor;
}

bool engine_wants_samples(const struct engine *engine)
{
	return journal_wants_samples(engine->journal);
}

void engine_sample(const struct engine *engine, struct sample *sample)
{
	journal_show(engine->journal, sample);
}

void engine_say(const struct engine *engine, const struct saying *saying)
{
	journal_say(engine->journal, saying);
}

int64_t engine_now(const struct engine *engine)
{
	return journal_now(engine->journal);
}

struct sched *engine_sched(const struct engine *engine)
{
	return engine->sched;
}

static bool tells_somebody(const struct message *effect)
{
	return effect->type == MESSAGE_START && effect->start.what == START_NOTIFY;
}

/*
 * Behind a departure whatever begins anything waits too. Who is told is told at once, though: that the disk hangs, or
 * that a person is waited for, may be what there is to tell; and told twice, a service has one incident.
 */
static bool is_gated(const struct engine *engine, const struct message *effect)
{
	if (tells_somebody(effect))
		return false;
	return needs_disk(effect) ||
	    (engine->parting && (effect->type == MESSAGE_ASK || effect->type == MESSAGE_START));
}

static void finish(struct engine *engine)
{
	engine->sealed = true;
	engine->done = true;
	loop_timer_stop(engine->timer);
	loop_timer_stop(engine->flusher);
	journal_finish(engine->journal);
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
		journal_append(engine->journal, &effect);
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
	uint64_t ticket = journal_write(engine->journal);
	bool awaited = false; /* something here is to be on the disk soon */

	for (size_t i = 0; i < effects->count; i++) {
		const struct message *effect = &effects->items[i];

		awaited |= tells_somebody(effect);
		if (is_gated(engine, effect)) {
			gate_hold(engine->gate, effect, ticket);
			awaited = true;
		} else if (effect->type == MESSAGE_UNASK &&
		    gate_drop_ask(engine->gate, effect->unask.id)) {
			continue; /* nobody saw it */
		} else if (effect->type != MESSAGE_STOP ||
		    !gate_holds(engine->gate, effect->stop.op)) {
			executor_perform(engine->executor, effect);
		}
	}
	if (awaited)
		journal_sync(engine->journal, ticket);
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
	/* a record in danger is told before what may be durable by now begins: the other thread may be quick */
	watch_record(engine);
	if (!engine->sealed)
		open_gate(engine); /* what was decided may have ended a hold */
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
	journal_append(engine->journal, in);
	decide(engine, in);
}

void engine_begin(struct engine *engine, struct message *run_started,
    const struct source *const *sources, size_t count, struct message *aside)
{
	assert(!engine->posting && !engine->sealed);
	engine->posting = true;
	journal_append(engine->journal, run_started);
	journal_append_sources(engine->journal, sources, count);
	if (aside)
		journal_append(engine->journal, aside);
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
	journal_tell_anew(engine->journal);
	engine->posting = true;
	journal_append(engine->journal, run_resumed);
	journal_append_sources(engine->journal, sources, count);
	decide(engine, run_resumed);
	executor_ask_again(engine->executor, unfinished);
}

void engine_aside(struct engine *engine, struct message *aside)
{
	if (engine->sealed)
		return;
	journal_append(engine->journal, aside);
	flush_soon(engine);
}

bool engine_aside_now(struct engine *engine, struct message *aside)
{
	bool written;

	assert(!engine->posting && !engine->sealed);
	journal_append(engine->journal, aside);
	journal_sync(engine->journal, journal_write(engine->journal));
	written = journal_is_written(engine->journal);
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
	journal_finish(engine->journal);
	engine->left = engine->done = true;
}

bool engine_is_left(const struct engine *engine)
{
	return engine->left;
}

bool engine_is_over(const struct engine *engine)
{
	return engine->sealed || engine->left;
}

enum run_outcome engine_outcome(const struct engine *engine)
{
	return engine->outcome;
}

const char *engine_record_error(const struct engine *engine)
{
	return journal_error(engine->journal);
}
