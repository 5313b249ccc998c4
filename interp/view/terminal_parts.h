/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_TERMINAL_PARTS_H
#define VIEW_TERMINAL_PARTS_H

#include "view/backlog.h"
#include "view/held_back.h"
#include "view/labels.h"
#include "view/lines.h"
#include "view/paint.h"
#include "view/panel.h"
#include "view/scorecard.h"
#include "view/summary.h"
#include "view/terminal.h"
#include "view/told.h"

/* What the files terminal*.c share and nobody else sees. */

/* A precondition of a step that asks, as it was asked the last time. */
struct terminal_check {
	struct terminal_check *next;
	uint32_t op;
	struct str text; /* what was asked */
	const struct expr *expect; /* NULL: none */
	struct str seen; /* what it found; empty: nothing to be shown */
	int64_t since_us; /* how old that is, as the time it dates from; 0: it has no age */
};

struct terminal {
	struct terminal_options options;
	struct labels *labels;
	size_t name_columns;
	struct summary summary;
	struct held_back *held_back;
	struct scorecard *scorecard; /* of a rehearsal; NULL: it is none */
	bool as_things_are; /* the check of the runbook's own `verify` hangs on what was not done */
	struct lines *lines;
	struct panel *panel; /* NULL: lines are all there is */
	struct buf drawn; /* the panel as it stands there */
	struct terminal_window window; /* in which it was drawn */
	uint32_t rung; /* the question that was rung for last, and one */
	struct buf out;
	struct backlog backlog;
	struct backlog person; /* where questions are put, if that is apart */
	bool apart;
	size_t under_way; /* operations that have begun and not ended */
	struct map checked; /* preconditions of steps that ask: "NODE#INDEX" to a terminal_check */
	struct terminal_check *checks; /* all of them */
	unsigned interrupts;
	struct told *told_book; /* who was told what */
	bool outcome_known; /* the run is over, but for those who are still being told */
	uint32_t
	    last_check; /* the op of a check of the runbook's own `verify`; 0: none is under way */
	bool in_head; /* its first lines are not ended yet */
	bool has_past; /* it saw an earlier life of the run, and has not said so yet */
	bool told_past; /* it said so, and its run.resumed is still to come */
	const struct recording *followed; /* NULL: it follows no record, or that is not at hand */
	const char *followed_path;
	enum on_divergence on_divergence;
	struct {
		struct str *items; /* "choose: action: failed: no backup" */
		size_t count;
		size_t capacity;
	} departures; /* as they were told */
	struct buf told; /* why the last step that did not end well ended so */
	struct buf blocked; /* names of steps that were blocked one after another, not yet told */
	size_t blocked_count;
};

/* What is known of a message, whether it is told or not. */
void terminal_note(struct terminal *terminal, const struct message *message);

/* A run goes on: what was before it, in front of the first thing that it says itself, `next`; told once. */
void terminal_tell_past(struct terminal *terminal, const struct message *next);
void terminal_run_resumed(struct terminal *terminal, const struct message *message);

/* The first lines; how long it will take; and what ends them, before anything else is said. */
void terminal_run_started(struct terminal *terminal, const struct message *message);
void terminal_outlook(struct terminal *terminal, const struct message *message);
void terminal_end_head(struct terminal *terminal, const struct message *next);
/* Until when an answer to a question helps. */
void terminal_objective(struct terminal *terminal, const struct message *ask, int64_t now_us);

/* What was decided of an action that was cut off; nothing of any other decision. */
void terminal_decided_found_again(struct terminal *terminal, const struct message *message);

void terminal_write(struct terminal *terminal);

/* Rings for a question, once. */
void terminal_ring(struct terminal *terminal, const struct message *ask);
void terminal_paint(struct terminal *terminal, enum paint paint);
void terminal_painted(struct terminal *terminal, enum paint color, const char *text);

/* The step of an instance's path; NULL for one that the plan does not know. */
const struct step *terminal_step(const struct terminal *terminal, struct str path);

