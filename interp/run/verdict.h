/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_VERDICT_H
#define RUN_VERDICT_H

#include "sched/sched.h"

/*
 * The verdict on a `finished` message that is whole but for that: what the runbook's rules say of it, within the bounds
 * of a line. Pure: whoever has the record comes to the same. The operation must be under way. The verdict lives in the
 * arena, or is part of the message.
 */
struct verdict verdict_on(
    const struct sched *sched, struct arena *arena, const struct message *finished);

/* How much of a record's line a result takes: its streams stand in lines of their own. NULL takes nothing. */
size_t verdict_size(const struct value *result);

#endif
