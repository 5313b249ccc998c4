/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_purge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/backup_file.h"
#include "stdlib/backup_name.h"

static void say(struct verdict *verdict, enum fate fate, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(struct verdict *verdict, enum fate fate, const char *format, ...)
{
	va_list args;

	verdict->fate = fate;
	va_start(args, format);
	vsnprintf(verdict->reason, sizeof(verdict->reason), format, args);
	va_end(args);
}

static bool refuse(struct purge *purge, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool refuse(struct purge *purge, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(purge->why, sizeof(purge->why), format, args);
	va_end(args);
	purge->wrong = true;
	purge->stage = PURGE_OVER;
	return false;
}

static bool enter(struct purge *purge, enum purge_stage stage)
{
	purge->stage = stage;
	purge->next = 0;
	return stage != PURGE_OVER;
}

static bool scan(struct purge *purge)
{
	if (!set_read(&purge->set, purge->folder, purge->pattern))
		return refuse(purge, "cannot look into %s: %s", purge->folder, purge->set.why);
	if (purge->set.count > PURGE_MAX)
		return refuse(purge,
		    "%zu names in %s match %s, and no more than %d can be told of; a narrower "
		    "pattern is needed",
		    purge->set.count, purge->folder, purge->pattern, PURGE_MAX);
	purge->verdicts = mem_alloc((purge->set.count + 1) * sizeof(*purge->verdicts));
	return enter(purge, purge->looks ? PURGE_OVER : PURGE_RECOGNISE);
}

/* One piece of looking at the present entry; true when it is over and purge->check holds what was found. */
static bool look(struct purge *purge, enum check_depth depth, const struct pool_job *job)
{
	if (!purge->check) {
		char *path = set_path(&purge->set, &purge->set.entries[purge->next]);

		purge->check = check_new(path, depth, purge->max_size, job);
		free(path);
	}
	return !check_step(purge->check);
}

static void next(struct purge *purge)
{
	check_free(purge->check);
	purge->check = NULL;
	purge->next++;
}

/*
 * A backup that the pattern does not mean has another beginning of its name: one day's newest of both would be kept,
 * and the other lost. And where only some names hold a time, those that hold one would be ordered by when they were
 * copied.
 */
static bool is_one_series(struct purge *purge)
{
	const struct backup_set *set = &purge->set;
	const char *with_time = NULL;
	const char *without = NULL;
	struct str first = {0};
	int64_t time_us;

	for (size_t i = 0; i < set->count; i++) {
		struct str name = str_from(set->entries[i].name);
		size_t at = 0;

		if (backup_name_time(name, &time_us, &at))
			with_time = name.ptr;
		else
			without = name.ptr;
		if (with_time && without)
			return refuse(purge,
			    "of the names that match %s some hold a time (%s) and others do not "
			    "(%s); prune one kind at a time",
			    purge->pattern, with_time, without);
		if (i == 0)
			first = str_sub(name, 0, at);
		else if (!str_eq(first, str_sub(name, 0, at)))
			return refuse(purge,
			    "%s matches backups of two kinds, such as %s and %s; prune one of them "
			    "at a time",
			    purge->pattern, set->entries[0].name, name.ptr);
	}
	return true;
}

/* Puts those that are no backups behind the others, which are ordered without them. */
static bool set_apart(struct purge *purge)
{
	struct backup_set *set = &purge->set;
	struct set_entry *others = mem_alloc((set->count + 1) * sizeof(*others));
	struct verdict *verdicts = mem_alloc((set->count + 1) * sizeof(*verdicts));
	size_t all = set->count;
	size_t count = 0;
	bool one;

	for (size_t i = 0; i < all; i++) {
		if (purge->verdicts[i].recognised) {
			set->entries[purge->backups++] = set->entries[i];
		} else {
			others[count] = set->entries[i];
			verdicts[purge->set.count - 1 - count++] = purge->verdicts[i];
		}
	}
	set->count = purge->backups;
	set_order(set);
	one = is_one_series(purge);
	for (size_t i = 0; i < count; i++)
		set->entries[all - 1 - i] = others[i];
	set->count = all;
	free(others);
	free(purge->verdicts);
	purge->verdicts = verdicts;
	return one;
}

static bool recognise(struct purge *purge, const struct pool_job *job)
{
	struct verdict *verdict = &purge->verdicts[purge->next];
	const struct backup *backup;

	if (purge->next == purge->set.count)
		return set_apart(purge) && enter(purge, PURGE_JUDGE);
	if (purge->set.entries[purge->next].is_folder) {
		say(verdict, FATE_STAYS, "it is a folder: remove it by hand");
		purge->next++;
		return true;
	}
	if (!look(purge, CHECK_KIND, job))
		return true;
	backup = check_backup(purge->check);
	if (backup->error)
		say(verdict, FATE_STAYS, "it cannot be read: %s", strerror(backup->error));
	else if (!backup->kind)
		say(verdict, FATE_STAYS, "not recognised as a backup: %s", backup->reason);
	else if (!backup_is_kind(backup->kind, str_from(purge->kind)))
		say(verdict, FATE_STAYS, "it is of another kind, %s",
		    backup_kind_name(backup->kind));
	else
		verdict->recognised = true;
	next(purge);
	return true;
}

/* Both its name and the file system must say that it is old enough. */
static bool is_young(const struct purge *purge, const struct set_entry *entry)
{
	int64_t youngest = entry->time_us > entry->mtime_us ? entry->time_us : entry->mtime_us;

	return purge->now_us - youngest < purge->retention.min_age_us;
}

/* It was read to its end, and some rule would keep it. */
static void judge_read(struct purge *purge, unsigned wants, bool within)
{
	const struct set_entry *entry = &purge->set.entries[purge->next];
	struct verdict *verdict = &purge->verdicts[purge->next];
	const struct backup *backup = check_backup(purge->check);
	const char *reason = backup->error ? strerror(backup->error) : backup->reason;
	char rules[64];

	verdict->read = true;
	verdict->complete = backup->complete;
	retention_names(wants, rules, sizeof(rules));
	if (backup->complete)
		retention_keep(&purge->retention, wants, entry->time_us);
	if (backup->complete && wants)
		say(verdict, FATE_STAYS, "%s%s", rules, within ? ", max_age" : "");
	else if (within)
		say(verdict, FATE_STAYS, "max_age%s%s", backup->complete ? "" : "; but ", reason);
	else if (backup->error || backup->doubt || backup->changed)
		say(verdict, FATE_STAYS, "whether it is whole could not be found out: %s", reason);
	else if (is_young(purge, entry))
		say(verdict, FATE_STAYS, "min_age; but %s", reason);
	else
		say(verdict, FATE_GOES, "not whole: %s", reason);
}

static bool judge(struct purge *purge, const struct pool_job *job)
{
	const struct set_entry *entry = &purge->set.entries[purge->next];
	struct verdict *verdict = &purge->verdicts[purge->next];
	unsigned wants;
	bool within;

	if (purge->next == purge->backups)
		return enter(purge, PURGE_RESCUE);
	wants = retention_wants(&purge->retention, entry->time_us);
	within = purge->retention.max_age_us &&
	    purge->now_us - entry->time_us < purge->retention.max_age_us;
	if (wants || within) {
		if (!look(purge, CHECK_ALL, job))
			return true;
		judge_read(purge, wants, within);
	} else if (is_young(purge, entry)) {
		say(verdict, FATE_STAYS, "min_age");
	} else {
		say(verdict, FATE_GOES, "no rule keeps it");
	}
	next(purge);
	return true;
}

static bool keeps_a_good_one(const struct purge *purge)
{
	for (size_t i = 0; i < purge->backups; i++)
		if (purge->verdicts[i].fate == FATE_STAYS && purge->verdicts[i].complete)
			return true;
	return false;
}

/* None is whole: then nobody knows what can be done without. */
static bool keep_all(struct purge *purge)
{
	for (size_t i = 0; i < purge->backups; i++)
		if (purge->verdicts[i].fate == FATE_GOES)
			say(&purge->verdicts[i], FATE_STAYS, "none is known to be whole");
	snprintf(purge->why, sizeof(purge->why),
	    "nothing is removed from %s: of %zu backups none is known to be whole", purge->folder,
	    purge->backups);
	return enter(purge, PURGE_OVER);
}

/* Nothing that stays is whole: the newest that is, of those that would go, is the last good one. */
static bool rescue(struct purge *purge, const struct pool_job *job)
{
	struct verdict *verdict = &purge->verdicts[purge->next];

	if (purge->next == 0 && !purge->check && keeps_a_good_one(purge))
		return enter(purge, purge->preview ? PURGE_OVER : PURGE_REMOVE);
	if (purge->next == purge->backups)
		return purge->backups ? keep_all(purge) : enter(purge, PURGE_OVER);
	if (verdict->fate == FATE_STAYS || verdict->read) {
		purge->next++;
		return true;
	}
	if (!look(purge, CHECK_ALL, job))
		return true;
	verdict->read = true;
	verdict->complete = check_backup(purge->check)->complete;
	if (!verdict->complete) {
		next(purge);
		return true;
	}
	say(verdict, FATE_STAYS, "the last good one");
	next(purge);
	return enter(purge, purge->preview ? PURGE_OVER : PURGE_REMOVE);
}

static void remove_entry(const struct purge *purge, size_t index)
{
	const struct set_entry *entry = &purge->set.entries[index];
	struct verdict *verdict = &purge->verdicts[index];
	struct stat stat;

	if (fstatat(purge->set.fd, entry->name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		say(verdict, FATE_FAILED, "it could not be looked at again: %s", strerror(errno));
	else if (stat.st_ino != entry->inode || stat.st_dev != entry->device ||
	    stat.st_size != entry->size || backup_file_mtime_us(&stat) != entry->mtime_us)
		say(verdict, FATE_STAYS, "it changed meanwhile");
	else if (unlinkat(purge->set.fd, entry->name, 0) < 0)
		say(verdict, FATE_FAILED, "it could not be removed: %s", strerror(errno));
	else
		verdict->fate = FATE_REMOVED;
}

/* The oldest first: if it is ended half-way, what is left is a whole retention and more. */
static bool remove_next(struct purge *purge)
{
	size_t index = purge->backups - 1 - purge->next;

	if (purge->next == purge->backups)
		return enter(purge, PURGE_OVER);
	if (purge->verdicts[index].fate == FATE_GOES)
		remove_entry(purge, index);
	purge->next++;
	return true;
}

static bool step(struct purge *purge, const struct pool_job *job)
{
	switch (purge->stage) {
	case PURGE_SCAN:
		return scan(purge);
	case PURGE_RECOGNISE:
		return recognise(purge, job);
	case PURGE_JUDGE:
		return judge(purge, job);
	case PURGE_RESCUE:
		return rescue(purge, job);
	case PURGE_REMOVE:
		return remove_next(purge);
	default:
		return false;
	}
}

bool purge_slice(struct purge *purge, const struct pool_job *job)
{
	int64_t until_us = loop_clock_us() + POOL_SLICE_US;

	/* Once it is to end, nothing may be judged by what could not be read any more. */
	while (!pool_must_end(job) && step(purge, job))
		if (loop_clock_us() >= until_us)
			return true;
	return false;
}

void purge_done(struct purge *purge)
{
	check_free(purge->check);
	set_done(&purge->set);
	free(purge->verdicts);
	free(purge->folder);
	free(purge->pattern);
	free(purge->kind);
}
