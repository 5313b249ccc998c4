/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_FILE_H
#define STDLIB_BACKUP_FILE_H

#include <sys/stat.h>

#include "stdlib/backup.h"
#include "stdlib/backup_stream.h"

/*
 * A file while it is read, and whether it stayed the same meanwhile. Opened in a thread of the pool: a file system may
 * hang. What is no regular file is not opened: a FIFO would wait for a writer, and a tape would wind back.
 */
struct backup_file {
	int fd; /* -1: not open */
	int folder; /* where its name is looked up */
	const char *name; /* the caller's, as long as it is open */
	struct stat stat; /* when it was opened */
};

/* False when it is not there or no regular file, or cannot be opened: then the backup says so. */
bool backup_file_open(
    struct backup_file *file, int folder, const char *name, struct backup *backup);

/* For stream_new(); the file must outlive the stream. */
struct stream_source backup_file_source(struct backup_file *file);

/* After it was read: notes size and time, and breaks the backup if somebody wrote to it, or another took its place. */
void backup_file_compare(const struct backup_file *file, int64_t bytes_read, struct backup *backup);

void backup_file_close(struct backup_file *file);

/* What kind of thing it is, for a sentence: "a FIFO". */
const char *backup_file_noun(mode_t mode);

int64_t backup_file_mtime_us(const struct stat *stat);

#endif
