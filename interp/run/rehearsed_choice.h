/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_REHEARSED_CHOICE_H
#define RUN_REHEARSED_CHOICE_H

#include "sched/sched.h"

/* What a rehearsal makes of a condition, a check or a list that hangs on what was not done. */
struct rehearsed_choice {
	bool told; /* all that it hangs on was assumed, or is recorded: it is as that makes it */
	bool skipped; /* somebody wants it skipped, and */
	struct str said; /* said so by this word */
};

/*
 * A condition that nobody can tell is true, so that all is shown; a check is nobody's to tell; a list has one item that
 * is not known. All lives in the arena.
 */
struct message rehearsed_chosen(const struct sched *sched, struct arena *arena,
    const struct message *choose, const struct rehearsed_choice *choice);

#endif
