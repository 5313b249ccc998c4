/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_ITEMS_H
#define VIEW_ITEMS_H

#include "lang/plan.h"
#include "view/summary.h"

/* What the numbers of a loop's items stand for. Nothing is escaped: it is text from the record. */

/* Which items a path is for, from the outermost loop inwards: " (w03, blue)"; nothing outside of loops. */
void items_put(const struct summary *summary, struct str node, struct buf *out);

/*
 * What became of the items of a loop, of each outcome up to `most`: "succeeded: w01, w02 · failed: w05 · not begun: w06
 * and 14 more".
 */
void items_put_outcomes(
    const struct summary *summary, const struct summary_step *loop, size_t most, struct buf *out);

/* It is a loop over the machines of a target that is many. */
bool items_are_places(const struct plan *plan, const struct summary_step *step);

#endif
