/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_TEXT_H
#define VIEW_PLAN_TEXT_H

#include "base/buf.h"
#include "lang/plan.h"
#include "sched/outlook.h"

/*
 * A plan for people, before anything runs: what happens in which order, what changes and what destroys, who is asked,
 * which checks run processes, and how long the longest path may take. `params` is a map: what
 * is known of the parameters, which stands in their places. `outlook`: how long it is expected to take; NULL: unknown.
 */
void plan_text(const struct plan *plan, const struct value *params, const struct outlook *outlook,
    bool color, struct buf *out);

#endif
