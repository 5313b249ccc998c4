/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/practised.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/spell.h"
#include "cli/command.h"

void practised_init(
    struct practised *practised, struct arena *arena, const struct past *past, const char *folder)
{
	*practised = (struct practised){.arena = arena, .past = past, .folder = folder};
	shelf_init(&practised->shelf);
	map_init(&practised->by_id);
	map_init(&practised->runs);
	for (size_t i = 0; i < past->count; i++)
		map_put(&practised->runs, past->runs[i].runbook, practised);
}

void practised_done(struct practised *practised)
{
	map_done(&practised->by_id);
	map_done(&practised->runs);
	shelf_done(&practised->shelf);
}

bool practised_find(const struct practised *practised, struct str id)
{
	return map_get(&practised->by_id, id) != NULL;
}

static bool is_same_file(const char *one, const char *other)
{
	struct stat left;
	struct stat right;

	return stat(one, &left) == 0 && stat(other, &right) == 0 && left.st_dev == right.st_dev &&
	    left.st_ino == right.st_ino;
}

/* Of two files with one id the first counts: nothing tells their runs apart. */
static void add(struct practised *practised, struct str id, const struct book *book)
{
	uintptr_t known = (uintptr_t)map_get(&practised->by_id, id);
	const char *path = known ? practised->books[known - 1].path : NULL;
	struct history_book *added;

	if (book && path && !is_same_file(path, book->path))
		complain("%s has the id of %s, %.*s: the runs of both are told as one", book->path,
		    path, STR_ARG(id));
	if (known)
		return;
	practised->books = arena_grow(practised->arena, practised->books, practised->count,
	    &practised->capacity, sizeof(*practised->books));
	added = &practised->books[practised->count++];
	*added = (struct history_book){.id = id,
	    .path = book ? book->path : NULL,
	    .plan = book ? book->load.plan : NULL,
	    .practice = practice_of(practised->arena, practised->past, id)};
	map_put(&practised->by_id, id, (void *)(uintptr_t)practised->count);
}

static const struct book *on_shelf(const struct practised *practised, struct str id)
{
	for (size_t i = 0; i < practised->shelf.count; i++)
		if (str_eq(practised->shelf.books[i]->load.runbook->id, id))
			return practised->shelf.books[i];
	return NULL;
}

static bool is_folder(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* What is broken cannot be told of. */
static bool fill(struct practised *practised, const char *const *paths, size_t count, bool color)
{
	if (!shelf_fill(&practised->shelf, paths, count, color))
		return false;
	for (size_t i = 0; i < practised->shelf.left_out_count; i++)
		complain("left out: %.*s", STR_ARG(practised->shelf.left_out[i].why));
	return true;
}

/* Nobody needs to have runbooks in the usual places. */
static bool look_in_usual_places(struct practised *practised, bool color)
{
	const char *set = getenv("REPRISE_RUNBOOKS");

	if (!(set && *set) && !is_folder("runbooks"))
		return true;
	return fill(practised, NULL, 0, color);
}

static bool is_path(const char *word)
{
	return strpbrk(word, "/.") || access(word, F_OK) == 0;
}

static bool add_id(struct practised *practised, const char *word)
{
	struct str id = str_from(word);
	const struct book *book = on_shelf(practised, id);
	struct spell spell;
	struct str best;

	if (book || map_get(&practised->runs, id)) {
		add(practised, id, book);
		return true;
	}
	spell_init(&spell, id);
	for (size_t i = 0; i < practised->past->count; i++)
		spell_try(&spell, practised->past->runs[i].runbook);
	for (size_t i = 0; i < practised->shelf.count; i++)
		spell_try(&spell, practised->shelf.books[i]->load.runbook->id);
	best = spell_best(&spell);
	if (best.len)
		complain("there is no runbook %s, and no run of one; did you mean %.*s?", word,
		    STR_ARG(best));
	else
		complain("there is no run of a runbook %s in %s, and no file of that name", word,
		    practised->folder);
	return false;
}

/* Files and folders first, then ids, which may be of what was found there. */
static bool add_named(
    struct practised *practised, const char *const *words, size_t count, bool color)
{
	const char **paths = arena_array(practised->arena, count + 1, sizeof(*paths));
	size_t path_count = 0;

	for (size_t i = 0; i < count; i++)
		if (is_path(words[i]))
			paths[path_count++] = words[i];
	if (path_count) {
		if (!fill(practised, paths, path_count, color))
			return false;
		for (size_t i = 0; i < practised->shelf.count; i++)
			add(practised, practised->shelf.books[i]->load.runbook->id,
			    practised->shelf.books[i]);
	} else if (!look_in_usual_places(practised, color)) {
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!is_path(words[i]) && !add_id(practised, words[i]))
			return false;
	return true;
}

static int by_id(const void *a, const void *b)
{
	return str_cmp(((const struct history_book *)a)->id, ((const struct history_book *)b)->id);
}

static bool add_all(struct practised *practised, bool found_alone, bool color)
{
	if (!look_in_usual_places(practised, color))
		return false;
	for (size_t i = 0; i < practised->shelf.count; i++)
		add(practised, practised->shelf.books[i]->load.runbook->id,
		    practised->shelf.books[i]);
	for (size_t i = 0; i < practised->past->count; i++)
		if (!found_alone || !practised->shelf.count)
			add(practised, practised->past->runs[i].runbook, NULL);
	return true;
}

bool practised_choose(struct practised *practised, const char *const *words, size_t count,
    bool found_alone, bool color)
{
	practised->named = count > 0;
	if (count ? !add_named(practised, words, count, color)
		  : !add_all(practised, found_alone, color))
		return false;
	if (practised->count)
		qsort(practised->books, practised->count, sizeof(*practised->books), by_id);
	return true;
}
