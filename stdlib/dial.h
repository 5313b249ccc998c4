/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_DIAL_H
#define STDLIB_DIAL_H

#include "act/attempt.h"
#include "stdlib/resolve.h"
#include "stdlib/trouble.h"

/*
 * A connection of TCP to host:port, without blocking the loop. The name is looked up, and its addresses are tried one
 * after the other in the system's order; each but the last gets its share of the attempt's time, so that one that does
 * not answer does not hide the others. A dial owns itself: it ends in `done` or in dial_cancel(), never both.
 */
struct dial;

struct dialled {
	int fd; /* connected, non-blocking, the caller's from now on; -1 with a trouble */
	char address[RESOLVE_TEXT]; /* that accepted, or was tried last; "": the name has none */
	struct str
	    peer; /* for people: "127.0.0.1:5432", "db:5432 (10.0.0.5)"; in the attempt's arena */
};

/*
 * Starts, kept in *slot while it runs; *slot is NULL again when `done` is called, which may happen before this returns.
 * `trouble` is NULL when one of them accepted. Both are valid within the call.
 */
void dial_start(struct attempt *attempt, struct str host, int64_t port, struct dial **slot,
    void (*done)(void *self, const struct dialled *dialled, const struct trouble *trouble),
    void *self);

/* `done` will not be called, and nothing is left open. Accepts a slot of NULL. */
void dial_cancel(struct dial **slot);

/* What it is about, for people: "connecting to 127.0.0.1:5432"; in the attempt's arena. */
struct str dial_doing(const struct dial *dial);

/* The address it tries now; "" while it looks up the name. */
const char *dial_address(const struct dial *dial);

#endif
