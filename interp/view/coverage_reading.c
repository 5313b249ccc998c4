/* SPDX-License-Identifier: Apache-2.0 */
#include "view/coverage_parts.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "sched/node_path.h"

/* What was decided for want of knowing better. */
enum { CHOSE_WHEN = 1, CHOSE_UNLESS = 2, CHOSE_LIST = 4 };

/* One instance of a step, as far as it has been told. */
struct life {
	struct str path;
	const struct plan_node *node;
	struct life *above; /* the block or loop around it, or NULL */
	unsigned chose;
	bool acted; /* its action began, a person did it, a block's steps were let in */
	bool ran; /* its action was really tried, by whatever end */
	bool unable; /* or could not be: see is_unable() */
	bool unread; /* what only reads was not read, or behind what was not performed */
	bool assumed; /* something in it was not performed */
	bool refused; /* a precondition did not hold */
	bool done;
	int64_t acted_us;
	struct life *next;
};

struct operation {
	uint32_t number;
	enum start_what what;
	bool reads;
	bool confined;
	struct life *life;
};

struct question {
	uint32_t id;
	enum ask_kind kind;
	int64_t wanted; /* how many have still to approve */
	struct life *life;
};

struct coverage_reading {
	struct arena *arena;
	const struct plan *plan;
	struct coverage_run run;
	struct str sources;
	struct map lives; /* by path */
	struct life *first_life;
	struct map operations; /* by number */
	struct map questions; /* by id */
	struct coverage_event *events;
	size_t event_count;
	size_t event_capacity;
};

struct coverage_reading *coverage_reading_new(const struct coverage *coverage)
{
	struct coverage_reading *reading = mem_alloc(sizeof(*reading));

	reading->arena = arena_new();
	reading->plan = coverage->plan;
	map_init(&reading->lives);
	map_init(&reading->operations);
	map_init(&reading->questions);
	return reading;
}

void coverage_reading_free(struct coverage_reading *reading)
{
	if (!reading)
		return;
	map_done(&reading->lives);
	map_done(&reading->operations);
	map_done(&reading->questions);
	arena_free(reading->arena);
	free(reading);
}

struct str coverage_sources(const struct coverage_reading *reading)
{
	return reading->sources;
}

static struct str number_key(const uint32_t *number)
{
	return (struct str){(const char *)number, sizeof(*number)};
}

/* NULL of the runbook itself, and of what is no step of it any more. */
static struct life *life_at(struct coverage_reading *reading, struct str path)
{
	struct life *life = path.len ? map_get(&reading->lives, path) : NULL;
	const struct plan_node *node;

	if (life || !path.len)
		return life;
	node = plan_at(reading->plan, path);
	if (!node)
		return NULL;
	life = arena_alloc(reading->arena, sizeof(*life));
	life->path = arena_str(reading->arena, path);
	life->node = node;
	life->above = life_at(reading, node_above(path));
	life->next = reading->first_life;
	reading->first_life = life;
	map_put(&reading->lives, life->path, life);
	return life;
}

static void note(struct coverage_reading *reading, const struct life *life, enum coverage_way way,
    enum coverage_kind kind, int64_t at_us)
{
	reading->events = arena_grow(reading->arena, reading->events, reading->event_count,
	    &reading->event_capacity, sizeof(*reading->events));
	reading->events[reading->event_count++] = (struct coverage_event){
	    life->node->index, way, kind, at_us};
}

/* How true in this run is what rests on an assumption, or on none. */
static enum coverage_kind kind_of(const struct coverage_reading *reading, bool assumed)
{
	if (assumed)
		return COVERAGE_REHEARSED;
	return reading->run.live ? COVERAGE_LIVE : COVERAGE_READ;
}

static enum coverage_kind kind_of_life(
    const struct coverage_reading *reading, const struct life *life)
{
	return life->unread ? COVERAGE_ASSUMED : kind_of(reading, life->assumed);
}

static void act(struct life *life, int64_t at_us)
{
	life->acted = true;
	life->acted_us = at_us;
}

bool coverage_is_live(struct str mode)
{
	return str_is(mode, "run") || str_is(mode, "replay");
}

