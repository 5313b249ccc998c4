/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_OUTLOOK_H
#define SCHED_OUTLOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "value/value.h"

/*
 * What was to be expected of a run, as it was told when that began, or went on: from then until it has recovered. It is
 * made by history/forecast.h, kept as an aside, and decides nothing.
 */
enum { OUTLOOK_NAMES = 8 }; /* so many steps are named at most */

struct outlook {
	int64_t from_us; /* on the run's own clock: what follows is the time left from there */
	int64_t expected_us; /* as likely longer as shorter; people are waited for */
	int64_t within_us; /* no longer than that, so it is expected, */
	int64_t percent; /* in so many of a hundred runs */
	int64_t waiting_us; /* of the expected: people */
	int64_t runs; /* earlier ones that it rests on; 0: none */
	int64_t ended; /* the latest that recovered or failed, whatever it rests on */
	int64_t failed; /* of them */
	int64_t steps; /* that are counted: those that may still take time */
	int64_t estimated; /* of them: which rest on what the runbook says they take */
	int64_t unknown; /* which rest on nothing: they are counted as if they took no time */
	const struct value *estimates; /* the first of those, a list of ids; NULL: none */
	const struct value *unknowns; /* likewise */
	int64_t questions; /* to people, that may still be put */
	int64_t
	    questions_unknown; /* of them: how long they will be open, nobody knows: no time is counted */
	bool
	    whole; /* it rests on what the runbook says that all of it takes, and on nothing else */
	int64_t rto_us; /* the objective; 0: there is none */
	int64_t rto_percent; /* in so many of a hundred runs it is met, rounded down */
};

/* With all that it points to, in the arena. */
struct outlook outlook_copy(struct arena *arena, const struct outlook *outlook);

#endif
