/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_CHRONICLE_H
#define VIEW_CHRONICLE_H

#include "lang/plan.h"
#include "view/held_back.h"
#include "view/summary.h"
#include "view/told.h"

/*
 * All of a run in structured form: a fold over its messages for the forms that show the whole of it. What a run came
 * to is the summary's, which is part of it; here is what happened: what was begun, what it printed, what was decided.
 * It owns copies of all it keeps. Texts are as they stand in the record: whoever shows them makes them harmless.
 *
 * Times named at_us are of the wall clock, since 1970; those named t_us of the run's own clock, from 0. A time of
 * something that has not happened is CHRONICLE_NEVER.
 */
enum { CHRONICLE_NEVER = -1 };

/* What an operation printed, in the order in which it was read. */
struct chronicle_piece {
	enum output_stream stream;
	int64_t at_us;
	int64_t t_us;
	int64_t offset; /* of the first byte in the whole stream */
	struct str bytes;
	struct chronicle_piece *next;
};

/* Something that was begun: an attempt at a step's action, a check, somebody told. */
struct chronicle_op {
	uint32_t op;
	enum start_what what;
	uint32_t index; /* which check of its list */
	int64_t item; /* of a check with for_each, from 1; otherwise 0 */
	uint32_t attempt; /* from 1 */
	struct str node;
	struct str step; /* the id as written; empty for the runbook's own checks */
	struct str name; /* of the action in the registry: "run" */
	struct str action; /* in words, on one line, harmless: text_action() */
	struct str whole; /* the same with all its lines, and as it is */
	struct str place; /* "at db1": where that is not here; harmless */
	enum effect_class effect;
	int64_t timeout_us; /* 0: none */
	struct poll_spec poll;
	bool sensitive; /* its output is not recorded */
	struct str deps; /* taint: "restart, load"; empty: none */
	int64_t wanted_at_us; /* when it was decided */
	int64_t wanted_t_us;
	int64_t began_at_us; /* when it really began */
	int64_t began_t_us;
	int64_t pid; /* 0: no process */
	bool confined;
	struct str unconfined;
	struct str stop; /* why it was asked to end; empty: it was not */
	bool ended; /* else what follows is not there yet */
	int64_t ended_at_us;
	int64_t ended_t_us;
	enum op_end end;
	bool ok; /* the action's own success */
	bool holds; /* the verdict: what the runbook's own rules say */
	bool unchanged; /* it was none, and has certainly changed nothing */
	struct str
	    why; /* of the verdict, or of the action where that says nothing; empty: it went well */
	struct str advice;
	enum origin origin; /* of its end; not live: it was not performed */
	int64_t polls;
	const struct value *result; /* a map, whose streams are only their sizes; NULL: none */
	const struct value *left; /* a list of {pid, command}; NULL: none */
	size_t stdout_bytes; /* of the pieces */
	size_t stderr_bytes;
	struct chronicle_piece *pieces;
	struct chronicle_piece *last_piece;
	struct chronicle_op *next; /* of the same step */
};

struct chronicle_decision {
	int64_t at_us;
	int64_t t_us;
	struct str node;
	struct str step;
	struct str what;
	const struct value *value; /* NULL: it has none */
	struct str why;
	struct str deps;
	struct chronicle_decision *next; /* of the same step */
};

/* What a choice that hangs on what was not performed was asked and answered. */
struct chronicle_choice {
	uint32_t id;
	int64_t at_us;
	int64_t t_us;
	struct str node;
	struct str what;
	struct str expr;
	struct str deps;
	const struct value *guess; /* as things are; NULL: not known */
	bool chosen;
	const struct value *value;
	struct str why;
	enum origin origin;
};

/* Beside the summary's approval of the same index, what a view of the whole needs. */
struct chronicle_question {
	const struct summary_approval *approval; /* by chronicle_weigh() */
	struct str item; /* "host db1"; empty: none */
	int64_t by; /* how many different people */
	int64_t asked_at_us;
	int64_t expires_t_us; /* 0: never */
	struct str digest; /* of what is asked for */
	const struct value *inputs; /* what is asked for; NULL: nothing */
	const struct value *agreed;
	int64_t closed_at_us; /* answered, or withdrawn */
	int64_t closed_t_us;
	struct str withdrawn; /* why; empty: it was not */
	struct chronicle_question *next; /* of the same step */
};