static void see_run_started(struct coverage_reading *reading, const struct message *message)
{
	struct coverage_run *run = &reading->run;

	run->run = arena_str(reading->arena, message->run_started.run);
	run->live = coverage_is_live(message->run_started.mode);
	run->began_us = message->at_us;
	reading->sources = coverage_sources_of(reading->arena, message->run_started.sources);
}

static void see_run_resumed(struct coverage_reading *reading, const struct message *message)
{
	if (message->run_resumed.sources)
		reading->sources = coverage_sources_of(
		    reading->arena, message->run_resumed.sources);
}

static void see_start(struct coverage_reading *reading, const struct message *message)
{
	struct life *life = life_at(reading, message->start.node);
	struct operation *operation;

	if (!life || message->start.what == START_NOTIFY)
		return;
	operation = arena_alloc(reading->arena, sizeof(*operation));
	*operation = (struct operation){.number = message->start.op,
	    .what = message->start.what,
	    .reads = message->start.class == EFFECT_READ,
	    .life = life};
	map_put(&reading->operations, number_key(&operation->number), operation);
	if (message->start.what == START_ACTION)
		act(life, message->at_us);
}

static void see_started(struct coverage_reading *reading, const struct message *message)
{
	struct operation *operation = map_get(
	    &reading->operations, number_key(&message->started.op));

	if (operation)
		operation->confined = message->started.confined;
}

/*
 * It could not begin, or what only reads was refused a file, as the advice on it has it
 * (stdlib/process_denial.c): its author has seen nothing of what it does.
 */
static bool is_unable(const struct operation *operation, const struct message *message)
{
	if (message->finished.end == END_ERROR && !message->finished.result)
		return true;
	return operation->confined && message->finished.end == END_DONE &&
	    !message->finished.verdict.ok && message->finished.advice.len > 0;
}

static void see_action(const struct operation *operation, const struct message *message)
{
	struct life *life = operation->life;

	if (message->finished.end == END_NOT_BEGUN)
		life->acted = false;
	else if (message->finished.origin != ORIGIN_LIVE)
		life->unread = life->unread || operation->reads;
	else if (is_unable(operation, message))
		life->unable = true;
	else
		life->ran = true;
}

/* What a check says that did not hold. A rehearsal may go on nevertheless. One that could not be done says nothing. */
static void see_check(struct coverage_reading *reading, const struct operation *operation,
    const struct message *message)
{
	struct life *life = operation->life;
	bool assumed = message->finished.origin != ORIGIN_LIVE;

	if (message->finished.verdict.ok || message->finished.end == END_STOPPED ||
	    message->finished.end == END_NOT_BEGUN || message->finished.end == END_LOST ||
	    is_unable(operation, message))
		return;
	if (operation->what == START_UNLESS)
		note(reading, life, WAY_UNLESS_NOT, kind_of(reading, assumed), message->at_us);
	if (operation->what == START_PRECONDITION)
		life->refused = true;
}

static void see_finished(struct coverage_reading *reading, const struct message *message)
{
	const struct operation *operation = map_get(
	    &reading->operations, number_key(&message->finished.op));

	if (!operation)
		return;
	if (message->finished.origin != ORIGIN_LIVE)
		operation->life->assumed = true;
	if (operation->what == START_ACTION)
		see_action(operation, message);
	see_check(reading, operation, message);
}

static void see_choose(struct coverage_reading *reading, const struct message *message)
{
	struct life *life = life_at(reading, message->choose.node);

	if (!life)
		return;
	if (str_is(message->choose.what, "when"))
		life->chose |= CHOSE_WHEN;
	else if (str_is(message->choose.what, "unless"))
		life->chose |= CHOSE_UNLESS;
	else if (str_is(message->choose.what, "for_each"))
		life->chose |= CHOSE_LIST;
	else
		life->assumed = true;
}

static void see_ask(struct coverage_reading *reading, const struct message *message)
{
	struct life *life = life_at(reading, message->ask.node);
	struct question *question;

	if (!life)
		return;
	question = arena_alloc(reading->arena, sizeof(*question));
	*question = (struct question){message->ask.id, message->ask.kind, message->ask.by, life};
	map_put(&reading->questions, number_key(&question->id), question);
}

