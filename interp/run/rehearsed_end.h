/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_REHEARSED_END_H
#define RUN_REHEARSED_END_H

#include "run/assumption.h"
#include "run/unknown_end.h"
#include "sched/sched.h"

/* What a rehearsal says in place of what it does not do: the ends, and the answers. All lives in the arena. */

/* The end of an action as somebody wants it taken. */
struct message rehearsed_end(const struct sched *sched, struct arena *arena,
    const struct message *start, const struct assumption *assumption);

/* The answer of a person who is not asked; NULL: nothing is assumed of the step. */
struct message rehearsed_answer(const struct sched *sched, struct arena *arena,
    const struct message *ask, const struct assumption *assumption);

/* What was done in place of an action: its own dry run, or a look at whether it could begin. */
enum rehearsed_by { REHEARSED_DRY, REHEARSED_LOOK };

/*
 * Makes of the end of that the end of the action, whose start it is given: it is as nobody knows it where that went
 * well, or hangs on what was not done (`ok` is false then, and `why` says what was found); else it has failed.
 */
void rehearsed_instead(const struct sched *sched, struct arena *arena, const struct message *start,
    enum rehearsed_by by, struct message *finished);

#endif
