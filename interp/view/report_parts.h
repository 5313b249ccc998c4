/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_REPORT_PARTS_H
#define VIEW_REPORT_PARTS_H

#include "view/held_back.h"
#include "view/report.h"
#include "view/summary.h"
#include "view/told.h"

/* What report.c, which sees the messages, and report_markdown.c, which writes what they came to, share. */

struct report {
	const struct plan *plan;
	struct summary summary;
	struct held_back *held_back;
	struct told *told;
	struct buf timeline; /* finished lines of Markdown */
	struct buf verified; /* the same, of the runbook's own checks */
	struct buf settled; /* the same, of what nobody knew the end of and a verification told */
	struct buf left; /* the same, of processes that live on */
	uint32_t verifying; /* the op of the one under way, or 0 */
	bool hangs; /* on what was not done */
};

/* "**deploy\[7\]** (w08) ": a step with the items it is for; nothing of what is no step's. */
void report_put_node(const struct report *report, struct buf *out, struct str node);

/* " (w08)": the items that a path is for. */
void report_put_item(const struct report *report, struct buf *out, struct str node);

#endif
