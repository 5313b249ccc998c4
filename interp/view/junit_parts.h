/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_JUNIT_PARTS_H
#define VIEW_JUNIT_PARTS_H

#include "view/chronicle.h"
#include "view/rendering.h"

/*
 * The run as a report of JUnit, which CI servers show: one suite, a case for each step, for each check of what
 * "recovered" means, and for the run itself where nothing else says that it went wrong. junit.c judges them,
 * junit_case.c writes one.
 */

enum junit_verdict { JUNIT_PASSED, JUNIT_SKIPPED, JUNIT_FAILURE, JUNIT_ERROR };

struct junit_case {
	enum junit_verdict verdict;
	struct str name;
	const char *type; /* of what went wrong: "failed", "timed out" */
	struct str why; /* a sentence; may be empty */
	struct str advice; /* what may be behind it, and a way out; may be empty */
	int64_t duration_us;
	int64_t began_at_us; /* 0: it has not */
	const char *note; /* what else is to be said of it; NULL: nothing */
	const struct chronicle_question *questions; /* that were asked about it */
	const struct chronicle_op
	    *first; /* what was done for it, and what that printed; NULL: nothing */
	bool alone; /* that one alone, without those that follow it */
};

/* Where cases go, and what they come to. */
struct junit_suite {
	struct str classname;
	struct buf cases;
	size_t count[JUNIT_ERROR + 1]; /* by verdict */
};

void junit_put_case(struct junit_suite *suite, const struct junit_case *given);

/* "12.345": seconds. */
void junit_put_seconds(struct buf *out, int64_t us);

#endif
