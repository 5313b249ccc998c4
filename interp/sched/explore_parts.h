/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_EXPLORE_PARTS_H
#define SCHED_EXPLORE_PARTS_H

#include "base/map.h"
#include "sched/explore.h"
#include "sched/state.h"

/* What the files explore*.c share; nobody else includes this. */

/* What something that waits is told. */
enum reply_kind {
	REPLY_BEGIN, /* the run begins */
	REPLY_OK, /* an action succeeded */
	REPLY_FAILED,
	REPLY_TIMED_OUT,
	REPLY_LOST, /* whoever drove the run died meanwhile */
	REPLY_HOLDS, /* a check */
	REPLY_FAILS,
	REPLY_BEGUN, /* a process beside a block */
	REPLY_NOT_BEGUN,
	REPLY_APPROVED, /* approved; done; it was done */
	REPLY_DENIED, /* denied; could not be done; leave it so */
	REPLY_GONE, /* nobody could be asked */
	REPLY_AGAIN,
	REPLY_EXPIRED, /* nobody did it in time */
	REPLY_CHOSEN,
	REPLY_LOCKED,
	REPLY_LOCKED_OUT,
	REPLY_DEADLINE, /* a block's time is up */
	REPLY_ENDED, /* a block's process ended by itself */
	/* no event: it will be under way when that comes, and is told nothing before */
	REPLY_UNTIL_DEADLINE,
	REPLY_UNTIL_ENDED,
	REPLY_UNTIL_STOP
};

/* An answered condition (0, 1) or length of a list (0, 1, 2). */
struct fact {
	uint32_t atom;
	uint32_t answer;
};

struct reply {
	enum reply_kind kind;
	bool retry; /* of what went well or badly: it may be tried again */
	bool abort; /* of a check */
	uint32_t instance; /* who is told; of a deadline or a process the block */
	uint32_t by; /* until what of whom: a block, or the root */
	const struct value *value; /* REPLY_CHOSEN: a bool, a list, or an error */
	const struct fact *facts; /* what had to be answered for that, and was not before */
	size_t fact_count;
};

/* Told nothing until a block's deadline, the end of its process, or the stop of the run. */
struct mark {
	uint32_t instance;
	uint32_t by;
	enum reply_kind kind; /* REPLY_UNTIL_… */
};

/* What findings need to know of the way so far. */
struct watch {
	uint64_t
	    *looked; /* by place among the destroying nodes: a check that it comes after has held */
	uint32_t doubt; /* a change that failed, and nothing has looked since; or PLAN_NONE */
	uint32_t left; /* the last change that nothing would roll back; or PLAN_NONE */
	bool died; /* an interpreter, once */
};

/* A state that is to be gone on from. */
struct standing {
	struct sched *sched;
	uint32_t state; /* its number */
	struct fact *facts; /* ascending by atom */
	size_t fact_count;
	size_t fact_capacity;
	struct mark *marks;
	size_t mark_count;
	size_t mark_capacity;
	struct watch watch;
};

/* How much had to go wrong on a way, and how long it is. */
struct way_cost {
	uint32_t wrong;
	uint32_t length;
};

/* A state once it is known. */
struct state {
	struct reply reply; /* that led there on the best way, from */
	uint32_t parent; /* NONE: the first */
	struct way_cost cost;
	bool expanded;
	uint32_t edges; /* its first, of edge_count */
	uint32_t edge_count;
	bool recovered; /* it is an end, and nobody died */
};

/*
 * A condition as it was normalised, and what its names belong to; or the list of a loop. Plan nodes that may ask it:
 * those in whose expressions its text stands.
 */
struct atom {
	struct str a;
	struct str b;
	char sign;
	struct str names;
	const uint8_t
	    *asked_by; /* by plan node: LIVE_BEGINS, its condition or loop; LIVE_GOES_ON, a check */
};

/* What is found on the way; the story is told at the end. */
struct found {
	enum finding_kind kind;
	uint32_t node;
	uint32_t culprit;
	uint32_t from; /* the state before it came to that (NONE: the run began), */
	struct reply reply; /* by this */
	struct way_cost cost;
};

/* A standing that is to be gone on from, by a way of this cost. */
struct frontier {
	struct standing *standing;
	struct way_cost cost;
};

struct explorer {
	struct plan plan; /* as it is explored: explore_plan.c */
	struct explore_options options;
	const struct value *params;
	struct arena *arena;
	struct arena *moment; /* of what is gone on from one state */
	struct store *store;
	bool outcomes_told; /* expressions tell `failed` from `timed_out`, */
	bool attempts_told; /* or ask how often something was tried */

	struct state *states;
	size_t state_count;
	size_t state_capacity;
	uint32_t *edges; /* numbers of states */
	size_t edge_count;
	size_t edge_capacity;
	struct map known; /* digests of keys to numbers, from 1 */
	struct frontier *frontier; /* a binary heap */
	size_t frontier_count;
	size_t frontier_capacity;
	size_t frontier_bytes; /* about */
	bool stopped; /* before all was looked at */

	struct atom *atoms;
	size_t atom_count;
	size_t atom_capacity;
	struct map atom_ids; /* from 1 */

