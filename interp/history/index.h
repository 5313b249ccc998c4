/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_INDEX_H
#define HISTORY_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "history/past.h"

/*
 * What all runs came to that are kept, so that nobody has to read their transcripts again: HOME/history.sqlite over
 * HOME/runs. It is a cache and nothing else: it holds nothing that is not in the transcripts, whatever is wrong with it
 * is mended by making it anew, and where it cannot be written, or is in somebody's hands, a copy in memory takes its
 * place. So nothing here fails; at worst it takes as long as reading all of them.
 */
struct run_index;

struct index_help {
	/*
	 * The objective of the runbook that a transcript was made with; UNSET_US where it has none, or nobody knows.
	 * It is asked once for all that were made with the same. NULL: nobody is there to ask.
	 */
	int64_t (*rto_us)(const char *path);
	/* Before each file that is to be read: false stops there. NULL: all are read. */
	bool (*go_on)(void *data, size_t done, size_t count);
	void *data;
	int patience_ms; /* for another process that is writing it */
};

/* home: NULL for one in memory, of what index_add() is given. The help is copied. */
struct run_index *index_open(const char *home, const struct index_help *help);
void index_close(struct run_index *index);

/* Which runs: all of them, or those whose names say that they are of one runbook, the newest of them. */
struct index_scope {
	struct str runbook; /* its id; empty: all */
	size_t newest; /* 0: all */
};

struct index_refreshed {
	size_t files; /* that there are, in the scope */
	size_t read; /* that were new, or have changed */
	size_t left; /* of these: not read, for go_on() said so */
	int error; /* errno: the folder cannot be read; that it is not there is no error */
};

/* Takes in what has changed, the newest first. A transcript that is gone is forgotten. */
struct index_refreshed index_refresh(struct run_index *index, const struct index_scope *scope);

/*
 * Takes in one transcript, where nobody else is writing: what is left out the next refreshing takes in. Outside of
 * HOME/runs it is named as it is given; to be done in memory alone.
 */
void index_add(struct run_index *index, const char *path);

struct past_query {
	struct str runbook; /* its id; empty: all */
	int64_t since_us; /* that began then or later; 0: ever */
	size_t newest; /* at most; 0: all */
	bool steps; /* with their steps */
};

/* A run whose transcript lies there twice is told once, as the one goes that knows more. */
void index_past(struct run_index *index, struct arena *arena, const struct past_query *query,
    struct past *ret_past);

/* All runs of one runbook that are known, with their steps. */
void past_of(
    struct run_index *index, struct arena *arena, struct str runbook, struct past *ret_past);

/* A file of the folder that does not count. */
struct index_trouble {
	struct str path;
	struct str why; /* a sentence */
};

/* In the order of their names. */
struct index_trouble *index_troubles(
    struct run_index *index, struct arena *arena, size_t *ret_count);

#endif
