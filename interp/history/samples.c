/* SPDX-License-Identifier: Apache-2.0 */
#include "history/samples.h"

#include <stdlib.h>

#include "base/mem.h"
#include "history/growth.h"

/* No person answers faster, and nothing that was given beforehand takes longer. */
#define ANSWER_US 200000

/* One run, seen by plan index. */
struct sight {
	const struct plan *plan;
	const struct past_run *run;
	const struct past_step **last; /* the instance that began last; NULL: none */
	size_t *items; /* of a loop */
};

double samples_turns(const struct each *each, size_t items)
{
	int64_t canaries = each_canaries(each, items);
	int64_t first = (canaries + each->max_parallel - 1) / each->max_parallel;

	return (double)first + (double)((int64_t)items - canaries) / (double)each->max_parallel;
}

static bool is_usable(const struct past_run *run, struct str except)
{
	return !run->resumed && !run->alone.len && !str_eq(run->run, except);
}

static bool is_item(const struct past_step *step)
{
	return step->node.len && step->node.ptr[step->node.len - 1] == ']';
}

static void look(struct sight *sight)
{
	for (size_t i = 0; i < sight->run->step_count; i++) {
		const struct past_step *step = &sight->run->steps[i];
		const struct plan_node *node = plan_at(sight->plan, step->path);

		if (!node)
			continue;
		if (is_item(step))
			sight->items[node->index]++;
		else
			sight->last[node->index] = step;
	}
}

static bool is_well(const struct past_step *step)
{
	return step->outcome == OUTCOME_SUCCEEDED || step->allowed;
}

static bool is_counted(const struct sight *sight, const struct past_step *step)
{
	if (!is_well(step) || step->assumed)
		return false;
	return !sight->run->rehearsal || step->performed;
}

struct interval {
	int64_t from_us;
	int64_t to_us;
};

static int by_begin(const void *a, const void *b)
{
	const struct interval *left = a;
	const struct interval *right = b;

	return left->from_us < right->from_us ? -1 : left->from_us > right->from_us;
}

/* How much of a block's time one of its parts, or more, was under way. */
static int64_t covered_us(const struct sight *sight, const struct plan_node *block)
{
	size_t most = block->child_count + block->finally_count;
	struct interval *intervals = mem_alloc((most + 1) * sizeof(*intervals));
	size_t count = 0;
	int64_t covered = 0;
	int64_t until = 0;

	for (size_t i = 0; i < most; i++) {
		uint32_t child = i < block->child_count ? block->children[i]
							: block->finally[i - block->child_count];
		const struct past_step *step = sight->last[child];

		if (step)
			intervals[count++] = (struct interval){
			    step->began_us, step->began_us + step->duration_us};
	}
	qsort(intervals, count, sizeof(*intervals), by_begin);
	for (size_t i = 0; i < count; i++) {
		int64_t from = intervals[i].from_us > until ? intervals[i].from_us : until;

		if (intervals[i].to_us <= from)
			continue;
		covered += intervals[i].to_us - from;
		until = intervals[i].to_us;
	}
	free(intervals);
	return covered;
}

static void take_runbook(const struct sight *sight, struct samples_node *node, size_t run)
{
	int64_t own_us = sight->run->duration_us -
	    covered_us(sight, &sight->plan->nodes[PLAN_ROOT]);

	if (sight->run->rehearsal || sight->run->outcome != RUN_RECOVERED)
		return;
	node->own_us[run] = (double)(own_us > 0 ? own_us : 0);
}

/* Of a block, how long its own question was open: without those of its parts. */
static int64_t open_us(const struct sight *sight, const struct plan_node *node)
{
	int64_t us = sight->last[node->index]->open_us;

	for (size_t i = 0; i < node->child_count && !node->step->each.list; i++)
		if (sight->last[node->children[i]])
			us -= sight->last[node->children[i]]->open_us;
	return us > 0 ? us : 0;
}

static void take_step(const struct sight *sight, const struct plan_node *plan_node,
    struct samples_node *node, size_t run)
{
	const struct past_step *step = sight->last[plan_node->index];
	size_t items = sight->items[plan_node->index];
	bool is_loop = plan_node->step->each.list;
	int64_t waited_us;
	int64_t own_us;

	if (!step)
		return;
	if (step->outcome == OUTCOME_SKIPPED && !sight->run->rehearsal)
		node->own_us[run] = SAMPLE_SKIPPED;
	if (!is_counted(sight, step) || (is_loop && !items))
		return;
	waited_us = open_us(sight, plan_node);
	own_us = step->duration_us - waited_us;
	if (!is_loop)
		own_us -= covered_us(sight, plan_node);
	node->own_us[run] = (double)(own_us > 0 ? own_us : 0);
	if (is_loop) {
		node->turns[run] = samples_turns(&plan_node->step->each, items);
		node->own_us[run] /= node->turns[run];
	}
	if (waited_us >= ANSWER_US)
		node->waited_us[run] = (double)waited_us;
}

static void take_run(struct samples *samples, struct sight *sight)
{
	for (uint32_t i = 0; i < sight->plan->count; i++) {
		struct samples_node *node = &samples->nodes[i];

		node->own_us[samples->runs] = node->waited_us[samples->runs] = SAMPLE_NONE;
		if (i == PLAN_ROOT)
			take_runbook(sight, node, samples->runs);
		else
			take_step(sight, &sight->plan->nodes[i], node, samples->runs);
	}
	samples->runs++;
}

void samples_take(struct samples *samples, struct arena *arena, const struct plan *plan,
    const struct past *past, struct str except)
{
	struct sight sight = {.plan = plan};

	*samples = (struct samples){
	    .nodes = arena_array(arena, plan->count, sizeof(*samples->nodes))};
	for (size_t i = past ? past->count : 0; i-- > 0 && samples->runs < SAMPLES_RUNS;) {
		sight.run = &past->runs[i];
		if (!is_usable(sight.run, except))
			continue;
		sight.last = mem_alloc(plan->count * sizeof(*sight.last));
		sight.items = mem_alloc(plan->count * sizeof(*sight.items));
		look(&sight);
		take_run(samples, &sight);
		free(sight.items);
		free(sight.last);
	}
	for (size_t i = 0; i < plan->count; i++)
		growth_follow(samples->nodes[i].own_us, samples->runs);
}
