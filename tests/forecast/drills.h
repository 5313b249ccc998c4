/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_FORECAST_DRILLS_H
#define TEST_FORECAST_DRILLS_H

#include "history/past.h"
#include "lang/load.h"

/* Runs that were recorded, as ./extract took them from transcripts; or made up, by a distribution that is known. */

/* Of a file of rows, in the arena. Ends the process when it cannot be read. */
void drills_read(struct arena *arena, const char *path, struct past *ret_past);

enum law {
	LAW_INDEPENDENT, /* log-normal, each step by itself */
	LAW_SLOW_DAYS, /* log-normal, and all steps of a run share a factor */
	LAW_TWO_MODES, /* one run in four takes five times as long at each of its steps */
	LAW_BRANCHES, /* of each third step one run in three has no need */
	LAW_GROWTH, /* each run takes two per cent longer than the one before */
	LAWS
};
extern const char *const law_names[];

/* `runs` of a runbook without blocks and loops, always the same for a seed. */
void drills_make(struct arena *arena, const struct plan *plan, enum law law, size_t runs,
    unsigned seed, struct past *ret_past);

#endif
