/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_DRAFT_H
#define STDLIB_FILE_DRAFT_H

#include <sys/stat.h>

#include "stdlib/file_job.h"

/*
 * A file that is made under another name, beside where it will stand, and gets its own only when all of it is on the
 * disk: whoever looks, and whatever fails, sees the old one or the new one. Owns its descriptors, and the file until it
 * is published, until file_draft_drop().
 */
struct file_draft {
	struct file_job *job;
	const char *target; /* the path it will have */
	const char *name; /* the last part of that */
	const char *temporary; /* its name so far; NULL: it has none of its own */
	int folder;
	int fd; /* for writing and reading */
};

/*
 * Begins one, empty. secret: nobody else may read it, until it is given other rights; else it has the usual ones. False
 * after trouble; it may be dropped all the same.
 */
bool file_draft_open(
    struct file_draft *draft, struct file_job *job, const char *target, bool secret);

/* Whether one could be begun: the target's folder is there, and lets us. Nothing is made; false after trouble. */
bool file_draft_look(struct file_job *job, const char *target);

bool file_draft_write(struct file_draft *draft, struct str bytes);

/* All of it is on the disk. */
bool file_draft_sync(struct file_draft *draft);

/* Gives it its name, in the place of what has it, or only where nothing has; commits the job. */
bool file_draft_publish(struct file_draft *draft, bool over);

/* Accepts one that is zeroed but for fd and folder -1. */
void file_draft_drop(struct file_draft *draft);

/* Renames a file or folder to what has no name yet, on one file system: an error number, or 0. */
int file_rename_new(int from_folder, const char *from, int to_folder, const char *to);

/* The folder of a path, open; -1 after trouble. ret_name: the path's last part. Renames in it last from a sync on. */
int file_folder_open(struct file_job *job, const char *path, const char **ret_name);
bool file_folder_sync(struct file_job *job, int folder, const char *path);

/* A name that nothing has: the path's with the time, as in app.env.20261122T030405Z. */
const char *file_aside(struct file_job *job, const char *path);

/*
 * Where a path leads through links; what it leads to must be a file, or nothing at all: a link to nothing is trouble.
 * ret_there: whether there is something, with its state.
 */
bool file_target(struct file_job *job, const char *path, const char **ret_real, bool *ret_there,
    struct stat *ret_stat);

#endif
