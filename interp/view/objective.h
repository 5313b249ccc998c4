/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_OBJECTIVE_H
#define VIEW_OBJECTIVE_H

#include "base/buf.h"
#include "view/summary.h"

/* A run against the time in which it was to recover. */

/*
 * Whether it has recovered within an objective, counted to the recovery: what it tidies up afterwards is not. Not to be
 * asked of a run that has not recovered, nor of a rehearsal.
 */
bool objective_met(const struct summary *summary, int64_t rto_us);

/* Behind how long it took: " (objective: 4h, met)"; nothing where there is none, or in a rehearsal. */
void objective_put(const struct summary *summary, int64_t rto_us, struct buf *out);

#endif
