/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_SESSIONS_H
#define RUN_SESSIONS_H

#include "act/attempt.h"
#include "act/loop.h"

/*
 * The sessions of a run, by the name of their connection. Each is lent to one borrower at a time, first come first
 * served.
 */
struct sessions;

/* Somebody who waits for a session; part of what waits, which must live until it was lent or called back. */
struct borrower {
	struct borrower *next;
	void (*lend)(
	    struct borrower *borrower, struct session *session); /* called from the loop, once */
};

struct sessions *sessions_new(struct loop *loop);

/* Closes what is open. Nobody may have one any more. Accepts NULL. */
void sessions_free(struct sessions *sessions);

/* A session that an earlier life of the run had open: it is gone, and with it its state. The name is copied. */
void sessions_lose(struct sessions *sessions, struct str name);

/* Leads to lend(). The name is copied. */
void sessions_borrow(struct sessions *sessions, struct str name, struct borrower *borrower);

/* Gives it back, or no longer wants it; of one who has none it means nothing. */
void sessions_return(struct sessions *sessions, struct borrower *borrower);

#endif