	const uint32_t *destroying; /* plan nodes, ascending */
	size_t destroying_count;
	const bool *unrolled; /* by plan node: a change that nothing would undo */
	const bool
	    *doubtful; /* by plan node: it may fail in a run that recovers, unless somebody looks */
	bool *reached; /* by plan node */
	uint32_t from; /* what is gone on from (NONE: from nothing), by which reply, */
	const struct reply *reply;
	struct way_cost cost; /* and the cost of the way behind that */
	struct found *found;
	size_t found_count;
	size_t found_capacity;
	uint8_t *live; /* by plan node, of one key: explore_live.c */
	bool *read;
	/* Told of each effect, where a story is told again. */
	void (*listen)(void *listener, struct sched *sched, const struct message *effect);
	void *listener;
	struct exploration *result;
};

/* explore_plan.c: what can be known of the plan before. */
void explorer_survey(struct explorer *explorer, const struct plan *plan);
/* Whether what a node says or does comes before another one begins, in any run. */
bool comes_before(const struct explorer *explorer, uint32_t node, uint32_t later);
/* The place of a node among those that destroy. */
size_t destroying_place(const struct explorer *explorer, uint32_t node);
/* A step that holds the world against something by succeeding, as a check does. */
bool step_checks(const struct step *step);

/* explore_standing.c */
struct standing *standing_new(struct explorer *explorer);
struct standing *standing_copy(const struct explorer *explorer, const struct standing *standing);
void standing_free(struct standing *standing);
/* The answer to an atom; false when it is open. */
bool standing_fact(const struct standing *standing, uint32_t atom, uint32_t *ret_answer);
/* Gives a reply, and all that has only one answer then. In explore_reply.c. */
void standing_reply(
    struct explorer *explorer, struct standing *standing, const struct reply *reply);

/* explore_states.c: takes a standing, with a reply that led there: a new state, or one that is known. */
void standing_add(struct explorer *explorer, struct standing *standing, uint32_t parent,
    const struct reply *reply);

/* The next to be gone on from, to be freed; NULL when there is none. */
struct standing *frontier_next(struct explorer *explorer);
bool way_is_better(struct way_cost one, struct way_cost other);
/* The cost of a way that goes on by a reply. */
struct way_cost way_further(const struct explorer *explorer, const struct standing *standing,
    uint32_t from, const struct reply *reply);

/* explore_pending.c: whether an instance waits for an answer that may be given now. */
bool is_pending(const struct standing *standing, uint32_t index);
const struct mark *mark_of(const struct standing *standing, uint32_t index);
/* Whether one instance is another or lies below it. */
bool instance_within(const struct sched *sched, uint32_t inner, uint32_t outer);
/* The lowest that waits, is not marked, and is behind another (or NONE) within a third (or NONE: anywhere); or NONE. */
uint32_t pending_behind(const struct standing *standing, uint32_t last, uint32_t within);

struct replies {
	struct reply *items;
	size_t count;
	size_t capacity;
};
void replies_add(struct replies *replies, struct reply reply);

/* explore_ends.c: what ends others from outside: a block's deadline, the end of its process. */
/* The one for which all that it ends are waiting; false when there is none. */
bool end_coming(const struct standing *standing, struct reply *ret_reply);
/* All that may end an instance so. */
void replies_of_ends(const struct standing *standing, uint32_t index, struct replies *replies);

/* explore_next.c: goes on from a standing in every way. */
void standing_expand(struct explorer *explorer, const struct standing *standing);

/* explore_answers.c: all that one instance may be told. */
void replies_of(struct explorer *explorer, const struct standing *standing, uint32_t index,
    struct replies *replies);
/* Whether another attempt may follow this one. */
bool tries_left(const struct sched *sched, uint32_t index);
/* Outputs of an action that succeeded, unknown where they hang on its result; NULL where there are none. */
const struct value *outputs_if_ok(struct arena *arena, const struct sched *sched, uint32_t index);

/* explore_guess.c: one reply for each way the choice that an instance waits for can be made. */
void replies_of_choice(struct explorer *explorer, const struct standing *standing, uint32_t index,
    struct replies *replies);

/* explore_live.c: what may still begin, or go on; and the nodes that it may ask about. */
enum { LIVE_GOES_ON = 1, LIVE_BEGINS = 2 };
void live_find(struct explorer *explorer, const struct sched *sched);

/* explore_key.c: equal for standings that will go on alike. */
void key_of(struct explorer *explorer, const struct standing *standing, struct buf *out);

/* explore_watch.c: what happened in one post. */
struct before {
	uint8_t *stages;
	size_t count;
	size_t op_count;
	bool stopped;
	bool failing;
};
void before_take(struct before *before, const struct sched *sched);
void before_done(struct before *before);
void watch_post(struct explorer *explorer, struct standing *standing, const struct before *before);
/* A check, or a step that reads, has looked at the world. */
void watch_look(struct explorer *explorer, struct standing *standing, uint32_t node, bool checked);
void watch_end(struct explorer *explorer, const struct standing *standing);

/* explore_ways.c */
double ways_count(const struct explorer *explorer);

/* explore_story.c: findings with their stories. */
void stories_tell(struct explorer *explorer);

/* explore_tell.c */
struct telling {
	struct explorer *explorer;
	struct arena *arena;
	struct str *lines;
	size_t count;
	size_t capacity;
	struct str succeeded; /* the last ones, not told yet: "a, b" */
	size_t succeeded_count;
	struct str skipped;
	size_t skipped_count;
	struct str told; /* whose end has been told with what was said to it */
};
void tell(struct telling *telling, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tell_quiet(struct telling *telling);
void tell_reply(struct telling *telling, struct sched *sched, const struct reply *reply);
void tell_effect(void *self, struct sched *sched, const struct message *effect);

#endif
