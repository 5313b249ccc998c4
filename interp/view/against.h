/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_AGAINST_H
#define VIEW_AGAINST_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/plan.h"
#include "view/comparison.h"

/* What `reprise replay --against` says: how a recorded run would have gone under another runbook. */

/* Something that the record does not tell as it would have been. */
struct against_doubt {
	struct str node;
	struct str
	    what; /* which of its operations, or what else: "verify 2", "the question"; empty: its action */
	struct str why; /* a sentence */
	bool unknown; /* nobody knows it; else it is taken to be as it was */
};

enum against_finding {
	AGAINST_SAME, /* the same way to the same end */
	AGAINST_PARTS, /* another way */
	AGAINST_UNTOLD /* the same way as far as the record tells, and that is not the end */
};

struct against_view {
	const struct comparison
	    *comparison; /* A is the record, B what would have been, on the same clock */
	const struct against_doubt *doubts; /* in the order in which they came up */
	size_t doubt_count;
	const struct plan *plans[SIDES]; /* of the runbook then and the other one */
	bool color;
};

/* The text is appended. */
enum against_finding against_text(const struct against_view *view, struct buf *out);

#endif
