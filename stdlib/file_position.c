/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_position.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

/* What a mark is made of, and how much of the digest: enough to notice, too little to guess by. */
enum { MARK_BYTES = 256, MARK_DIGITS = 8 };

struct timespec file_born(int folder, const char *path, int flags)
{
	struct statx statx_of;

	if (statx(folder, path, flags | (*path ? 0 : AT_EMPTY_PATH), STATX_BTIME, &statx_of) < 0 ||
	    !(statx_of.stx_mask & STATX_BTIME))
		return (struct timespec){0};
	return (struct timespec){statx_of.stx_btime.tv_sec, statx_of.stx_btime.tv_nsec};
}

struct file_position file_position_of(const struct stat *stat, struct timespec born, int64_t offset)
{
	return (struct file_position){
	    .offset = offset,
	    .line = -1,
	    .named = true,
	    .device = stat->st_dev,
	    .inode = stat->st_ino,
	    .born = born,
	};
}

/* The mark at an offset; empty where the file does not reach it. */
static bool mark_at(struct file_job *job, const struct file_source *source, int64_t offset,
    char ret_mark[MARK_DIGITS + 1])
{
	size_t wanted = offset < MARK_BYTES ? (size_t)offset : MARK_BYTES;
	char hex[DIGEST_HEX + 1];
	char bytes[MARK_BYTES];
	size_t len = 0;

	ret_mark[0] = '\0';
	while (len < wanted) {
		ssize_t got = file_source_read(
		    job, source, bytes + len, wanted - len, offset - (int64_t)(wanted - len));

		if (got < 0)
			return false;
		if (got == 0)
			return true;
		len += (size_t)got;
	}
	digest_of((struct str){bytes, len}, hex);
	memcpy(ret_mark, hex, MARK_DIGITS);
	ret_mark[MARK_DIGITS] = '\0';
	return true;
}

bool file_position_mark(
    struct file_job *job, const struct file_source *source, struct file_position *position)
{
	return mark_at(job, source, position->offset, position->mark);
}

const struct value *file_position_value(struct arena *arena, const struct file_position *position)
{
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "offset", value_int(arena, position->offset));
	if (position->line >= 0)
		map_add(&map, "line", value_int(arena, position->line));
	if (position->named) {
		map_add(&map, "inode", value_int(arena, (int64_t)position->inode));
		map_add(&map, "device", value_int(arena, (int64_t)position->device));
	}
	if (position->born.tv_sec)
		map_add(&map, "born",
		    value_timestamp(arena, position->born.tv_sec, (int32_t)position->born.tv_nsec));
	if (position->mark[0])
		map_add(
		    &map, "mark", value_string(arena, arena_str(arena, str_from(position->mark))));
	return map_end(&map);
}

static void read_map(struct args *args, struct file_position *position)
{
	const struct value *born = value_get(args->map, "born");
	struct str mark = args_text(args, "mark");

	position->offset = args_int(args, "offset", -1, 0, INT64_MAX);
	position->line = args_int(args, "line", -1, 0, INT64_MAX);
	position->named = args_has(args, "inode");
	position->inode = (uint64_t)args_int(args, "inode", 0, INT64_MIN, INT64_MAX);
	position->device = (uint64_t)args_int(args, "device", 0, INT64_MIN, INT64_MAX);
	if (born && born->type == VALUE_TIMESTAMP)
		position->born = (struct timespec){born->time.seconds, born->time.nanos};
	if (mark.len == MARK_DIGITS)
		memcpy(position->mark, mark.ptr, mark.len);
}

bool file_position_read(struct args *args, const char *key, struct file_position *ret_position)
{
	const struct value *given = value_get(args->map, key);
	struct file_position position = {.line = -1};
	struct args inner;

	if (!given || given->type == VALUE_NULL)
		return false;
	if (given->type == VALUE_INT) {
		position.offset = args_int(args, key, 0, 0, INT64_MAX);
	} else {
		args_init(&inner, given, args->arena);
		read_map(&inner, &position);
		if (inner.wrong.len || position.offset < 0) {
			args->wrong = arena_printf(args->arena,
			    "%s must be the position that a file.stat or file.match gave, or a "
			    "number of bytes",
			    key);
			return false;
		}
	}
	*ret_position = position;
	return !args->wrong.len;
}

