/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_FORECAST_H
#define HISTORY_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/past.h"
#include "lang/plan.h"
#include "sched/message.h"
#include "sched/outlook.h"

/*
 * How long a run will still take: a fold over its messages, asked at any time. It decides nothing.
 *
 * The time of each step is a distribution (history/spread.h): of what earlier runs took, where there are any, else of
 * what the runbook estimates, else nothing. From them some thousand courses of the run are made, the same ones at each
 * question: each follows one earlier run, with each step at about the rank that it had there among all runs, so that
 * what is slow together stays slow together, and branches that were taken together are (Schaake shuffle: Clark et al.,
 * "The Schaake shuffle", J. Hydrometeorology 5, 2004). A course's time is that of the plan's longest way (Van Slyke,
 * "Monte Carlo methods and the PERT problem", Operations Research 11, 1963). What has happened is taken as it was, and
 * what runs is taken to last longer than it has.
 *
 * Counted is the time until the run has recovered: its steps and its `verify`, not its `finally`. All is expected to go
 * well: how long a run takes that fails is of no use to anybody.
 */
struct forecast;

enum forecast_basis { BASIS_NOTHING, BASIS_ESTIMATE, BASIS_HISTORY };

struct forecast_options {
	const struct plan *plan; /* outlives it */
	const struct value *params; /* a map of what is known of the runbook's; NULL: nothing */
	const struct past *past; /* read by forecast_new() alone; NULL: none */
	struct str run; /* its id: it is not its own past; empty: it is in none */
	bool unattended; /* nobody will be asked */
	/* whether a question is answered beforehand; NULL: none is */
	bool (*is_answered)(void *self, const struct plan_node *node);
	void *self;
};

/* What a step takes. */
struct forecast_step {
	enum forecast_basis basis;
	size_t runs; /* in which it was done */
	int64_t typical_us; /* the median; without waiting for people */
	int64_t within_us; /* in nine of ten runs; likewise */
	int64_t waiting_us; /* for people: the median; 0: nobody is asked, or nothing is known */
};

struct forecast *forecast_new(const struct forecast_options *options);
void forecast_free(struct forecast *forecast);

void forecast_see(struct forecast *forecast, const struct message *message);

/*
 * What is to be expected at a moment of the run's own clock. False: nothing is known of what is to come, or it is over,
 * or has failed, or will be denied. What the outlook points to lives until the next question.
 */
bool forecast_ask(struct forecast *forecast, int64_t t_us, struct outlook *ret_outlook);

/* Of the step at a plan's index; of a loop all of it. */
struct forecast_step forecast_step(const struct forecast *forecast, uint32_t node);

#endif
