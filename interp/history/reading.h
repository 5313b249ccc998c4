/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_READING_H
#define HISTORY_READING_H

#include "base/arena.h"
#include "base/buf.h"
#include "history/past.h"

/* What a transcript holds, for those who want no more than what its run came to. */
enum reading {
	READING_RUN,
	READING_NOTHING, /* it has no line yet: a run that has just begun */
	READING_TROUBLE /* damaged, or no transcript that this version knows */
};

/*
 * Reads one, and checks its chain. All in the arena, but for the path, which is kept as it is given. Of trouble a
 * sentence is appended to why: nothing of such a run counts.
 */
enum reading reading_of(
    const char *path, struct arena *arena, struct past_run *ret_run, struct buf *why);

#endif
