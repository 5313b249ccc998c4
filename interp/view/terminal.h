/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_TERMINAL_H
#define VIEW_TERMINAL_H

#include <stdbool.h>

#include "lang/plan.h"
#include "sched/message.h"

/*
 * The run as lines on a terminal, one after another, never redrawn: what is done, what came out, what is asked, how it
 * ended. It works the same through a pipe, a log and a screen reader.
 */
struct terminal;

struct terminal_options {
	const struct plan *plan;
	int fd;
	bool color;
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

/* Writes more of what waits; true when some is left, so that it should be called again soon. */
bool terminal_push(struct terminal *terminal);

/*
 * What is still to be said at the end; written to the last byte. record_error: the record is not whole, in a sentence,
 * or NULL.
 */
void terminal_end(struct terminal *terminal, const char *record_error);

/* A prompt's text for an ask: what will be done, what it will destroy. Written to fd. */
void terminal_ask(struct terminal *terminal, const struct message *ask);

#endif
