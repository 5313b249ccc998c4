/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_REPORT_H
#define VIEW_REPORT_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/plan.h"
#include "sched/message.h"

/*
 * The report of a run in Markdown: how it ended, what was decided and by whom, what was changed and destroyed, and a
 * timeline in wall-clock time. A fold over the messages of a transcript.
 */
struct report;

/* plan gives the steps' titles; NULL where the recorded runbook could not be read. */
struct report *report_new(const struct plan *plan);
void report_free(struct report *report);

void report_see(struct report *report, const struct message *message);

/* It has seen no run begin: there is nothing to report. */
bool report_is_empty(const struct report *report);

/* Appends the report. path: of the transcript; state: what verifying it said, in a sentence. */
void report_markdown(struct report *report, const char *path, struct str state, struct buf *out);

#endif
