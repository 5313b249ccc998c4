/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SCORECARD_H
#define VIEW_SCORECARD_H

#include "lang/plan.h"
#include "view/summary.h"

/*
 * What a rehearsal has really found out, and what not: a fold over its messages, beside the summary. It owns copies of
 * all it keeps.
 */
struct scorecard;

/* Something that a rehearsal cannot know. Of the items of a loop the first, and how many more say the same. */
struct scorecard_doubt {
	struct str node; /* empty: the runbook's own */
	struct str what; /* "verify", "precondition", "when", "action", … */
	struct str why; /* "not yet true, depends on restart: …" */
	size_t more;
};

struct scorecard_counts {
	size_t held; /* checks that hold, whatever is not done */
	size_t failed; /* and that do not */
	size_t held_now; /* those that hold as things are, and hang on what was not done */
	size_t not_yet; /* and that do not */
	size_t unknown; /* checks that could not be asked, */
	size_t recorded; /* and that a record answers */
	size_t read; /* reading actions that were really done */
	size_t
	    unread; /* and that could not be, for what they need is not known, or not there yet */
	size_t changes; /* that would be made, */
	size_t destructions; /* and those of them that destroy */
	size_t asked; /* answers that people would be asked for */
};

/* The plan must outlive it. */
struct scorecard *scorecard_new(const struct plan *plan);

/* Accepts NULL. */
void scorecard_free(struct scorecard *scorecard);

void scorecard_see(struct scorecard *scorecard, const struct message *message);

const struct scorecard_counts *scorecard_counts(const struct scorecard *scorecard);

/* In the order in which they came up. */
const struct scorecard_doubt *scorecard_doubts(
    const struct scorecard *scorecard, size_t *ret_count);

/* What was to be chosen under that number: its id, node and what alone; NULL: nothing. */
const struct message *scorecard_choose(const struct scorecard *scorecard, uint32_t id);

/* Whether a step of the plan was come to at all, in any of its instances. */
bool scorecard_reached(const struct scorecard *scorecard, uint32_t node);

#endif
