/* SPDX-License-Identifier: Apache-2.0 */
#include "run/reenactment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/codec.h"

/* An answer on its way, or the word that a process has begun. */
struct coming {
	struct prospect prospect;
	const struct message *started; /* of the record, or NULL */
	bool is_start; /* it is that word */
	int64_t due_us;
	int64_t seq; /* of the line that it repeats: of those due at once, the first comes first */
};

struct reenactment {
	const struct recording *then;
	struct recording *now;
	struct sched *sched;
	struct exec_recorded *exec;
	const struct message *run_started;
	struct coming *coming; /* in the order in which they were expected */
	size_t coming_count;
	size_t coming_capacity;
	size_t next_unasked;
	int64_t t_us;
	int64_t at_us;
	int64_t seq; /* of the next line */
	struct reenactment_note *notes;
	size_t note_count;
	size_t note_capacity;
};

struct reenactment *reenactment_new(const struct recording *then, struct sched *sched)
{
	struct reenactment *reenactment = mem_alloc(sizeof(*reenactment));

	reenactment->then = then;
	reenactment->sched = sched;
	reenactment->now = recording_new();
	reenactment->exec = exec_recorded_new(then);
	return reenactment;
}

void reenactment_free(struct reenactment *reenactment)
{
	if (!reenactment)
		return;
	exec_recorded_free(reenactment->exec);
	recording_free(reenactment->now);
	free(reenactment->coming);
	free(reenactment);
}

static void note(struct reenactment *reenactment, const struct prospect *prospect)
{
	if (prospect->basis == BASIS_RECORDED)
		return;
	reenactment->notes = arena_grow(reenactment->now->arena, reenactment->notes,
	    reenactment->note_count, &reenactment->note_capacity, sizeof(*reenactment->notes));
	reenactment->notes[reenactment->note_count++] = (struct reenactment_note){
	    prospect->effect, prospect->basis, prospect->why};
}

static void add_coming(struct reenactment *reenactment, struct coming coming)
{
	reenactment->coming = mem_grow(reenactment->coming, reenactment->coming_count,
	    &reenactment->coming_capacity, sizeof(*reenactment->coming));
	reenactment->coming[reenactment->coming_count++] = coming;
}

static void drop_coming(struct reenactment *reenactment, size_t at)
{
	struct coming *coming = reenactment->coming;

	reenactment->coming_count--;
	memmove(&coming[at], &coming[at + 1], (reenactment->coming_count - at) * sizeof(*coming));
}

/* A record of any origin may tell of times that no clock reaches. */
static int64_t later(const struct reenactment *reenactment, int64_t by_us)
{
	return by_us < INT64_MAX - reenactment->t_us ? reenactment->t_us + by_us : INT64_MAX;
}

static int64_t order_of(const struct message *line)
{
	return line ? line->seq : INT64_MAX - 1;
}

/* That its process began, before anything else of it. */
static void expect_started(struct reenactment *reenactment, const struct prospect *prospect)
{
	const struct recorded_op *op = prospect->op;
	struct coming coming = {.prospect = *prospect, .is_start = true};

	coming.started = op ? op->started : NULL;
	if (!coming.started && (op || prospect->effect->start.what != START_BACKGROUND))
		return;
	coming.due_us = later(reenactment, coming.started ? coming.started->t_us - op->led_us : 0);
	coming.seq = order_of(coming.started);
	add_coming(reenactment, coming);
}

static void expect(struct reenactment *reenactment, const struct message *effect)
{
	struct coming coming = {.prospect = exec_recorded_expect(reenactment->exec, effect)};

	if (effect->type == MESSAGE_START)
		expect_started(reenactment, &coming.prospect);
	if (coming.prospect.coming == COMES_NEVER)
		note(reenactment, &coming.prospect);
	coming.due_us = later(reenactment, coming.prospect.after_us);
	coming.seq = coming.prospect.coming == COMES_LAST ? INT64_MAX
							  : order_of(coming.prospect.line);
	add_coming(reenactment, coming);
}

