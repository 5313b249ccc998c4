/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REPLAYED_H
#define CLI_REPLAYED_H

#include "cli/command.h"
#include "lang/load.h"
#include "record/transcript_reader.h"
#include "run/replayer.h"

/*
 * A transcript decided again: its plan, from its own sources or from files that stand for them, and the scheduler as it
 * stands behind the last line. It owns all of that until replayed_done().
 */
struct replayed {
	const char *path;
	struct load load;
	bool loaded; /* load is in use */
	unsigned jobs; /* how many operations the run may have under way at once */
	struct store *store;
	struct sched *sched; /* NULL: not a single line was good */
	struct replayer *replayer;
	struct arena *event; /* of the last event: what was decided of it may point there */
	struct reader *reader;
	bool same; /* the record and what is decided now have not parted */
};

/* Whoever wants to see the lines too, each before anything is decided of it. */
struct line_watcher {
	void (*see)(void *self, const struct line *line);
	void *self;
};

/*
 * Loads the plan from the record (against NULL), or from a file in its place, and decides all lines again. STATUS_OK
 * when it came to the end of what is good of the record, whatever the two say of each other; else a status after
 * saying why. watcher may be NULL.
 */
enum status replayed_read(struct replayed *replayed, const char *path, const char *against,
    const struct line_watcher *watcher);

void replayed_done(struct replayed *replayed);

/* How many operations a run had at once. */
unsigned jobs_of(const struct message *run_started);

#endif
