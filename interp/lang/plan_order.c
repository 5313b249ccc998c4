/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/plan_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* The smallest of several indexes first: a binary heap. */
struct heap {
	uint32_t *items;
	size_t count;
};

static void heap_push(struct heap *heap, uint32_t item)
{
	size_t at = heap->count++;

	while (at > 0 && heap->items[(at - 1) / 2] > item) {
		heap->items[at] = heap->items[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap->items[at] = item;
}

static uint32_t heap_pop(struct heap *heap)
{
	uint32_t least = heap->items[0];
	uint32_t item = heap->items[--heap->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count && heap->items[child + 1] < heap->items[child])
			child++;
		if (heap->items[child] >= item)
			break;
		heap->items[at] = heap->items[child];
		at = child;
	}
	heap->items[at] = item;
	return least;
}

struct sorting {
	struct plan *plan;
	uint32_t *waits; /* by node: how many of its needs have not been placed */
	struct heap heap; /* shared by all lists: each uses the part above its parent's */
	size_t placed;
};

static void place_list(struct sorting *sorting, const uint32_t *items, size_t count);

static void place(struct sorting *sorting, uint32_t index)
{
	const struct plan_node *node = &sorting->plan->nodes[index];

	sorting->plan->order[sorting->placed++] = index;
	place_list(sorting, node->children, node->child_count);
	place_list(sorting, node->finally, node->finally_count);
	place_list(sorting, node->rollback, node->rollback_count);
}

/* Ready ones leave by index. The list's heap lies behind what its parents' lists still hold. */
static void place_list(struct sorting *sorting, const uint32_t *items, size_t count)
{
	struct heap *shared = &sorting->heap;
	struct heap own = {shared->items + shared->count, 0};

	for (size_t i = 0; i < count; i++)
		if (!sorting->waits[items[i]])
			heap_push(&own, items[i]);
	while (own.count) {
		uint32_t index = heap_pop(&own);
		const struct plan_node *node = &sorting->plan->nodes[index];
		struct heap before = *shared;

		shared->count += own.count;
		place(sorting, index);
		*shared = before;
		for (size_t i = 0; i < node->dependent_count; i++)
			if (--sorting->waits[node->dependents[i]] == 0)
				heap_push(&own, node->dependents[i]);
	}
}

void plan_sort(struct planner *planner)
{
	struct plan *plan = planner->plan;
	struct sorting sorting = {.plan = plan};

	plan->order = arena_array(planner->arena, plan->count, sizeof(*plan->order));
	sorting.waits = mem_alloc(plan->count * sizeof(*sorting.waits));
	sorting.heap.items = mem_alloc(plan->count * sizeof(uint32_t));
	for (size_t i = 0; i < plan->count; i++)
		sorting.waits[i] = (uint32_t)plan->nodes[i].need_count;
	place(&sorting, PLAN_ROOT);
	assert(sorting.placed == plan->count);
	free(sorting.waits);
	free(sorting.heap.items);
}
