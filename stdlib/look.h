/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_LOOK_H
#define STDLIB_LOOK_H

#include "act/attempt.h"

/*
 * An action that is one look at this machine, in libuv's pool: files of /proc, a file system, the user database. The
 * look has an arena of its own and touches nothing else, so one that was cancelled while it hangs ends later,
 * unseen.
 */
struct look {
	struct arena *arena;
	const struct value *args; /* a copy of the attempt's */

	/* What the work leaves; a success when nothing is said. */
	const struct value *result; /* a map; NULL: nothing is known */
	struct str why; /* what is not as hoped */
	bool error; /* it could not be looked at all, or the arguments make no sense */
};

/*
 * Starts it, as an action's start; `doing` is static storage, for people: "looking at the processes". `work` is
 * called in a thread of the pool.
 */
void look_start(struct attempt *attempt, void (*work)(struct look *look), const char *doing);

/* An action's cancel. */
void look_cancel(struct attempt *attempt, enum cancel_how how);

/* For the work: what is not as hoped; and what could not be looked at. */
void look_fail(struct look *look, const char *format, ...) __attribute__((format(printf, 2, 3)));
void look_error(struct look *look, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