/* "03:04:05  restart         ", or blanks in place of the time. */
void terminal_lead(struct terminal *terminal, int64_t at_us, struct str step);

/* The same for the step at a path, with the items it is for: "03:04:05  deploy[7] (w08)". */
void terminal_lead_of(struct terminal *terminal, int64_t at_us, struct str node);

/* "deploy[7] (w08)" as it is, to be made harmless. */
void terminal_put_name(const struct terminal *terminal, struct str node, struct buf *out);

/* Where the further lines of a sentence behind that begin; such a sentence. */
size_t terminal_column(const struct terminal *terminal);
void terminal_why(struct terminal *terminal, struct str why);

/* Such a sentence as a line of its own, which is of no great weight, between two words. */
void terminal_dim_line(struct terminal *terminal, struct str node, const char *before,
    struct str text, const char *behind);

/* A step's title, and which item it is; false when it has neither, and nothing was said. */
bool terminal_title(struct terminal *terminal, const struct message *message, struct str node);

/* What was decided about a step, and how it ended, unless it was not run. */
void terminal_decided(struct terminal *terminal, const struct message *message);
void terminal_step_finished(struct terminal *terminal, const struct message *message);

/* " (db1)": which items a path is for, where it lies in a loop. */
void terminal_item(struct terminal *terminal, struct str node);

/* Keeps what a precondition asked, and what it found, for the question that follows it. */
void terminal_note_check(struct terminal *terminal, const struct message *start);
void terminal_note_found(struct terminal *terminal, const struct message *finished);

/* Whether some block has steps that run whatever happens. */
bool terminal_has_finally(const struct terminal *terminal);

/* Reality departs from the record that the run follows: noted, and told. */
void terminal_note_departure(struct terminal *terminal, const struct message *message);
void terminal_diverged(struct terminal *terminal, const struct message *message);

/* Who is to be called by hand; who was told, or could not be; that the run waits for nothing else; of a rehearsal. */
void terminal_telling(struct terminal *terminal, uint32_t op);
void terminal_told(struct terminal *terminal, const struct message *finished);
void terminal_outcome(struct terminal *terminal, const struct message *decided);
void terminal_end_told(struct terminal *terminal);

/* What follows from that. */
void terminal_decided_departure(struct terminal *terminal, const struct message *decided);

/* " (recorded: 2s)", where a step took much longer then, or much shorter. */
void terminal_recorded_duration(struct terminal *terminal, const struct message *step_finished);

/* A rehearsal: what it is, in front; what was not done; what it came to. */
void terminal_rehearsal_begins(struct terminal *terminal, const struct message *run_started);
void terminal_chosen(struct terminal *terminal, const struct message *chosen);
void terminal_unperformed(struct terminal *terminal, const struct message *finished);
void terminal_end_rehearsal(struct terminal *terminal);

/* Begins a line of a rehearsal's card: its name, and blanks up to what it says. */
void terminal_card_line(struct terminal *terminal, enum paint paint, const char *name);

/* That a process which reads may write, and why; what may be behind a failure that was told; the last words on both. */
void terminal_started(struct terminal *terminal, const struct message *started);
/* What the message of this operation tells anew of that. */
void terminal_held_back_news(struct terminal *terminal, uint32_t op);
void terminal_advice(struct terminal *terminal, struct str node);
void terminal_end_unconfined(struct terminal *terminal);
void terminal_end_bare(struct terminal *terminal);
/* Processes that live on: a list of {pid, command}, or NULL. */
void terminal_left(struct terminal *terminal, const struct value *left);
void terminal_end_suspects(struct terminal *terminal);

/* The record fails, or is back. */
void terminal_record(struct terminal *terminal, const struct message *message);

/* The last words on that. */
void terminal_end_departures(struct terminal *terminal);

/* A duration behind a word. */
void terminal_duration(struct terminal *terminal, const char *before, int64_t us);

#endif
