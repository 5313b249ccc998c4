/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_SAMPLES_H
#define HISTORY_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "history/past.h"
#include "lang/plan.h"

/*
 * What earlier runs say of each node of a plan: how long it took by itself, and how long people were waited for. Of a
 * block its own time is what its parts leave over: its checks, and rounds that failed. Of a loop all its items are in
 * it, by turns: with ten items, two at once, a fifth of it is one. Only what was really done and ended well is counted,
 * and of a rehearsal what reads.
 */
enum { SAMPLES_RUNS = 40 }; /* the latest: a deployment grows */

/* In place of a time. */
#define SAMPLE_NONE (-1.0)
#define SAMPLE_SKIPPED (-2.0)

struct samples_node {
	double own_us[SAMPLES_RUNS]; /* by run, or one of the above; of a loop, a turn */
	double waited_us[SAMPLES_RUNS]; /* by run, or SAMPLE_NONE: nobody was asked */
	double turns[SAMPLES_RUNS]; /* of a loop, by run; 0: not known */
};

struct samples {
	struct samples_node *nodes; /* by plan index */
	size_t runs;
};

/* Of the latest runs but one, which may be empty; in the arena. */
void samples_take(struct samples *samples, struct arena *arena, const struct plan *plan,
    const struct past *past, struct str except);

/* Of so many items, how often one after another: with those that go first by themselves. */
double samples_turns(const struct each *each, size_t items);

#endif
