/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_TERMINAL_H
#define VIEW_TERMINAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/plan.h"
#include "record/recording.h"
#include "sched/message.h"
#include "sched/sample.h"

/*
 * The run as lines on a terminal, one after another, never redrawn: what is done, what came out, what is asked, how it
 * ended. It works the same through a pipe, a log and a screen reader. A live one has a panel (view/panel.h) beneath
 * them, which is drawn anew in its place and taken away before the next line; what stands above it is the same.
 */
struct terminal;

struct terminal_options {
	const struct plan *plan;
	int fd;
	struct buf *sink; /* what gets the text in place of fd; NULL: fd does */
	bool color;
	bool live; /* what was written can be drawn over */
	bool quiet; /* the last words alone, and only when something is wrong */
	const char *transcript; /* its path, for the first and the last words */
};

struct terminal *terminal_new(const struct terminal_options *options);
void terminal_free(struct terminal *terminal);

/*
 * Sees one message; writes to fd what is taken at once. A terminal that is lost or that nobody reads does not stop a
 * recovery: errors are ignored, and what is not taken waits (view/backlog.h).
 */
void terminal_see(void *self, const struct message *message);

/* What a live one shows beside messages: how far an operation has come; when the end is expected, in a sentence. */
void terminal_sample(struct terminal *terminal, const struct sample *sample);
void terminal_hear(struct terminal *terminal, const struct saying *saying);
void terminal_expect(struct terminal *terminal, struct str sentence);

/* What a node of the plan asks was answered beforehand. */
void terminal_answered(struct terminal *terminal, uint32_t node);

struct terminal_window {
	size_t columns;
	size_t rows;
	int64_t now_us; /* on the run's own clock */
};

/*
 * Draws the panel of a live one, where it is other than it stands there already; nothing while a question stands, nor
 * for whoever reads slowly. Who writes to the same terminal puts it away before.
 */
void terminal_draw(struct terminal *terminal, const struct terminal_window *window);
void terminal_put_away(struct terminal *terminal);

/* Waits until all is written: for those who have nothing else to do. */
void terminal_catch_up(struct terminal *terminal);

/* From now on, whether anything but the last words is said. */
void terminal_hush(struct terminal *terminal, bool quiet);

/* Sees what an earlier life of the run did, and says nothing of it. */
void terminal_see_past(struct terminal *terminal, const struct message *message);

/*
 * The run follows the record of another one, in the file `path`: what differs much from that is shown beside it, and at
 * the end whether it went as recorded. Both must outlive the terminal.
 */
void terminal_follow(
    struct terminal *terminal, const struct recording *recording, const char *path);

/* Writes more of what waits; true when some is left, so that it should be called again soon. */
bool terminal_push(struct terminal *terminal);

/*
 * What is still to be said at the end; written to the last byte. record_error: the record is not whole, in a sentence,
 * or NULL.
 */
void terminal_end(struct terminal *terminal, const char *record_error);

/*
 * Where questions are put, when that is not where the lines go: what is said to a person goes to this descriptor, the
 * questions to both.
 */
void terminal_ask_at(struct terminal *terminal, int fd);

/* What is said to a person who answers: prompts. Nothing is held back of it. */
void terminal_say(struct terminal *terminal, struct str text);

/* Holds lines back while a person answers on the same terminal, within the bound of view/backlog.h; lets them go. */
void terminal_hold(struct terminal *terminal, bool hold);
bool terminal_holds(const struct terminal *terminal);

enum terminal_asking {
	TERMINAL_ASKS, /* a person, who will be prompted */
	TERMINAL_ASKS_ELSEWHERE, /* a person who sees it on another terminal */
	TERMINAL_ASKED, /* it was answered beforehand */
	TERMINAL_WOULD_ASK, /* it would be put to a person, were this no rehearsal */
	TERMINAL_ASKS_NOBODY /* nobody can be asked */
};

struct terminal_question {
	const struct message *ask;
	struct str address; /* what its instance is called, and typed */
	enum terminal_asking asking;
	int64_t now_us; /* on the run's own clock */
	struct str elsewhere; /* who can answer, and where, when that is not here */
	const char *run; /* its transcript, as somebody else finds it */
	bool agreed; /* whoever sees it has done their part: another person must agree */
};

/*
 * A question: what will be done, as far as it is known, and what of it destroys; what was checked; what "no" means; how
 * long there is.
 */
void terminal_ask(struct terminal *terminal, const struct terminal_question *question);

/* A question that was shown needs no answer any more, and perhaps why. */
void terminal_withdraw(struct terminal *terminal, struct str why);

#endif
