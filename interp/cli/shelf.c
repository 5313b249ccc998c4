/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/mistakes.h"
#include "stdlib/registry.h"

void shelf_init(struct shelf *shelf)
{
	*shelf = (struct shelf){.arena = arena_new()};
}

void shelf_done(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		load_done(&shelf->books[i]->load);
	arena_free(shelf->arena);
}

static void leave_out(struct shelf *shelf, const char *path, struct load *load)
{
	struct diags *diags = &load->diags;
	const struct diag *first = NULL;
	struct position at;
	struct str why;

	diags_sort(diags);
	for (size_t i = 0; i < diags->count && !first; i++)
		if (diags->items[i].severity == SEVERITY_ERROR)
			first = &diags->items[i];
	if (first && first->span.source) {
		at = source_position(first->span.source, first->span.start);
		why = arena_printf(shelf->arena, "%s:%zu:%zu: %.*s", first->span.source->name,
		    at.line, at.column, STR_ARG(first->message));
	} else {
		why = first ? arena_str(shelf->arena, first->message) : STR("it cannot be read");
	}
	shelf->left_out = arena_grow(shelf->arena, shelf->left_out, shelf->left_out_count,
	    &shelf->left_out_capacity, sizeof(*shelf->left_out));
	shelf->left_out[shelf->left_out_count++] = (struct left_out){path, why};
}

/* asked: by its name. False after showing its mistakes. */
static bool add(struct shelf *shelf, const char *path, bool asked, bool color)
{
	struct book *book = arena_alloc(shelf->arena, sizeof(*book));
	bool good;

	book->path = path;
	good = load_file(&book->load, path, &stdlib_vocabulary);
	if (good && !book->load.is_part) {
		shelf->books = arena_grow(shelf->arena, shelf->books, shelf->count,
		    &shelf->capacity, sizeof(struct book *));
		shelf->books[shelf->count++] = book;
		return true;
	}
	if (good && asked)
		good = load_is_runbook(&book->load, path);
	else if (asked)
		mistakes_show(&book->load, color);
	else if (!good)
		leave_out(shelf, path, &book->load);
	load_done(&book->load);
	return good || !asked;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_document(const struct dirent *entry)
{
	struct str name = str_from(entry->d_name);

	return name.ptr[0] != '.' && entry->d_type != DT_DIR &&
	    (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml")));
}

/* False where it is no folder, with errno. */
static bool add_folder(struct shelf *shelf, const char *folder, bool color)
{
	size_t len = strlen(folder);
	struct dirent **entries;
	int count = scandir(folder, &entries, is_document, by_name);

	if (count < 0)
		return false;
	for (int i = 0; i < count; i++) {
		add(shelf,
		    arena_printf(shelf->arena, "%s%s%s", folder,
			len && folder[len - 1] == '/' ? "" : "/", entries[i]->d_name)
			.ptr,
		    false, color);
		free(entries[i]);
	}
	free(entries);
	return true;
}

/* A word that an option would begin like is named so that no command takes it for one. */
static const char *safe(struct shelf *shelf, const char *word)
{
	return word[0] == '-' ? arena_printf(shelf->arena, "./%s", word).ptr : word;
}

static bool look_at(struct shelf *shelf, const char *word, bool color)
{
	shelf->places[shelf->place_count++] = word;
	if (add_folder(shelf, word, color))
		return true;
	if (errno == ENOTDIR)
		return add(shelf, word, true, color);
	complain("cannot look for runbooks in %s: %s", word, strerror(errno));
	return false;
}

static bool look_in_usual_places(struct shelf *shelf, bool color)
{
	const char *set = getenv("REPRISE_RUNBOOKS");
	char *rest = arena_cstr(shelf->arena, str_from(set ? set : ""));
	bool ok = true;

	shelf->places = arena_array(shelf->arena, strlen(rest) + 1, sizeof(char *));
	if (!*rest)
		rest = arena_cstr(shelf->arena, STR("runbooks"));
	while (rest && ok) {
		char *end = strchr(rest, ':');

		if (end)
			*end++ = '\0';
		if (*rest)
			ok = look_at(shelf, safe(shelf, rest), color);
		rest = end;
	}
	if (!ok && !set)
		complain("name a runbook or a folder of them, or set REPRISE_RUNBOOKS");
	return ok;
}

bool shelf_fill(struct shelf *shelf, const char *const *words, size_t count, bool color)
{
	bool ok = true;

	if (!count)
		return look_in_usual_places(shelf, color);
	shelf->places = arena_array(shelf->arena, count, sizeof(char *));
	for (size_t i = 0; i < count && ok; i++)
		ok = look_at(shelf, safe(shelf, words[i]), color);
	return ok;
}
