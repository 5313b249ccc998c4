/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/units.h"

enum { CHUNK = 256 << 10 };

static bool must_be_file(struct file_job *job, const char *path, const struct stat *stat)
{
	if (S_ISREG(stat->st_mode))
		return true;
	return file_job_fail(job, TROUBLE_TYPE, "cannot read %s: it is %s, not a file",
	    file_shown(job->arena, path), file_kind(stat->st_mode));
}

/* Opening some devices does things; what took the file's place in between is not waited for. */
bool file_source_open(struct file_job *job, const char *path, struct file_source *ret_source)
{
	struct file_source source = {.path = path, .fd = -1};

	*ret_source = source;
	if (stat(path, &source.stat) < 0)
		return file_job_errno(job, errno, "read", path);
	if (!must_be_file(job, path, &source.stat))
		return false;
	source.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (source.fd < 0)
		return file_job_errno(job, errno, "read", path);
	if (fstat(source.fd, &source.stat) < 0)
		file_job_errno(job, errno, "read", path);
	else if (must_be_file(job, path, &source.stat))
		*ret_source = source;
	if (ret_source->fd < 0)
		close(source.fd);
	return ret_source->fd >= 0;
}

void file_source_expect(struct file_job *job, const char *path)
{
	struct stat there;

	if (stat(path, &there) == 0 && S_ISREG(there.st_mode))
		headway_expect(&job->headway, there.st_size);
}

void file_source_close(struct file_source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}

ssize_t file_source_read(
    struct file_job *job, const struct file_source *source, void *ptr, size_t size, int64_t offset)
{
	ssize_t got;

	if (file_job_given_up(job))
		return -1;
	do
		got = pread(source->fd, ptr, size, (off_t)offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		file_job_errno(job, errno, "read", source->path);
	else
		headway_add(&job->headway, got);
	return got;
}

static bool is_larger(struct file_job *job, const struct file_source *source, int64_t max)
{
	const char *path = file_shown(job->arena, source->path);
	struct buf size;

	buf_init(&size, BUF_UNBOUNDED);
	units_show_size(&size, max);
	file_job_fail(job, TROUBLE_LIMIT, "%s has more than the %.*s that are allowed", path,
	    STR_ARG(buf_view(&size)));
	buf_done(&size);
	return false;
}

bool file_source_slurp(struct file_job *job, const struct file_source *source, int64_t from,
    int64_t max, struct buf *out)
{
	int64_t size = 0;

	if (source->stat.st_size - from > max)
		return is_larger(job, source, max);
	for (;;) { /* files of /proc have a size of 0, and others grow */
		ssize_t got = file_source_read(
		    job, source, buf_reserve(out, CHUNK), CHUNK, from + size);

		if (got < 0)
			return false;
		if (got == 0)
			return true;
		buf_added(out, (size_t)got);
		size += got;
		if (size > max)
			return is_larger(job, source, max);
	}
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool file_stat_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    is_same_time(a->st_mtim, b->st_mtim) && is_same_time(a->st_ctim, b->st_ctim);
}

bool file_source_is_unchanged(const struct file_source *source)
{
	struct stat now;

	return fstat(source->fd, &now) == 0 && file_stat_is_same(&source->stat, &now);
}

int64_t file_mtime_us(const struct stat *stat)
{
	return (int64_t)stat->st_mtim.tv_sec * 1000000 + stat->st_mtim.tv_nsec / 1000;
}
