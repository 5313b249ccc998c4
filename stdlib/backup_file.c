/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

const char *backup_file_noun(mode_t mode)
{
	if (S_ISREG(mode))
		return "a file";
	if (S_ISDIR(mode))
		return "a folder";
	if (S_ISLNK(mode))
		return "a link";
	if (S_ISFIFO(mode))
		return "a FIFO";
	return S_ISSOCK(mode) ? "a socket" : "a device";
}

int64_t backup_file_mtime_us(const struct stat *stat)
{
	return (int64_t)stat->st_mtim.tv_sec * 1000000 + stat->st_mtim.tv_nsec / 1000;
}

bool backup_file_open(struct backup_file *file, int folder, const char *name, struct backup *backup)
{
	struct stat stat;

	*file = (struct backup_file){.fd = -1, .folder = folder, .name = name};
	if (fstatat(folder, name, &stat, 0) < 0) {
		backup->missing = errno == ENOENT || errno == ENOTDIR;
		backup->error = backup->missing ? 0 : errno;
		return backup_broken(backup, -1, "there is no such file");
	}
	backup->size = stat.st_size;
	backup->mtime_us = backup_file_mtime_us(&stat);
	if (!S_ISREG(stat.st_mode)) {
		backup->size = 0;
		return backup_broken(backup, -1, "it is %s", backup_file_noun(stat.st_mode));
	}
	file->fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file->fd < 0 || fstat(file->fd, &file->stat) < 0) {
		backup->error = errno;
		return false;
	}
	posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return true;
}

static int64_t read_file(void *self, void *into, size_t room)
{
	struct backup_file *file = self;

	return read(file->fd, into, room);
}

struct stream_source backup_file_source(struct backup_file *file)
{
	return (struct stream_source){read_file, file};
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void backup_file_compare(const struct backup_file *file, int64_t bytes_read, struct backup *backup)
{
	struct stat now, there;

	if (fstat(file->fd, &now) < 0)
		return;
	backup->size = now.st_size;
	backup->mtime_us = backup_file_mtime_us(&now);
	if (!same(&file->stat, &now) || (backup->complete && bytes_read != now.st_size)) {
		backup->changed = true;
		backup->complete = false;
		backup->reason[0] = '\0';
		backup_broken(backup, backup->offset,
		    "it is still being written: it changed while it was read");
	} else if (fstatat(file->folder, file->name, &there, 0) < 0 || there.st_ino != now.st_ino ||
	    there.st_dev != now.st_dev) {
		backup->changed = true;
		backup->reason[0] = '\0';
		backup_broken(backup, backup->offset,
		    "another file took its place, or none, while it was read");
	}
}

void backup_file_close(struct backup_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
