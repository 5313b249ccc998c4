/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COUNTED_H
#define CLI_COUNTED_H

#include "base/map.h"
#include "lang/load.h"
#include "view/coverage.h"

/*
 * The records of a runbook's runs, found and counted. Of what belongs to another runbook only the first line is read;
 * what is damaged is complained of, and not counted; a run that is found twice counts once.
 */
struct counted {
	struct coverage *coverage;
	struct arena *arena; /* the caller's */
	struct str sources; /* of the runbook as it is now */
	struct map versions; /* other texts of it, by their digests */
	struct map runs; /* that were counted, by id */
	bool live_only;
	int64_t not_counted;
};

void counted_init(struct counted *counted, struct coverage *coverage, const struct load *load,
    bool live_only, struct arena *arena);
void counted_done(struct counted *counted);

/* All runs that are kept (kept.h); none is no mistake. False after saying that no place for them can be known. */
bool counted_kept(struct counted *counted);

/* A transcript, or all those of a folder (*.jsonl). False after saying that it cannot be opened. */
bool counted_also(struct counted *counted, const char *path);

#endif
