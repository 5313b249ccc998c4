/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_EXEC_RECORDED_H
#define RUN_EXEC_RECORDED_H

#include <stdbool.h>
#include <stdint.h>

#include "record/recording.h"
#include "sched/sched.h"

/*
 * Answers effects from a record, in place of an executor that performs them: with what came of the same thing then.
 * The same is what stands at the same place: an operation of the same node, kind, index, item and attempt, a question
 * of the same node and kind, a lock or a choice of the same node, each as often as it came there.
 *
 * Results are judged again, by the rules of the scheduler that asks. What the record does not tell is taken to have
 * gone well, with values that are unknown, and is said to be so. There is no clock here: a prospect tells how long
 * after its effect an answer comes, and whoever asks posts it then. A lock that the record does not have is had at
 * once.
 */
struct exec_recorded;

enum basis {
	BASIS_RECORDED, /* so it was */
	BASIS_ASSUMED, /* so it was, of something that is not quite the same, or that nobody can judge again */
	BASIS_UNKNOWN /* the record does not tell */
};

enum prospect_coming {
	COMES, /* after_us behind the event that led to the effect */
	COMES_LAST, /* the same, and behind all else that is due then: it was ended or withdrawn at that moment */
	COMES_IF_STOPPED, /* it lives as long as it may */
	COMES_NEVER /* the record of an unfinished run ends before it; or nobody can know it: BASIS_UNKNOWN */
};

/* How an operation ends. */
enum prospect_end {
	ENDS_AS_RECORDED,
	ENDS_AS_JUDGED_THEN, /* the record does not hold what it gave: its verdict is taken over */
	ENDS_AS_POLLED, /* asked until it holds, of which the record has the last answer */
	ENDS_TOO_LATE, /* it began to hold when it would not be asked any more */
	ENDS_BY_TIMEOUT,
	ENDS_BY_STOP,
	ENDS_UNKNOWN
};

/* What is to be expected of one effect. */
struct prospect {
	const struct message *effect; /* start, ask, acquire or choose: the caller's */
	enum prospect_coming coming;
	int64_t after_us;
	const struct message
	    *line; /* of the record, that the answer repeats; NULL: there is none */
	enum basis basis; /* may become a weaker one when it is answered */
	struct str why; /* a sentence when it is not BASIS_RECORDED */
	/* Of a start: what it was then, or NULL, and how it ends. */
	const struct recorded_op *op;
	enum prospect_end end;
};

/* The record must outlive it. */
struct exec_recorded *exec_recorded_new(const struct recording *recording);
void exec_recorded_free(struct exec_recorded *exec);

/* Looks an effect up. To be called once for each, in the order in which they are decided. */
struct prospect exec_recorded_expect(struct exec_recorded *exec, const struct message *effect);

/* It is stopped: the answer comes otherwise, after_us behind the event that led to the stop. */
void exec_recorded_stop(struct prospect *prospect);

/*
 * The `in` message that answers, to be called when it is due and the effect is still under way: results are judged by
 * what is known then. It lives in the arena and points into the record. Not of what comes never.
 */
struct message exec_recorded_answer(
    const struct sched *sched, struct arena *arena, struct prospect *prospect);

#endif
