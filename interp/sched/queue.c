/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void queue_done(struct queue *queue)
{
	free(queue->items);
	*queue = (struct queue){0};
}

void queue_push(struct queue *queue, uint32_t node, uint32_t instance)
{
	uint64_t item = (uint64_t)node << 32 | instance;
	size_t at = queue->count;

	queue->items = mem_grow(
	    queue->items, queue->count, &queue->capacity, sizeof(*queue->items));
	queue->count++;
	while (at > 0 && queue->items[(at - 1) / 2] > item) {
		queue->items[at] = queue->items[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	queue->items[at] = item;
}

bool queue_pop(struct queue *queue, uint32_t *ret_instance)
{
	uint64_t last;
	size_t at = 0;

	if (queue->count == 0)
		return false;
	*ret_instance = (uint32_t)queue->items[0];
	last = queue->items[--queue->count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < queue->count && queue->items[child + 1] < queue->items[child])
			child++;
		if (child >= queue->count || queue->items[child] >= last)
			break;
		queue->items[at] = queue->items[child];
		at = child;
	}
	if (queue->count)
		queue->items[at] = last;
	return true;
}

void queue_copy(struct queue *copy, const struct queue *queue)
{
	*copy = (struct queue){.count = queue->count, .capacity = queue->count};
	if (queue->count == 0)
		return;
	copy->items = mem_alloc(queue->count * sizeof(*copy->items));
	memcpy(copy->items, queue->items, queue->count * sizeof(*copy->items));
}
