/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_COVERAGE_PARTS_H
#define VIEW_COVERAGE_PARTS_H

#include "view/coverage.h"

/* What the files coverage*.c share and nobody else sees. */

/* Something that a run tells of a step. */
struct coverage_event {
	uint32_t node; /* its plan index */
	enum coverage_way way;
	enum coverage_kind kind;
	int64_t at_us;
};

/* Counts it, once a run. */
void coverage_put(struct coverage *coverage, struct coverage_run *run,
    const struct coverage_event *event, bool former);

/* Whether a step of an earlier text was another one. */
bool coverage_is_former(const struct coverage_version *version, uint32_t node);

/* Whether it has something to be begun, and does not only check and compute. */
bool coverage_acts(const struct plan_node *node);

/*
 * How it went badly, live or really in a rehearsal, if it has not really gone well since; NULL otherwise. What was only
 * gone through outweighs nothing that happened.
 */
struct coverage_mark *coverage_bad_news(const struct coverage_step *step);

/* Whether a step went well in rehearsals alone, and whether it began in a live run that did not go well. */
bool coverage_is_only_rehearsed(const struct coverage_step *step);
bool coverage_ran_live(const struct coverage_step *step);

/* Whole days since then. */
int64_t coverage_days(const struct coverage_view *view, int64_t at_us);

#endif
