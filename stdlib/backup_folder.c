/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/backup_file.h"

static const struct folder_walker *const walkers[] = {&pg_directory_walker, &aof_manifest_walker};

enum { FILES_MAX = 1000000 };

enum state { NAMES, INDEX, FILES, OVER };

struct folder {
	int fd;
	struct backup *backup;
	int64_t max_size;
	const struct pool_job *job;
	enum state state;
	char **names; /* of all files, in the order of their bytes */
	size_t count;
	size_t capacity;
	size_t next;
	const char *index;
	const struct folder_walker *walker;
	void *self;
	struct digest *digest; /* of the files' digests and names */
	int64_t content_size;
	/* the file that is being read */
	struct backup_file file;
	struct backup part;
	struct stream *stream;
	struct walk walk;
};

struct folder *folder_new(
    int fd, struct backup *backup, int64_t max_size, const struct pool_job *job)
{
	struct folder *folder = mem_alloc(sizeof(*folder));

	folder->fd = fd;
	folder->backup = backup;
	folder->max_size = max_size;
	folder->job = job;
	folder->digest = digest_new();
	folder->file.fd = -1;
	return folder;
}

static void close_file(struct folder *folder)
{
	walk_end(&folder->walk);
	stream_free(folder->stream);
	folder->stream = NULL;
	backup_file_close(&folder->file);
}

void folder_free(struct folder *folder)
{
	if (!folder)
		return;
	close_file(folder);
	if (folder->self)
		folder->walker->end(folder->self);
	for (size_t i = 0; i < folder->count; i++)
		free(folder->names[i]);
	free(folder->names);
	digest_free(folder->digest);
	close(folder->fd);
	free(folder);
}

