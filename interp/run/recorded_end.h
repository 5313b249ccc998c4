/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_RECORDED_END_H
#define RUN_RECORDED_END_H

#include "run/exec_recorded.h"

/* How an operation ends that is answered from a record: a part of exec_recorded.c. */

/*
 * Fills in a prospect that has its start, and what that was then: NULL when the record has nothing like it. Sentences
 * live in the arena.
 */
void recorded_end_expect(struct arena *arena, struct prospect *prospect);

/* As exec_recorded_stop() and exec_recorded_answer() say it. */
void recorded_end_stop(struct prospect *prospect);
struct message recorded_end_finish(
    const struct sched *sched, struct arena *arena, struct prospect *prospect);

#endif
