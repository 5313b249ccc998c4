/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_BACKLOG_H
#define VIEW_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Text on its way to somebody who may not read it at once: a pager, a terminal that was stopped, a stuck log collector.
 * It is bounded, and nothing waits for it before its end: timeouts are watched and steps begun meanwhile. It owns what
 * waits, not the descriptor.
 */
struct backlog {
	int fd;
	struct buf waiting;
	struct buf held; /* what was put since backlog_hold() */
	bool holding;
	bool footed; /* a foot stands below all that was put */
	size_t dropped; /* texts that there was no room for */
	bool gone; /* nobody reads any more */
};

/* Past this much the rest is dropped, and told of. */
enum { BACKLOG_MAX = 1 << 20 };

void backlog_init(struct backlog *backlog, int fd);
void backlog_done(struct backlog *backlog);

/* Takes a text and writes what can be written now. Each is shown whole or not at all. */
void backlog_put(struct backlog *backlog, struct str text);

/*
 * While it is held, what is put is kept back, within the same bound; let go, it is written. What is said meanwhile
 * passes it: a person is asked, and must not lose the question, or what is being typed, to other lines.
 */
void backlog_hold(struct backlog *backlog, bool hold);
void backlog_say(struct backlog *backlog, struct str text);

/* Something is kept back. */
bool backlog_holds(const struct backlog *backlog);

/*
 * A foot stands below the texts, from where the cursor is down, and is taken away before the next of them. `drawing`
 * puts it there, or changes it, and leaves the cursor where the next text will begin. False when it was not taken:
 * lines are held, or somebody reads slowly.
 */
bool backlog_foot(struct backlog *backlog, struct str drawing);
void backlog_take_foot(struct backlog *backlog);

/* Writes what can be written now; true when something still waits. */
bool backlog_push(struct backlog *backlog);

/* Writes all of it, what is held too, however long that takes. */
void backlog_end(struct backlog *backlog);

#endif