static void see_approval(
    struct coverage_reading *reading, struct question *question, const struct message *message)
{
	bool approved = message->answered.answer == ANSWER_APPROVED;
	bool really = message->answered.origin == ORIGIN_LIVE;

	if (approved && --question->wanted > 0)
		return;
	if (really)
		note(reading, question->life, approved ? WAY_APPROVED : WAY_DENIED,
		    kind_of(reading, !reading->run.live), message->at_us);
	else
		note(reading, question->life, approved ? WAY_APPROVAL_ASSUMED : WAY_DENIAL_ASSUMED,
		    COVERAGE_REHEARSED, message->at_us);
}

/* Of a rehearsal, what was approved is not done: nobody has approved it as of a run. */
static void see_answered(struct coverage_reading *reading, const struct message *message)
{
	struct question *question = map_get(&reading->questions, number_key(&message->answered.id));
	bool approved = message->answered.answer == ANSWER_APPROVED;

	if (!question)
		return;
	if (question->kind == ASK_MANUAL && message->answered.origin != ORIGIN_LIVE)
		question->life->assumed = true;
	if (question->kind == ASK_MANUAL && (approved || message->answered.answer == ANSWER_DENIED))
		act(question->life, message->at_us);
	if (question->kind == ASK_APPROVAL)
		see_approval(reading, question, message);
}

static void see_unless(
    struct coverage_reading *reading, const struct life *life, const struct message *message)
{
	const struct value *value = message->decided.value;
	bool assumed = (life->chose & CHOSE_UNLESS) || message->decided.deps;

	if (!value || value->type != VALUE_BOOL) /* nobody knows: it was taken to be needed */
		note(reading, life, WAY_UNLESS_NOT, kind_of(reading, true), message->at_us);
	else if (!value->boolean)
		note(reading, life, WAY_UNLESS_NOT, kind_of(reading, assumed), message->at_us);
	else if (!message->decided.why.len) /* the last word, on all of them */
		note(reading, life, WAY_UNLESS, kind_of(reading, assumed || life->assumed),
		    message->at_us);
}

static void see_when(
    struct coverage_reading *reading, const struct life *life, const struct message *message)
{
	const struct value *value = message->decided.value;
	bool assumed = (life->chose & CHOSE_WHEN) || message->decided.deps;

	if (value && value->type == VALUE_BOOL)
		note(reading, life, value->boolean ? WAY_WHEN : WAY_WHEN_NOT,
		    kind_of(reading, assumed), message->at_us);
}

static void see_list(
    struct coverage_reading *reading, const struct life *life, const struct message *message)
{
	static const enum coverage_way ways[] = {WAY_NO_ITEM, WAY_ONE_ITEM, WAY_MORE_ITEMS};
	const struct value *value = message->decided.value;
	bool assumed = (life->chose & CHOSE_LIST) || message->decided.deps;

	if (value && value->type == VALUE_LIST)
		note(reading, life, ways[value->list.count < 2 ? value->list.count : 2],
		    kind_of(reading, assumed), message->at_us);
}

static void see_decided(struct coverage_reading *reading, const struct message *message)
{
	struct life *life = life_at(reading, message->decided.node);
	const struct value *value = message->decided.value;
	struct str what = message->decided.what;

	if (!life)
		return;
	if (str_is(what, "when"))
		see_when(reading, life, message);
	else if (str_is(what, "unless"))
		see_unless(reading, life, message);
	else if (str_is(what, "for_each"))
		see_list(reading, life, message);
	else if (str_is(what, "precondition") && value && value->type == VALUE_BOOL &&
	    !value->boolean)
		life->refused = true;
	else if (str_is(what, "retry"))
		note(reading, life, WAY_RETRIED, kind_of_life(reading, life), message->at_us);
	else if (str_is(what, "begin"))
		act(life, message->at_us);
	else if (message->decided.deps)
		life->assumed = true; /* what it hangs on was not done */
	if (str_is(what, "action") && message->decided.deps)
		life->unread = true;
}

