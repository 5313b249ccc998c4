/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_REHEARSED_CHOICE_H
#define RUN_REHEARSED_CHOICE_H

#include "sched/sched.h"

/*
 * What a rehearsal makes of a condition, a check or a list that hangs on what was not done: a condition is true, so
 * that all is shown; a check is nobody's to tell; a list has one item that is not known. skipped: the word by which
 * somebody wants the step skipped; empty: nobody does. All lives in the arena.
 */
struct message rehearsed_chosen(const struct sched *sched, struct arena *arena,
    const struct message *choose, struct str skipped);

#endif
