/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_UNKNOWN_END_H
#define RUN_UNKNOWN_END_H

#include "sched/sched.h"

/*
 * What comes of an operation that nobody performs and nobody knows the end of: it is taken to have gone well, and to
 * have given something. All values live in the arena. start: the operation's.
 */

/*
 * Fills in `finished`, of which now_us is kept. What need not be done (`unless`) is taken to be done, rather than not.
 */
void unknown_end(const struct sched *sched, struct arena *arena, const struct message *start,
    struct message *finished);

/*
 * The outputs that its step declares: those of the map `known`, and unknown where it has none, or is NULL. NULL for
 * what is no action of a step, or has no outputs.
 */
const struct value *unknown_outputs(const struct sched *sched, struct arena *arena,
    const struct message *start, const struct value *known);

#endif
