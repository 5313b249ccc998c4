/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_REPORT_PARTS_H
#define VIEW_REPORT_PARTS_H

#include "view/chronicle.h"
#include "view/rendering.h"

/*
 * The report of a run in Markdown: the incident report (view/incident.h), and behind it the record as its appendix: how
 * it ended, what was decided and by whom, what was changed and destroyed, and a timeline to the second. report.c sees
 * the messages, report_record.c writes what they came to.
 */

struct report {
	struct rendering_about about;
	const struct plan *plan;
	struct chronicle *chronicle;
	const struct summary *summary; /* the chronicle's */
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

/* Appends the record. The chronicle has been weighed. */
void report_put_record(const struct report *report, struct buf *out);

#endif
