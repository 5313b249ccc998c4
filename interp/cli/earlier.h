/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EARLIER_H
#define CLI_EARLIER_H

#include <stdbool.h>

#include "base/arena.h"
#include "history/index.h"

/* Earlier runs: those that are kept (kept.h), by their index, and those whose records are named. */
struct earlier {
	struct arena *arena; /* the caller's */
	const char *folder; /* where runs are kept */
	struct run_index *kept;
	struct run_index *also; /* in memory; NULL: none were named */
};

/* Takes in what is new, with a word of progress on a terminal. False after saying that no place can be known. */
bool earlier_open(struct earlier *earlier, struct arena *arena);
void earlier_close(struct earlier *earlier);

/* A transcript, or all those of a folder (*.jsonl). False after saying that it cannot be opened. */
bool earlier_also(struct earlier *earlier, const char *path);

/* All of them, the oldest first; one that was found twice counts once. */
void earlier_past(struct earlier *earlier, const struct past_query *query, struct past *ret_past);

/* The records that do not count. */
struct index_trouble *earlier_troubles(struct earlier *earlier, size_t *ret_count);

/*
 * For somebody who is in a hurry: what the latest runs of a runbook came to, as far as that can be found out in a
 * moment. Nothing fails by it: at worst nothing is known.
 */
void earlier_of(struct arena *arena, struct str runbook, struct past *ret_past);

#endif