struct chronicle_lock {
	uint32_t id;
	struct str node;
	struct str lock;
	int64_t wanted_at_us;
	int64_t wanted_t_us;
	int64_t acquired_at_us;
	int64_t acquired_t_us;
	int64_t released_at_us;
	int64_t released_t_us;
	bool waited; /* somebody else had it */
	struct str why; /* it could not be taken; empty: it could */
};

/*
 * What else happened, by type:
 *	MESSAGE_NOTE		who, text
 *	MESSAGE_SIGNAL		who: its name
 *	MESSAGE_RECORD		failed, text: why
 *	MESSAGE_RECORD_GAP	number: of lines, text: why
 *	MESSAGE_DIVERGED	node, who: what departs, text: as it was found, more: as it was recorded, number: the op
 *	MESSAGE_RUN_RESUMED	who: the user that goes on, more: the host, text: what was torn, number: cut off, at_us
 */
struct chronicle_event {
	enum message_type type;
	int64_t at_us;
	int64_t t_us;
	struct str node;
	struct str who;
	struct str text;
	struct str more;
	int64_t number;
	bool failed;
};

/* An instance of a step: the summary's of the same index, and what belongs to it. */
struct chronicle_step {
	const struct plan_node
	    *plan; /* NULL: the recorded runbook could not be read, or has it no more */
	struct str title; /* empty: not known */
	struct chronicle_op *first; /* in the order in which they were begun */
	struct chronicle_op *last;
	/* by chronicle_weigh() */
	size_t
	    parent; /* index + 1 of the block, loop or step rolled back that it is a part of; 0: none */
	const size_t *needs; /* indexes: what it waited for, as far as that was heard of */
	size_t need_count;
	int64_t began_t_us; /* when something of it was first heard of */
	int64_t ended_t_us; /* CHRONICLE_NEVER: it has not */
	struct chronicle_decision *decisions;
	struct chronicle_question *questions;
};

struct chronicle {
	struct arena *arena;
	const struct plan *plan; /* NULL: that is not at hand */
	struct summary summary;
	struct told *told;
	struct held_back *held_back;
	struct map by_op; /* the latest of each number */
	/* of the run's beginning */
	struct str dir;
	struct str seed;
	struct str signer; /* SHA-256 of the key; empty: none */
	const struct value *params; /* or NULL, as what follows */
	const struct value *program;
	const struct value *host;
	const struct value *sources; /* of the runbook as it was changed last */
	const struct value *rehearsal;
	const struct value *alone;
	const struct value *alert;
	const struct value *follows;
	enum origin origin;
	int64_t last_t_us; /* when something was last heard of */
	int64_t last_at_us;
	int64_t lost_lines; /* of the record: by its gaps */
	/* step_count is the summary's */
	struct chronicle_step *steps;
	size_t step_count;
	size_t step_capacity;
	struct chronicle_op **ops; /* in the order in which they were begun */
	size_t op_count;
	size_t op_capacity;
	struct chronicle_decision **decisions;
	size_t decision_count;
	size_t decision_capacity;
	struct chronicle_choice **choices;
	size_t choice_count;
	size_t choice_capacity;
	struct chronicle_question **questions;
	size_t question_count;
	size_t question_capacity;
	struct chronicle_lock **locks;
	size_t lock_count;
	size_t lock_capacity;
	struct chronicle_event *events;
	size_t event_count;
	size_t event_capacity;
};

/* The plan may be NULL, and else outlives it. */
struct chronicle *chronicle_new(const struct plan *plan);
void chronicle_free(struct chronicle *chronicle);

void chronicle_see(struct chronicle *chronicle, const struct message *message);

/* Sees all of it together, the summary too. Once, after the last message and before it is shown. */
void chronicle_weigh(struct chronicle *chronicle);

/* The index of the step at a node + 1; 0: there is none. */
size_t chronicle_at(const struct chronicle *chronicle, struct str node);

/* When something of a step was first heard of, by the wall clock. Of a chronicle that was weighed. */
int64_t chronicle_began_at(const struct chronicle *chronicle, size_t step);

/* The latest operation of that number, or NULL. */
struct chronicle_op *chronicle_op(const struct chronicle *chronicle, uint32_t op);

#endif
