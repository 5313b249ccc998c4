/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_SOURCE_H
#define STDLIB_FILE_SOURCE_H

#include <sys/stat.h>

#include "base/buf.h"
#include "stdlib/file_job.h"

/*
 * A file that is read, in the thread of a job. It must be a file: a folder, a pipe, a device is refused before it is
 * opened, and an open one is looked at again. Owns its descriptor until file_source_close().
 */
struct file_source {
	const char *path;
	int fd;
	struct stat stat; /* as it was when it was opened */
};

/* False, with the job told why, when it cannot be read. */
bool file_source_open(struct file_job *job, const char *path, struct file_source *ret_source);

/* That it will be read, all of it, for whoever wants to know how far the job has come. */
void file_source_expect(struct file_job *job, const char *path);

/* Closes it; a source that was never opened may be zeroed with fd -1. */
void file_source_close(struct file_source *source);

/* As pread() does: 0 at the end, -1 after trouble or when the job was given up. */
ssize_t file_source_read(
    struct file_job *job, const struct file_source *source, void *ptr, size_t size, int64_t offset);

/* Appends all that stands behind `from` to `out`, at most `max` bytes: more are trouble of class "limit". */
bool file_source_slurp(struct file_job *job, const struct file_source *source, int64_t from,
    int64_t max, struct buf *out);

/* Whether it is still what it was when it was opened: the same size, the same times. */
bool file_source_is_unchanged(const struct file_source *source);

/* Whether both tell of the same state of the same file. */
bool file_stat_is_same(const struct stat *a, const struct stat *b);

/* When it was last modified, in microseconds since 1970. */
int64_t file_mtime_us(const struct stat *stat);

#endif
