/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_FORECAST_RIG_H
#define TEST_FORECAST_RIG_H

#include "base/arena.h"
#include "history/forecast.h"
#include "lang/load.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

enum { RUNS = 20, ROOM = 12 };

/* A runbook, earlier runs of it, and what is foretold. */
struct rig {
	struct load load;
	struct arena *arena;
	struct past past;
	struct forecast_options options;
	struct forecast *forecast;
	struct outlook outlook;
};

/* Of the text of a runbook. */
void rig_init(struct rig *rig, const char *text);
void rig_done(struct rig *rig);

/* One more earlier run, that recovered; a step in it, which begins where the one before ended. */
struct past_run *rig_run(struct rig *rig);
struct past_step *rig_step(
    struct past_run *run, const char *node, const char *path, int64_t seconds);

/* A run of now: it begins, is asked about, goes on. */
void rig_begin(struct rig *rig);
bool rig_ask(struct rig *rig, int64_t t_us);
void rig_begins(struct rig *rig, const char *node, int64_t t_us);
void rig_ends(struct rig *rig, const char *node, enum outcome outcome, int64_t t_us);

void assert_near(int64_t us, int64_t low_s, int64_t high_s);

#endif
