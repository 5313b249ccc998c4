/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_FOLDER_H
#define STDLIB_BACKUP_FOLDER_H

#include "stdlib/backup_walk.h"

/*
 * A backup that is a folder: an index says which files belong to it. First the index is read, then all files in the
 * order of their names, so that their digest is that of `sha256sum *`.
 */
struct folder_walker {
	enum backup_kind kind;
	bool (*is_index)(struct str name);
	void *(*begin)(void); /* what `self` is */
	/* One piece of the index, as of a walk; what it says of the backup goes into the walk's. */
	bool (*index)(struct walk *walk, void *self);
	/* A file begins: walk_begin() or not, as step wants it. False when it is broken already. */
	bool (*open)(struct walk *walk, void *self, struct str name);
	bool (*step)(struct walk *walk, void *self);
	/* After the last file: whether all that the index promised was found; else the backup is broken. */
	bool (*fits)(void *self, struct backup *backup);
	void (*end)(void *self);
};

extern const struct folder_walker pg_directory_walker, aof_manifest_walker;

/* Passes a file that is of no interest. */
bool folder_drain(struct walk *walk);

struct folder;

/* fd: the folder, which becomes its own. Fills the backup, which outlives it. */
struct folder *folder_new(
    int fd, struct backup *backup, int64_t max_size, const struct pool_job *job);
/* One piece: true while there is more. only_kind: no more than finding out what it is. */
bool folder_step(struct folder *folder, bool only_kind);
void folder_free(struct folder *folder);

#endif
