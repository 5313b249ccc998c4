/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stdlib/args.h"
#include "stdlib/backup_check.h"
#include "stdlib/backup_set.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"

/* backup.latest: backup.verify, from the newest of a folder backwards, until one is whole. */

static const struct param params[] = {{.name = "path",
					  .kind = PARAM_PATH,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "The folder in which the backups lie."},
    {.name = "pattern",
	.kind = PARAM_STRING,
	.preset = "*",
	.doc = "Which names count, as a shell matches them: app-*.sql.gz. Links are passed over."},
    {.name = "kind",
	.kind = PARAM_STRING,
	.choices = backup_kinds,
	.doc = "What it must be; anything that is a backup when absent."},
    {.name = "tries",
	.kind = PARAM_INT,
	.preset = "10",
	.doc = "How many are read at most; older ones are not looked at."},
    {.name = "max_size",
	.kind = PARAM_SIZE,
	.preset = "1TiB",
	.doc = "What unpacks to more is not read on, and not complete."},
    {0}};

static const struct type list_of_map = {.kind = TYPE_LIST, .of = &type_map};

static const struct field results[] = {
    {"path", &type_string, "Of the newest one that is whole; absent when none is."},
    {"matched", &type_int, "How many names match."},
    {"rejected", &list_of_map, "Newer ones that are not whole: {path, reason} each."},
    {"ordered_by", &type_string,
	"What `newest` means: name, if each holds a time (taken for UTC), else mtime."},
#include "stdlib/backup_fields.def"
    {0}};

/* Not `complete`: who asks for it should hear the reason as well. */
static const char *const success_fields[] = {"reason", NULL};

const struct action_spec backup_latest_spec = {
    .name = "backup.latest",
    .summary = "The newest backup of a folder that is whole, and why newer ones are not.",
    .params = params,
    .results = results,
    .success_doc = "one of them is complete; an `expect` that names `reason` decides for itself",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = INT64_C(3600) * 1000000,
};

enum { TRIES_MAX = 100 };

struct tried {
	char *path;
	struct backup backup;
};

struct latest {
	struct attempt *attempt; /* the loop's */
	struct pool_job *job; /* the loop's */
	/* the order; nobody changes it */
	char *folder;
	char *pattern;
	char *kind;
	size_t tries;
	int64_t max_size;
	/* the thread's until it is done */
	bool has_set;
	struct backup_set set;
	struct check *check;
	struct tried tried[TRIES_MAX]; /* the last may be whole */
	size_t count;
};

/* The one that was looked at last is over: whether another must be. */
static bool take_check(struct latest *latest)
{
	struct backup *backup = &latest->tried[latest->count - 1].backup;

	*backup = *check_backup(latest->check);
	check_free(latest->check);
	latest->check = NULL;
	if (backup->error)
		backup_broken(backup, -1, "it cannot be read: %s", strerror(backup->error));
	if (!backup_is_kind(backup->kind, str_from(latest->kind)) && backup->kind) {
		backup->complete = false;
		backup_broken(backup, -1, "it is of the kind %s", backup_kind_name(backup->kind));
	}
	return !backup->complete;
}

static bool begin_check(struct latest *latest, const struct pool_job *job)
{
	struct tried *tried;

	if (latest->count == latest->set.count || latest->count == latest->tries)
		return false;
	tried = &latest->tried[latest->count];
	tried->path = set_path(&latest->set, &latest->set.entries[latest->count]);
	latest->check = check_new(tried->path, CHECK_ALL, latest->max_size, job);
	latest->count++;
	return true;
}

static bool slice(void *self, const struct pool_job *job)
{
	struct latest *latest = self;
	int64_t until_us = loop_clock_us() + POOL_SLICE_US;

	if (!latest->has_set) {
		latest->has_set = true;
		if (!set_read(&latest->set, latest->folder, latest->pattern))
			return false;
	}
	do {
		if (!latest->check && !begin_check(latest, job))
			return false;
		if (!check_step(latest->check) && !take_check(latest))
			return false;
	} while (loop_clock_us() < until_us);
	return true;
}

