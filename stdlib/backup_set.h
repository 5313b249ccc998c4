/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_SET_H
#define STDLIB_BACKUP_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

/* What lies in a folder under names that match a pattern, the newest first. Owned by its holder. */
enum { SET_MAX = 10000, SET_WHY = 300 };

struct set_entry {
	char *name;
	int64_t time_us; /* what it is ordered by */
	int64_t mtime_us;
	int64_t size;
	dev_t device;
	ino_t inode;
	bool is_folder;
};

struct backup_set {
	char *folder;
	int fd; /* of the folder */
	struct set_entry *entries;
	size_t count;
	size_t capacity;
	bool by_name; /* the times are those in the names; else when they were modified */
	char why[SET_WHY]; /* it could not be read; empty when it was */
};

/*
 * Files and folders that match; links and the like are passed over. False with a sentence when the folder cannot be
 * read, or more than SET_MAX match. In a thread of the pool: a file system may hang.
 */
bool set_read(struct backup_set *set, const char *folder, const char *pattern);
void set_done(struct backup_set *set);

/* Takes one out; its name is freed. */
void set_remove(struct backup_set *set, size_t index);

/* Orders them by the times in their names if every one has such, else by when they were modified. */
void set_order(struct backup_set *set);

/* "FOLDER/NAME"; freed by the caller. */
char *set_path(const struct backup_set *set, const struct set_entry *entry);

#endif
