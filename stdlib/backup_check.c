/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stdlib/backup_file.h"
#include "stdlib/backup_folder.h"
#include "stdlib/backup_walk.h"

enum { STEPS_AT_ONCE = 64 };

enum state { BEGIN, IN_FILE, IN_FOLDER, OVER };

struct check {
	char *path;
	enum check_depth depth;
	int64_t max_size;
	const struct pool_job *job;
	enum state state;
	struct backup backup;
	struct backup_file file;
	struct stream *stream;
	struct walk walk;
	struct folder *folder;
};

/* A manifest stands for the folder it lies in. */
static void leave_manifest(char *path)
{
	char *slash = strrchr(path, '/');

	if (!str_ends(str_from(path), STR(".manifest")))
		return;
	if (slash)
		slash[slash == path] = '\0';
	else
		memcpy(path, ".", 2);
}

struct check *check_new(
    const char *path, enum check_depth depth, int64_t max_size, const struct pool_job *job)
{
	struct check *check = mem_alloc(sizeof(*check));

	check->path = mem_strdup(path);
	check->depth = depth;
	check->max_size = max_size;
	check->job = job;
	check->file.fd = -1;
	backup_init(&check->backup);
	leave_manifest(check->path);
	return check;
}

void check_free(struct check *check)
{
	if (!check)
		return;
	walk_end(&check->walk);
	stream_free(check->stream);
	folder_free(check->folder);
	backup_file_close(&check->file);
	free(check->path);
	free(check);
}

const struct backup *check_backup(const struct check *check)
{
	return &check->backup;
}

/* That so much more will be read of its file, or less, since there was no need to. */
static void expect(const struct check *check, int64_t bytes)
{
	if (check->depth == CHECK_ALL)
		pool_expect(check->job, bytes);
}

/* The walk is over: what is known of the file beside its content. */
static bool end_file(struct check *check)
{
	struct backup *backup = &check->backup;

	check->state = OVER;
	expect(check, stream_raw_size(check->stream) - check->file.stat.st_size);
	if (backup->complete)
		stream_digest(check->stream, backup->digest);
	backup_file_compare(&check->file, stream_raw_size(check->stream), backup);
	return false;
}

static bool begin_file(struct check *check)
{
	struct stream_source source;

	check->state = OVER;
	if (!backup_file_open(&check->file, AT_FDCWD, check->path, &check->backup))
		return false;
	expect(check, check->file.stat.st_size);
	source = backup_file_source(&check->file);
	check->stream = stream_new(&source, check->max_size, check->job);
	if (!walk_begin(&check->walk, check->stream, &check->backup))
		return end_file(check);
	if (check->depth == CHECK_KIND)
		return false;
	check->state = IN_FILE;
	return true;
}

static bool begin(struct check *check)
{
	int fd = open(check->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno != ENOTDIR && errno != ENOENT) {
		check->backup.error = errno;
		check->state = OVER;
		return false;
	}
	if (fd < 0)
		return begin_file(check);
	check->folder = folder_new(fd, &check->backup, check->max_size, check->job);
	check->state = IN_FOLDER;
	return true;
}

static bool one_step(struct check *check)
{
	switch (check->state) {
	case BEGIN:
		return begin(check);
	case IN_FILE:
		return walk_step(&check->walk) || end_file(check);
	case IN_FOLDER:
		return folder_step(check->folder, check->depth == CHECK_KIND);
	default:
		return false;
	}
}

bool check_step(struct check *check)
{
	for (int i = 0; i < STEPS_AT_ONCE; i++)
		if (!one_step(check))
			return false;
	return true;
}
