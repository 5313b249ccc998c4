/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/earlier.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/loop.h"
#include "base/map.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/kept.h"
#include "cli/recorded.h"

enum {
	SECOND_US = 1000000,
	PATIENCE_MS = 5000, /* for another process that writes the index */
	HURRY_MS = 20,
	HURRY_US = 300000, /* for reading what is new */
	HURRY_RUNS = 200
};

/* How long it has been read already, and what was said of that. */
struct progress {
	int64_t began_us;
	int64_t told_us; /* 0: nothing yet */
	int64_t most_us; /* 0: as long as it takes */
};

static int64_t rto_of(const char *path)
{
	int64_t rto_us = UNSET_US;
	struct load load;

	if (!recorded_load(path, &load))
		return UNSET_US;
	if (load.runbook)
		rto_us = load.runbook->objectives.rto_us;
	load_done(&load);
	return rto_us;
}

static bool tell(void *data, size_t done, size_t count)
{
	struct progress *progress = data;
	int64_t now_us = loop_clock_us();

	if (progress->most_us)
		return now_us - progress->began_us < progress->most_us;
	if (now_us - progress->began_us < SECOND_US || now_us - progress->told_us < SECOND_US / 4 ||
	    !isatty(STDERR_FILENO))
		return true;
	progress->told_us = now_us;
	fprintf(stderr, "\rreading records: %zu of %zu", done, count);
	fflush(stderr);
	return true;
}

static void wipe(const struct progress *progress)
{
	if (progress->told_us)
		fprintf(stderr, "\r%60s\r", "");
}

static const char *home_of(struct arena *arena, bool complains)
{
	struct buf error;
	const char *home;

	buf_init(&error, BUF_UNBOUNDED);
	home = kept_home(arena, &error);
	if (!home && complains)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return home;
}

bool earlier_open(struct earlier *earlier, struct arena *arena)
{
	const char *home = home_of(arena, true);
	struct progress progress = {.began_us = loop_clock_us()};
	const struct index_help help = {
	    .rto_us = rto_of, .go_on = tell, .data = &progress, .patience_ms = PATIENCE_MS};
	const struct index_scope all = {0};
	struct index_refreshed refreshed;

	*earlier = (struct earlier){.arena = arena};
	if (!home)
		return false;
	earlier->folder = arena_printf(arena, "%s/runs", home).ptr;
	earlier->kept = index_open(home, &help);
	refreshed = index_refresh(earlier->kept, &all);
	wipe(&progress);
	if (refreshed.error)
		complain("cannot open %s: %s", earlier->folder, strerror(refreshed.error));
	return refreshed.error == 0;
}

void earlier_close(struct earlier *earlier)
{
	index_close(earlier->kept);
	index_close(earlier->also);
	*earlier = (struct earlier){0};
}

bool earlier_also(struct earlier *earlier, const char *path)
{
	const struct index_help help = {.rto_us = rto_of};
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!earlier->also)
		earlier->also = index_open(NULL, &help);
	if (!dir && (errno != ENOTDIR || access(path, R_OK) != 0)) {
		complain("cannot open %s: %s", path, strerror(errno));
		return false;
	}
	if (!dir)
		index_add(earlier->also, path);
	while (dir && (entry = readdir(dir)))
		if (str_ends(str_from(entry->d_name), STR(".jsonl")))
			index_add(earlier->also,
			    arena_printf(earlier->arena, "%s/%s", path, entry->d_name).ptr);
	if (dir)
		closedir(dir);
	return true;
}

static int by_beginning(const void *a, const void *b)
{
	const struct past_run *one = a;
	const struct past_run *other = b;

	if (one->began_at_us != other->began_at_us)
		return one->began_at_us < other->began_at_us ? -1 : 1;
	return str_cmp(one->run, other->run);
}

/* What was named is told in the place of what is kept where it knows more. */
static void merge(struct arena *arena, struct past *past, const struct past *also)
{
	struct past_run *runs = arena_array(arena, past->count + also->count + 1, sizeof(*runs));
	struct map by_run;
	size_t count = past->count;

	map_init(&by_run);
	for (size_t i = 0; i < past->count; i++) {
		runs[i] = past->runs[i];
		map_put(&by_run, runs[i].run, &runs[i]);
	}
	for (size_t i = 0; i < also->count; i++) {
		struct past_run *known = map_get(&by_run, also->runs[i].run);

		if (!known)
			runs[count++] = also->runs[i];
		else if (known->heard_at_us < also->runs[i].heard_at_us)
			*known = also->runs[i];
	}
	map_done(&by_run);
	qsort(runs, count, sizeof(*runs), by_beginning);
	*past = (struct past){runs, count};
}

void earlier_past(struct earlier *earlier, const struct past_query *query, struct past *ret_past)
{
	struct past also;

	index_past(earlier->kept, earlier->arena, query, ret_past);
	if (!earlier->also)
		return;
	index_past(earlier->also, earlier->arena, query, &also);
	if (also.count)
		merge(earlier->arena, ret_past, &also);
}

struct index_trouble *earlier_troubles(struct earlier *earlier, size_t *ret_count)
{
	size_t kept;
	size_t also = 0;
	struct index_trouble *troubles = index_troubles(earlier->kept, earlier->arena, &kept);
	struct index_trouble *others = earlier->also
	    ? index_troubles(earlier->also, earlier->arena, &also)
	    : NULL;
	struct index_trouble *all = arena_array(earlier->arena, kept + also + 1, sizeof(*all));

	for (size_t i = 0; i < kept; i++)
		all[i] = troubles[i];
	for (size_t i = 0; i < also; i++)
		all[kept + i] = others[i];
	*ret_count = kept + also;
	return all;
}

void earlier_of(struct arena *arena, struct str runbook, struct past *ret_past)
{
	const char *home = home_of(arena, false);
	struct progress progress = {.began_us = loop_clock_us(), .most_us = HURRY_US};
	const struct index_help help = {
	    .rto_us = rto_of, .go_on = tell, .data = &progress, .patience_ms = HURRY_MS};
	const struct index_scope latest = {.runbook = runbook, .newest = HURRY_RUNS};
	const struct past_query query = {.runbook = runbook, .newest = HURRY_RUNS, .steps = true};
	struct run_index *index;

	*ret_past = (struct past){0};
	if (!home)
		return;
	index = index_open(home, &help);
	index_refresh(index, &latest);
	index_past(index, arena, &query, ret_past);
	index_close(index);
}
