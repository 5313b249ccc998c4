/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders that are open at once while one is removed; deeper ones cost time, not descriptors. */
enum { DEPTH = 16 };

int scratch_make(struct scratch *scratch, const char *path)
{
	size_t len = strlen(path);

	scratch->path[0] = '\0';
	if (len >= sizeof(scratch->path))
		return ENAMETOOLONG;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return errno;
	memcpy(scratch->path, path, len + 1);
	return 0;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
	(void)stat;
	(void)kind;
	(void)walk;
	remove(path);
	return 0;
}

void scratch_clear(const char *path)
{
	if (rmdir(path) < 0 && errno != ENOENT)
		nftw(path, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void scratch_remove(struct scratch *scratch)
{
	if (scratch->path[0])
		scratch_clear(scratch->path);
	scratch->path[0] = '\0';
}
