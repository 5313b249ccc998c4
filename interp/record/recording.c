/* SPDX-License-Identifier: Apache-2.0 */
#include "record/recording.h"

#include <stdlib.h>

#include "base/mem.h"

/* A step as it is read: where the next of each list goes. */
struct open_step {
	struct recorded_step step;
	const struct recorded_op **ops_end;
	const struct recorded_question **questions_end;
	const struct recorded_decision **decisions_end;
	const struct recorded_lock **locks_end;
	const struct recorded_choice **choices_end;
};

/* What a map can lead to, for it takes nothing that is constant. */
struct recorded_timer {
	const struct message *timer;
};

static struct open_step *step_at(
    struct recording *recording, const struct message *message, struct str node, struct str id)
{
	struct open_step *open = map_get(&recording->step_by_node, node);

	if (!open) {
		open = arena_alloc(recording->arena, sizeof(*open));
		open->step.node = node;
		open->step.seq = message->seq;
		open->step.at_us = message->at_us;
		open->step.t_us = message->t_us;
		open->ops_end = &open->step.ops;
		open->questions_end = &open->step.questions;
		open->decisions_end = &open->step.decisions;
		open->locks_end = &open->step.locks;
		open->choices_end = &open->step.choices;
		recording->steps = arena_grow(recording->arena, recording->steps,
		    recording->step_count, &recording->step_capacity, sizeof(*recording->steps));
		recording->steps[recording->step_count++] = &open->step;
		map_put(&recording->step_by_node, node, open);
	}
	if (!open->step.step.len)
		open->step.step = id;
	return open;
}

/* The bytes of a number as a key; they are borrowed. */
static struct str number_key(const uint32_t *number)
{
	return (struct str){(const char *)number, sizeof(*number)};
}

static struct str time_key(const int64_t *us)
{
	return (struct str){(const char *)us, sizeof(*us)};
}

/* Appends it as a text, `again` left out: of two that differ the texts do. */
static void put_key(struct buf *out, const struct op_key *key)
{
	buf_printf(out, "%u.%u.%u.%lld.", (unsigned)key->what, key->index, key->attempt,
	    (long long)key->item);
	buf_str(out, key->node);
}

struct op_key op_key_of(const struct message *start)
{
	return (struct op_key){
	    .node = start->start.node,
	    .what = start->start.what,
	    .index = start->start.index,
	    .item = start->start.item,
	    .attempt = start->start.attempt,
	};
}

struct op_key op_key_met(const struct message *start, struct tally *met)
{
	struct op_key key = op_key_of(start);
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	put_key(&text, &key);
	key.again = tally_meet(met, buf_view(&text));
	buf_done(&text);
	return key;
}

/* Under a key stands the latest of those that have it. */
static void put_by_key(struct recording *recording, struct recorded_op *op)
{
	struct op_key key = op_key_of(op->start);
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	put_key(&text, &key);
	op->before = map_put(
	    &recording->op_by_key, arena_str(recording->arena, buf_view(&text)), op);
	op->again = op->before ? op->before->again + 1 : 0;
	buf_done(&text);
}

static void see_start(struct recording *recording, const struct message *message)
{
	struct recorded_op *op;
	struct open_step *open;

	if (message->start.what == START_NOTIFY) /* whom it told decided nothing */
		return;
	op = arena_alloc(recording->arena, sizeof(*op));
	open = step_at(recording, message, message->start.node, message->start.step);
	op->start = message;
	op->led_us = recording->last_event_us;
	*open->ops_end = op;
	open->ops_end = &op->next;
	recording->ops = arena_grow(recording->arena, recording->ops, recording->op_count,
	    &recording->op_capacity, sizeof(*recording->ops));
	recording->ops[recording->op_count++] = op;
	map_put(&recording->op_by_number, number_key(&message->start.op), op);
	put_by_key(recording, op);
}

static void see_stop(struct recording *recording, const struct message *message)
{
	struct recorded_op *op = map_get(&recording->op_by_number, number_key(&message->stop.op));

	if (!op || op->stop)
		return;
	op->stop = message;
	op->stop_led_us = recording->last_event_us;
}

static void see_started(struct recording *recording, const struct message *message)
{
	struct recorded_op *op = map_get(
	    &recording->op_by_number, number_key(&message->started.op));

	if (op)
		op->started = message;
}

static void see_finished(struct recording *recording, const struct message *message)
{
	struct recorded_op *op = map_get(
	    &recording->op_by_number, number_key(&message->finished.op));

	if (op)
		op->finished = message;
}

static void see_ask(struct recording *recording, const struct message *message)
{
	struct recorded_question *question = arena_alloc(recording->arena, sizeof(*question));
	struct open_step *open = step_at(recording, message, message->ask.node, message->ask.step);

	question->ask = message;
	question->led_us = recording->last_event_us;
	*open->questions_end = question;
	open->questions_end = &question->next;
	map_put(&recording->question_by_id, number_key(&message->ask.id), question);
}

