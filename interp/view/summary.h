/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SUMMARY_H
#define VIEW_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "sched/message.h"

/*
 * What a run came to: a fold over its messages, which the terminal's last words and the report are made of. It owns
 * copies of all it keeps.
 */
struct summary_step {
	struct str node;
	struct str step;
	enum outcome outcome; /* OUTCOME_NONE: it has not finished */
	bool allowed;
	struct str why; /* as it is recorded */
	struct str told; /* the same as people are told it: reason.h */
	struct str known; /* of an action whose end nobody knows: what is known of it */
	enum effect_class effect; /* of its action as it was begun */
	bool began; /* its action was begun, not only its checks */
	bool acted; /* its action itself has succeeded */
	bool rehearsed; /* its action was not performed */
	bool
	    intact; /* its action was not performed, or has failed and certainly changed nothing, at no attempt */
	bool was_intact; /* the same, until the attempt under way */
	uint32_t attempts;
	int64_t began_at_us; /* wall clock */
	int64_t began_t_us;
	int64_t finished_at_us;
	int64_t duration_us;
	const struct value *outputs; /* or NULL */
	const struct value *items; /* of a loop: its list */
	bool rolling; /* its rollback was begun */
	size_t rolling_from; /* the first step that may belong to it */
	bool left; /* its rollback will not be begun */
	bool ending; /* its finally steps were begun, or refused */
	bool cleans; /* it is one of the finally steps of something, or a part of one */
	bool lost; /* nobody knew how its action ended, and its own verification was asked */
	/* by summary_weigh() */
	bool answered; /* its failure is an answer: its own, or that of what it is a part of */
	bool by_part; /* it went wrong because a part of it did */
	bool undone; /* its rollback did all it had to */
};

struct summary_approval {
	uint32_t id;
	enum ask_kind kind;
	struct str step;
	struct str node;
	struct str prompt;
	const struct value *actions; /* as in the ask */
	bool answered;
	bool taken; /* nobody was asked: it was taken to be answered so */
	enum answer answer;
	struct str who;
	const struct value *person; /* sched/person.h; NULL: unknown */
	struct str digest; /* of what was answered */
	const struct value *inputs; /* what a person typed; NULL: none */
	int64_t at_us;
	int64_t asked_t_us;
	int64_t open_us; /* how long it was open, once it is closed */
	bool closed;
};

struct summary {
	struct arena *arena;
	struct map by_node; /* node to index + 1 */
	struct summary_step *steps;
	size_t step_count;
	size_t step_capacity;
	struct summary_approval *approvals;
	size_t approval_count;
	size_t approval_capacity;
	struct summary_op {
		uint32_t step; /* index + 1 of the step it belongs to, or 0 */
		bool is_action; /* no check */
		bool is_unless;
	} * ops; /* by op */
	size_t op_capacity;
	struct str run;
	struct str runbook;
	struct str title;
	struct str user;
	struct str host;
	struct str mode;
	bool rehearsal; /* what changes was not performed */
	struct str alert; /* that it answers, and since when that was firing; empty: none */
	struct str alone; /* the step that was run alone, or "its verify"; empty: all was */
	struct str follows; /* the id of the run whose record it follows; empty: none */
	int64_t began_at_us;
	int64_t ended_at_us;
	/*
	 * When something was last heard of. Effects say nothing of it: what was decided and did not reach the record
	 * before the run was cut off is written by whoever goes on with it.
	 */
	int64_t heard_at_us;
	int64_t cut_off_at_us; /* the same, when the run was last resumed; 0: it never was */
	int64_t duration_us;
	uint32_t verifying; /* the runbook's own check that was begun last; 0: none was */
	/*
	 * On the run's own clock: when its own checks had ended, the last of them; where it has none, when it ended.
	 * Of a run that has recovered that is when it had.
	 */
	int64_t recovered_us;
	bool ending; /* the runbook's own finally steps were begun, or refused */
	bool foretold; /* what was to be expected was told when it began, or last went on: */
	struct outlook outlook;
	size_t open_count; /* questions that are not answered */
	int64_t open_since_us; /* on the run's own clock */
	int64_t open_us; /* how long there was one, or more */
	bool finished;
	bool sealed;
	enum record_failure on_record_failure;
	bool record_fails; /* now */
	bool record_failed; /* at any time */
	enum run_outcome outcome;
	struct str why;
};

void summary_init(struct summary *summary);
void summary_done(struct summary *summary);

void summary_see(struct summary *summary, const struct message *message);

/* The step at a node, or NULL. */
const struct summary_step *summary_at(const struct summary *summary, struct str node);

/* The step that an operation belongs to, or NULL. */
const struct summary_step *summary_by_op(const struct summary *summary, uint32_t op);

/* Whether an operation asks whether a step's action is needed at all. */
bool summary_is_unless(const struct summary *summary, uint32_t op);

/* Of a decision "again": a person was asked about that step, whose answer is told already. */
bool summary_is_said_again(const struct summary *summary, const struct message *decided);

/* Of a decision "rollback": it will not be begun. */
bool summary_is_refusal(const struct message *decided);

/* Of a step.finished: it was blocked, or cancelled before it began, and so took no time. */
bool summary_was_not_run(const struct message *finished);

/* Sees each step beside what it is a part of, and what undid it. To be called before the questions below. */
void summary_weigh(struct summary *summary);

/* It is what went wrong, and changed nothing. */
bool step_went_wrong(const struct summary_step *step);

/* Its action changes something and was begun, but has not ended well, nor been undone. */
bool step_is_half_done(const struct summary_step *step);

/* The same of a step whose failure its author called an answer: it is none, of what it did until then. */
bool step_is_half_done_allowed(const struct summary_step *step);

bool step_was_not_run(const struct summary_step *step);

/* The same of what is told by itself: no clean-up, and no item of a loop, which tells of them together. */
bool step_was_not_reached(const struct summary_step *step);

bool step_is_clean_up_left(const struct summary_step *step);
bool step_is_left(const struct summary_step *step);

/* Its action has succeeded, whatever came after it. */
bool step_changed(const struct summary_step *step);
bool step_destroyed(const struct summary_step *step);

/* How long a step's own questions were open; 0 where a person did all of it. */
int64_t summary_open_us(const struct summary *summary, struct str node);

size_t summary_count(const struct summary *summary, bool (*wanted)(const struct summary_step *));

#endif
