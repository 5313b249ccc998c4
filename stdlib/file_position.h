/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_POSITION_H
#define STDLIB_FILE_POSITION_H

#include <sys/stat.h>

#include "stdlib/args.h"
#include "stdlib/file_source.h"

/*
 * How far a file went when somebody looked at it, and which file it was: what was written later stands behind it. Plain
 * data; as a value it is the "position" of a result and what `since` takes. An inode may be used again at once, so the
 * time of birth counts too, where the file system knows it; and a file may be cut and grow again, which the bytes
 * before the offset tell.
 */
struct file_position {
	int64_t offset; /* in bytes */
	int64_t line; /* lines that end before it; -1: not counted */
	bool named; /* the next three are known */
	uint64_t device;
	uint64_t inode;
	struct timespec born; /* zero: not known */
	char mark[9]; /* of the bytes before the offset, in hexadecimal; empty: not read */
};

/* When the file was made; zero where nobody knows. path may be "" for the file of the descriptor itself. */
struct timespec file_born(int folder, const char *path, int flags);

/* The position at `offset` of a file with this state. */
struct file_position file_position_of(
    const struct stat *stat, struct timespec born, int64_t offset);

/* Adds the mark of an open file. False after trouble. */
bool file_position_mark(
    struct file_job *job, const struct file_source *source, struct file_position *position);

const struct value *file_position_value(struct arena *arena, const struct file_position *position);

/* Reads an argument: a number of bytes, or the map that a result gave. False where it is absent or wrong. */
bool file_position_read(struct args *args, const char *key, struct file_position *ret_position);

enum file_since {
	FILE_SAME, /* the file that was looked at, and no shorter */
	FILE_CUT, /* the same, but what stood before the position is gone */
	FILE_REPLACED /* another file has its name now */
};
/* What became of the file since then. False after trouble. */
bool file_position_compare(struct file_job *job, const struct file_source *source,
    const struct file_position *since, enum file_since *ret_since);

/*
 * Looks for a file that was renamed (by a rotation of logs) beside the one that has its name now, which is `source`.
 * ret_old is the open file, or has fd -1. ret_gap: it was not found, or others may have come in between.
 * False after trouble.
 */
bool file_position_find(struct file_job *job, const struct file_source *source,
    const struct file_position *since, struct file_source *ret_old, bool *ret_gap);

#endif
