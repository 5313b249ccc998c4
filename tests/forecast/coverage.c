/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "drills.h"
#include "history/forecast.h"
#include "stdlib/registry.h"

/*
 * Whether nine of ten runs take no longer than foretold: coverage FOLDER SEEDS
 *
 * Each recorded run is foretold from some of the others, at its beginning and at several moments within it, as if it
 * happened again. So are runs that were made up, SEEDS times 60 of each kind.
 *
 * Of so many runs not exactly nine in ten will hold, but a share that lies within three standard deviations of that
 * (of a binomial distribution) in all but three of a thousand tries. By less than MANY earlier runs the share may be
 * larger, for what is not known makes the bound wider; it must not be smaller.
 */
enum { MOMENTS = 4, MADE_UP = 60, MANY = 10 };

static const size_t histories[] = {1, 2, 3, 5, 10, 30};
enum { HISTORIES = sizeof(histories) / sizeof(*histories) };

/* How often it held, at each moment, by how many runs it rested on; and how long the time was that was foretold. */
struct tally {
	size_t held[HISTORIES][MOMENTS];
	size_t asked[HISTORIES][MOMENTS];
	double wide[HISTORIES]; /* of the time it took, at the beginning: the sum */
};

struct event {
	int64_t t_us;
	bool ends;
	const struct past_step *step;
};

static int by_time(const void *a, const void *b)
{
	const struct event *left = a;
	const struct event *right = b;

	if (left->t_us != right->t_us)
		return left->t_us < right->t_us ? -1 : 1;
	return (int)left->ends - (int)right->ends;
}

static struct event *events_of(const struct past_run *run)
{
	struct event *events = mem_alloc(2 * run->step_count * sizeof(*events));

	for (size_t i = 0; i < run->step_count; i++) {
		const struct past_step *step = &run->steps[i];

		events[2 * i] = (struct event){step->began_us, false, step};
		events[2 * i + 1] = (struct event){step->began_us + step->duration_us, true, step};
	}
	qsort(events, 2 * run->step_count, sizeof(*events), by_time);
	return events;
}

/* A loop's list has as many items as it had. */
static const struct value *items_of(
    struct arena *arena, const struct past_run *run, const struct past_step *loop)
{
	const struct value **items = arena_array(
	    arena, run->step_count + 1, sizeof(const struct value *));
	size_t count = 0;

	for (size_t i = 0; i < run->step_count; i++)
		if (str_eq(run->steps[i].path, loop->path) &&
		    run->steps[i].node.ptr[run->steps[i].node.len - 1] == ']')
			items[count++] = value_int(arena, (int64_t)i);
	return value_list(arena, items, count);
}

static void tell(struct arena *arena, struct forecast *forecast, const struct plan *plan,
    const struct past_run *run, const struct event *event)
{
	const struct past_step *step = event->step;
	const struct plan_node *node = plan_at(plan, step->node);
	struct message message = {.t_us = event->t_us};

	if (!event->ends) {
		message.type = MESSAGE_DECIDED;
		message.decided.node = step->node;
		message.decided.what = STR("begin");
		if (node->step->each.list && step->node.ptr[step->node.len - 1] != ']') {
			message.decided.what = STR("for_each");
			message.decided.value = items_of(arena, run, step);
		}
	} else {
		message.type = MESSAGE_STEP_FINISHED;
		message.step_finished.node = step->node;
		message.step_finished.outcome = step->outcome;
		message.step_finished.allowed = step->allowed;
		message.step_finished.duration_us = step->duration_us;
	}
	forecast_see(forecast, &message);
}

/* When it had recovered: before the first of what comes afterwards. */
static int64_t recovered_us(const struct plan *plan, const struct past_run *run)
{
	int64_t us = run->duration_us;

	for (size_t i = 0; i < run->step_count; i++) {
		const struct plan_node *node = plan_at(plan, run->steps[i].node);

		if (node && node->parent == PLAN_ROOT && node->part == PART_FINALLY &&
		    run->steps[i].began_us < us)
			us = run->steps[i].began_us;
	}
	return us;
}

/* Of the drills: all was approved beforehand. */
static bool is_answered(void *self, const struct plan_node *node)
{
	(void)self;
	(void)node;
	return true;
}

static void foretell(struct tally *tally, size_t history, const struct plan *plan,
    const struct past *past, const struct past_run *run)
{
	struct forecast_options options = {.plan = plan, .past = past, .is_answered = is_answered};
	struct forecast *forecast = forecast_new(&options);
	struct message started = {.type = MESSAGE_RUN_STARTED};
	struct event *events = events_of(run);
	struct arena *arena = arena_new();
	int64_t whole_us = recovered_us(plan, run);
	size_t at = 0;

	forecast_see(forecast, &started);
	for (size_t moment = 0; moment < MOMENTS; moment++) {
		int64_t t_us = whole_us / MOMENTS * (int64_t)moment;
		struct outlook outlook;

		while (at < 2 * run->step_count && events[at].t_us <= t_us)
			tell(arena, forecast, plan, run, &events[at++]);
		if (!forecast_ask(forecast, t_us, &outlook))
			continue;
		tally->asked[history][moment]++;
		tally->held[history][moment] += whole_us <= t_us + outlook.within_us;
		if (moment == 0)
			tally->wide[history] += (double)outlook.within_us / (double)whole_us;
	}
	arena_free(arena);
	free(events);
	forecast_free(forecast);
}

