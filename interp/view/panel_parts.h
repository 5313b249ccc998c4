/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PANEL_PARTS_H
#define VIEW_PANEL_PARTS_H

#include "view/lines.h"
#include "view/paint.h"
#include "view/panel.h"

/* What the files panel*.c share and nobody else sees. */

/* A step of the plan, with all its rounds. */
struct panel_node {
	bool listed; /* it is a line of its own: no block, in no loop, and undoes nothing */
	bool answered; /* beforehand: nobody is asked */
	size_t running; /* instances that have begun and not ended */
	size_t ended;
	enum outcome outcome; /* of the last that ended */
	bool allowed;
	int64_t duration_us;
	/* of a loop: its items */
	size_t items;
	size_t items_running;
	size_t items_ended;
	size_t items_failed;
};

/* An operation under way. */
struct panel_op {
	struct panel_op *next;
	uint32_t op;
	enum start_what what;
	enum effect_class class;
	bool sensitive;
	uint32_t attempt;
	int64_t began_us;
	int64_t timeout_us; /* 0: none */
	int64_t within_us; /* of a check that is asked again; 0: it is not */
	/* how far it has come */
	int64_t done;
	int64_t total;
	int64_t sampled_us; /* 0: nothing is known */
	double rate; /* bytes a second, smoothed; 0: not known yet */
};

/* An instance of a step that has begun and not ended. */
struct panel_step {
	struct panel_step *next;
	char *path;
	uint32_t node;
	bool is_item; /* of a loop */
	bool acted; /* its action was begun */
	int64_t began_us;
	struct panel_op *ops; /* in the order they began */
	int64_t again_us; /* when it is tried again; 0: nothing waits for that */
	bool asks;
	uint32_t ask;
	enum ask_kind ask_kind;
	int64_t asked_us;
	bool locks; /* it waits for a lock, */
	uint32_t lock_id;
	char *lock; /* that is called so */
};

struct panel {
	struct panel_sources sources;
	struct panel_node *nodes; /* by plan index */
	struct panel_step *steps; /* in the order they began */
	struct panel_step **last;
	struct lines *lines; /* what is said by what is under way */
	size_t name_columns;
	struct buf expected;
	bool begun;
	bool over;
};

/* A line that is being put together, as long as there is room. */
struct row {
	struct buf *out;
	bool color;
	size_t left; /* columns */
};

void row_begin(struct row *row, const struct panel_frame *frame, struct buf *out);
/* Text from wherever: it is made harmless, and cut where the room ends. */
void row_put(struct row *row, enum paint paint, struct str text);
void row_text(struct row *row, enum paint paint, const char *text);
void row_printf(struct row *row, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Whole seconds: a clock that shows more is never at rest. */
void row_duration(struct row *row, const char *before, int64_t us);
/* Blanks up to a column of so many columns that began where `left` was so much. */
void row_fill(struct row *row, size_t from_left, size_t columns);
void row_end(struct row *row);

/* panel_rows.c: one line each, but for what belongs to an operation. */
bool panel_step_shows(const struct panel *panel, const struct panel_step *step);
void panel_put_step(const struct panel *panel, const struct panel_frame *frame,
    const struct panel_step *step, struct buf *out);
/* told: the block that it was last said of that it asks for all that is in it; PLAN_NONE at first. */
void panel_put_coming(const struct panel *panel, const struct panel_frame *frame, uint32_t node,
    const char *mark, uint32_t *told, struct buf *out);
void panel_put_done(
    const struct panel *panel, const struct panel_frame *frame, uint32_t node, struct buf *out);
/* How far its operation has come; false when that is not known, and nothing was put. */
bool panel_put_progress(const struct panel *panel, const struct panel_frame *frame,
    const struct panel_step *step, struct buf *out);
/*
 * The last line but `back` of what it says; false when there is none. What one alone says stands right above the panel:
 * of that only what does not stand there.
 */
bool panel_put_said(const struct panel *panel, const struct panel_frame *frame,
    const struct panel_step *step, bool alone, size_t back, struct buf *out);
/* What a step of the plan is to the list: neither begun nor ended yet, or over. */
bool panel_is_coming(const struct panel *panel, uint32_t node);
bool panel_is_done(const struct panel *panel, uint32_t node);

#endif
