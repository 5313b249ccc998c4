/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_PAST_H
#define HISTORY_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "sched/message.h"

/*
 * What earlier runs of one runbook came to, as far as a forecast or a list of runs wants it: plain data, of which the
 * arena that it was read into owns everything.
 */

/* One instance of a step in one run. */
struct past_step {
	struct str node; /* the instance's path, "restore#2/probe[3]/load" */
	struct str
	    path; /* the same as it is written, without rounds and items: "restore/probe/load" */
	enum outcome outcome;
	bool allowed; /* its failure was an answer */
	bool performed; /* its action was begun and is not one that a rehearsal left out */
	bool checked; /* its own verification was asked */
	bool assumed; /* something in it, or in a part of it, was not really done, asked or read */
	bool is_block; /* a block or a loop: its time is that of its parts */
	bool is_loop; /* its items have the same path as it is written */
	bool is_manual; /* a person was asked to do it */
	uint32_t attempts; /* of its action; 0: none */
	int64_t began_us; /* on the run's own clock */
	int64_t duration_us; /* all of it, people included */
	/*
	 * Of that, how long a question of its own, or of a part of it, was open; all of it where a person did it.
	 */
	int64_t open_us;
};

struct past_run {
	struct str run; /* its id */
	struct str path; /* of its transcript */
	struct str runbook; /* its id */
	struct str sha256; /* of the runbook's own text */
	struct str
	    texts; /* SHA-256 over those of all its files: two runs with the same had the same runbook */
	struct str mode; /* as in run.started */
	struct str alone; /* the step that was run alone, or "verify"; empty: all was */
	struct str follows; /* the id of the run whose record it follows; empty: none */
	bool rehearsal;
	bool resumed; /* it was cut off at least once, and went on */
	bool finished; /* what is below is so far otherwise */
	enum run_outcome outcome;
	struct str why; /* it did not go well */
	int64_t began_at_us; /* wall clock */
	int64_t heard_at_us; /* likewise: its last line */
	int64_t duration_us;
	/* when its own checks had ended; where there are none, when it ended: of what has recovered, when it had */
	int64_t recovered_us;
	int64_t open_us; /* how long at least one question was open */
	int64_t rto_us; /* the objective that it had; UNSET_US: none */
	struct past_step *steps; /* in the order they began */
	size_t step_count;
};

struct past {
	struct past_run *runs; /* the oldest first */
	size_t count;
};

#endif
