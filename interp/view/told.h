/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_TOLD_H
#define VIEW_TOLD_H

#include "lang/plan.h"
#include "sched/message.h"

/* Who was told what: gathered from the messages of a run, by its escalation and by steps that tell somebody. */
struct told_entry {
	uint32_t op;
	int64_t at_us;
	struct str node; /* of the step that told it; empty: the escalation did */
	struct str name;
	struct str title;
	struct str way; /* "pagerduty", or of a person the number or address to be used by hand */
	bool by_hand;
	bool resolves; /* that it is over */
	struct str what; /* the summary, without the runbook's title */
	bool finished;
	bool live; /* else it was not really told */
	bool delivered;
	int64_t tries;
	struct str why; /* it was not */
};

struct told;

struct told *told_new(const struct plan *plan);
void told_free(struct told *told);

/* Takes any message; others than starts and ends of such operations change nothing. */
void told_see(struct told *told, const struct message *message);

/* In the order in which they began; what an operation tells stands side by side. */
const struct told_entry *told_entries(const struct told *told, size_t *ret_count);

/* Those of one operation; NULL: it tells nobody. */
const struct told_entry *told_by_op(const struct told *told, uint32_t op, size_t *ret_count);

#endif
