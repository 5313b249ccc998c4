/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_RECORDING_H
#define RECORD_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/tally.h"
#include "record/transcript_reader.h"
#include "sched/message.h"

/*
 * A whole transcript in memory, for whoever wants to answer from it or to compare with it: what was begun, asked,
 * chosen and decided, joined with what came of it, and found again by place. Results hold their streams. A damaged
 * transcript gives what stands before the damage; where the chain is broken, the last line of that may be the one that
 * was changed.
 *
 * It owns all that it gives, until recording_free(). The messages carry their number and their times. A record may be
 * of any age and origin: nothing is taken for granted but what is said here.
 */

/* Something that was begun. */
struct recorded_op {
	const struct message *start;
	const struct message *stop; /* the first; NULL: nobody wanted it ended */
	const struct message *started; /* NULL: no process, or it did not come to that */
	const struct message *finished; /* NULL: its end is not in the record */
	const struct recorded_op *before; /* the latest before it with the same key, or NULL */
	uint32_t again; /* how many there are before it with the same key */
	const struct recorded_op *next; /* of the same step, in the order of the record, or NULL */
	int64_t
	    led_us; /* when what led to it happened: the event before, on the run's own clock; */
	int64_t stop_led_us; /* and what led to its stop */
};

/* A question to a person. */
struct recorded_question {
	const struct message *ask;
	const struct message *answered; /* or NULL */
	const struct message *unask; /* it was withdrawn; or NULL */
	const struct recorded_question *next;
	int64_t led_us; /* as of what was begun */
};

/* A lock that was wanted. */
struct recorded_lock {
	const struct message *acquire;
	const struct message *acquired; /* or NULL */
	const struct recorded_lock *next;
	int64_t led_us;
};

/* What somebody else decided, because it hung on what was not done. */
struct recorded_choice {
	const struct message *choose;
	const struct message *chosen; /* or NULL */
	const struct recorded_choice *next;
	int64_t led_us;
};

struct recorded_decision {
	const struct message *decided;
	const struct recorded_decision *next;
};

/* All that is told of one instance. The one with the empty path is the runbook itself, with its checks. */
struct recorded_step {
	struct str node; /* its path */
	struct str step; /* its id as written; empty where no line tells it */
	int64_t seq; /* of the first line that names it: its number, */
	int64_t at_us; /* wall clock, */
	int64_t t_us; /* and the run's own */
	const struct message *finished; /* its `step.finished`, or NULL */
	const struct recorded_op *ops;
	const struct recorded_question *questions;
	const struct recorded_decision *decisions;
	const struct recorded_lock *locks;
	const struct recorded_choice *choices;
};

struct recording {
	struct arena *arena;
	const struct message *run_started; /* never NULL */
	const struct message *run_finished; /* or NULL */
	const struct recorded_op **ops; /* in the order in which they were begun */
	size_t op_count;
	const struct recorded_step **steps; /* in the order in which they are first named */
	size_t step_count;
	const struct message *
	    *unasked; /* events that answer nothing: signals, the record's own state, */
	size_t unasked_count; /* that the run went on; in their order */
	int64_t last_event_us; /* of the last `in` line, on the run's own clock */

	struct transcript_report
	    report; /* its last times, how whole it is, what was not understood */
	struct str state; /* the same in a sentence, as `reprise verify` says it */
	bool damaged; /* there is more, and it cannot be relied on or read */
	struct str unknown_why; /* of the first of report.unknown: what was not understood */
	int64_t missing; /* lines that could not be recorded then */
	struct str missing_why; /* why the first could not; perhaps empty */

	/* Look-ups, to be asked by the functions below. */
	struct map step_by_node;
	struct map op_by_number;
	struct map op_by_key;
	struct map question_by_id;
	struct map lock_by_id;
	struct map choice_by_id;
	struct map timer_by_due;
	int64_t *times; /* by a line's number */
	size_t time_count;
	size_t op_capacity;
	size_t step_capacity;
	size_t unasked_capacity;
	size_t time_capacity;
};

/*
 * Reads all of a transcript. NULL with a sentence appended to error when it cannot be opened, or when not even its
 * first line is good and understood: it holds no run then.
 */
struct recording *recording_read(const char *path, struct buf *error);

/*
 * One that is made of messages as they come, stamped as lines are and the first of them `run.started`, in place of a
 * file. It is sealed, as far as its report goes.
 */
struct recording *recording_new(void);

/* What a message points to must outlive the recording, or live in its arena. */
void recording_add(struct recording *recording, const struct message *message);

/* Accepts NULL. */
void recording_free(struct recording *recording);

/*
 * Where an operation belongs. What was asked again at the same attempt (a precondition, behind an approval) has the
 * same key but for `again`, which counts from 0.
 */
struct op_key {
	struct str node;
	enum start_what what;
	uint32_t index; /* which check of its list */
	int64_t item; /* of a check over a list, from 1; otherwise 0 */
	uint32_t attempt;
	uint32_t again;
};

/* The key of a start that is the first of its kind. */
struct op_key op_key_of(const struct message *start);

/* The key of one of which as many of its kind came before as `met` says, which counts it. */
struct op_key op_key_met(const struct message *start, struct tally *met);

/* Each gives NULL when there is none. */
const struct recorded_op *recording_op(const struct recording *recording, uint32_t number);
const struct recorded_op *recording_op_at(
    const struct recording *recording, const struct op_key *key);
const struct recorded_step *recording_step(const struct recording *recording, struct str node);

/* When a line was written, by its number, on the run's own clock; 0 for one that is not there. */
int64_t recording_t_us(const struct recording *recording, int64_t seq);

/* The `timer` that was due then, or NULL. */
const struct message *recording_timer(const struct recording *recording, int64_t due_us);

/* Which question or decision of a step, from 0, in the order of the record; NULL behind the last. */
const struct recorded_question *recording_question(
    const struct recording *recording, struct str node, size_t which);
const struct message *recording_decided(
    const struct recording *recording, struct str node, struct str what, size_t which);

#endif