/* Whether a file is the one that the position is of. */
static bool is_of(const struct file_position *since, const struct stat *stat, struct timespec born)
{
	return since->device == stat->st_dev && since->inode == stat->st_ino &&
	    (!since->born.tv_sec || !born.tv_sec ||
		(since->born.tv_sec == born.tv_sec && since->born.tv_nsec == born.tv_nsec));
}

bool file_position_compare(struct file_job *job, const struct file_source *source,
    const struct file_position *since, enum file_since *ret_since)
{
	char mark[MARK_DIGITS + 1];

	*ret_since = FILE_SAME;
	if (since->named && !is_of(since, &source->stat, file_born(source->fd, "", 0)))
		*ret_since = FILE_REPLACED;
	else if (source->stat.st_size < since->offset)
		*ret_since = FILE_CUT;
	if (*ret_since != FILE_SAME || !since->mark[0])
		return true;
	if (!mark_at(job, source, since->offset, mark))
		return false;
	if (strcmp(mark, since->mark) != 0)
		*ret_since = FILE_CUT;
	return true;
}

/* What is looked for in a folder. */
struct hunt {
	struct file_job *job;
	const struct file_source *source; /* has the name now */
	const struct file_position *since;
	DIR *folder;
	const char *path; /* of the folder */
	struct str stem; /* of the name, without what stands behind its last dot */
	struct file_source old;
	bool others; /* not born before it, and not the one that has the name now */
};

/* Clocks of file systems tick slowly: what was born in the same moment may have come later. */
static bool is_earlier(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static bool look_at(struct hunt *hunt, const char *name)
{
	int folder = dirfd(hunt->folder);
	struct timespec born;
	struct stat stat;

	if (fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(stat.st_mode))
		return true; /* it has gone, or is of no interest */
	born = file_born(folder, name, AT_SYMLINK_NOFOLLOW);
	if (is_of(hunt->since, &stat, born))
		return hunt->old.fd >= 0 ||
		    file_source_open(hunt->job,
			arena_printf(hunt->job->arena, "%s/%s", hunt->path, name).ptr, &hunt->old);
	if (stat.st_ino != hunt->source->stat.st_ino && hunt->since->born.tv_sec &&
	    !is_earlier(born, hunt->since->born))
		hunt->others = true;
	return true;
}

static bool look_through(struct hunt *hunt)
{
	const struct dirent *entry;

	while ((entry = readdir(hunt->folder))) {
		if (file_job_given_up(hunt->job))
			return false;
		if ((entry->d_ino == hunt->since->inode ||
			str_starts(str_from(entry->d_name), hunt->stem)) &&
		    !look_at(hunt, entry->d_name))
			return false;
	}
	return true;
}

bool file_position_find(struct file_job *job, const struct file_source *source,
    const struct file_position *since, struct file_source *ret_old, bool *ret_gap)
{
	struct hunt hunt = {.job = job, .source = source, .since = since, .old = {.fd = -1}};
	char *real = realpath(source->path, NULL);
	char *slash = real ? strrchr(real, '/') : NULL;
	const char *dot;
	bool ok;

	*ret_old = hunt.old;
	*ret_gap = true;
	if (slash) {
		dot = strrchr(slash + 1, '.');
		hunt.stem = arena_str(job->arena, str_from(slash + 1));
		if (dot && dot > slash + 1)
			hunt.stem.len = (size_t)(dot - slash - 1);
		hunt.path = arena_cstr(job->arena, (struct str){real, (size_t)(slash - real)});
		hunt.folder = opendir(*hunt.path ? hunt.path : "/");
	}
	free(real);
	if (!hunt.folder)
		return true;
	ok = look_through(&hunt);
	closedir(hunt.folder);
	if (!ok) {
		file_source_close(&hunt.old);
		return false;
	}
	*ret_old = hunt.old;
	*ret_gap = hunt.old.fd < 0 || hunt.others;
	return true;
}
