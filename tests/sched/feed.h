/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SCHED_FEED_H
#define TESTS_SCHED_FEED_H

#include "base/buf.h"
#include "lang/load.h"
#include "sched/sched.h"

/*
 * A scheduler under test: a loaded runbook, and a clock that only tests move. Every event is fed to a copy of the state
 * too; it asserts that both say the same, and goes on with the copy: nothing may hang on the state it was made of. Of
 * checks it asserts that each attempt asks them from the first one and its first item on, one after the other, unless
 * something was lost.
 */
struct feed {
	struct load load;
	struct arena *arena;
	struct store *store;
	struct sched *sched;
	int64_t t_us;
	uint32_t open[4096]; /* operations under way, in the order they began */
	size_t open_count;
	struct feed_ask {
		uint32_t id;
		struct str digest; /* of what would be done */
		bool lost; /* it may be answered with "again" */
	} asks[256]; /* questions that are open */
	size_t ask_count;
	struct feed_choice {
		uint32_t id;
		bool list; /* it is a loop's list that is to be chosen, else a condition */
	} choices[256];
	size_t choice_count;
	enum record_failure
	    on_record_failure; /* to be set before the start, and before what is resumed */
	struct str answered; /* a digest that the next answer is for; empty: its question's own */
	struct str
	    person; /* who gives it: "alice", "root", "root/alice" as who logged in as alice; empty: alice */
	struct feed_lock {
		uint32_t id;
		struct str name;
		bool held;
	} locks[256]; /* wanted, or held */
	size_t lock_count;
	struct feed_check {
		struct str node;
		enum start_what what;
		uint32_t index;
		uint32_t attempt;
		int64_t item;
	} checks[1024]; /* the last of each node */
	size_t check_count;
	bool lost; /* something was lost: a list of checks may be asked again in one attempt */
	enum on_divergence on_divergence; /* set before the first event */
	bool finished;
	enum run_outcome outcome;
};

/* False after printing what is wrong with the runbook. */
bool feed_init(struct feed *feed, const char *path, unsigned jobs);
void feed_done(struct feed *feed);

/* Posts one event; appends each effect to out as a line. */
void feed_post(struct feed *feed, struct message *in, struct buf *out);

/* The shapes of events. */
void feed_started(struct feed *feed, struct buf *out);
void feed_finished(struct feed *feed, uint32_t op, enum op_end end, bool ok, struct str why,
    const struct value *result, struct buf *out);
/* It was not performed: what it would have come to is assumed where outputs are given, else unknown. */
void feed_assumed(struct feed *feed, uint32_t op, const struct value *outputs, struct buf *out);
void feed_chosen(struct feed *feed, uint32_t id, const struct value *value, struct buf *out);
void feed_answered(struct feed *feed, uint32_t id, enum answer answer, const struct value *inputs,
    struct buf *out);
void feed_signal(struct feed *feed, const char *name, struct buf *out);
void feed_resumed(struct feed *feed, struct buf *out);
/* Reality departs from the record at a step: at the end of an operation that is told next, or (0) in a decision. */
void feed_diverged(struct feed *feed, struct str node, uint32_t op, struct buf *out);
void feed_record(struct feed *feed, enum record_state state, struct buf *out);

/* An operation's process began. */
void feed_begun(struct feed *feed, uint32_t op, struct buf *out);

/* A lock is taken; asserts that nobody else holds it. */
void feed_acquired(struct feed *feed, uint32_t id, bool waited, struct str why, struct buf *out);

/* Moves the clock to the earliest timer and fires it; false when there is none. */
bool feed_timer(struct feed *feed, struct buf *out);

#endif
