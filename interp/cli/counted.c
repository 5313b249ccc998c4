/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/counted.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "cli/recorded.h"
#include "cli/sources.h"
#include "record/transcript_reader.h"

void counted_init(struct counted *counted, struct coverage *coverage, const struct load *load,
    bool live_only, struct arena *arena)
{
	*counted = (struct counted){.coverage = coverage, .arena = arena, .live_only = live_only};
	counted->sources = coverage_sources_of(arena, sources_facts(arena, load));
	map_init(&counted->versions);
	map_init(&counted->runs);
}

void counted_done(struct counted *counted)
{
	map_done(&counted->versions);
	map_done(&counted->runs);
}

static void refuse(struct counted *counted, const char *path, const char *why)
{
	complain("not counted: %s: %s", path, why);
	counted->not_counted++;
}

/* A text that is another one is loaded once, however many runs have it. */
static const struct coverage_version *version_of(
    struct counted *counted, struct str sources, const char *path)
{
	struct coverage_version *version;
	struct load load;

	if (str_eq(sources, counted->sources))
		return NULL;
	version = map_get(&counted->versions, sources);
	if (version)
		return version;
	if (sources.len && recorded_load(path, &load)) {
		version = coverage_version(counted->coverage, load.diags.errors ? NULL : load.plan);
		load_done(&load);
	} else {
		version = coverage_version(counted->coverage, NULL);
	}
	map_put(&counted->versions, arena_str(counted->arena, sources), version);
	return version;
}

static void count(struct counted *counted, struct coverage_reading *reading,
    const struct transcript_report *report, struct str run, const char *path)
{
	struct buf why;

	if (report->state == TRANSCRIPT_DAMAGED || report->state == TRANSCRIPT_UNREADABLE) {
		buf_init(&why, BUF_UNBOUNDED);
		if (report->state == TRANSCRIPT_DAMAGED)
			buf_printf(&why, "damaged: line %lld: ", (long long)report->line);
		buf_printf(&why, "%s%c", report->why, '\0');
		refuse(counted, path, why.ptr);
		buf_done(&why);
	} else if (!map_put(&counted->runs, run, counted)) {
		coverage_count(counted->coverage, reading,
		    version_of(counted, coverage_sources(reading), path));
	}
}

static void read_rest(struct counted *counted, struct reader *reader, struct line *line,
    struct arena *arena, const char *path)
{
	struct coverage_reading *reading = coverage_reading_new(counted->coverage);
	struct str run = arena_str(counted->arena, line->message.run_started.run);

	do {
		if (line->known)
			coverage_feed(reading, &line->message);
		arena_reset(arena);
	} while (reader_next(reader, arena, line));
	count(counted, reading, reader_report(reader), run, path);
	coverage_reading_free(reading);
}

/* Whether the first line is of a run that is wanted; `named`: somebody wants to know why not. */
static bool is_wanted(
    struct counted *counted, const struct message *begun, const char *path, bool named)
{
	struct str id = counted->coverage->plan->runbook->id;

	if (str_eq(begun->run_started.runbook, id))
		return !counted->live_only || coverage_is_live(begun->run_started.mode);
	if (named)
		complain(
		    "not counted: %s is a run of %.*s", path, STR_ARG(begun->run_started.runbook));
	return false;
}

static void read_from(struct counted *counted, struct reader *reader, const char *path, bool named)
{
	struct arena *arena = arena_new();
	const struct transcript_report *report = reader_report(reader);
	struct line line;

	if (!reader_next(reader, arena, &line)) {
		/* a file of no bytes is a run that has just begun */
		if (report->state != TRANSCRIPT_INCOMPLETE)
			refuse(counted, path, report->why ? report->why : "it holds no run");
	} else if (!line.known) {
		refuse(counted, path, arena_cstr(arena, line.why));
	} else if (is_wanted(counted, &line.message, path, named)) {
		read_rest(counted, reader, &line, arena, path);
	}
	arena_free(arena);
}

static bool read_file(struct counted *counted, const char *path, bool named)
{
	struct reader *reader;
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	reader = reader_open(path, &error);
	if (reader)
		read_from(counted, reader, path, named);
	else
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	reader_free(reader);
	return reader != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The oldest first, as far as they have the names that this program gives: their order decides nothing. */
static void read_folder(struct counted *counted, const char *folder, DIR *dir)
{
	const char **paths = NULL;
	size_t count = 0;
	size_t capacity = 0;
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (!str_ends(str_from(entry->d_name), STR(".jsonl")))
			continue;
		paths = arena_grow(counted->arena, paths, count, &capacity, sizeof(*paths));
		paths[count++] = arena_printf(counted->arena, "%s/%s", folder, entry->d_name).ptr;
	}
	if (count)
		qsort(paths, count, sizeof(*paths), by_name);
	for (size_t i = 0; i < count; i++)
		if (!read_file(counted, paths[i], false))
			counted->not_counted++;
}

bool counted_kept(struct counted *counted)
{
	struct buf error;
	const char *home;
	const char *folder;
	DIR *dir;

	buf_init(&error, BUF_UNBOUNDED);
	home = kept_home(counted->arena, &error);
	if (!home)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	if (!home)
		return false;
	folder = arena_printf(counted->arena, "%s/runs", home).ptr;
	dir = opendir(folder);
	if (!dir && errno != ENOENT) {
		complain("cannot open %s: %s", folder, strerror(errno));
		return false;
	}
	if (!dir)
		return true;
	read_folder(counted, folder, dir);
	closedir(dir);
	return true;
}

bool counted_also(struct counted *counted, const char *path)
{
	DIR *dir = opendir(path);

	if (!dir)
		return read_file(counted, path, true);
	read_folder(counted, path, dir);
	closedir(dir);
	return true;
}
