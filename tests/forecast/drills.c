/* SPDX-License-Identifier: Apache-2.0 */
#include "drills.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/units.h"

enum { CELLS = 6 };

const char *const law_names[] = {
    "independent", "slow days", "two modes", "branches", "growth", NULL};

static int64_t number(struct str text)
{
	int64_t value = 0;

	if (!units_int(text, &value)) {
		fprintf(stderr, "no number: %.*s\n", STR_ARG(text));
		exit(1);
	}
	return value;
}

static size_t cut(struct str line, struct str *ret_cells)
{
	size_t count = 0;

	while (count < CELLS) {
		ptrdiff_t tab = str_find(line, STR("\t"));
		size_t end = tab < 0 ? line.len : (size_t)tab;

		ret_cells[count++] = str_sub(line, 0, end);
		if (tab < 0)
			break;
		line = str_sub(line, end + 1, SIZE_MAX);
	}
	return count;
}

/* "a#2/b[3]/c" as it is written: "a/b/c". */
static struct str bare(struct arena *arena, struct str node)
{
	char *text = arena_cstr(arena, node);
	size_t len = 0;
	bool in = false;

	for (size_t i = 0; i < node.len; i++) {
		in = in ? node.ptr[i] != '/' : node.ptr[i] == '#' || node.ptr[i] == '[';
		if (!in)
			text[len++] = node.ptr[i];
	}
	return (struct str){text, len};
}

static void add_step(struct arena *arena, struct past_run *run, const struct str *cells)
{
	struct past_step *step = &run->steps[run->step_count++];
	const char *const *name = outcome_names;

	step->node = arena_str(arena, cells[1]);
	step->path = bare(arena, step->node);
	step->allowed = str_is(cells[2], "allowed");
	while (*name && !str_is(cells[2], *name))
		name++;
	step->outcome = step->allowed ? OUTCOME_FAILED : (enum outcome)(name - outcome_names);
	step->performed = step->outcome != OUTCOME_SKIPPED;
	step->began_us = number(cells[3]);
	step->duration_us = number(cells[4]);
	step->open_us = number(cells[5]);
}

void drills_read(struct arena *arena, const char *path, struct past *ret_past)
{
	FILE *file = fopen(path, "r");
	size_t capacity = 0;
	size_t step_capacity = 0;
	struct past_run *run = NULL;
	char line[1000];

	if (!file) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(1);
	}
	*ret_past = (struct past){0};
	while (fgets(line, sizeof(line), file)) {
		struct str cells[CELLS];
		size_t count;

		line[strcspn(line, "\n")] = '\0';
		count = cut(str_from(line), cells);
		if (count == 3 && str_is(cells[0], "run")) {
			ret_past->runs = arena_grow(arena, ret_past->runs, ret_past->count,
			    &capacity, sizeof(*ret_past->runs));
			run = &ret_past->runs[ret_past->count++];
			*run = (struct past_run){.run = arena_str(arena, cells[1]),
			    .finished = true,
			    .outcome = RUN_RECOVERED,
			    .duration_us = number(cells[2])};
			step_capacity = 0;
		} else if (count == CELLS && run) {
			run->steps = arena_grow(arena, run->steps, run->step_count, &step_capacity,
			    sizeof(*run->steps));
			run->steps[run->step_count] = (struct past_step){0};
			add_step(arena, run, cells);
		}
	}
	fclose(file);
}

/* Of a linear congruential sequence, its upper bits: no more is asked of it. */
static double chance(uint64_t *state)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller. */
static double normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(chance(state)));

	return radius * cos(2 * M_PI * chance(state));
}

static double seconds(enum law law, uint32_t step, size_t run, double day, uint64_t *state)
{
	double noise = 0.3 * normal(state);
	double mean = log(2 + 3 * (step % 5));

	switch (law) {
	case LAW_SLOW_DAYS:
		return exp(mean + noise / 3 + 0.4 * day);
	case LAW_TWO_MODES:
		return exp(mean + noise) * (day > 0.6745 ? 5 : 1);
	case LAW_GROWTH:
		return exp(mean + noise) * pow(1.02, (double)run);
	default:
		return exp(mean + noise);
	}
}

static void make_run(struct arena *arena, const struct plan *plan, enum law law, size_t number_of,
    uint64_t *state, struct past_run *run)
{
	double day = normal(state);
	int64_t *ends = mem_alloc(plan->count * sizeof(*ends));

	*run = (struct past_run){.run = arena_printf(arena, "%zu", number_of),
	    .finished = true,
	    .outcome = RUN_RECOVERED,
	    .steps = arena_array(arena, plan->count, sizeof(*run->steps))};
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[plan->order[i]];
		bool skipped = law == LAW_BRANCHES && node->index % 3 == 0 &&
		    chance(state) < 1.0 / 3;
		struct past_step *step = &run->steps[run->step_count];

		if (node->index == PLAN_ROOT)
			continue;
		*step = (struct past_step){.node = node->step->id,
		    .path = node->step->id,
		    .performed = !skipped,
		    .outcome = skipped ? OUTCOME_SKIPPED : OUTCOME_SUCCEEDED};
		for (size_t j = 0; j < node->need_count; j++)
			if (ends[node->needs[j]] > step->began_us)
				step->began_us = ends[node->needs[j]];
		step->duration_us = (int64_t)(1e6 *
		    seconds(law, node->index, number_of, day, state));
		if (skipped)
			step->duration_us = 0;
		ends[node->index] = step->began_us + step->duration_us;
		if (ends[node->index] > run->duration_us)
			run->duration_us = ends[node->index];
		run->step_count++;
	}
	free(ends);
}

void drills_make(struct arena *arena, const struct plan *plan, enum law law, size_t runs,
    unsigned seed, struct past *ret_past)
{
	uint64_t state = seed;

	*ret_past = (struct past){
	    .runs = arena_array(arena, runs, sizeof(*ret_past->runs)), .count = runs};
	for (size_t i = 0; i < 20; i++)
		chance(&state);
	for (size_t i = 0; i < runs; i++)
		make_run(arena, plan, law, i, &state, &ret_past->runs[i]);
}
