/* SPDX-License-Identifier: Apache-2.0 */
#include "record/transcript_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600 };

/* The directory that holds path: a copy to be given back with free(). */
static char *parent_of(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len ? mem_strndup(path, len) : mem_strdup(".");
}

static bool sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = fsync(fd) == 0 || errno == EINVAL; /* some file systems have nothing to sync there */
	close(fd);
	return ok;
}

/* Makes one directory whose parent is there; true when it was there itself. */
static bool make_one(const char *path, const char *parent)
{
	if (mkdir(path, DIRECTORY_MODE) == 0)
		return sync_directory(parent);
	return errno == EEXIST;
}

static bool make_directory(const char *path)
{
	char *parent = parent_of(path);
	bool ok = make_one(path, parent);

	if (!ok && errno == ENOENT && strcmp(parent, path) != 0)
		ok = make_directory(parent) && make_one(path, parent);
	free(parent);
	return ok;
}

int transcript_file_create(const char *path, struct buf *error)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
	char *parent = parent_of(path);
	int fd = -1;

	if (!make_directory(parent)) {
		buf_printf(error, "cannot make the directory %s: %s", parent, strerror(errno));
		goto out;
	}
	fd = open(path, flags, FILE_MODE);
	if (fd < 0) {
		buf_printf(error, "cannot create %s: %s", path, strerror(errno));
		goto out;
	}
	if (fchmod(fd, FILE_MODE) != 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || fsync(fd) != 0 ||
	    !sync_directory(parent)) {
		buf_printf(error, "cannot prepare %s: %s", path, strerror(errno));
		close(fd);
		unlink(path);
		fd = -1;
	}
out:
	free(parent);
	return fd;
}

int transcript_file_open(const char *path, bool *ret_driven, struct buf *error)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);

	*ret_driven = false;
	if (fd < 0) {
		buf_printf(error, "cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	*ret_driven = errno == EWOULDBLOCK;
	buf_printf(error, "cannot lock %s: %s", path, strerror(errno));
	close(fd);
	return -1;
}
