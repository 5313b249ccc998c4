/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_FORECAST_PARTS_H
#define HISTORY_FORECAST_PARTS_H

#include "base/arena.h"
#include "history/forecast.h"
#include "history/samples.h"
#include "history/spread.h"

enum {
	COURSES = 2000,
	FORECAST_NODES = 4096 /* of a plan with more steps nothing is told */
};

enum part_state { PART_AHEAD, PART_RUNS, PART_DONE };

/* In place of a rank. */
enum { RANK_NONE = 0, RANK_SKIPPED = UINT8_MAX };

/* A node of the plan: what is known of it beforehand, and what has become of it. */
struct part {
	enum forecast_basis basis;
	bool
	    is_inside; /* below a loop, or of what comes after the recovery: not counted by itself */
	bool is_asked; /* a person is */
	bool is_denied; /* a person would have to be, whatever comes, and nobody is there */
	struct spread own;
	struct spread wait;
	uint8_t rank[SAMPLES_RUNS]; /* among the runs that did it, from 1; or one of the above */
	uint8_t runs[SAMPLES_RUNS]; /* those where it has a rank, or was skipped */
	size_t run_count;
	size_t done_count; /* the runs that did it */
	double turns[SAMPLES_RUNS]; /* of a loop, by run */
	double limit_us; /* it is ended then; 0: nobody knows */
	uint32_t
	    *order; /* of a block: its parts, each behind what it needs, its finally steps last */
	size_t order_count;

	enum part_state state;
	int64_t began_us; /* on the run's own clock */
	int64_t ended_us;
	int64_t open_us; /* how long its questions were open */
	int64_t open_since_us; /* while one is */
	size_t open_count;
	bool is_answered; /* it was asked, and is not any more */
	size_t items; /* of a loop: how many; 0: not known yet */
	size_t items_done;
};

struct forecast {
	struct arena *arena;
	struct arena *told; /* what the last outlook points to */
	struct forecast_options options;
	const struct plan *plan;
	struct part *parts; /* by plan index; NULL: the plan is too large */
	size_t runs;
	size_t ended; /* the latest that meant it, and recovered or failed */
	size_t failed; /* of them */
	struct spread whole; /* what the runbook says of all of it */
	struct {
		uint32_t id;
		uint32_t node;
	} * asks; /* that are open */
	size_t ask_count;
	size_t ask_capacity;
	bool is_over; /* or will not end well */
	double *times; /* of the courses; and of those again how long people are waited for */
	double *waits;
};

/* The time left in each of COURSES, in microseconds; with people, or as if nobody had to be waited for. */
void courses_run(
    const struct forecast *forecast, int64_t t_us, bool with_people, double *ret_times);

/* How often a loop does its items one after another, as far as that is known or was so lately; of what is none once. */
double courses_turns(const struct forecast *forecast, uint32_t node);

#endif
