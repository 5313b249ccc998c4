/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_GATE_H
#define RUN_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/message.h"

/*
 * Effects that wait until their line is durable, in the order they were decided: starts of what changes something, and
 * what a person is told to do. The gate owns copies.
 */
struct gate;

struct gate *gate_new(void);
void gate_free(struct gate *gate);

/* Keeps one until `ticket` is durable. */
void gate_hold(struct gate *gate, const struct message *effect, uint64_t ticket);

/* The next one whose ticket is durable, or NULL; valid until the next call. */
const struct message *gate_open(struct gate *gate, uint64_t durable);

/* Whether an operation's start waits here. */
bool gate_holds(const struct gate *gate, uint32_t op);

/* Forgets it; false when it is not here. */
bool gate_drop(struct gate *gate, uint32_t op);

/* The same for a question. */
bool gate_drop_ask(struct gate *gate, uint32_t id);

/* Takes the first, durable or not; NULL when nothing waits. Valid until the next call. */
const struct message *gate_take(struct gate *gate);

#endif
