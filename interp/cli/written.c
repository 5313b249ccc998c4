/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/written.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/command.h"

static bool failed(const char *path)
{
	complain("cannot write %s: %s", path, strerror(errno));
	return false;
}

/* What a new file may be for others: the process's mask can only be asked by setting it. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Fills the file behind fd, and has it kept. */
static bool fill(int fd, mode_t mode, struct str text)
{
	bool ok = fchmod(fd, mode) == 0 && print_text(fd, text.ptr, text.len) && fsync(fd) == 0;
	int error = errno;

	if (close(fd) != 0 && ok)
		return false;
	errno = error;
	return ok;
}

/* Beside the file, then in its place. */
static bool replace(const char *path, mode_t mode, struct str text)
{
	struct buf part;
	bool ok;
	int fd;

	buf_init(&part, BUF_UNBOUNDED);
	buf_printf(&part, "%s.XXXXXX", path);
	buf_byte(&part, '\0');
	fd = mkstemp(part.ptr);
	ok = fd >= 0 && fill(fd, mode, text) && rename(part.ptr, path) == 0;
	if (!ok) {
		failed(path);
		if (fd >= 0)
			unlink(part.ptr);
	}
	buf_done(&part);
	return ok;
}

/* What is no file takes it as it comes. */
static bool pour(const char *path, struct str text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	bool ok = fd >= 0 && print_text(fd, text.ptr, text.len);

	if (!ok)
		failed(path);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool is_same_file(const struct stat *there, const char *path)
{
	struct stat other;

	return stat(path, &other) == 0 && other.st_dev == there->st_dev &&
	    other.st_ino == there->st_ino;
}

/* Over what is there: a link stays one, and the mode is kept. */
static bool over(const char *path, const struct stat *there, struct str text)
{
	char *real = realpath(path, NULL);
	bool ok = real && access(real, W_OK) == 0 ? replace(real, there->st_mode & 07777, text)
						  : failed(path);

	free(real);
	return ok;
}

bool written(const char *path, const char *source, struct str text)
{
	struct stat there;

	if (!path || strcmp(path, "-") == 0) {
		fwrite(text.ptr, 1, text.len, stdout);
		return true; /* of every command it is told at the end whether that was taken */
	}
	if (stat(path, &there) != 0)
		return errno == ENOENT ? replace(path, usual_mode(), text) : failed(path);
	if (S_ISDIR(there.st_mode)) {
		complain("%s is a folder: name a file in it", path);
		return false;
	}
	if (is_same_file(&there, source)) {
		complain("%s is the record itself, which nothing writes over", path);
		return false;
	}
	return S_ISREG(there.st_mode) ? over(path, &there, text) : pour(path, text);
}
