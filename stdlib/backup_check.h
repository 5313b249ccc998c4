/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_CHECK_H
#define STDLIB_BACKUP_CHECK_H

#include "stdlib/backup.h"
#include "stdlib/pool_job.h"

/*
 * One look at one path, in a thread of the pool: a file or a folder, packed or not, of whatever format. In pieces, so
 * that it can be interrupted.
 */
struct check;

enum check_depth {
	CHECK_ALL, /* whether it is whole */
	CHECK_KIND /* only what it is, by its first bytes */
};

/* More than max_size bytes of content are not read. job may be NULL. */
struct check *check_new(
    const char *path, enum check_depth depth, int64_t max_size, const struct pool_job *job);

/* Some milliseconds of it at most, unless the system hangs: true while there is more. */
bool check_step(struct check *check);

/* What is known once there is no more; as long as the check. */
const struct backup *check_backup(const struct check *check);

/* Accepts NULL. */
void check_free(struct check *check);

#endif
