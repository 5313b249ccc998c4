/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_COMPARATOR_H
#define RUN_COMPARATOR_H

#include <stdbool.h>

#include "lang/plan.h"
#include "record/recording.h"
#include "sched/message.h"

/*
 * Compares a run, as it goes, with the record of one that went before, and says where reality departs from it. Steps
 * are the same when their paths are. What counts:
 *
 *   - how an operation ended: whether it succeeded or held, by the runbook's own rules; else in which way it did not;
 *     and the exit status of an action;
 *   - what was decided: `when`, the list of a loop, a check that is an expression alone;
 *   - what begins and did not then, and how a step ended.
 *
 * Values that came out are another in every run (times, sizes, names): they count where a rule that reads them comes to
 * something else. Of a step that tries again counts what it came to, not how often it tried. Of a sensitive action
 * counts its success alone. What people say does not count, nor what the run itself ended, nor how long anything took;
 * where a person denies what was done then, nothing is compared any more.
 *
 * Of a rehearsal's record counts what was really done then, and hung on nothing that was not.
 *
 * Each departure is told once: of a step that departed, of blocks around it and steps that come behind it, the way that
 * they take is not compared any more, for it may be another because of that. How their operations end still is, where
 * the record has them.
 */
struct comparator;

struct comparator_options {
	const struct plan *plan;
	const struct recording *recording;
	bool
	    changed; /* the runbook is another one: steps that the record does not know are not compared */
};

/* What the options name must outlive it. */
struct comparator *comparator_new(const struct comparator_options *options);

/* Accepts NULL. */
void comparator_free(struct comparator *comparator);

/*
 * An operation has ended, or something was decided. Each gives true where that departs from the record, and then fills
 * *ret_diverged: the event that says so, whose texts live until the next such call.
 */
bool comparator_finished(
    struct comparator *comparator, const struct message *finished, struct message *ret_diverged);
bool comparator_decided(
    struct comparator *comparator, const struct message *effect, struct message *ret_diverged);

#endif
