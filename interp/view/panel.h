/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PANEL_H
#define VIEW_PANEL_H

#include "sched/message.h"
#include "sched/sample.h"
#include "view/labels.h"
#include "view/summary.h"

/*
 * A run at a glance, in a few lines that fit a window: how long it has taken against its objective, what was done, what
 * runs and how far it has come, what comes next and what it will destroy. A fold over messages and samples; it keeps no
 * clock and knows no terminal.
 */
struct panel;

/* What stands below must outlive it; the summary has seen each message before the panel does. */
struct panel_sources {
	const struct plan *plan;
	const struct labels *labels;
	const struct summary *summary;
};

struct panel *panel_new(const struct panel_sources *sources);
void panel_free(struct panel *panel);

void panel_see(struct panel *panel, const struct message *message);
void panel_sample(struct panel *panel, const struct sample *sample);

/* What an operation printed last, of what no message brings yet. */
void panel_hear(struct panel *panel, const struct saying *saying);

/* A step's question was answered beforehand. */
void panel_answered(struct panel *panel, uint32_t node);

/* When it is expected to end, in a sentence; empty: nothing is known but what the runbook says. */
void panel_expect(struct panel *panel, struct str sentence);

struct panel_frame {
	size_t columns; /* of the window, */
	size_t rows; /* of which it takes half at most */
	int64_t now_us; /* on the run's own clock */
	bool color;
};

/*
 * Appends its lines, each ended by a line break and narrower than the window; nothing where there is no room, before
 * the run begins and after it has ended. Returns how many.
 */
size_t panel_draw(const struct panel *panel, const struct panel_frame *frame, struct buf *out);

#endif
