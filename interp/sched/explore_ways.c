/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/*
 * Ways from each state to a run that recovered, without going them one by one: as many as from all that follow it
 * together. Depth first, without recursion: ways can be long.
 */

enum visit { UNSEEN, OPEN, CLOSED };

double ways_count(const struct explorer *explorer)
{
	double *ways = mem_alloc(explorer->state_count * sizeof(*ways));
	uint8_t *visits = mem_alloc(explorer->state_count);
	uint32_t *stack = mem_alloc(2 * explorer->state_count * sizeof(*stack));
	size_t depth = 0;
	double total;

	stack[depth++] = 0;
	while (depth) {
		uint32_t at = stack[depth - 1];
		const struct state *state = &explorer->states[at];
		const uint32_t *edges = explorer->edges + state->edges;

		if (visits[at] == UNSEEN) {
			visits[at] = OPEN;
			stack[explorer->state_count + at] = 0;
			ways[at] = state->recovered ? 1 : 0;
		}
		if (stack[explorer->state_count + at] < state->edge_count) {
			uint32_t next = edges[stack[explorer->state_count + at]];

			assert(visits[next] != OPEN); /* every answer leads further */
			if (visits[next] == UNSEEN) {
				stack[depth++] = next;
				continue;
			}
			ways[at] += ways[next];
			stack[explorer->state_count + at]++;
		} else {
			visits[at] = CLOSED;
			depth--;
		}
	}
	total = ways[0];
	free(ways);
	free(visits);
	free(stack);
	return total;
}
