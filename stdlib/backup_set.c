/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/backup_file.h"
#include "stdlib/backup_name.h"

static bool fail(struct backup_set *set, const char *what)
{
	snprintf(set->why, sizeof(set->why), "%s", what);
	return false;
}

static void add(struct backup_set *set, const char *name)
{
	struct set_entry *entry;
	struct stat stat;

	if (fstatat(set->fd, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (!S_ISREG(stat.st_mode) && !S_ISDIR(stat.st_mode)))
		return;
	set->entries = mem_grow(set->entries, set->count, &set->capacity, sizeof(*set->entries));
	entry = &set->entries[set->count++];
	*entry = (struct set_entry){.name = mem_strdup(name),
	    .mtime_us = backup_file_mtime_us(&stat),
	    .size = S_ISREG(stat.st_mode) ? stat.st_size : 0,
	    .device = stat.st_dev,
	    .inode = stat.st_ino,
	    .is_folder = S_ISDIR(stat.st_mode)};
}

static bool read_names(struct backup_set *set, const char *pattern)
{
	DIR *stream = fdopendir(fcntl(set->fd, F_DUPFD_CLOEXEC, 0));
	const struct dirent *entry;

	if (!stream)
		return fail(set, strerror(errno));
	errno = 0;
	while ((entry = readdir(stream)) && set->count <= SET_MAX) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0)
			add(set, entry->d_name);
		errno = 0;
	}
	if (errno)
		fail(set, strerror(errno));
	closedir(stream);
	if (set->count > SET_MAX)
		snprintf(set->why, sizeof(set->why),
		    "more than %d names match; a narrower pattern is needed", SET_MAX);
	return !set->why[0];
}

bool set_read(struct backup_set *set, const char *folder, const char *pattern)
{
	*set = (struct backup_set){.folder = mem_strdup(folder)};
	set->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (set->fd < 0)
		return fail(set, strerror(errno));
	if (!read_names(set, pattern))
		return false;
	set_order(set);
	return true;
}

void set_done(struct backup_set *set)
{
	if (!set->folder)
		return;
	if (set->fd >= 0)
		close(set->fd);
	for (size_t i = 0; i < set->count; i++)
		free(set->entries[i].name);
	free(set->entries);
	free(set->folder);
	*set = (struct backup_set){0};
}

void set_remove(struct backup_set *set, size_t index)
{
	free(set->entries[index].name);
	set->count--;
	memmove(set->entries + index, set->entries + index + 1,
	    (set->count - index) * sizeof(*set->entries));
}

/* Of equal times the name decides, the last one first. */
static int newest_first(const void *a, const void *b)
{
	const struct set_entry *left = a;
	const struct set_entry *right = b;

	if (left->time_us != right->time_us)
		return left->time_us < right->time_us ? 1 : -1;
	return strcmp(right->name, left->name);
}

void set_order(struct backup_set *set)
{
	size_t at;

	set->by_name = set->count > 0;
	for (size_t i = 0; i < set->count && set->by_name; i++)
		set->by_name = backup_name_time(
		    str_from(set->entries[i].name), &set->entries[i].time_us, &at);
	for (size_t i = 0; i < set->count && !set->by_name; i++)
		set->entries[i].time_us = set->entries[i].mtime_us;
	if (set->count)
		qsort(set->entries, set->count, sizeof(*set->entries), newest_first);
}

char *set_path(const struct backup_set *set, const struct set_entry *entry)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", set->folder, entry->name) < 0)
		abort();
	return path;
}
