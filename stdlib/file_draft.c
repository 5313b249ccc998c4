/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* Of the name, so that the draft's is no longer than a name may be. */
enum { NAME_KEPT = 200, TRIES = 100, CHUNK = 1 << 20 };

int file_folder_open(struct file_job *job, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	const char *folder = !slash ? "."
	    : slash == path         ? "/"
			    : arena_cstr(job->arena, (struct str){path, (size_t)(slash - path)});
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*ret_name = slash ? slash + 1 : path;
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENOTDIR)
		file_job_fail(job, TROUBLE_MISSING, "cannot make %s: there is no folder %s",
		    file_shown(job->arena, path), file_shown(job->arena, folder));
	else
		file_job_errno(job, errno, "open", folder);
	return -1;
}

/* Some file systems have no such thing as a folder's sync. */
bool file_folder_sync(struct file_job *job, int folder, const char *path)
{
	if (fsync(folder) == 0 || errno == EINVAL || errno == ENOTSUP)
		return true;
	return file_job_fail(job, TROUBLE_IO,
	    "%s has its new name, but it is not sure to be on the disk: %s",
	    file_shown(job->arena, path), strerrordesc_np(errno));
}

static int create(struct file_draft *draft, mode_t mode)
{
	struct arena *arena = draft->job->arena;
	int fd = -1;

	for (int i = 0; i < TRIES && fd < 0; i++) {
		uint32_t number = 0;
		const char *name;

		if (getrandom(&number, sizeof(number), 0) < 0)
			return -1;
		name = arena_printf(arena, ".%.*s.reprise-%08x", NAME_KEPT, draft->name, number)
			   .ptr;
		fd = openat(
		    draft->folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (fd >= 0)
			draft->temporary = name;
		else if (errno != EEXIST)
			break;
	}
	return fd;
}

bool file_draft_look(struct file_job *job, const char *target)
{
	const char *name;
	int folder = file_folder_open(job, target, &name);
	bool ok;

	if (folder < 0)
		return false;
	if (!*name)
		ok = file_job_fail(job, TROUBLE_TYPE, "%s names a folder, not a file",
		    file_shown(job->arena, target));
	else
		ok = faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0 ||
		    file_job_errno(job, errno, "write", target);
	close(folder);
	return ok;
}

bool file_draft_open(
    struct file_draft *draft, struct file_job *job, const char *target, bool secret)
{
	*draft = (struct file_draft){.job = job, .target = target, .folder = -1, .fd = -1};
	draft->folder = file_folder_open(job, target, &draft->name);
	if (draft->folder < 0)
		return false;
	if (!*draft->name)
		return file_job_fail(job, TROUBLE_TYPE, "%s names a folder, not a file",
		    file_shown(job->arena, target));
	draft->fd = create(draft, secret ? 0600 : 0666);
	return draft->fd >= 0 || file_job_errno(job, errno, "write", target);
}

bool file_draft_write(struct file_draft *draft, struct str bytes)
{
	while (bytes.len) {
		ssize_t done = write(draft->fd, bytes.ptr, bytes.len < CHUNK ? bytes.len : CHUNK);

		if (file_job_given_up(draft->job))
			return false;
		if (done < 0 && errno != EINTR)
			return file_job_errno(draft->job, errno, "write", draft->target);
		bytes = str_sub(bytes, done > 0 ? (size_t)done : 0, bytes.len);
	}
	return true;
}

bool file_draft_sync(struct file_draft *draft)
{
	return fsync(draft->fd) == 0 || file_job_errno(draft->job, errno, "write", draft->target);
}

int file_rename_new(int from_folder, const char *from, int to_folder, const char *to)
{
	int error;

	if (renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return errno;
	/* A file system that does not know it, such as NFS: a second name is never given over another. */
	if (linkat(from_folder, from, to_folder, to, 0) == 0)
		return unlinkat(from_folder, from, 0) == 0 ? 0 : errno;
	if (errno != EPERM && errno != EISDIR)
		return errno;
	/* A folder has no second name, but may take the place of an empty one. */
	if (mkdirat(to_folder, to, 0700) < 0)
		return errno;
	if (renameat(from_folder, from, to_folder, to) == 0)
		return 0;
	error = errno;
	unlinkat(to_folder, to, AT_REMOVEDIR);
	return error;
}

bool file_draft_publish(struct file_draft *draft, bool over)
{
	int error = 0;

	if (!file_job_commit(draft->job))
		return false;
	if (!over)
		error = file_rename_new(
		    draft->folder, draft->temporary, draft->folder, draft->name);
	else if (renameat(draft->folder, draft->temporary, draft->folder, draft->name) < 0)
		error = errno;
	if (error)
		return file_job_errno(draft->job, error, "make", draft->target);
	draft->temporary = NULL;
	return file_folder_sync(draft->job, draft->folder, draft->target);
}

void file_draft_drop(struct file_draft *draft)
{
	if (draft->temporary)
		unlinkat(draft->folder, draft->temporary, 0);
	if (draft->fd >= 0)
		close(draft->fd);
	if (draft->folder >= 0)
		close(draft->folder);
	*draft = (struct file_draft){.folder = -1, .fd = -1};
}

const char *file_aside(struct file_job *job, const char *path)
{
	time_t now = loop_wall_us() / 1000000;
	struct stat stat;
	struct tm utc;
	const char *name = path;
	char stamp[32];

	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	for (int i = 1; i <= TRIES; i++) {
		name = i == 1 ? arena_printf(job->arena, "%s.%s", path, stamp).ptr
			      : arena_printf(job->arena, "%s.%s-%d", path, stamp, i).ptr;
		if (lstat(name, &stat) < 0 && errno == ENOENT)
			break;
	}
	return name;
}

bool file_target(struct file_job *job, const char *path, const char **ret_real, bool *ret_there,
    struct stat *ret_stat)
{
	char *real = realpath(path, NULL);
	int error = errno;
	struct stat link;

	*ret_real = real ? arena_cstr(job->arena, str_from(real)) : path;
	*ret_there = real != NULL;
	free(real);
	if (!*ret_there && (error != ENOENT || lstat(path, &link) == 0))
		return file_job_errno(job, error, "write", path);
	if (!*ret_there)
		return true;
	if (stat(*ret_real, ret_stat) < 0)
		return file_job_errno(job, errno, "write", path);
	if (S_ISREG(ret_stat->st_mode))
		return true;
	return file_job_fail(job, TROUBLE_TYPE, "cannot write %s: it is %s, not a file",
	    file_shown(job->arena, path), file_kind(ret_stat->st_mode));
}