static const struct value *rejected(const struct latest *latest, size_t count)
{
	struct arena *arena = latest->attempt->arena;
	const struct value **items = arena_array(arena, count + 1, sizeof(const struct value *));

	for (size_t i = 0; i < count; i++) {
		const struct tried *tried = &latest->tried[i];
		struct map_builder entry;

		map_begin(&entry, arena);
		map_add(&entry, "path", text_value(arena, str_from(tried->path)));
		map_add(
		    &entry, "reason", value_string(arena, backup_reason(arena, &tried->backup)));
		items[i] = map_end(&entry);
	}
	return value_list(arena, items, count);
}

/* None: what is wrong with the newest is what a person wants to know first. */
static void fail(struct latest *latest, const struct value *result)
{
	struct attempt *attempt = latest->attempt;
	size_t left = latest->set.count - latest->count;
	char more[80] = "";

	if (!latest->set.count) {
		attempt_fail(attempt, result, "there is no backup: nothing in %s matches %s",
		    latest->folder, latest->pattern);
		return;
	}
	if (left)
		snprintf(more, sizeof(more), "; %zu older not looked at (tries: %zu)", left,
		    latest->tries);
	attempt_fail(attempt, result,
	    "there is no backup to be used in %s: %zu looked at, none is whole%s; the newest, %s: "
	    "%.*s",
	    latest->folder, latest->count, more, latest->set.entries[0].name,
	    STR_ARG(backup_reason(attempt->arena, &latest->tried[0].backup)));
}

static void done(void *self)
{
	struct latest *latest = self;
	struct attempt *attempt = latest->attempt;
	struct arena *arena = attempt->arena;
	const struct tried *last = latest->count ? &latest->tried[latest->count - 1] : NULL;
	bool found = last && last->backup.complete;
	struct map_builder result;

	if (latest->set.why[0]) {
		attempt_error(attempt, "cannot look into %s: %s", latest->folder, latest->set.why);
		return;
	}
	map_begin(&result, arena);
	if (found) {
		map_add(&result, "path", text_value(arena, str_from(last->path)));
		backup_give(&result, &last->backup);
	} else {
		map_add(&result, "complete", value_bool(false));
	}
	map_add(&result, "matched", value_int(arena, (int64_t)latest->set.count));
	map_add(&result, "rejected", rejected(latest, latest->count - found));
	map_add(&result, "ordered_by",
	    value_string(arena, latest->set.by_name ? STR("name") : STR("mtime")));
	if (found)
		attempt_succeed(attempt, map_end(&result));
	else
		fail(latest, map_end(&result));
}

static void release(void *self)
{
	struct latest *latest = self;

	check_free(latest->check);
	set_done(&latest->set);
	for (size_t i = 0; i < latest->count; i++)
		free(latest->tried[i].path);
	free(latest->folder);
	free(latest->pattern);
	free(latest->kind);
	free(latest);
}

static const struct pool_work work = {slice, done, release};

static char *copy(struct str text)
{
	return mem_strndup(text.ptr, text.len);
}

static void start(struct attempt *attempt)
{
	struct latest *latest = mem_alloc(sizeof(*latest));
	struct args args;

	args_init(&args, attempt->args, attempt->arena);
	latest->attempt = attempt;
	latest->folder = copy(args_text(&args, "path"));
	latest->pattern = copy(args_has(&args, "pattern") ? args_text(&args, "pattern") : STR("*"));
	latest->kind = copy(args_text(&args, "kind"));
	latest->tries = (size_t)args_int(&args, "tries", 10, 1, TRIES_MAX);
	latest->max_size = args_int(&args, "max_size", INT64_C(1) << 40, 1, INT64_MAX);
	if (!args.wrong.len && !*latest->folder)
		args.wrong = STR("path is empty");
	if (args.wrong.len) {
		release(latest);
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
		return;
	}
	attempt->self = latest;
	pool_start(attempt->host->loop, &work, latest, &latest->job);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct latest *latest = attempt->self;
	struct map_builder nothing;

	(void)how;
	map_begin(&nothing, attempt->arena);
	pool_drop(&latest->job);
	attempt_fail(
	    attempt, map_end(&nothing), "ended while looking for a backup in %s", latest->folder);
}

static void progress(const struct attempt *attempt, struct progress *ret_progress)
{
	pool_progress(((const struct latest *)attempt->self)->job, ret_progress);
}

const struct action_impl backup_latest = {
    .spec = &backup_latest_spec, .start = start, .cancel = cancel, .progress = progress};
