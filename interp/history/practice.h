/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_PRACTICE_H
#define HISTORY_PRACTICE_H

#include "base/arena.h"
#include "history/past.h"

/*
 * What the runs of one runbook come to together. Runs and steps are counted by what is theirs for good, the runbook's
 * id and the step's path: whether a step is still what it was then, `reprise coverage` tells.
 */
struct practice_step {
	struct str path;
	bool is_block;
	bool is_manual;
	size_t times; /* it was really done, and ended by itself */
	size_t failed; /* of these, and that was no answer */
	size_t well; /* the others */
	int64_t
	    median_us; /* of these: without people's waiting, but where a person did it; UNSET_US: none */
	int64_t p90_us;
	int64_t last_at_us; /* when it was last done so; 0: never */
	int64_t
	    gone_through_at_us; /* when it last was in a rehearsal alone that did not do it; 0: never */
};

struct practice {
	struct str runbook; /* its id */
	size_t live; /* whole runs that meant it, */
	size_t rehearsals; /* that did not, */
	size_t alone; /* and those of one step, which are none of them */
	const struct past_run *last_live; /* or NULL */
	const struct past_run *last_rehearsal;
	const struct past_run *last_well; /* of both */
	const struct past_run
	    *failed_since; /* the last live one that failed, with none that went well since */
	struct practice_step *steps; /* in the order of their first time */
	size_t step_count;
};

enum practice_mode { MODE_RUN, MODE_REPLAY, MODE_REHEARSAL, MODE_ALONE, MODE_OTHER };

/* What kind of run it was; of a later version's mode nothing is known. */
enum practice_mode practice_mode(const struct past_run *run);

/* Whether it meant it: a run, or one that was done again, of all of its runbook. */
bool practice_is_live(const struct past_run *run);

/* Whether it went through all of its runbook, and well. */
bool practice_went_well(const struct past_run *run);

enum practice_objective { OBJECTIVE_NONE, OBJECTIVE_MET, OBJECTIVE_MISSED };

/*
 * Whether the recovery was within its objective: of a live run that recovered, or took longer than it. A run that ended
 * otherwise says nothing of it.
 */
enum practice_objective practice_objective(const struct past_run *run);

/* Of one runbook, in the arena; it points into what is given. */
struct practice practice_of(struct arena *arena, const struct past *past, struct str runbook);

#endif