bool folder_drain(struct walk *walk)
{
	struct str bytes = stream_look(walk->stream, 1);

	stream_pass(walk->stream, bytes.len);
	return bytes.len || walk_whole(walk);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of several times, the last: a folder is as old as what was written to it last. */
static bool is_file(struct folder *folder, const char *name)
{
	struct backup *backup = folder->backup;
	struct stat stat;

	if (fstatat(folder->fd, name, &stat, 0) < 0 || !S_ISREG(stat.st_mode))
		return false;
	backup->size += stat.st_size;
	if (backup->mtime_us < backup_file_mtime_us(&stat))
		backup->mtime_us = backup_file_mtime_us(&stat);
	return true;
}

/* Names of files; hidden ones are no more part of it than for `sha256sum *`. */
static bool read_names(struct folder *folder)
{
	DIR *stream = fdopendir(fcntl(folder->fd, F_DUPFD_CLOEXEC, 0));
	const struct dirent *entry;

	if (!stream) {
		folder->backup->error = errno;
		return false;
	}
	folder->backup->mtime_us = 0;
	while ((entry = readdir(stream)) && folder->count < FILES_MAX) {
		if (entry->d_name[0] == '.' || !is_file(folder, entry->d_name))
			continue;
		folder->names = mem_grow(
		    folder->names, folder->count, &folder->capacity, sizeof(*folder->names));
		folder->names[folder->count++] = mem_strdup(entry->d_name);
	}
	closedir(stream);
	if (folder->count)
		qsort(folder->names, folder->count, sizeof(*folder->names), by_name);
	return folder->count < FILES_MAX ||
	    backup_broken(folder->backup, -1, "it is a folder of more than %d files", FILES_MAX);
}

static bool find_walker(struct folder *folder)
{
	for (size_t i = 0; i < folder->count; i++) {
		struct str name = str_from(folder->names[i]);

		for (size_t j = 0; j < sizeof(walkers) / sizeof(*walkers); j++) {
			if (!walkers[j]->is_index(name))
				continue;
			if (folder->index)
				return backup_broken(folder->backup, -1,
				    "it is a folder with two indexes, %s and %s: only one can be "
				    "meant",
				    folder->index, folder->names[i]);
			folder->index = folder->names[i];
			folder->walker = walkers[j];
		}
	}
	return folder->index ||
	    backup_broken(folder->backup, -1,
		"it is a folder, but no backup that is known here: it has neither the toc.dat of "
		"pg_dump nor a manifest of Redis");
}

static bool open_file(struct folder *folder, const char *name)
{
	struct stream_source source;

	backup_init(&folder->part);
	if (!backup_file_open(&folder->file, folder->fd, name, &folder->part)) {
		if (folder->part.error)
			return backup_broken(folder->backup, -1, "%s cannot be read: %s", name,
			    strerror(folder->part.error));
		return backup_broken(folder->backup, -1, "%s: %s", name, folder->part.reason);
	}
	source = backup_file_source(&folder->file);
	folder->stream = stream_new(&source, folder->max_size, folder->job);
	folder->walk = (struct walk){.stream = folder->stream, .backup = &folder->part};
	stream_look(folder->stream, 1); /* so that it knows what it is packed in */
	folder->part.packing = stream_packing(folder->stream);
	return true;
}

/* The file was read: what is wrong with it is wrong with the folder. */
static bool end_file(struct folder *folder)
{
	struct backup *backup = folder->backup;
	struct backup *part = &folder->part;
	const char *name = folder->file.name;

	backup_file_compare(&folder->file, stream_raw_size(folder->stream), part);
	backup->changed |= part->changed;
	backup->doubt |= part->doubt;
	if (!part->complete)
		return backup_broken(backup, part->offset, "%s: %s", name, part->reason);
	return true;
}

static void add_file(struct folder *folder)
{
	struct backup *backup = folder->backup;
	const struct backup *part = &folder->part;
	char hex[DIGEST_HEX + 1];

	stream_digest(folder->stream, hex);
	digest_add(folder->digest, hex, DIGEST_HEX);
	digest_add(folder->digest, "  ", 2);
	digest_add(folder->digest, folder->file.name, strlen(folder->file.name));
	digest_add(folder->digest, "\n", 1);
	folder->content_size += part->content_size;
	if (part->packing != PACKED_NOT)
		backup->packing = part->packing;
}

static bool step_names(struct folder *folder)
{
	if (!read_names(folder) || !find_walker(folder))
		return false;
	folder->self = folder->walker->begin();
	folder->backup->kind = folder->walker->kind;
	folder->state = INDEX;
	return open_file(folder, folder->index);
}

static bool step_index(struct folder *folder)
{
	struct backup *backup = folder->backup;

	if (folder->walker->index(&folder->walk, folder->self))
		return true;
	if (!end_file(folder))
		return false;
	memcpy(backup->database, folder->part.database, sizeof(backup->database));
	memcpy(backup->server_version, folder->part.server_version, sizeof(backup->server_version));
	backup->created_us = folder->part.created_us;
	close_file(folder);
	folder->state = FILES;
	return true;
}

static bool finish(struct folder *folder)
{
	struct backup *backup = folder->backup;

	folder->state = OVER;
	if (!folder->walker->fits(folder->self, backup))
		return false;
	digest_hex(folder->digest, backup->digest);
	backup->content_size = folder->content_size;
	backup->complete = true;
	return false;
}

static bool step_files(struct folder *folder)
{
	const char *name;

	if (folder->stream) {
		if (folder->walker->step(&folder->walk, folder->self))
			return true;
		if (!end_file(folder))
			return false;
		add_file(folder);
		close_file(folder);
		folder->next++;
		return true;
	}
	if (folder->next == folder->count)
		return finish(folder);
	name = folder->names[folder->next];
	if (!open_file(folder, name))
		return false;
	return folder->walker->open(&folder->walk, folder->self, str_from(name)) ||
	    end_file(folder);
}

bool folder_step(struct folder *folder, bool only_kind)
{
	if (folder->state == NAMES)
		return step_names(folder) && !only_kind;
	return folder->state == INDEX ? step_index(folder) : step_files(folder);
}
