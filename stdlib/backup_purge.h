/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_PURGE_H
#define STDLIB_BACKUP_PURGE_H

#include "stdlib/backup_check.h"
#include "stdlib/backup_policy.h"
#include "stdlib/backup_set.h"

/*
 * What a retention does to a folder of backups, in a thread of the pool. Its stages: every name that matches is
 * recognised by its first bytes, or left alone; the retention is asked, and what it keeps is read to its end; if
 * nothing of that is whole, the newest that is stays as well, and if there is none, all do; then what nobody keeps is
 * removed, the oldest first.
 */
enum purge_stage {
	PURGE_SCAN,
	PURGE_RECOGNISE,
	PURGE_JUDGE,
	PURGE_RESCUE,
	PURGE_REMOVE,
	PURGE_OVER
};

enum fate {
	FATE_GOES, /* to be removed */
	FATE_REMOVED,
	FATE_STAYS,
	FATE_FAILED /* could not be removed */
};

struct verdict {
	enum fate fate;
	bool recognised;
	bool read; /* to its end: complete counts */
	bool complete;
	char reason[300];
};

enum { PURGE_MAX = 1000 }; /* what a result can hold */

struct purge {
	/* the order */
	char *folder;
	char *pattern;
	char *kind;
	struct retention retention;
	int64_t max_size;
	int64_t now_us;
	bool preview;
	bool looks; /* it only finds out whether the folder can be looked into */
	/* what became of it */
	enum purge_stage stage;
	struct backup_set set; /* those that are no backups come last */
	struct verdict *verdicts; /* of each entry of the set */
	size_t backups; /* how many of the set are */
	size_t next;
	struct check *check;
	bool wrong; /* why says what is wrong with the order or the folder; nothing was touched */
	char why[400];
};

/* A slice of it: true while there is more. */
bool purge_slice(struct purge *purge, const struct pool_job *job);
void purge_done(struct purge *purge);

#endif
