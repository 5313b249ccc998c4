/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/critical_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What was measured of one node. */
struct reach {
	int64_t own_us; /* it alone, its children included */
	int64_t end_us; /* from its block's begin to its end */
	uint32_t from; /* the sibling before it on the longest way, or PLAN_NONE */
	size_t rank; /* its place in the topological order */
	bool unlimited; /* it, or what is before it on that way, has no limit */
};

/* Limits are upper bounds of what a person may have written; what they come to is bounded too. */
static int64_t plus(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t times(int64_t a, int64_t b)
{
	return a > INT64_MAX / b ? INT64_MAX : a * b;
}

/* Of all delays between attempts. */
static int64_t delays_us(const struct retry *retry)
{
	double delay = (double)retry->delay_us * (1 + retry->jitter);
	double most = (double)retry->max_delay_us * (1 + retry->jitter);
	double sum = 0;

	for (int64_t i = 1; i < retry->attempts && sum < 1e18; i++) {
		sum += most > 0 && delay > most ? most : delay;
		delay *= retry->backoff;
	}
	return sum < 1e18 ? (int64_t)sum : INT64_MAX;
}

static int64_t waiting_us(const struct checks *checks)
{
	int64_t us = 0;

	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->poll.within_us != UNSET_US)
			us = plus(us, plus(check->poll.within_us, check->poll.for_us));
		else if (check->timeout_us > 0)
			us = plus(us, check->timeout_us);
		else if (check->action.spec)
			us = plus(us, check->action.spec->timeout_us);
	}
	return us;
}

/* A step's own limits, without what is inside it. */
static int64_t limit_us(const struct step *step, bool *ret_unlimited)
{
	int64_t us = step->timeout_us > 0 ? step->timeout_us : 0;

	*ret_unlimited = false;
	if (step->poll.within_us != UNSET_US)
		us = plus(step->poll.within_us, step->poll.for_us);
	else if (us == 0 && step->action.spec)
		us = step->action.spec->timeout_us;
	*ret_unlimited = us == 0 && step->action.spec != NULL;
	return us;
}

static int by_rank(const void *a, const void *b, void *self)
{
	const struct reach *reach = self;
	size_t left = reach[*(const uint32_t *)a].rank;
	size_t right = reach[*(const uint32_t *)b].rank;

	return left < right ? -1 : left > right;
}

static void measure_child(const struct plan *plan, struct reach *reach, uint32_t index)
{
	const struct plan_node *node = &plan->nodes[index];

	reach[index].from = PLAN_NONE;
	reach[index].end_us = reach[index].own_us;
	for (size_t i = 0; i < node->need_count; i++) {
		const struct reach *need = &reach[node->needs[i]];

		int64_t end_us = plus(need->end_us, reach[index].own_us);

		if (reach[index].from != PLAN_NONE && end_us <= reach[index].end_us)
			continue;
		reach[index].from = node->needs[i];
		reach[index].end_us = end_us;
	}
	if (reach[index].from != PLAN_NONE && reach[reach[index].from].unlimited)
		reach[index].unlimited = true;
}

/* The child that ends last, or PLAN_NONE. */
static uint32_t measure_children(
    const struct plan *plan, struct reach *reach, const struct plan_node *block)
{
	uint32_t *children = mem_alloc(block->child_count * sizeof(*children));
	uint32_t last = PLAN_NONE;

	if (block->child_count)
		memcpy(children, block->children, block->child_count * sizeof(*children));
	qsort_r(children, block->child_count, sizeof(*children), by_rank, reach);
	for (size_t i = 0; i < block->child_count; i++) {
		measure_child(plan, reach, children[i]);
		if (last == PLAN_NONE || reach[children[i]].end_us > reach[last].end_us)
			last = children[i];
	}
	free(children);
	return last;
}

/* Children have higher indexes than their block, so that going down measures insides first. */
static uint32_t measure(const struct plan *plan, struct reach *reach)
{
	uint32_t last = PLAN_NONE;

	for (size_t i = 0; i < plan->count; i++)
		reach[plan->order[i]].rank = i;
	for (size_t i = plan->count; i-- > 0;) {
		const struct plan_node *node = &plan->nodes[i];
		const struct step *step = node->step;

		reach[i].own_us = limit_us(step, &reach[i].unlimited);
		last = measure_children(plan, reach, node);
		if (last != PLAN_NONE && step->timeout_us <= 0) {
			reach[i].own_us = reach[last].end_us;
			reach[i].unlimited = reach[last].unlimited;
		}
		reach[i].own_us = plus(reach[i].own_us, waiting_us(&step->verify));
		if (step->retry.attempts > 1)
			reach[i].own_us = plus(
			    times(reach[i].own_us, step->retry.attempts), delays_us(&step->retry));
		reach[i].own_us = plus(reach[i].own_us, waiting_us(&step->preconditions));
	}
	return last; /* of node 0, the runbook */
}

void critical_path_init(struct critical_path *path, const struct plan *plan)
{
	struct reach *reach = mem_alloc(plan->count * sizeof(*reach));
	uint32_t last = measure(plan, reach);
	size_t at;

	*path = (struct critical_path){
	    .us = reach[PLAN_ROOT].own_us, .unlimited = reach[PLAN_ROOT].unlimited};
	for (uint32_t node = last; node != PLAN_NONE; node = reach[node].from)
		path->count++;
	path->nodes = mem_alloc(path->count * sizeof(*path->nodes));
	at = path->count;
	for (uint32_t node = last; node != PLAN_NONE; node = reach[node].from)
		path->nodes[--at] = node;
	free(reach);
}

void critical_path_done(struct critical_path *path)
{
	free(path->nodes);
	*path = (struct critical_path){0};
}