static void see_answered(struct recording *recording, const struct message *message)
{
	struct recorded_question *question = map_get(
	    &recording->question_by_id, number_key(&message->answered.id));

	if (question)
		question->answered = message;
}

static void see_unask(struct recording *recording, const struct message *message)
{
	struct recorded_question *question = map_get(
	    &recording->question_by_id, number_key(&message->unask.id));

	if (question)
		question->unask = message;
}

/* It may be the only line that names the step. */
static void see_choose(struct recording *recording, const struct message *message)
{
	struct open_step *open = step_at(recording, message, message->choose.node, (struct str){0});
	struct recorded_choice *choice = arena_alloc(recording->arena, sizeof(*choice));

	choice->choose = message;
	choice->led_us = recording->last_event_us;
	*open->choices_end = choice;
	open->choices_end = &choice->next;
	map_put(&recording->choice_by_id, number_key(&message->choose.id), choice);
}

static void see_chosen(struct recording *recording, const struct message *message)
{
	struct recorded_choice *choice = map_get(
	    &recording->choice_by_id, number_key(&message->chosen.id));

	if (choice)
		choice->chosen = message;
}

static void see_decided(struct recording *recording, const struct message *message)
{
	struct recorded_decision *decision;
	struct open_step *open;

	if (str_is(message->decided.what, "outcome")) /* run.finished tells it */
		return;
	decision = arena_alloc(recording->arena, sizeof(*decision));
	open = step_at(recording, message, message->decided.node, message->decided.step);
	decision->decided = message;
	*open->decisions_end = decision;
	open->decisions_end = &decision->next;
}

static void see_acquire(struct recording *recording, const struct message *message)
{
	struct recorded_lock *lock = arena_alloc(recording->arena, sizeof(*lock));
	struct open_step *open = step_at(
	    recording, message, message->lock.node, message->lock.step);

	lock->acquire = message;
	lock->led_us = recording->last_event_us;
	*open->locks_end = lock;
	open->locks_end = &lock->next;
	map_put(&recording->lock_by_id, number_key(&message->lock.id), lock);
}

static void see_acquired(struct recording *recording, const struct message *message)
{
	struct recorded_lock *lock = map_get(
	    &recording->lock_by_id, number_key(&message->acquired.id));

	if (lock)
		lock->acquired = message;
}

static void see_timer(struct recording *recording, const struct message *message)
{
	struct recorded_timer *timer = arena_alloc(recording->arena, sizeof(*timer));

	timer->timer = message;
	map_put(&recording->timer_by_due, time_key(&message->timer.due_us), timer);
}

static void see_unasked(struct recording *recording, const struct message *message)
{
	recording->unasked = arena_grow(recording->arena, recording->unasked,
	    recording->unasked_count, &recording->unasked_capacity, sizeof(*recording->unasked));
	recording->unasked[recording->unasked_count++] = message;
}

static void see_step_finished(struct recording *recording, const struct message *message)
{
	step_at(recording, message, message->step_finished.node, message->step_finished.step)
	    ->step.finished = message;
}

static void see_run_started(struct recording *recording, const struct message *message)
{
	recording->run_started = message;
}

static void see_run_finished(struct recording *recording, const struct message *message)
{
	recording->run_finished = message;
}

static void see_record_gap(struct recording *recording, const struct message *message)
{
	int64_t lines = message->record_gap.lines > 0 ? message->record_gap.lines : 0;
	int64_t room = INT64_MAX - recording->missing;

	if (!recording->missing)
		recording->missing_why = message->record_gap.why;
	recording->missing += lines < room ? lines : room;
}

static void note_time(struct recording *recording, const struct message *message)
{
	if (message->seq != (int64_t)recording->time_count)
		return; /* it is one behind another in every record that is whole */
	recording->times = arena_grow(recording->arena, recording->times, recording->time_count,
	    &recording->time_capacity, sizeof(*recording->times));
	recording->times[recording->time_count++] = message->t_us;
}

