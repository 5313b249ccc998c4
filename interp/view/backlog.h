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
	size_t dropped; /* texts that there was no room for */
	bool gone; /* nobody reads any more */
};

/* Past this much the rest is dropped, and told of. */
enum { BACKLOG_MAX = 1 << 20 };

void backlog_init(struct backlog *backlog, int fd);
void backlog_done(struct backlog *backlog);

/* Takes a text and writes what can be written now. Each is shown whole or not at all. */
void backlog_put(struct backlog *backlog, struct str text);

/* Writes what can be written now; true when something still waits. */
bool backlog_push(struct backlog *backlog);

/* Writes all of it, however long that takes. */
void backlog_end(struct backlog *backlog);

#endif
