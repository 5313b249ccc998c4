/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_EXPLORE_H
#define VIEW_EXPLORE_H

#include "base/buf.h"
#include "sched/explore.h"

/*
 * What was found on the ways a runbook can go, for people: each finding at its step, with its story, and a last line
 * that sums up. `name` is the runbook as it was named.
 */
void explore_text(const struct plan *plan, const struct exploration *exploration, const char *name,
    bool color, struct buf *out);

/* One JSON document, on several lines. */
void explore_json(const struct plan *plan, const struct exploration *exploration, struct buf *out);

/* One sentence that says what a finding is, about its step; appended. */
void explore_sentence(const struct plan *plan, const struct finding *finding, struct buf *out);

/* The way out of it. */
const char *explore_help(enum finding_kind kind);

#endif
