/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_KEPT_H
#define CLI_KEPT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"

/*
 * Where runs are kept: $REPRISE_HOME, by default $XDG_STATE_HOME/reprise, by default ~/.local/state/reprise. A run is a
 * transcript, runs/RUN.jsonl, and beside it a folder RUN. All strings live in the arena.
 */
struct kept {
	const char *transcript; /* as given, or absolute */
	const char *dir; /* the run's folder, absolute; it may not be there */
};

/* NULL with a sentence appended to error when no place can be known. */
const char *kept_home(struct arena *arena, struct buf *error);

/* The run's folder lies beside its transcript and is called like it, without ".jsonl"; absolute. */
const char *kept_dir(struct arena *arena, const char *transcript);

/*
 * A RUN as commands take it: a path (what has a slash or a dot, or is there), or the id of a run that is kept. False
 * after saying that there is no such run; a path is not looked at.
 */
bool kept_find(struct arena *arena, const char *word, struct kept *ret_kept);

/* What a command's help says of RUN. */
#define KEPT_RUN "RUN is the id of a run, or the path of its transcript."

#endif
