/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_OP_PARTS_H
#define RUN_OP_PARTS_H

#include "run/op.h"
#include "run/outlet.h"

/* What the files op*.c share and nobody else sees: op.c (an operation's life), op_attempt.c (its attempts). */

/*
 * An operation is in one of these states. One that shares a session waits for it first. `trying` → `judging` (its
 * attempt ended; its turn comes) → over, or, when it is polled, → `resting` → `trying` again. One of an earlier life
 * begins as `trying` where its action can find it again, else as `losing`.
 */
enum state { BORROWING, TRYING, JUDGING, RESTING, LOSING, OVER };

/* One attempt with its memory; lives until the action's handles are closed, perhaps longer than the operation. */
struct
try {
	struct attempt attempt;
	struct host host; /* the folder is that of the file the step stands in */
	struct op *op; /* NULL once the operation has what it wanted */
	struct sampled *sampled; /* while it is under way; or NULL */
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
	bool looks; /* it only finds out whether it could begin */
	bool adopted; /* an earlier life of the run began it */
	int64_t pid; /* of these, its process as it was recorded; 0: it was not */
	int64_t start_ticks;
	bool confined; /* that process was */
	bool withheld; /* of these, one whose output nobody could mask any more: it is not kept */
	bool forsaken; /* of these, one whose end does not matter: it is only waited for */
	int64_t polls;
	int64_t deadline_us; /* of a poll: by when it must begin to hold */
	int64_t holds_since_us; /* -1: it does not */
};

/* --- op.c */
int64_t op_now(const struct op *op);
bool op_is_polled(const struct op *op);
bool op_is_check(const struct op *op);
/* Its attempt has ended: it is judged when its turn comes. */
void op_ended_trying(struct op *op);
/* Output came: it is shown soon. */
void op_said(struct op *op);

/* --- op_attempt.c */
/* Begins an attempt, or goes on with the one that an earlier life began. */
void op_try(struct op *op);
/* Lets go of the attempt: at once, or when the action's last handle is closed. */
void op_drop_try(struct op *op);

#endif