/* From which others a run is foretold. */
enum others {
	OTHERS_ANY, /* those that lie about it, near and far: as if the order did not matter */
	OTHERS_BEFORE /* those just before it: where that are not enough, it is left out */
};

static const struct past_run *other(
    const struct past *drills, size_t run, size_t number, size_t history, enum others others)
{
	if (others == OTHERS_BEFORE)
		return &drills->runs[run - history + number];
	/* a stride that is prime to most counts */
	return &drills->runs[(run + 1 + (number * 37 + run * 11) % (drills->count - 1)) %
	    drills->count];
}

/* Each run once, by each number of others. */
static void try_all(
    struct tally *tally, const struct plan *plan, const struct past *drills, enum others others)
{
	for (size_t h = 0; h < HISTORIES; h++) {
		size_t count = histories[h];

		for (size_t i = others == OTHERS_BEFORE ? count : 0;
		     i < drills->count && count < drills->count; i++) {
			struct past past = {
			    .runs = mem_alloc(count * sizeof(*past.runs)), .count = count};

			for (size_t j = 0; j < count; j++)
				past.runs[j] = *other(drills, i, j, count, others);
			foretell(tally, h, plan, &past, &drills->runs[i]);
			free(past.runs);
		}
	}
}

static double share(const struct tally *tally, size_t history, size_t moment)
{
	return (double)tally->held[history][moment] / (double)tally->asked[history][moment];
}

static void show(const char *name, const struct tally *tally)
{
	for (size_t h = 0; h < HISTORIES; h++) {
		if (!tally->asked[h][0])
			continue;
		printf(
		    "%-20s %3zu runs: %5zu foretold, held", name, histories[h], tally->asked[h][0]);
		for (size_t moment = 0; moment < MOMENTS; moment++)
			printf(" %5.1f%%", 100 * share(tally, h, moment));
		printf(", at first %.2f times the time it took\n",
		    tally->wide[h] / (double)tally->asked[h][0]);
	}
}

static bool is_near(const struct tally *tally, size_t history, double wanted)
{
	double count = (double)tally->asked[history][0];
	double most = 3 * sqrt(wanted * (1 - wanted) / count);
	double held = share(tally, history, 0);

	if (histories[history] < MANY && held > wanted)
		return true;
	return fabs(held - wanted) <= most;
}

/* All moments of a run hang together: the first is judged, and the others must not be far below it. */
static bool is_right(const char *name, const struct tally *tally, double by_few, double by_many)
{
	bool ok = true;

	for (size_t h = 0; h < HISTORIES; h++) {
		if (!tally->asked[h][0])
			continue;
		ok &= is_near(tally, h, histories[h] < MANY ? by_few : by_many);
		for (size_t moment = 1; moment < MOMENTS; moment++)
			ok &= share(tally, h, moment) > share(tally, h, 0) - 0.15;
	}
	if (!ok)
		printf("%s: that is not nine of ten\n", name);
	return ok;
}

static void load_plan(struct load *load, const char *folder, const char *name)
{
	char path[1000];

	snprintf(path, sizeof(path), "%s/%s.yaml", folder, name);
	if (!load_file(load, path, &stdlib_vocabulary)) {
		fprintf(stderr, "%s is no runbook\n", path);
		exit(1);
	}
}

static bool recorded(const char *folder, const char *name, enum others others)
{
	struct tally tally = {0};
	struct arena *arena = arena_new();
	char path[1000];
	struct past past;
	struct load load;

	load_plan(&load, folder, name);
	snprintf(path, sizeof(path), "%s/%s.tsv", folder, name);
	drills_read(arena, path, &past);
	try_all(&tally, load.plan, &past, others);
	show(name, &tally);
	load_done(&load);
	arena_free(arena);
	/* the machine was busy by turns: what is just before a run is not like all that was */
	return is_right(name, &tally, 0.9, others == OTHERS_BEFORE ? 0.85 : 0.9);
}

static bool made_up(const char *folder, enum law law, unsigned seeds)
{
	struct tally tally = {0};
	struct load load;

	load_plan(&load, folder, "made-up");
	for (unsigned seed = 1; seed <= seeds; seed++) {
		struct arena *arena = arena_new();
		struct past past;

		drills_make(arena, load.plan, law, MADE_UP, seed, &past);
		try_all(&tally, load.plan, &past, law == LAW_GROWTH ? OTHERS_BEFORE : OTHERS_ANY);
		arena_free(arena);
	}
	show(law_names[law], &tally);
	load_done(&load);
	/* what few runs have not shown nobody can know; what grows so fast is followed, but not as closely */
	return is_right(law_names[law], &tally, law == LAW_TWO_MODES ? 0.8 : 0.9,
	    law == LAW_GROWTH ? 0.8 : 0.9);
}

int main(int argc, char **argv)
{
	unsigned seeds = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	bool ok = argc == 3;

	if (!ok)
		return 2;
	for (unsigned i = 0; i < (seeds ? 2 : 1); i++) {
		enum others others = i ? OTHERS_BEFORE : OTHERS_ANY;

		puts(i ? "by those before it:" : "by any others:");
		ok &= recorded(argv[1], "archive-drill", others);
		ok &= recorded(argv[1], "database-recovery", others);
	}
	puts("made up:");
	for (unsigned law = 0; law < LAWS && seeds; law++)
		ok &= made_up(argv[1], (enum law)law, seeds);
	return ok ? 0 : 1;
}
