/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/backup_purge.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"

/* backup.prune: removes the backups that a retention does not keep; never the last good one. */

static const struct param params[] = {{.name = "path",
					  .kind = PARAM_PATH,
					  .flags = PARAM_REQUIRED,
					  .doc = "The folder in which the backups lie."},
    {.name = "pattern",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.doc = "Which names count, as a shell matches them: app-*.sql.gz. What does not match is "
	       "not touched."},
    {.name = "kind",
	.kind = PARAM_STRING,
	.choices = backup_kinds,
	.doc =
	    "Others are not touched; anything that is recognised as a backup counts when absent."},
    {.name = "keep_last", .kind = PARAM_INT, .doc = "Keeps that many of the newest."},
    {.name = "daily",
	.kind = PARAM_INT,
	.doc = "Keeps the newest of each day (UTC), for that many days that have one."},
    {.name = "weekly", .kind = PARAM_INT, .doc = "The same for weeks, which begin on Monday."},
    {.name = "monthly", .kind = PARAM_INT, .doc = "The same for months."},
    {.name = "max_age",
	.kind = PARAM_DURATION,
	.doc = "Keeps all that are younger. A backup stays if any of these rules keeps it."},
    {.name = "min_age",
	.kind = PARAM_DURATION,
	.preset = "1h",
	.doc = "A younger one is never removed: it may still be written."},
    {.name = "preview",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Only says what would be removed, and removes nothing."},
    {.name = "max_size",
	.kind = PARAM_SIZE,
	.preset = "1TiB",
	.doc = "What unpacks to more is not read on; such a one is not removed."},
    {0}};

static const struct type list_of_map = {.kind = TYPE_LIST, .of = &type_map};

static const struct field results[] = {
    {"removed", &list_of_map,
	"What was removed, or would be: {name, time, size, reason} each, the oldest last."},
    {"kept", &list_of_map,
	"What matches and stays, the newest first: the same, the reason being the rules that keep "
	"it, and "
	"complete if it was read to its end."},
    {"failed", &list_of_map, "What should have been removed and could not be: the same."},
    {"freed", &type_int, "Bytes of what was removed, or would be."},
    {"ordered_by", &type_string,
	"What `time` is: that in the name, if each holds one (taken for UTC), else mtime."},
    {"preview", &type_bool, "Whether nothing was removed since only a preview was wanted."}, {0}};

static const char *const success_fields[] = {"failed", NULL};

/* Whoever does not know yet whether it is a preview must take it for the real thing. */
static enum effect_class effect_of(const struct value *given)
{
	const struct value *preview = value_get(given, "preview");

	return preview && preview->type == VALUE_BOOL && preview->boolean ? EFFECT_READ
									  : EFFECT_DESTROY;
}

const struct action_spec backup_prune_spec = {
    .name = "backup.prune",
    .summary = "Removes the backups of a folder that no rule of a retention keeps.",
    .params = params,
    .results = results,
    .success_doc = "what is kept holds a backup that was read and is complete, or there was "
		   "nothing to remove; "
		   "and all that no rule keeps is gone",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_DESTROY,
    .effect_of = effect_of,
    .timeout_us = INT64_C(3600) * 1000000,
};

struct prune {
	struct attempt *attempt; /* the loop's */
	struct pool_job *job; /* the loop's */
	struct purge purge; /* the thread's until it is done */
};

static const struct value *tell(const struct prune *prune, size_t index)
{
	struct arena *arena = prune->attempt->arena;
	const struct set_entry *entry = &prune->purge.set.entries[index];
	const struct verdict *verdict = &prune->purge.verdicts[index];
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "name", text_value(arena, str_from(entry->name)));
	if (index < prune->purge.backups)
		map_add(&map, "time", value_timestamp_us(arena, entry->time_us));
	map_add(&map, "size", value_int(arena, entry->size));
	if (verdict->read)
		map_add(&map, "complete", value_bool(verdict->complete));
	map_add(&map, "reason", text_value(arena, str_from(verdict->reason)));
	return map_end(&map);
}

/* Those of two fates, as a list. */
static const struct value *tell_all(const struct prune *prune, enum fate one, enum fate other)
{
	const struct purge *purge = &prune->purge;
	struct arena *arena = prune->attempt->arena;
	const struct value **items = arena_array(
	    arena, purge->set.count + 1, sizeof(const struct value *));
	size_t count = 0;

	for (size_t i = 0; i < purge->set.count; i++)
		if (purge->verdicts[i].fate == one || purge->verdicts[i].fate == other)
			items[count++] = tell(prune, i);
	return value_list(arena, items, count);
}

static int64_t count_freed(const struct purge *purge)
{
	int64_t freed = 0;

	for (size_t i = 0; i < purge->set.count; i++)
		if (purge->verdicts[i].fate == FATE_REMOVED ||
		    (purge->preview && purge->verdicts[i].fate == FATE_GOES))
			freed += purge->set.entries[i].size;
	return freed;
}

static size_t count_of(const struct purge *purge, enum fate fate)
{
	size_t count = 0;

	for (size_t i = 0; i < purge->set.count; i++)
		count += purge->verdicts[i].fate == fate;
	return count;
}

