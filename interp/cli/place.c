/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/place.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pcre2.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "cli/kept.h"

static const char *text(struct arena *arena, const char *a, const char *b)
{
	return arena_printf(arena, "%s%s", a, b).ptr;
}

static const char *user_name(struct arena *arena)
{
	const struct passwd *entry = getpwuid(getuid());

	if (entry)
		return text(arena, entry->pw_name, "");
	return arena_printf(arena, "uid %u", (unsigned)getuid()).ptr;
}

static bool is_folder(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Makes a folder and those above it, for the owner alone. *ret_made: it was not there. */
static bool make_dirs(struct arena *arena, const char *path, bool *ret_made, struct buf *error)
{
	char *part = arena_cstr(arena, str_from(path));

	for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
		bool made;

		if (slash)
			*slash = '\0';
		made = mkdir(part, 0700) == 0;
		if (!made && !(errno == EEXIST && is_folder(part))) {
			buf_printf(error, "cannot make the folder %s: %s", part,
			    errno == EEXIST ? "something else is there" : strerror(errno));
			return false;
		}
		if (!slash) {
			*ret_made = made;
			return true;
		}
		*slash = '/';
	}
}

/* Sortable by time, readable, and most likely different for two that begin in the same second. */
static const char *run_id(struct arena *arena, const char *runbook_id, uint64_t random)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	return arena_printf(arena, "%s-%s-%04x", stamp, runbook_id, (unsigned)(random & 0xFFFF))
	    .ptr;
}

/* Of a runbook that is in a record alone by now, where it lay. */
static const char *folder_of(struct arena *arena, const char *path, struct buf *error)
{
	char *real = realpath(path, NULL);
	bool gone = !real && errno == ENOENT;
	const char *folder;

	if (gone)
		real = realpath(dirname(arena_cstr(arena, str_from(path))), NULL);
	if (!real) {
		buf_printf(error, "%s: %s", path, strerror(errno));
		return NULL;
	}
	folder = text(arena, gone ? real : dirname(real), "");
	free(real);
	return folder;
}

/*
 * A program that belongs to this one, which lies in `folder`: beside it, or, where that is installed, in libexec beside
 * bin. NULL with a sentence appended to error when it is in neither place.
 */
static const char *find_own(struct arena *arena, const char *folder, const char *name,
    struct stat *ret_stat, struct buf *error)
{
	const char *above = dirname(arena_cstr(arena, str_from(folder)));
	const char *places[] = {
	    text(arena, folder, name),
	    arena_printf(arena, "%s/libexec/reprise%s", above, name).ptr,
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (access(places[i], X_OK) == 0 && stat(places[i], ret_stat) == 0)
			return places[i];
	buf_printf(error, "%s is missing: it must lie beside reprise, or in ../libexec/reprise",
	    places[0]);
	return NULL;
}

static bool find_programs(
    struct arena *arena, struct order_programs *ret_programs, struct buf *error)
{
	char path[4096];
	size_t size = sizeof(path);
	const char *folder;
	struct stat reach;
	struct stat launcher;
	int failed = uv_exepath(path, &size);

	if (failed) {
		buf_printf(error, "cannot find out where this program lies: /proc/self/exe: %s",
		    uv_strerror(failed));
		return false;
	}
	folder = text(arena, dirname(path), "");
	ret_programs->launcher = find_own(arena, folder, "/reprise-launch", &launcher, error);
	if (!ret_programs->launcher)
		return false;
	ret_programs->reach = find_own(arena, folder, "/reprise-reach", &reach, error);
	if (!ret_programs->reach)
		return false;
	ret_programs->stamp = arena_printf(arena, "%llx-%llx%08lx",
	    (unsigned long long)launcher.st_size, (unsigned long long)launcher.st_mtim.tv_sec,
	    (unsigned long)launcher.st_mtim.tv_nsec)
				  .ptr;
	return true;
}

static bool find_rest(struct place *place, struct arena *arena, struct buf *error)
{
	place->user = user_name(arena);
	place->locks = arena_printf(arena, "/tmp/reprise-%u", (unsigned)getuid()).ptr;
	return find_programs(arena, &place->programs, error);
}

bool place_again(struct place *place, struct arena *arena, struct buf *error)
{
	return find_rest(place, arena, error) && make_dirs(arena, place->dir, &place->made, error);
}

bool place_make(struct place *place, struct arena *arena, const char *runbook_path,
    const char *runbook_id, const char *transcript, struct buf *error)
{
	uint64_t random[2] = {0};
	const char *base;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		buf_printf(error, "no random numbers: %s", strerror(errno));
		return false;
	}
	snprintf(place->seed, sizeof(place->seed), "%016llx", (unsigned long long)random[1]);
	place->folder = folder_of(arena, runbook_path, error);
	if (!place->folder || !find_rest(place, arena, error))
		return false;
	base = transcript ? NULL : kept_home(arena, error);
	if (!transcript && !base)
		return false;
	do {
		place->run = run_id(arena, runbook_id, random[0]);
		place->transcript = base
		    ? arena_printf(arena, "%s/runs/%s.jsonl", base, place->run).ptr
		    : transcript;
		random[0] >>= 16;
	} while (base && random[0] && access(place->transcript, F_OK) == 0);
	place->dir = kept_dir(arena, place->transcript);
	return make_dirs(arena, place->dir, &place->made, error);
}

const char *place_boot(struct arena *arena)
{
	char id[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, id, sizeof(id) - 1);

	if (fd >= 0)
		close(fd);
	id[got > 0 ? got : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	return text(arena, id, "");
}

static void put(struct map_builder *map, const char *key, const char *value)
{
	map_add(map, key, value_string(map->arena, str_from(value)));
}

const struct value *place_host(const struct place *place, struct arena *arena)
{
	char name[256] = "";
	const char *tty = ttyname(STDERR_FILENO);
	struct map_builder map;

	gethostname(name, sizeof(name) - 1);
	map_begin(&map, arena);
	put(&map, "name", text(arena, name, ""));
	put(&map, "user", place->user);
	map_add(&map, "uid", value_int(arena, getuid()));
	map_add(&map, "pid", value_int(arena, getpid()));
	put(&map, "boot_id", place_boot(arena));
	put(&map, "terminal", tty ? text(arena, tty, "") : "");
	return map_end(&map);
}

const struct value *place_program(struct arena *arena)
{
	char pcre2[64] = "";
	struct map_builder map;

	pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
	map_begin(&map, arena);
	put(&map, "reprise", REPRISE_VERSION);
	put(&map, "libuv", uv_version_string());
	put(&map, "pcre2", text(arena, pcre2, ""));
	put(&map, "libcurl", curl_version_info(CURLVERSION_NOW)->version);
	return map_end(&map);
}
