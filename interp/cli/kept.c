/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/kept.h"

#include <dirent.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/spell.h"
#include "cli/command.h"

const char *kept_home(struct arena *arena, struct buf *error)
{
	const char *own = getenv("REPRISE_HOME");
	const char *state = getenv("XDG_STATE_HOME");
	const char *user = getenv("HOME");
	const struct passwd *entry;

	if (own && *own == '/')
		return own;
	if (own && *own) {
		buf_printf(error, "REPRISE_HOME must be an absolute path, it is %s", own);
		return NULL;
	}
	if (state && *state == '/')
		return arena_printf(arena, "%s/reprise", state).ptr;
	entry = user && *user == '/' ? NULL : getpwuid(getuid());
	if (entry)
		user = entry->pw_dir;
	if (!user) {
		buf_text(error, "no place for the record: set REPRISE_HOME, or use --transcript");
		return NULL;
	}
	return arena_printf(arena, "%s/.local/state/reprise", user).ptr;
}

static const char *absolute(struct arena *arena, const char *path)
{
	char cwd[4096];

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return path;
	return arena_printf(arena, "%s/%s", cwd, path).ptr;
}

const char *kept_dir(struct arena *arena, const char *transcript)
{
	struct str path = str_from(absolute(arena, transcript));

	if (str_ends(path, STR(".jsonl")))
		path.len -= 6;
	else
		return arena_printf(arena, "%s.d", path.ptr).ptr;
	return arena_cstr(arena, path);
}

static bool is_file(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

/* What there is instead: the nearest name, or the latest run. */
static void say_what_there_is(
    struct arena *arena, const char *folder, const char *id, struct buf *error)
{
	DIR *dir = opendir(folder);
	const char *latest = "";
	const struct dirent *entry;
	struct spell spell;
	struct str best;

	spell_init(&spell, str_from(id));
	while (dir && (entry = readdir(dir))) {
		struct str name = str_from(entry->d_name);

		if (!str_ends(name, STR(".jsonl")))
			continue;
		name = arena_str(arena, str_sub(name, 0, name.len - 6));
		spell_try(&spell, name);
		if (strcmp(arena_cstr(arena, name), latest) > 0)
			latest = arena_cstr(arena, name);
	}
	if (dir)
		closedir(dir);
	best = spell_best(&spell);
	if (best.len)
		buf_printf(error, "; did you mean %.*s?", STR_ARG(best));
	else if (*latest)
		buf_printf(error, "; the latest run there is %s", latest);
	else
		buf_text(error, "; no run is kept there");
}

static const char *path_of(struct arena *arena, const char *id, struct buf *error)
{
	const char *home = kept_home(arena, error);
	const char *folder;
	const char *path;

	if (!home)
		return NULL;
	folder = arena_printf(arena, "%s/runs", home).ptr;
	path = arena_printf(arena, "%s/%s.jsonl", folder, id).ptr;
	if (is_file(path))
		return path;
	buf_printf(error, "there is no run %s in %s, and no file of that name", id, folder);
	say_what_there_is(arena, folder, id, error);
	return NULL;
}

bool kept_find(struct arena *arena, const char *word, struct kept *ret_kept)
{
	const char *path = word;
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	if (!strpbrk(word, "/.") && !is_file(word))
		path = path_of(arena, word, &error);
	if (!path)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	if (!path)
		return false;
	ret_kept->transcript = path;
	ret_kept->dir = kept_dir(arena, path);
	return true;
}
