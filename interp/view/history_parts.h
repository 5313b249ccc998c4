/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_HISTORY_PARTS_H
#define VIEW_HISTORY_PARTS_H

#include "view/history.h"

/* What the files history*.c share and nobody else sees. */

/* "2026-11-22 03:04", UTC. */
void history_put_minute(struct buf *out, int64_t at_us);

/* "3 days ago"; 0: "never". */
void history_put_age(const struct history_view *view, struct buf *out, int64_t at_us);

void history_heading(const struct history_view *view, const char *text, struct buf *out);

/*
 * A step of a book: one of its runbook as it is now, where that was found, then those that it has no more. `node` is
 * NULL of these, `done` of what no run tells of.
 */
struct history_step {
	struct str path;
	const struct plan_node *node;
	const struct practice_step *done;
};

struct history_step *history_steps(
    struct arena *arena, const struct history_book *book, size_t *ret_count);

/* Of one book, how its steps went. */
void history_steps_text(
    const struct history_view *view, const struct history_book *book, struct buf *out);

#endif
