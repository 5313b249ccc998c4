/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "history/forecast_parts.h"
#include "history/practice.h"
#include "lang/critical_path.h"

/* What is counted by its loop, or comes when the run has recovered, or only when it fails. */
static bool is_inside(const struct plan *plan, const struct plan_node *node)
{
	for (; node->index != PLAN_ROOT; node = &plan->nodes[node->parent]) {
		const struct plan_node *parent = &plan->nodes[node->parent];

		if (parent->step->each.list || node->part == PART_ROLLBACK ||
		    (node->part == PART_FINALLY && parent->index == PLAN_ROOT))
			return true;
	}
	return false;
}

static bool asks(const struct forecast *forecast, const struct plan_node *node)
{
	const struct forecast_options *options = &forecast->options;

	if (options->is_answered && options->is_answered(options->self, node))
		return false;
	return node->asks || node->step->manual.text;
}

/* Nothing decides while it runs whether it is asked, and without an answer the run does not go well. */
static bool is_certain(const struct plan *plan, const struct plan_node *node)
{
	if (node->step->approve.when && !node->step->manual.text)
		return false;
	for (; node->index != PLAN_ROOT; node = &plan->nodes[node->parent])
		if (node->part != PART_STEPS || node->step->when || node->step->unless.count ||
		    node->step->each.list || node->step->allow_failure)
			return false;
	return true;
}

/* A loop is waited for where anything in it asks. */
static void find_questions(struct forecast *forecast)
{
	for (uint32_t i = 1; i < forecast->plan->count; i++) {
		const struct plan_node *node = &forecast->plan->nodes[i];

		if (!asks(forecast, node))
			continue;
		if (forecast->options.unattended) {
			forecast->parts[i].is_denied = is_certain(forecast->plan, node);
			continue;
		}
		while (forecast->parts[node->index].is_inside && node->part == PART_STEPS &&
		    node->parent != PLAN_ROOT)
			node = &forecast->plan->nodes[node->parent];
		forecast->parts[node->index].is_asked = true;
	}
}

static int by_time(const void *a, const void *b, void *self)
{
	const double *us = self;
	double left = us[*(const uint8_t *)a];
	double right = us[*(const uint8_t *)b];

	if (left != right)
		return left < right ? -1 : 1;
	return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* Which runs did it, in the order of how long it took there. */
static size_t rank(
    struct part *part, const struct samples *samples, const struct samples_node *node)
{
	uint8_t done[SAMPLES_RUNS];
	size_t count = 0;

	for (size_t run = 0; run < samples->runs; run++) {
		if (node->own_us[run] == SAMPLE_NONE)
			continue;
		part->runs[part->run_count++] = (uint8_t)run;
		if (node->own_us[run] == SAMPLE_SKIPPED)
			part->rank[run] = RANK_SKIPPED;
		else
			done[count++] = (uint8_t)run;
	}
	qsort_r(done, count, sizeof(*done), by_time, (void *)(uintptr_t)node->own_us);
	for (size_t i = 0; i < count; i++)
		part->rank[done[i]] = (uint8_t)(i + 1);
	return count;
}

static size_t gather(const double *us, size_t runs, double *ret_times)
{
	size_t count = 0;

	for (size_t run = 0; run < runs; run++)
		if (us[run] >= 0)
			ret_times[count++] = us[run];
	return count;
}

/* What the steps vary by, each around its own mean. */
static double usual_of(const struct samples *samples, size_t nodes)
{
	double times[SAMPLES_RUNS];
	double squares = 0;
	size_t freedom = 0;

	for (size_t i = 1; i < nodes; i++) {
		size_t count = gather(samples->nodes[i].own_us, samples->runs, times);
		double mean = 0;

		for (size_t j = 0; j < count; j++)
			mean += log(times[j] + 1) / (double)count;
		for (size_t j = 0; j < count; j++)
			squares += (log(times[j] + 1) - mean) * (log(times[j] + 1) - mean);
		freedom += count > 1 ? count - 1 : 0;
	}
	return spread_usual(squares, freedom, samples->runs);
}

/* How long answers take: to this question, or, where that was never put, to any of the runbook's. */
static void learn_waits(struct forecast *forecast, const struct samples *samples)
{
	size_t most = forecast->plan->count * SAMPLES_RUNS;
	double *all = mem_alloc(most * sizeof(*all));
	double times[SAMPLES_RUNS];
	size_t all_count = 0;
	struct spread any = {0};

	for (size_t i = 1; i < forecast->plan->count; i++)
		if (!forecast->parts[i].is_inside)
			all_count += gather(
			    samples->nodes[i].waited_us, samples->runs, all + all_count);
	if (all_count)
		spread_of_times(&any, all, all_count, SPREAD_DEFAULT);
	for (size_t i = 1; i < forecast->plan->count; i++) {
		struct part *part = &forecast->parts[i];
		size_t count = gather(samples->nodes[i].waited_us, samples->runs, times);

		if (!part->is_asked)
			continue;
		part->wait = any;
		if (count)
			spread_of_times(&part->wait, times, count, SPREAD_DEFAULT);
	}
	free(all);
}

static void learn(struct forecast *forecast, const struct samples *samples)
{
	double usual = usual_of(samples, forecast->plan->count);
	double times[SAMPLES_RUNS];

	forecast->runs = samples->runs;
	for (size_t i = 0; i < forecast->plan->count; i++) {
		const struct samples_node *node = &samples->nodes[i];
		const struct step *step = forecast->plan->nodes[i].step;
		struct part *part = &forecast->parts[i];

		part->done_count = rank(part, samples, node);
		for (size_t run = 0; run < samples->runs; run++)
			part->turns[run] = node->turns[run];
		if (part->run_count)
			part->basis = BASIS_HISTORY;
		else if (i != PLAN_ROOT && step->estimate_low_us != UNSET_US)
			part->basis = BASIS_ESTIMATE;
		if (part->done_count)
			spread_of_times(
			    &part->own, times, gather(node->own_us, samples->runs, times), usual);
		else if (part->basis == BASIS_ESTIMATE)
			spread_of_estimate(
			    &part->own, step->estimate_low_us, step->estimate_high_us);
	}
}

/* An estimate of a block is one of its parts together: it stands where nothing is known of any of them. */
static void weigh_blocks(struct forecast *forecast)
{
	const struct plan *plan = forecast->plan;
	bool *is_known = mem_alloc(plan->count * sizeof(*is_known)); /* of its parts */

	for (size_t i = plan->count; i-- > 1;) {
		struct part *part = &forecast->parts[i];
		const struct plan_node *node = &plan->nodes[i];

		if (part->is_inside)
			continue;
		if (part->basis == BASIS_ESTIMATE && is_known[i]) {
			part->basis = BASIS_NOTHING;
			part->own = (struct spread){0};
		}
		is_known[node->parent] |= is_known[i] || part->basis != BASIS_NOTHING;
	}
	for (size_t i = 1; i < plan->count; i++) {
		uint32_t parent = plan->nodes[i].parent;

		forecast->parts[i].is_inside |= parent != PLAN_ROOT &&
		    (forecast->parts[parent].is_inside ||
			forecast->parts[parent].basis == BASIS_ESTIMATE);
	}
	free(is_known);
}

/* The parts of each block, in an order in which they can be gone through. */
static void put_in_order(struct forecast *forecast)
{
	const struct plan *plan = forecast->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		forecast->parts[i].order = arena_array(
		    forecast->arena, node->child_count + node->finally_count + 1, sizeof(uint32_t));
	}
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[plan->order[i]];
		struct part *parent;

		if (node->index == PLAN_ROOT || forecast->parts[node->index].is_inside)
			continue;
		parent = &forecast->parts[node->parent];
		parent->order[parent->order_count++] = node->index;
	}
}

