/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/file_hash.h"

/* In the kernel, and through memory, between two looks at whether anybody still waits. */
enum { KERNEL_CHUNK = 16 << 20, CHUNK = 1 << 20 };

struct cloning {
	struct file_job *job;
	const struct file_source *source;
	struct file_draft *draft;
	char *chunk; /* NULL until it is needed */
};

static bool write_at(struct cloning *cloning, const char *ptr, size_t len, int64_t offset)
{
	while (len > 0) {
		ssize_t done = pwrite(cloning->draft->fd, ptr, len, (off_t)offset);

		if (done < 0 && errno != EINTR)
			return file_job_errno(cloning->job, errno, "write", cloning->draft->target);
		if (done > 0) {
			ptr += done;
			len -= (size_t)done;
			offset += done;
		}
	}
	return true;
}

/* Through memory, up to `end` or the end of the file, whichever comes first. */
static bool copy_plainly(struct cloning *cloning, int64_t offset, int64_t end)
{
	if (!cloning->chunk)
		cloning->chunk = mem_alloc(CHUNK);
	while (offset < end) {
		size_t size = end - offset < CHUNK ? (size_t)(end - offset) : CHUNK;
		ssize_t got = file_source_read(
		    cloning->job, cloning->source, cloning->chunk, size, offset);

		if (got <= 0)
			return got == 0;
		if (!write_at(cloning, cloning->chunk, (size_t)got, offset))
			return false;
		offset += got;
	}
	return true;
}

/* Not every pair of file systems can, nor every kernel. */
static bool is_unable(int error)
{
	return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
	    error == EPERM || error == EBADF;
}

static bool copy_segment(struct cloning *cloning, int64_t offset, int64_t end)
{
	while (offset < end) {
		size_t size = end - offset < KERNEL_CHUNK ? (size_t)(end - offset) : KERNEL_CHUNK;
		off_t from = (off_t)offset;
		off_t to = (off_t)offset;
		ssize_t done;

		if (file_job_given_up(cloning->job))
			return false;
		done = copy_file_range(
		    cloning->source->fd, &from, cloning->draft->fd, &to, size, 0);
		/* some file systems of the kernel's own say that there is nothing: reading tells */
		if (done == 0 || (done < 0 && is_unable(errno)))
			return copy_plainly(cloning, offset, end);
		if (done < 0 && errno != EINTR)
			return file_job_errno(cloning->job, errno, "write", cloning->draft->target);
		if (done > 0) {
			headway_add(&cloning->job->headway, done);
			offset += done;
		}
	}
	return true;
}

/* The next stretch of data behind an offset: false where there is none. */
static bool find_data(int fd, int64_t size, int64_t *offset, int64_t *ret_end)
{
	off_t start = lseek(fd, (off_t)*offset, SEEK_DATA);
	off_t end;

	*ret_end = size;
	if (start < 0)
		return errno != ENXIO; /* a file system that knows no holes */
	*offset = start;
	end = lseek(fd, start, SEEK_HOLE);
	if (end > start && end < size)
		*ret_end = end;
	return start < size;
}

static bool copy_all(struct cloning *cloning)
{
	int64_t size = cloning->source->stat.st_size;
	int64_t offset = 0;
	int64_t end = 0;

	if (size == 0) /* files of /proc say so whatever is in them */
		return copy_plainly(cloning, 0, INT64_MAX);
	if (ioctl(cloning->draft->fd, FICLONE, cloning->source->fd) == 0)
		return true;
	for (; offset < size && find_data(cloning->source->fd, size, &offset, &end); offset = end)
		if (!copy_segment(cloning, offset, end))
			return false;
	return ftruncate(cloning->draft->fd, (off_t)size) == 0 ||
	    file_job_errno(cloning->job, errno, "write", cloning->draft->target);
}

/* It is read three times; where its blocks are shared, and where there are none, that takes no time. */
static bool copy_counted(struct cloning *cloning)
{
	struct headway *headway = &cloning->job->headway;
	int64_t size = cloning->source->stat.st_size;
	int64_t before = headway_done(headway);

	headway_expect(headway, 3 * size);
	if (!copy_all(cloning))
		return false;
	headway_add(headway, before + size - headway_done(headway));
	return true;
}

/* Reads both again, the copy from the disk where that is possible. */
static bool verify(struct cloning *cloning, char *ret_sha256, int64_t *ret_size)
{
	struct file_job *job = cloning->job;
	const struct file_source *source = cloning->source;
	const struct file_source copy = {.path = cloning->draft->target, .fd = cloning->draft->fd};
	char wanted[DIGEST_HEX_MAX + 1];
	int64_t size;

	posix_fadvise(copy.fd, 0, 0, POSIX_FADV_DONTNEED);
	if (!file_hash(job, source, "sha256", wanted, &size) ||
	    !file_hash(job, &copy, "sha256", ret_sha256, ret_size))
		return false;
	if (strcmp(wanted, ret_sha256) == 0)
		return true;
	if (!file_source_is_unchanged(source) || size != source->stat.st_size)
		return file_job_fail(job, TROUBLE_CHANGED, "%s changed while it was copied",
		    file_shown(job->arena, source->path));
	return file_job_fail(job, TROUBLE_IO,
	    "the copy of %s is not what was read: its sha256 is %s, not %s",
	    file_shown(job->arena, source->path), ret_sha256, wanted);
}

bool file_clone(struct file_job *job, const struct file_source *source, struct file_draft *draft,
    char ret_sha256[DIGEST_HEX_MAX + 1], int64_t *ret_size)
{
	struct cloning cloning = {.job = job, .source = source, .draft = draft};
	bool ok = copy_counted(&cloning) && file_draft_sync(draft) &&
	    verify(&cloning, ret_sha256, ret_size);

	free(cloning.chunk);
	return ok;
}
