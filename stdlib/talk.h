/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_TALK_H
#define STDLIB_TALK_H

#include "act/loop.h"
#include "base/str.h"

/*
 * Says something on a connection and hears what comes back, without blocking the loop. The descriptor stays its
 * holder's and must be non-blocking. A talk owns itself: it ends in `done` or in talk_cancel(), never both.
 */
struct talk;

enum { TALK_MAX = 4096 }; /* bytes that are heard at most */

enum talk_end {
	TALK_HEARD, /* `judge` has heard enough */
	TALK_WRONG, /* it has heard what it did not want */
	TALK_CLOSED, /* the other side has nothing more to say */
	TALK_FULL, /* TALK_MAX bytes were not enough */
	TALK_BROKEN /* `error` says why */
};

enum heard { HEARD_PART, HEARD_ALL, HEARD_WRONG };

/* `text` is all that was heard, valid within the call; `error` is the system's number for TALK_BROKEN. */
typedef void talk_done(void *self, enum talk_end end, struct str text, int error);

/*
 * Says `say` (which must live until the end; may be empty), then asks `judge` each time something was heard. *slot
 * holds it while it runs and is NULL again when `done` is called, which never happens within this call.
 */
void talk_start(struct talk **slot, struct loop *loop, int fd, struct str say,
    enum heard (*judge)(void *self, struct str text), talk_done *done, void *self);

/* What was heard by now; valid until the loop turns. */
struct str talk_text(const struct talk *talk);

/* `done` will not be called. Accepts a slot of NULL. */
void talk_cancel(struct talk **slot);

#endif