static void find_limits(struct forecast *forecast)
{
	int64_t *limits = mem_alloc(forecast->plan->count * sizeof(*limits));
	const struct value *params = forecast->options.params;
	struct map_builder none;

	if (!params) {
		map_begin(&none, forecast->arena);
		params = map_end(&none);
	}
	critical_path_limits(forecast->plan, params, limits);
	for (size_t i = 1; i < forecast->plan->count; i++)
		if (!forecast->plan->nodes[i].child_count)
			forecast->parts[i].limit_us = (double)limits[i];
	free(limits);
}

/* Times are those of what goes well: how often it does not is told beside them. */
static void count_failed(struct forecast *forecast)
{
	const struct past *past = forecast->options.past;

	for (size_t i = past ? past->count : 0; i-- > 0 && forecast->ended < SAMPLES_RUNS;) {
		const struct past_run *run = &past->runs[i];
		bool failed = run->outcome == RUN_FAILED;

		if (!practice_is_live(run) || !run->finished ||
		    str_eq(run->run, forecast->options.run) ||
		    (!failed && run->outcome != RUN_RECOVERED))
			continue;
		forecast->ended++;
		forecast->failed += failed;
	}
}

static void prepare(struct forecast *forecast)
{
	const struct forecast_options *options = &forecast->options;
	struct arena *arena = arena_new();
	struct samples samples;

	samples_take(&samples, arena, forecast->plan, options->past, options->run);
	learn(forecast, &samples);
	weigh_blocks(forecast);
	find_questions(forecast);
	learn_waits(forecast, &samples);
	put_in_order(forecast);
	find_limits(forecast);
	count_failed(forecast);
	arena_free(arena);
}

struct forecast *forecast_new(const struct forecast_options *options)
{
	const struct objectives *objectives = &options->plan->runbook->objectives;
	struct forecast *forecast = mem_alloc(sizeof(*forecast));

	*forecast = (struct forecast){
	    .arena = arena_new(), .told = arena_new(), .options = *options, .plan = options->plan};
	forecast->options.run = arena_str(forecast->arena, options->run);
	if (objectives->estimate_low_us != UNSET_US)
		spread_of_estimate(
		    &forecast->whole, objectives->estimate_low_us, objectives->estimate_high_us);
	if (options->plan->count > FORECAST_NODES)
		return forecast;
	forecast->times = mem_alloc(COURSES * sizeof(*forecast->times));
	forecast->waits = mem_alloc(COURSES * sizeof(*forecast->waits));
	forecast->parts = arena_array(
	    forecast->arena, options->plan->count, sizeof(*forecast->parts));
	for (size_t i = 0; i < options->plan->count; i++)
		forecast->parts[i].is_inside = is_inside(options->plan, &options->plan->nodes[i]);
	prepare(forecast);
	return forecast;
}

void forecast_free(struct forecast *forecast)
{
	if (!forecast)
		return;
	arena_free(forecast->arena);
	arena_free(forecast->told);
	free(forecast->asks);
	free(forecast->times);
	free(forecast->waits);
	free(forecast);
}
