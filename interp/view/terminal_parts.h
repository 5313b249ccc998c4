/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_TERMINAL_PARTS_H
#define VIEW_TERMINAL_PARTS_H

#include "view/backlog.h"
#include "view/labels.h"
#include "view/lines.h"
#include "view/summary.h"
#include "view/terminal.h"

/* What the files terminal*.c share and nobody else sees. */

enum paint { PLAIN, BOLD, DIM, RED, GREEN, YELLOW };

struct terminal {
	struct terminal_options options;
	struct labels *labels;
	size_t name_columns;
	struct summary summary;
	struct lines *lines;
	struct buf out;
	struct backlog backlog;
	struct backlog person; /* where questions are put, if that is apart */
	bool apart;
	size_t under_way; /* operations that have begun and not ended */
	struct map
	    checked; /* preconditions of steps that ask, as they were asked: "NODE#INDEX" to a text */
	unsigned interrupts;
	uint32_t
	    last_check; /* the op of a check of the runbook's own `verify`; 0: none is under way */
	struct buf blocked; /* names of steps that were blocked one after another, not yet told */
	size_t blocked_count;
};

void terminal_write(struct terminal *terminal);
void terminal_paint(struct terminal *terminal, enum paint paint);
void terminal_painted(struct terminal *terminal, enum paint color, const char *text);

/* The step of an instance's path; NULL for one that the plan does not know. */
const struct step *terminal_step(const struct terminal *terminal, struct str path);

/* Keeps what a precondition asked, for the question that follows it. */
void terminal_note_check(struct terminal *terminal, const struct message *start);

/* A duration behind a word. */
void terminal_duration(struct terminal *terminal, const char *before, int64_t us);

#endif
