/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_GATE_H
#define RUN_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/message.h"

/*
 * Starts that wait until their line is durable, in the order they were decided. The gate owns copies.
 */
struct gate;

struct gate *gate_new(void);
void gate_free(struct gate *gate);

/* Keeps a start until `ticket` is durable. */
void gate_hold(struct gate *gate, const struct message *start, uint64_t ticket);

/* The next start whose ticket is durable, or NULL; valid until the next call. */
const struct message *gate_open(struct gate *gate, uint64_t durable);

/* Whether an operation's start waits here. */
bool gate_holds(const struct gate *gate, uint32_t op);

/* Forgets it; false when it is not here. */
bool gate_drop(struct gate *gate, uint32_t op);

/* Forgets the first and says which it was; false when nothing waits. */
bool gate_drop_first(struct gate *gate, uint32_t *ret_op);

#endif
