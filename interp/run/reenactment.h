/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_REENACTMENT_H
#define RUN_REENACTMENT_H

#include "record/recording.h"
#include "run/exec_recorded.h"
#include "sched/sched.h"

/*
 * A recorded run as it would have gone under another runbook: its scheduler is answered from the record
 * (exec_recorded.h), on a clock that jumps from one event to the next. What came unasked (signals, the state of the
 * record) comes when it came then. Nothing is performed, and where the runbook is the same, so is every event and every
 * time.
 */
struct reenactment;

/* Something that is not told by the record as it would have been. */
struct reenactment_note {
	const struct message
	    *effect; /* what was to be answered; stamped as a line of the re-enactment */
	enum basis basis; /* never BASIS_RECORDED */
	struct str why; /* a sentence */
};

/* The record and the scheduler, which is new and has the other runbook's plan, must outlive it. */
struct reenactment *reenactment_new(const struct recording *then, struct sched *sched);
void reenactment_free(struct reenactment *reenactment);

/*
 * Goes through all of it, to the end of the run or as far as the record goes. run_started is the record's own, with
 * what the other runbook says in its place; what it points to must outlive the re-enactment.
 */
void reenactment_run(struct reenactment *reenactment, const struct message *run_started);

/* What it came to, as a record; not finished where nobody can know how it would have gone on. */
const struct recording *reenactment_recording(const struct reenactment *reenactment);

/* In the order in which they came up. */
const struct reenactment_note *reenactment_notes(
    const struct reenactment *reenactment, size_t *ret_count);

#endif
