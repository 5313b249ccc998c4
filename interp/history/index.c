/* SPDX-License-Identifier: Apache-2.0 */
#include "history/index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "history/index_parts.h"

/* So much is taken in at once: who else wants to write waits no longer than it takes to read that. */
enum { BATCH_FILES = 256, BATCH_BYTES = 8 << 20 };

/* A file of the folder. */
struct entry {
	const char *name;
	struct stamp stamp;
	bool in_scope;
	bool to_read;
};

struct refreshing {
	struct run_index *index;
	struct arena *arena;
	const struct index_scope *scope;
	int folder; /* -1: it is not there */
	struct entry *entries; /* by name */
	size_t count;
	size_t capacity;
	const char **gone; /* that are known, and not there any more */
	size_t gone_count;
	size_t gone_capacity;
	size_t batch_files;
	int64_t batch_bytes;
	struct index_refreshed said;
};

struct run_index *index_open(const char *home, const struct index_help *help)
{
	struct run_index *index = mem_alloc(sizeof(*index));

	index->arena = arena_new();
	index->help = *help;
	if (home) {
		index->home = arena_cstr(index->arena, str_from(home));
		index->folder = arena_printf(index->arena, "%s/runs", home).ptr;
		index->file = arena_printf(index->arena, "%s/history.sqlite", home).ptr;
	}
	index_file_open(index);
	return index;
}

void index_close(struct run_index *index)
{
	if (!index)
		return;
	index_file_close(index);
	arena_free(index->arena);
	free(index);
}

