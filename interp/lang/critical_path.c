/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/critical_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/bind.h"
#include "lang/plan_scope.h"

/* What was measured of one node. */
struct reach {
	int64_t own_us; /* it alone, its children included */
	int64_t end_us; /* from its block's begin to its end */
	uint32_t from; /* the sibling before it on the longest way, or PLAN_NONE */
	size_t rank; /* its place in the topological order */
	unsigned own_open; /* enum path_open: of it */
	unsigned open; /* the same, and of what is before it on that way */
};

struct measure {
	const struct plan *plan;
	struct reach *reach; /* by plan index */
	struct plan_scope scope;
	struct arena *arena;
};

/* Limits are upper bounds of what a person may have written; what they come to is bounded too. */
static int64_t plus(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t times(int64_t a, int64_t b)
{
	return b > 0 && a > INT64_MAX / b ? INT64_MAX : a * b;
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

/* How often, one after another, a loop does its items; once where there is none, or where the list is not known. */
static int64_t turns(struct measure *measure, const struct each *each, unsigned *open)
{
	const struct value *list;
	int64_t canaries;
	int64_t others;

	if (!each->list)
		return 1;
	list = expr_eval(each->list, &measure->scope.scope, measure->arena);
	if (list->type != VALUE_LIST) {
		*open |= OPEN_LIST;
		return 1;
	}
	canaries = each_canaries(each, list->list.count);
	others = (int64_t)list->list.count - canaries;
	return (canaries + each->max_parallel - 1) / each->max_parallel +
	    (others + each->max_parallel - 1) / each->max_parallel;
}

/* An action's own limit, by what is known of its arguments. */
static int64_t action_us(struct measure *measure, const struct action *action)
{
	const struct value *args;
	struct str why;

	if (!action->spec->timeout_of)
		return action->spec->timeout_us;
	args = template_eval_known(action->args, &measure->scope.scope, measure->arena);
	if (args->type == VALUE_MAP)
		args = bind_args(
		    measure->arena, measure->plan->runbook->vocabulary, action->spec, args, &why);
	return action_limit_us(action->spec, args);
}

static int64_t waiting_us(struct measure *measure, const struct checks *checks, unsigned *open)
{
	int64_t us = 0;

	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];
		int64_t one_us = 0;

		if (check->poll.within_us != UNSET_US)
			one_us = plus(check->poll.within_us, check->poll.for_us);
		else if (check->timeout_us > 0)
			one_us = check->timeout_us;
		else if (check->action.spec)
			one_us = action_us(measure, &check->action);
		if (one_us > 0)
			us = plus(us, times(one_us, turns(measure, &check->each, open)));
	}
	return us;
}

/* A step's own limits, without what is inside it. */
static int64_t limit_us(struct measure *measure, const struct plan_node *node, unsigned *open)
{
	const struct step *step = node->step;
	int64_t us = step->timeout_us > 0 ? step->timeout_us : 0;

	if (step->poll.within_us != UNSET_US)
		us = plus(step->poll.within_us, step->poll.for_us);
	else if (us == 0 && step->action.spec)
		us = action_us(measure, &step->action);
	if (us == 0 && step->action.spec)
		*open |= OPEN_TIMEOUT;
	if (node->asks || (us == 0 && step->manual.text))
		*open |= OPEN_PEOPLE;
	return us;
}

static int by_rank(const void *a, const void *b, void *self)
{
	const struct reach *reach = self;
	size_t left = reach[*(const uint32_t *)a].rank;
	size_t right = reach[*(const uint32_t *)b].rank;

	return left < right ? -1 : left > right;
}

static void measure_child(struct measure *measure, uint32_t index)
{
	const struct plan_node *node = &measure->plan->nodes[index];
	struct reach *reach = measure->reach;

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
	if (reach[index].from != PLAN_NONE)
		reach[index].open |= reach[reach[index].from].open;
}

