/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_EXECUTOR_H
#define RUN_EXECUTOR_H

#include "run/unfinished.h"
#include "sched/message.h"
#include "sched/sample.h"

/*
 * Whoever performs effects. The engine hands each effect over once, in order, after it is in the record (and durable,
 * where it changes something). An executor answers with `in` messages through engine_post(), never from within these
 * calls: it lets the loop turn first. The messages and their values live until the call returns.
 */
struct executor {
	const struct executor_ops *ops;
};

struct executor_ops {
	/* Begins an operation. Leads to one `finished`. */
	void (*start)(struct executor *executor, const struct message *start);
	/*
	 * Finds out whether an operation could begin as things are, and does nothing of it. Leads to one `finished`,
	 * whose end only says that; no other message comes of it. NULL: of who performs nothing.
	 */
	void (*look)(struct executor *executor, const struct message *start);
	/* Goes on with one that an earlier life of the run began. Leads to one `finished` as well. */
	void (*adopt)(struct executor *executor, const struct unfinished_op *earlier,
	    const struct output_store *said);
	/* Ends one early. Its `finished` still comes. For an operation that is over it means nothing. */
	void (*stop)(struct executor *executor, const struct message *stop);
	/* Asks people. Leads to one `answered`, unless an unask comes first. */
	void (*ask)(struct executor *executor, const struct message *ask);
	void (*unask)(struct executor *executor, const struct message *unask);
	/* Takes a lock that every run on this machine knows. Leads to one `acquired`, unless a release comes first. */
	void (*acquire)(struct executor *executor, const struct message *acquire);
	/* Says what hangs on what was not performed. Leads to one `chosen`. Never where all is performed. */
	void (*choose)(struct executor *executor, const struct message *choose);
	/* Gives it back, or up. */
	void (*release)(struct executor *executor, const struct message *release);
};

/* Hands one effect over; a decision is for the record alone. */
void executor_perform(struct executor *executor, const struct message *effect);

/* Hands over what an earlier life of the run left open, but for questions: before the run goes on. */
void executor_take_over(struct executor *executor, const struct unfinished *unfinished);

/* Asks once more what is still open: once it goes on. */
void executor_ask_again(struct executor *executor, const struct unfinished *unfinished);

/* Whoever sees every line of the record as it is made: views. A fold, nothing is decided there. */
struct observer {
	void (*see)(void *self, const struct message *message);
	void *self;
	/* The same of what is told meanwhile and not recorded; NULL: it does not want to know. */
	void (*sample)(void *self, const struct sample *sample);
	void (*saying)(void *self, const struct saying *saying);
};

/*
 * Whoever asks people: the terminal, or nobody. Answers through engine_post(), and not from within these calls.
 */
struct asker {
	void (*ask)(void *self, const struct message *ask);
	void (*unask)(void *self, const struct message *unask);
	void *self;
};

#endif