static void stop(struct reenactment *reenactment, uint32_t op)
{
	for (size_t i = 0; i < reenactment->coming_count; i++) {
		struct coming *coming = &reenactment->coming[i];
		enum prospect_end before = coming->prospect.end;

		if (coming->is_start || coming->prospect.effect->type != MESSAGE_START ||
		    coming->prospect.effect->start.op != op)
			continue;
		exec_recorded_stop(&coming->prospect);
		if (coming->prospect.end != ENDS_BY_STOP || before == ENDS_BY_STOP)
			continue;
		coming->due_us = later(reenactment, coming->prospect.after_us);
		coming->seq = order_of(coming->prospect.line);
	}
}

/* A question, or a lock, that is not wanted any more. */
static void forget(struct reenactment *reenactment, enum message_type type, uint32_t id)
{
	for (size_t i = reenactment->coming_count; i-- > 0;) {
		const struct message *effect = reenactment->coming[i].prospect.effect;

		if (effect->type == type &&
		    (type == MESSAGE_ASK ? effect->ask.id : effect->lock.id) == id)
			drop_coming(reenactment, i);
	}
}

/* Takes what was decided as a record would hold it, and looks for its answer. */
static void take(struct reenactment *reenactment, const struct message *effect)
{
	switch (effect->type) {
	case MESSAGE_START:
	case MESSAGE_ASK:
	case MESSAGE_ACQUIRE:
	case MESSAGE_CHOOSE:
		expect(reenactment, effect);
		break;
	case MESSAGE_STOP:
		stop(reenactment, effect->stop.op);
		break;
	case MESSAGE_UNASK:
		forget(reenactment, MESSAGE_ASK, effect->unask.id);
		break;
	case MESSAGE_RELEASE:
		forget(reenactment, MESSAGE_ACQUIRE, effect->lock.id);
		break;
	default:
		break;
	}
}

/* The message as it is read back from a line of its own: a copy of all that it points to. NULL: no line can hold it. */
static const struct message *as_recorded(
    struct reenactment *reenactment, const struct message *message)
{
	struct arena *arena = reenactment->now->arena;
	struct line *line = arena_alloc(arena, sizeof(*line));
	struct buf text;
	struct str why;
	bool good;

	buf_init(&text, BUF_UNBOUNDED);
	good = message_encode(message, transcript_origin, &text) &&
	    message_decode(arena, str_sub(buf_view(&text), 0, text.len - 1), NULL, line, &why);
	buf_done(&text);
	return good && line->known ? &line->message : NULL;
}

static void stamp(struct reenactment *reenactment, struct message *message)
{
	message->seq = reenactment->seq++;
	message->t_us = reenactment->t_us;
	message->at_us = reenactment->at_us;
}

/* Moves the clocks to when an event is due; `line` is what it repeats of the record. */
static void advance(struct reenactment *reenactment, int64_t due_us, const struct message *line)
{
	const struct message *from = line ? line : reenactment->run_started;

	if (due_us > reenactment->t_us)
		reenactment->t_us = due_us;
	reenactment->at_us = from->at_us + (reenactment->t_us - from->t_us);
}

static void post(struct reenactment *reenactment, struct message *in)
{
	struct message effect;

	stamp(reenactment, in);
	recording_add(reenactment->now, in);
	sched_post(reenactment->sched, in);
	while (sched_next(reenactment->sched, &effect)) {
		const struct message *kept;

		stamp(reenactment, &effect);
		kept = as_recorded(reenactment, &effect);
		assert(kept); /* what is decided is bounded, so that a line can hold it */
		recording_add(reenactment->now, kept);
		take(reenactment, kept);
	}
}

static void post_coming(struct reenactment *reenactment, size_t at)
{
	struct coming coming = reenactment->coming[at];
	const struct message *line = coming.is_start ? coming.started : coming.prospect.line;
	struct message in = {.type = MESSAGE_STARTED};

	drop_coming(reenactment, at);
	advance(reenactment, coming.due_us, line);
	if (coming.is_start) {
		if (line)
			in = *line;
		in.started.op = coming.prospect.effect->start.op;
	} else {
		in = exec_recorded_answer(
		    reenactment->sched, reenactment->now->arena, &coming.prospect);
		note(reenactment, &coming.prospect);
	}
	post(reenactment, &in);
}