/* The child that ends last, or PLAN_NONE. */
static uint32_t measure_children(struct measure *measure, const struct plan_node *block)
{
	const struct reach *reach = measure->reach;
	uint32_t *children = mem_alloc(block->child_count * sizeof(*children));
	uint32_t last = PLAN_NONE;

	if (block->child_count)
		memcpy(children, block->children, block->child_count * sizeof(*children));
	qsort_r(children, block->child_count, sizeof(*children), by_rank, measure->reach);
	for (size_t i = 0; i < block->child_count; i++) {
		measure_child(measure, children[i]);
		if (last == PLAN_NONE || reach[children[i]].end_us > reach[last].end_us)
			last = children[i];
	}
	free(children);
	return last;
}

/* One node, its insides being measured; gives the child that ends last. */
static uint32_t measure_node(struct measure *measure, const struct plan_node *node)
{
	const struct step *step = node->step;
	struct reach *reach = &measure->reach[node->index];
	uint32_t last = measure_children(measure, node);

	plan_scope_enter(&measure->scope, node);
	reach->own_us = limit_us(measure, node, &reach->open);
	if (last != PLAN_NONE && step->timeout_us <= 0) {
		reach->own_us = measure->reach[last].end_us;
		reach->open |= measure->reach[last].open;
	}
	reach->own_us = plus(reach->own_us, waiting_us(measure, &step->verify, &reach->open));
	if (step->retry.attempts > 1)
		reach->own_us = plus(
		    times(reach->own_us, step->retry.attempts), delays_us(&step->retry));
	reach->own_us = plus(
	    reach->own_us, waiting_us(measure, &step->preconditions, &reach->open));
	if (reach->own_us > 0)
		reach->own_us = times(reach->own_us, turns(measure, &step->each, &reach->open));
	reach->own_open = reach->open;
	return last;
}

/* Children have higher indexes than their block, so that going down measures insides first. */
static uint32_t measure_all(struct measure *measure)
{
	const struct plan *plan = measure->plan;
	uint32_t last = PLAN_NONE;

	for (size_t i = 0; i < plan->count; i++)
		measure->reach[plan->order[i]].rank = i;
	for (size_t i = plan->count; i-- > 0;)
		last = measure_node(measure, &plan->nodes[i]);
	return last; /* of node 0, the runbook */
}

void critical_path_init(
    struct critical_path *path, const struct plan *plan, const struct value *params)
{
	struct reach *reach = mem_alloc(plan->count * sizeof(*reach));
	struct measure measure = {.plan = plan, .reach = reach, .arena = arena_new()};
	uint32_t last;
	size_t at;

	plan_scope_init(&measure.scope, plan, params);
	last = measure_all(&measure);
	arena_free(measure.arena);
	*path = (struct critical_path){
	    .us = reach[PLAN_ROOT].own_us, .open = reach[PLAN_ROOT].open};
	for (uint32_t node = last; node != PLAN_NONE; node = reach[node].from)
		path->count++;
	path->nodes = mem_alloc(path->count * sizeof(*path->nodes));
	at = path->count;
	for (uint32_t node = last; node != PLAN_NONE; node = reach[node].from)
		path->nodes[--at] = node;
	free(reach);
}

void critical_path_limits(const struct plan *plan, const struct value *params, int64_t *ret_us)
{
	struct reach *reach = mem_alloc(plan->count * sizeof(*reach));
	struct measure measure = {.plan = plan, .reach = reach, .arena = arena_new()};

	plan_scope_init(&measure.scope, plan, params);
	measure_all(&measure);
	for (size_t i = 0; i < plan->count; i++)
		ret_us[i] = reach[i].own_open & (OPEN_TIMEOUT | OPEN_LIST) ? 0 : reach[i].own_us;
	arena_free(measure.arena);
	free(reach);
}

void critical_path_done(struct critical_path *path)
{
	free(path->nodes);
	*path = (struct critical_path){0};
}
