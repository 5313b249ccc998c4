/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_TELLING_H
#define SCHED_TELLING_H

#include "sched/state.h"

/* A question that nobody has answered yet. */
struct question {
	uint32_t id;
	uint32_t node; /* a store id */
	uint8_t kind;
};

/* Who is told of the run, and how far that has come: a part of the scheduler's state. */
struct telling {
	uint32_t key; /* under which all is told: a store id */
	uint32_t reached; /* how many steps of the escalation */
	uint32_t timer; /* of the next one, or NONE */
	uint32_t patience; /* timer of the questions that are open, or NONE */
	bool waits_told; /* that they are was told */
	uint32_t under_way; /* operations that tell somebody */
	bool *
	    mute; /* by contact: nothing could be sent to it, as without its key, and nothing will be */
	size_t mute_count; /* of those; 0 until there is one */
	bool ended; /* the run's outcome is decided; its last line comes when all have been told */
	enum run_outcome outcome;
	uint32_t why; /* a store id */
	int64_t ended_us;
	struct question *questions;
	size_t question_count;
	size_t question_capacity;
};

struct telling *telling_new(void);
struct telling *telling_clone(const struct telling *telling);
void telling_free(struct telling *telling);

/* Another life of the run may have the keys that were missing. */
void telling_resumed(struct sched *sched);

/* The run begins; the next step's time has come; questions have been open for long. */
void telling_begin(struct sched *sched, const struct message *run_started);
void telling_due(struct sched *sched);
void telling_unanswered(struct sched *sched);

/* At the end of a post: which questions are open. */
void telling_watch(struct sched *sched, const struct message *in);

/* The outcome is decided; true when somebody is still being told, and the run's last line must wait. */
bool telling_end(struct sched *sched, enum run_outcome outcome, struct str why);

/* An operation of this kind is over; true when it was the last that the run's last line waits for. */
bool telling_finished(
    struct sched *sched, const struct operation *operation, const struct message *in);

/* Nobody waits for them any more. */
void telling_stop(struct sched *sched, struct str why);

#endif