static const struct value *describe(const struct prune *prune)
{
	const struct purge *purge = &prune->purge;
	struct arena *arena = prune->attempt->arena;
	enum fate gone = purge->preview ? FATE_GOES : FATE_REMOVED;
	enum fate left = purge->preview ? FATE_STAYS : FATE_GOES;
	struct map_builder result;

	map_begin(&result, arena);
	map_add(&result, "removed", tell_all(prune, gone, gone));
	map_add(&result, "kept", tell_all(prune, FATE_STAYS, left));
	map_add(&result, "failed", tell_all(prune, FATE_FAILED, FATE_FAILED));
	map_add(&result, "freed", value_int(arena, count_freed(purge)));
	map_add(&result, "ordered_by",
	    value_string(arena, purge->set.by_name ? STR("name") : STR("mtime")));
	map_add(&result, "preview", value_bool(purge->preview));
	return map_end(&result);
}

/* It was ended: what was removed by then is known. */
static void tell_of_end(struct prune *prune)
{
	const struct purge *purge = &prune->purge;
	size_t removed = purge->verdicts ? count_of(purge, FATE_REMOVED) : 0;

	if (removed)
		attempt_fail(prune->attempt, describe(prune),
		    "ended after %zu backups were removed from %s; %zu more were to go", removed,
		    purge->folder, count_of(purge, FATE_GOES));
	else
		attempt_fail(prune->attempt, NULL,
		    "ended before anything was removed from %s: what it keeps was still being read",
		    purge->folder);
}

static const struct verdict *first_failed(const struct purge *purge, const char **ret_name)
{
	for (size_t i = 0; i < purge->set.count; i++) {
		if (purge->verdicts[i].fate != FATE_FAILED)
			continue;
		*ret_name = purge->set.entries[i].name;
		return &purge->verdicts[i];
	}
	return NULL;
}

static void done(void *self)
{
	struct prune *prune = self;
	const struct purge *purge = &prune->purge;
	const struct verdict *failed;
	const char *name;

	if (purge->wrong) {
		attempt_error(prune->attempt, "%s", purge->why);
		return;
	}
	if (purge->stage != PURGE_OVER) {
		tell_of_end(prune);
		return;
	}
	failed = first_failed(purge, &name);
	if (purge->why[0])
		attempt_fail(prune->attempt, describe(prune), "%s", purge->why);
	else if (failed)
		attempt_fail(prune->attempt, describe(prune),
		    "%zu left in %s that should have gone; %s: %s", count_of(purge, FATE_FAILED),
		    purge->folder, name, failed->reason);
	else
		attempt_succeed(prune->attempt, describe(prune));
}

static void release(void *self)
{
	struct prune *prune = self;

	purge_done(&prune->purge);
	free(prune);
}

static bool slice(void *self, const struct pool_job *job)
{
	return purge_slice(&((struct prune *)self)->purge, job);
}

static const struct pool_work work = {slice, done, release};

static char *copy(struct args *args, const char *key)
{
	struct str text = args_text(args, key);

	return mem_strndup(text.ptr, text.len);
}

static void begin(struct attempt *attempt, bool looks)
{
	struct prune *prune = mem_alloc(sizeof(*prune));
	struct purge *purge = &prune->purge;
	struct args args;

	args_init(&args, attempt->args, attempt->arena);
	prune->attempt = attempt;
	purge->folder = copy(&args, "path");
	purge->pattern = copy(&args, "pattern");
	purge->kind = copy(&args, "kind");
	purge->preview = args_bool(&args, "preview", false);
	purge->max_size = args_int(&args, "max_size", INT64_C(1) << 40, 1, INT64_MAX);
	purge->looks = looks;
	purge->now_us = loop_wall_us();
	retention_read(&purge->retention, &args);
	if (!args.wrong.len && (!*purge->folder || !*purge->pattern))
		args.wrong = STR("path or pattern is empty");
	else if (!args.wrong.len && !purge->retention.any)
		args.wrong = STR(
		    "nothing says what to keep: give keep_last, daily, weekly, monthly or max_age");
	if (args.wrong.len) {
		release(prune);
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
		return;
	}
	attempt->self = prune;
	pool_start(attempt->host->loop, &work, prune, &prune->job);
}

static void start(struct attempt *attempt)
{
	begin(attempt, false);
}

/* What is to be removed is not looked for: that reads whole backups. */
static void look(struct attempt *attempt)
{
	begin(attempt, true);
}

/* Nothing new is removed from now on, and it tells what was; only one that hangs is left alone without that. */
static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct prune *prune = attempt->self;

	if (how == CANCEL_TERM) {
		pool_end(prune->job);
		return;
	}
	pool_drop(&prune->job);
	attempt_fail(attempt, NULL,
	    "ended while the file system did not answer: it is not known whether backups were "
	    "removed from %.*s",
	    STR_ARG(value_text(value_get(attempt->args, "path"))));
}

static void progress(const struct attempt *attempt, struct progress *ret_progress)
{
	pool_progress(((const struct prune *)attempt->self)->job, ret_progress);
}

const struct action_impl backup_prune = {.spec = &backup_prune_spec,
    .start = start,
    .cancel = cancel,
    .look = look,
    .progress = progress};