void recording_add(struct recording *recording, const struct message *message)
{
	static void (*const rows[MESSAGE_TYPES])(struct recording *, const struct message *) = {
	    [MESSAGE_START] = see_start,
	    [MESSAGE_STOP] = see_stop,
	    [MESSAGE_ASK] = see_ask,
	    [MESSAGE_UNASK] = see_unask,
	    [MESSAGE_ACQUIRE] = see_acquire,
	    [MESSAGE_CHOOSE] = see_choose,
	    [MESSAGE_CHOSEN] = see_chosen,
	    [MESSAGE_DECIDED] = see_decided,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	    [MESSAGE_RUN_FINISHED] = see_run_finished,
	    [MESSAGE_RUN_STARTED] = see_run_started,
	    [MESSAGE_RUN_RESUMED] = see_unasked,
	    [MESSAGE_STARTED] = see_started,
	    [MESSAGE_FINISHED] = see_finished,
	    [MESSAGE_ACQUIRED] = see_acquired,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_TIMER] = see_timer,
	    [MESSAGE_SIGNAL] = see_unasked,
	    [MESSAGE_RECORD] = see_unasked,
	    [MESSAGE_RECORD_GAP] = see_record_gap,
	};
	struct message *kept;

	note_time(recording, message);
	if (rows[message->type]) {
		kept = arena_alloc(recording->arena, sizeof(*kept));
		*kept = *message;
		rows[kept->type](recording, kept);
	}
	if (message_class(message->type) == CLASS_IN)
		recording->last_event_us = message->t_us;
}

static void see(struct recording *recording, const struct line *line)
{
	if (!line->known && line->class != CLASS_ASIDE && !recording->unknown_why.len)
		recording->unknown_why = line->why;
	if (line->known)
		recording_add(recording, &line->message);
	else
		note_time(recording, &line->message);
}

/* The last word on all that was read, in the arena. */
static void conclude(struct recording *recording, struct reader *reader)
{
	struct transcript_report *report = &recording->report;
	struct buf state;

	buf_init(&state, BUF_UNBOUNDED);
	reader_verify(reader, &state);
	recording->state = arena_str(recording->arena, buf_view(&state));
	buf_done(&state);
	*report = *reader_report(reader);
	if (report->why)
		report->why = arena_cstr(recording->arena, str_from(report->why));
	recording->damaged = report->state == TRANSCRIPT_DAMAGED ||
	    report->state == TRANSCRIPT_UNREADABLE;
}

struct recording *recording_new(void)
{
	struct recording *recording = mem_alloc(sizeof(*recording));

	recording->arena = arena_new();
	return recording;
}

struct recording *recording_read(const char *path, struct buf *error)
{
	struct reader *reader = reader_open(path, error);
	struct recording *recording;
	struct line line;

	if (!reader)
		return NULL;
	recording = recording_new();
	reader_keep_outputs(reader);
	while (reader_next(reader, recording->arena, &line))
		see(recording, &line);
	conclude(recording, reader);
	reader_free(reader);
	if (recording->run_started)
		return recording;
	buf_printf(error, "%s holds no run: %.*s", path,
	    STR_ARG(recording->unknown_why.len ? recording->unknown_why : recording->state));
	recording_free(recording);
	return NULL;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	map_done(&recording->step_by_node);
	map_done(&recording->op_by_number);
	map_done(&recording->op_by_key);
	map_done(&recording->question_by_id);
	map_done(&recording->lock_by_id);
	map_done(&recording->choice_by_id);
	map_done(&recording->timer_by_due);
	arena_free(recording->arena);
	free(recording);
}

const struct recorded_op *recording_op(const struct recording *recording, uint32_t number)
{
	return map_get(&recording->op_by_number, number_key(&number));
}

const struct recorded_op *recording_op_at(
    const struct recording *recording, const struct op_key *key)
{
	const struct recorded_op *op;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	put_key(&text, key);
	op = map_get(&recording->op_by_key, buf_view(&text));
	buf_done(&text);
	if (op && op->again < key->again)
		return NULL;
	while (op && op->again > key->again)
		op = op->before;
	return op;
}

int64_t recording_t_us(const struct recording *recording, int64_t seq)
{
	return seq >= 0 && (size_t)seq < recording->time_count ? recording->times[seq] : 0;
}

const struct message *recording_timer(const struct recording *recording, int64_t due_us)
{
	const struct recorded_timer *found = map_get(&recording->timer_by_due, time_key(&due_us));

	return found ? found->timer : NULL;
}

const struct recorded_step *recording_step(const struct recording *recording, struct str node)
{
	const struct open_step *open = map_get(&recording->step_by_node, node);

	return open ? &open->step : NULL;
}

const struct recorded_question *recording_question(
    const struct recording *recording, struct str node, size_t which)
{
	const struct recorded_step *step = recording_step(recording, node);
	const struct recorded_question *question = step ? step->questions : NULL;

	for (; question && which > 0; which--)
		question = question->next;
	return question;
}

const struct message *recording_decided(
    const struct recording *recording, struct str node, struct str what, size_t which)
{
	const struct recorded_step *step = recording_step(recording, node);
	const struct recorded_decision *decision = step ? step->decisions : NULL;

	for (; decision; decision = decision->next)
		if (str_eq(decision->decided->decided.what, what) && which-- == 0)
			return decision->decided;
	return NULL;
}
