/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_INDEX_PARTS_H
#define HISTORY_INDEX_PARTS_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "history/index.h"
#include "history/reading.h"

/* What the files index*.c share and nobody else sees. */

enum index_statement {
	INDEX_FILES, /* all that are known */
	INDEX_FILE, /* one of them, by name */
	INDEX_DROP_FILE,
	INDEX_DROP_RUN,
	INDEX_DROP_STEPS,
	INDEX_PUT_FILE,
	INDEX_PUT_RUN,
	INDEX_PUT_STEP,
	INDEX_OBJECTIVE,
	INDEX_PUT_OBJECTIVE,
	INDEX_TIDY_OBJECTIVES,
	INDEX_RUNS,
	INDEX_STEPS,
	INDEX_TROUBLES,
	INDEX_BEGIN,
	INDEX_COMMIT,
	INDEX_STATEMENTS
};

struct run_index {
	struct arena *arena;
	const char *home; /* NULL: none */
	const char *folder; /* of the transcripts */
	const char *file; /* NULL: it is in memory */
	sqlite3 *db; /* always there */
	sqlite3_stmt *statements[INDEX_STATEMENTS]; /* made when they are first wanted */
	struct index_help help;
	struct index_scope scope; /* of the last refreshing */
	bool refreshed;
};

/* When a file was what it was. */
struct stamp {
	int64_t size; /* -1: it may have changed since without a trace: it is read again */
	int64_t mtime_ns;
	int64_t ctime_ns;
	int64_t inode;
};

/* False when it is no file (any more). The path stands in the folder, or is absolute, or AT_FDCWD is the folder. */
bool stamp_of(int folder, const char *path, struct stamp *ret_stamp);
bool stamp_eq(const struct stamp *a, const struct stamp *b);

/* Takes the file, or memory where it is of no use. */
void index_file_open(struct run_index *index);
void index_file_close(struct run_index *index);

/*
 * After an operation on the file that went wrong: makes it anew where it is damaged, and goes over to memory otherwise,
 * with all that could be read of it. False when it is in memory already: then there is nothing else to try.
 */
bool index_mend(struct run_index *index, int error);

/* The same, and takes in again what was taken in before. */
bool index_restore(struct run_index *index, int error);

/* A statement, reset, without its parameters; NULL where it cannot be prepared: to be stepped at once. */
sqlite3_stmt *index_statement(struct run_index *index, enum index_statement which);

/* The next row; of what could not be prepared why not. */
int index_step(struct run_index *index, sqlite3_stmt *statement);

/* Performs one that gives no row that is wanted. */
int index_perform(struct run_index *index, sqlite3_stmt *statement);

/* A transaction that writes. */
int index_begin(struct run_index *index);
int index_commit(struct run_index *index);
void index_roll_back(struct run_index *index);

/* Forgets a file and all that was known of it. */
int index_forget(struct run_index *index, const char *name);

/* Puts what one file holds in the place of what was known of it. run: NULL where it holds none; why: of trouble. */
int index_put(struct run_index *index, const char *name, const struct stamp *stamp,
    const struct past_run *run, const struct str *why);

/* Of a row of INDEX_FILES, or INDEX_FILE. */
struct stamp index_stamp(sqlite3_stmt *row);

/* Whether a file is known as it is. */
int index_is_known(
    struct run_index *index, const char *name, const struct stamp *stamp, bool *ret_known);

#endif