static int64_t ns_of(struct timespec time)
{
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

bool stamp_of(int folder, const char *path, struct stamp *ret_stamp)
{
	struct timespec now;
	struct stat found;

	/* the clock that files are stamped by: what is written in the moment that it shows has no other stamp */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (fstatat(folder, path, &found, 0) != 0 || !S_ISREG(found.st_mode))
		return false;
	*ret_stamp = (struct stamp){.size = found.st_size,
	    .mtime_ns = ns_of(found.st_mtim),
	    .ctime_ns = ns_of(found.st_ctim),
	    .inode = (int64_t)found.st_ino};
	if (ret_stamp->ctime_ns >= ns_of(now))
		ret_stamp->size = -1;
	return true;
}

bool stamp_eq(const struct stamp *a, const struct stamp *b)
{
	return a->size >= 0 && a->size == b->size && a->mtime_ns == b->mtime_ns &&
	    a->ctime_ns == b->ctime_ns && a->inode == b->inode;
}

/* Names are TIME-RUNBOOK-xxxx.jsonl, as cli/place.c gives them. */
static bool is_of(struct str name, struct str runbook)
{
	const size_t before = sizeof("20261122T030405Z-") - 1;
	const size_t behind = sizeof("-3f2a.jsonl") - 1;

	if (!runbook.len)
		return true;
	return name.len == before + runbook.len + behind && name.ptr[before - 1] == '-' &&
	    name.ptr[before + runbook.len] == '-' &&
	    str_eq(str_sub(name, before, runbook.len), runbook);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* All the names that there are; those of the scope are marked, the last ones of them where not all are wanted. */
static void list_folder(struct refreshing *refreshing)
{
	size_t left = refreshing->scope->newest ? refreshing->scope->newest : SIZE_MAX;
	const struct dirent *found;
	DIR *dir = opendir(refreshing->index->folder);

	refreshing->folder = dir ? dup(dirfd(dir)) : -1;
	if (!dir && errno != ENOENT)
		refreshing->said.error = errno;
	while (dir && (found = readdir(dir))) {
		if (!str_ends(str_from(found->d_name), STR(".jsonl")))
			continue;
		refreshing->entries = arena_grow(refreshing->arena, refreshing->entries,
		    refreshing->count, &refreshing->capacity, sizeof(*refreshing->entries));
		refreshing->entries[refreshing->count++].name = arena_cstr(
		    refreshing->arena, str_from(found->d_name));
	}
	if (dir)
		closedir(dir);
	if (refreshing->count)
		qsort(
		    refreshing->entries, refreshing->count, sizeof(*refreshing->entries), by_name);
	for (size_t i = refreshing->count; i > 0 && left > 0; i--) {
		struct entry *entry = &refreshing->entries[i - 1];

		entry->in_scope = is_of(str_from(entry->name), refreshing->scope->runbook) &&
		    stamp_of(refreshing->folder, entry->name, &entry->stamp);
		entry->to_read = entry->in_scope;
		refreshing->said.files += entry->in_scope;
		left -= entry->in_scope;
	}
}

/* Holds one file that is known against the names: both are in order. */
static void compare(struct refreshing *refreshing, sqlite3_stmt *row, size_t *at)
{
	const char *name = (const char *)sqlite3_column_text(row, 0);
	struct stamp known = index_stamp(row);

	while (*at < refreshing->count && strcmp(refreshing->entries[*at].name, name) < 0)
		++*at;
	if (*at < refreshing->count && strcmp(refreshing->entries[*at].name, name) == 0) {
		struct entry *entry = &refreshing->entries[*at];

		entry->to_read = entry->in_scope && !stamp_eq(&known, &entry->stamp);
	} else if (!strchr(name, '/')) {
		refreshing->gone = arena_grow(refreshing->arena, refreshing->gone,
		    refreshing->gone_count, &refreshing->gone_capacity, sizeof(*refreshing->gone));
		refreshing->gone[refreshing->gone_count++] = arena_cstr(
		    refreshing->arena, str_from(name));
	}
}

static int compare_all(struct refreshing *refreshing)
{
	sqlite3_stmt *row = index_statement(refreshing->index, INDEX_FILES);
	size_t at = 0;
	int error;

	while ((error = index_step(refreshing->index, row)) == SQLITE_ROW)
		compare(refreshing, row, &at);
	sqlite3_reset(row);
	return error == SQLITE_DONE ? SQLITE_OK : error;
}

static int forget_gone(struct refreshing *refreshing)
{
	struct run_index *index = refreshing->index;
	int error = SQLITE_OK;

	if (!refreshing->gone_count)
		return SQLITE_OK;
	error = index_begin(index);
	for (size_t i = 0; i < refreshing->gone_count && error == SQLITE_OK; i++)
		error = index_forget(index, refreshing->gone[i]);
	if (error == SQLITE_OK)
		error = index_perform(index, index_statement(index, INDEX_TIDY_OBJECTIVES));
	return error == SQLITE_OK ? index_commit(index) : error;
}

/* Reads a file, and puts what it holds in its place. */
static int read_file(
    struct run_index *index, const char *name, const char *path, const struct stamp *stamp)
{
	struct arena *arena = arena_new();
	struct past_run run = {0};
	struct buf why;
	struct str told;
	enum reading reading;
	int error;

	buf_init(&why, BUF_UNBOUNDED);
	reading = reading_of(path, arena, &run, &why);
	told = buf_view(&why);
	error = index_put(index, name, stamp, reading == READING_RUN ? &run : NULL,
	    reading == READING_TROUBLE ? &told : NULL);
	buf_done(&why);
	arena_free(arena);
	return error;
}

/* Somebody else may have read it meanwhile. */
static int take_in(struct refreshing *refreshing, struct entry *entry)
{
	struct run_index *index = refreshing->index;
	bool known = false;
	int error = index_is_known(index, entry->name, &entry->stamp, &known);
	const char *path;

	if (error != SQLITE_OK || known)
		return error;
	refreshing->said.read++;
	path = arena_printf(refreshing->arena, "%s/%s", index->folder, entry->name).ptr;
	return read_file(index, entry->name, path, &entry->stamp);
}

/* One file of a batch, which begins with the first and ends when it is large enough. */
static int take_in_batch(struct refreshing *refreshing, struct entry *entry)
{
	struct run_index *index = refreshing->index;
	int error = SQLITE_OK;

	if (sqlite3_get_autocommit(index->db)) {
		refreshing->batch_files = 0;
		refreshing->batch_bytes = 0;
		error = index_begin(index);
	}
	if (error == SQLITE_OK)
		error = take_in(refreshing, entry);
	refreshing->batch_files++;
	refreshing->batch_bytes += entry->stamp.size > 0 ? entry->stamp.size : 0;
	if (error == SQLITE_OK &&
	    (refreshing->batch_files >= BATCH_FILES || refreshing->batch_bytes >= BATCH_BYTES))
		error = index_commit(index);
	return error;
}

/* The newest first. */
static int read_changed(struct refreshing *refreshing)
{
	struct run_index *index = refreshing->index;
	size_t all = 0;
	size_t done = 0;
	int error = SQLITE_OK;

	for (size_t i = 0; i < refreshing->count; i++)
		all += refreshing->entries[i].to_read;
	for (size_t i = refreshing->count; i > 0 && done < all && error == SQLITE_OK; i--) {
		struct entry *entry = &refreshing->entries[i - 1];

		if (!entry->to_read)
			continue;
		if (index->help.go_on && !index->help.go_on(index->help.data, done, all))
			break;
		error = take_in_batch(refreshing, entry);
		done++;
	}
	if (error == SQLITE_OK && !sqlite3_get_autocommit(index->db))
		error = index_commit(index);
	refreshing->said.left = all - done;
	return error;
}

static int refresh(struct run_index *index, const struct index_scope *scope, struct arena *arena,
    struct index_refreshed *ret_said)
{
	struct refreshing refreshing = {.index = index, .arena = arena, .scope = scope};
	int error;

	list_folder(&refreshing);
	error = compare_all(&refreshing);
	if (error == SQLITE_OK)
		error = forget_gone(&refreshing);
	if (error == SQLITE_OK)
		error = read_changed(&refreshing);
	if (refreshing.folder >= 0)
		close(refreshing.folder);
	*ret_said = refreshing.said;
	return error;
}

struct index_refreshed index_refresh(struct run_index *index, const struct index_scope *scope)
{
	struct index_refreshed said = {0};
	int error;

	index->scope = *scope;
	index->scope.runbook = arena_str(index->arena, scope->runbook);
	index->refreshed = true;
	do {
		struct arena *arena = arena_new();

		error = refresh(index, &index->scope, arena, &said);
		arena_free(arena);
	} while (error != SQLITE_OK && index_mend(index, error));
	return said;
}

bool index_restore(struct run_index *index, int error)
{
	struct index_scope scope = index->scope;

	if (!index_mend(index, error))
		return false;
	if (index->refreshed)
		index_refresh(index, &scope);
	return true;
}

/* A name in the folder, or the path as it is. */
static const char *name_of(const struct run_index *index, const char *path)
{
	size_t len = index->folder ? strlen(index->folder) : 0;

	if (!len || strncmp(path, index->folder, len) != 0 || path[len] != '/' ||
	    strchr(path + len + 1, '/'))
		return path;
	return path + len + 1;
}

static int add(struct run_index *index, const char *path, const struct stamp *stamp)
{
	int error = index_begin(index);

	if (error == SQLITE_OK)
		error = read_file(index, name_of(index, path), path, stamp);
	return error == SQLITE_OK ? index_commit(index) : error;
}

void index_add(struct run_index *index, const char *path)
{
	struct stamp stamp;

	if (!stamp_of(AT_FDCWD, path, &stamp))
		stamp = (struct stamp){.size = -1};
	if (add(index, path, &stamp) != SQLITE_OK)
		index_roll_back(index);
}