static void post_unasked(struct reenactment *reenactment)
{
	const struct message *line = reenactment->then->unasked[reenactment->next_unasked++];
	struct message in = *line;

	advance(reenactment, line->t_us, line);
	post(reenactment, &in);
}

static void post_timer(struct reenactment *reenactment, int64_t due_us, uint32_t id)
{
	const struct message *line = recording_timer(reenactment->then, due_us);
	struct message in = {.type = MESSAGE_TIMER};

	in.timer.id = id;
	in.timer.due_us = due_us;
	advance(reenactment, line ? line->t_us : due_us, line);
	post(reenactment, &in);
}

/* What is next, if it is before what is known to be next. */
struct next {
	enum { NEXT_NONE, NEXT_COMING, NEXT_UNASKED, NEXT_TIMER } kind;
	int64_t due_us;
	int64_t seq;
	size_t coming;
	int64_t timer_us; /* when it is due, however late it came then */
	uint32_t timer;
};

static void consider(struct next *next, struct next other)
{
	if (next->kind == NEXT_NONE || other.due_us < next->due_us ||
	    (other.due_us == next->due_us && other.seq < next->seq))
		*next = other;
}

static struct next find_next(const struct reenactment *reenactment)
{
	struct next next = {.kind = NEXT_NONE};
	int64_t timer_us;
	uint32_t timer;

	for (size_t i = 0; i < reenactment->coming_count; i++) {
		const struct coming *coming = &reenactment->coming[i];

		if (coming->is_start || coming->prospect.coming <= COMES_LAST)
			consider(&next,
			    (struct next){.kind = NEXT_COMING,
				.due_us = coming->due_us,
				.seq = coming->seq,
				.coming = i});
	}
	if (reenactment->next_unasked < reenactment->then->unasked_count) {
		const struct message *line = reenactment->then->unasked[reenactment->next_unasked];

		consider(&next,
		    (struct next){.kind = NEXT_UNASKED, .due_us = line->t_us, .seq = line->seq});
	}
	if (sched_due(reenactment->sched, &timer_us, &timer)) {
		const struct message *line = recording_timer(reenactment->then, timer_us);

		consider(&next,
		    (struct next){.kind = NEXT_TIMER,
			.due_us = line ? line->t_us : timer_us,
			.seq = order_of(line),
			.timer_us = timer_us,
			.timer = timer});
	}
	return next;
}

/* One event; false when there is none, or when the record of an unfinished run tells of none so late. */
static bool step(struct reenactment *reenactment)
{
	const struct recording *then = reenactment->then;
	struct next next = find_next(reenactment);

	if (!then->run_finished && (next.kind == NEXT_NONE || next.due_us > then->report.last_t_us))
		return false;
	switch (next.kind) {
	case NEXT_COMING:
		post_coming(reenactment, next.coming);
		return true;
	case NEXT_UNASKED:
		post_unasked(reenactment);
		return true;
	case NEXT_TIMER:
		post_timer(reenactment, next.timer_us, next.timer);
		return true;
	case NEXT_NONE:
		break;
	}
	return false;
}

void reenactment_run(struct reenactment *reenactment, const struct message *run_started)
{
	struct message in = *run_started;

	reenactment->run_started = run_started;
	advance(reenactment, run_started->t_us, run_started);
	post(reenactment, &in);
	while (!sched_finished(reenactment->sched) && step(reenactment))
		;
	reenactment->now->report.last_at_us = reenactment->at_us;
	reenactment->now->report.last_t_us = reenactment->t_us;
}

const struct recording *reenactment_recording(const struct reenactment *reenactment)
{
	return reenactment->now;
}

const struct reenactment_note *reenactment_notes(
    const struct reenactment *reenactment, size_t *ret_count)
{
	*ret_count = reenactment->note_count;
	return reenactment->notes;
}