/* COVERAGE_WAYS: it has not gone any way worth counting. */
static enum coverage_way way_of(const struct life *life, const struct message *finished)
{
	bool acted = life->acted || !coverage_acts(life->node);

	if (life->unable && !life->ran && !life->unread)
		return WAY_UNABLE;
	switch (finished->step_finished.outcome) {
	case OUTCOME_SUCCEEDED:
	case OUTCOME_REHEARSED:
		return acted ? WAY_DONE : COVERAGE_WAYS;
	case OUTCOME_FAILED:
	case OUTCOME_TIMED_OUT:
		if (life->refused && !life->acted)
			return WAY_REFUSED;
		if (!acted)
			return COVERAGE_WAYS;
		if (finished->step_finished.allowed)
			return WAY_ALLOWED;
		return finished->step_finished.outcome == OUTCOME_FAILED ? WAY_FAILED
									 : WAY_TIMED_OUT;
	case OUTCOME_SKIPPED:
		return WAY_SKIPPED;
	case OUTCOME_CANCELLED:
	case OUTCOME_LOST:
		return life->acted ? WAY_CUT : COVERAGE_WAYS;
	default:
		return COVERAGE_WAYS;
	}
}

/* A loop does what its items do. */
static void see_item(const struct life *item, int64_t at_us)
{
	struct life *loop = item->above;

	if (item->acted && !loop->acted)
		act(loop, at_us);
	loop->ran = loop->ran || item->ran;
	loop->unable = loop->unable || item->unable;
	loop->unread = loop->unread || item->unread;
}

static void see_step_finished(struct coverage_reading *reading, const struct message *message)
{
	struct life *life = life_at(reading, message->step_finished.node);
	enum coverage_way way;

	if (!life)
		return;
	if (message->step_finished.outcome == OUTCOME_REHEARSED)
		life->assumed = true;
	way = way_of(life, message);
	if (way != COVERAGE_WAYS)
		note(reading, life, way,
		    way == WAY_SKIPPED && (life->chose & CHOSE_WHEN) ? COVERAGE_REHEARSED
								     : kind_of_life(reading, life),
		    message->at_us);
	life->done = true;
	if (!life->above)
		return;
	life->above->assumed = life->above->assumed || life->assumed;
	if (life->above->node == life->node)
		see_item(life, message->at_us);
}

void coverage_feed(struct coverage_reading *reading, const struct message *message)
{
	static void (*const rows[MESSAGE_TYPES])(
	    struct coverage_reading *, const struct message *) = {
	    [MESSAGE_RUN_STARTED] = see_run_started,
	    [MESSAGE_RUN_RESUMED] = see_run_resumed,
	    [MESSAGE_START] = see_start,
	    [MESSAGE_STARTED] = see_started,
	    [MESSAGE_FINISHED] = see_finished,
	    [MESSAGE_CHOOSE] = see_choose,
	    [MESSAGE_ASK] = see_ask,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_DECIDED] = see_decided,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	};

	if (rows[message->type])
		rows[message->type](reading, message);
}

/* What was begun and has no end when the record ends. */
static void note_open(struct coverage_reading *reading)
{
	for (const struct life *life = reading->first_life; life; life = life->next)
		if (life->acted && !life->done)
			note(reading, life, WAY_CUT, kind_of_life(reading, life), life->acted_us);
}

void coverage_count(struct coverage *coverage, struct coverage_reading *reading,
    const struct coverage_version *version)
{
	struct coverage_run *run = arena_alloc(coverage->arena, sizeof(*run));

	*run = reading->run;
	run->run = arena_str(coverage->arena, run->run);
	if (run->live)
		coverage->live_runs++;
	else
		coverage->rehearsals++;
	if (!coverage->first_us || run->began_us < coverage->first_us)
		coverage->first_us = run->began_us;
	if (run->began_us > coverage->last_us)
		coverage->last_us = run->began_us;
	note_open(reading);
	for (size_t i = 0; i < reading->event_count; i++) {
		const struct coverage_event *event = &reading->events[i];

		coverage_put(
		    coverage, run, event, version && coverage_is_former(version, event->node));
	}
}
