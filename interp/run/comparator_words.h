/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_COMPARATOR_WORDS_H
#define RUN_COMPARATOR_WORDS_H

#include "record/recording.h"

/* What a comparator says of two runs: words for a line beside another, bounded. All live in the arena. */
struct departure {
	uint32_t op; /* 0: it is a decision's */
	struct str what;
	struct str recorded;
	struct str found;
};

/* "action", "verify 2, item 3" */
struct str words_op(struct arena *arena, enum start_what what, uint32_t index, int64_t item);

/* Whether two ends of one operation differ in what counts; then tells both in *departure. */
bool words_ends_differ(struct arena *arena, enum start_what what, bool sensitive,
    const struct message *then, const struct message *now, struct departure *departure);

/* "its when gave true (steps.a.failed)", "its for_each gave 3 items (db1, db2, db3)", "its verify held" */
struct str words_decision(struct arena *arena, const struct message *decided);

/* "it failed: no backup" */
struct str words_outcome(struct arena *arena, const struct message *step_finished);

/* Why a step was not begun in the record (step may be NULL); what begins instead. */
struct str words_not_begun(
    struct arena *arena, const struct recording *recording, const struct recorded_step *step);
struct str words_begins(struct arena *arena, const struct message *start);

#endif
