/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A queue of instances that gives the one with the lowest plan index first (of equal ones the oldest), so that ties
 * always break alike. A binary heap of plain numbers: part of the scheduler's flat state.
 */
struct queue {
	uint64_t *items; /* plan index in the upper half, instance in the lower */
	size_t count;
	size_t capacity;
};

void queue_done(struct queue *queue);
void queue_push(struct queue *queue, uint32_t node, uint32_t instance);
bool queue_pop(struct queue *queue, uint32_t *ret_instance);
void queue_copy(struct queue *copy, const struct queue *queue);

#endif
