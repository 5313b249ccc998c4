/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/args.h"
#include "stdlib/file_position.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"

/*
 * file.stat: looks at a path in libuv's pool, since a file system may hang (NFS) and a user's name may come from far
 * away (LDAP). The work owns itself; one that is cancelled while it hangs ends later, unseen.
 */

static const struct param params[] = {{.name = "path",
					  .kind = PARAM_PATH,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "What to look at."},
    {.name = "follow",
	.kind = PARAM_BOOL,
	.preset = "true",
	.doc = "Whether a link stands for what it leads to."},
    {0}};

static const struct field results[] = {
    {"exists", &type_bool, "Whether there is something; a link to nothing does not exist."},
    {"size", &type_int, "In bytes."}, {"age", &type_duration, "Since it was last modified."},
    {"mtime", &type_timestamp, "When it was last modified."},
    {"mode", &type_string, "Permissions in octal: \"0644\"."},
    {"owner", &type_string, "Name of the user, or its number."},
    {"group", &type_string, "Name of the group, or its number."},
    {"type", &type_string, "File, directory, link or other."},
    {"readable", &type_bool, "Whether we may read it."},
    {"position", &type_map,
	"How far it goes: for `since` of a later file.match, to which only what comes behind is "
	"new."},
    {0}};

static const char *const success_fields[] = {"exists", NULL};

const struct action_spec file_stat_spec = {
    .name = "file.stat",
    .summary = "Whether a path exists; its size, age, owner and permissions.",
    .params = params,
    .results = results,
    .success_doc = "the path exists",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { NAME_MAX_BYTES = 256, LOOKUP_BYTES = 16384 };

struct look {
	uv_work_t work;
	struct attempt *attempt; /* NULL once cancelled */
	char *path;
	bool follow;
	int error;
	bool dangling;
	bool readable;
	struct stat stat;
	struct timespec born;
	char owner[NAME_MAX_BYTES];
	char group[NAME_MAX_BYTES];
};

static void name_owner(struct look *look)
{
	struct passwd user, *found_user = NULL;
	struct group group, *found_group = NULL;
	char *buffer = mem_alloc(LOOKUP_BYTES);

	snprintf(look->owner, sizeof(look->owner), "%ju", (uintmax_t)look->stat.st_uid);
	snprintf(look->group, sizeof(look->group), "%ju", (uintmax_t)look->stat.st_gid);
	if (getpwuid_r(look->stat.st_uid, &user, buffer, LOOKUP_BYTES, &found_user) == 0 &&
	    found_user)
		snprintf(look->owner, sizeof(look->owner), "%s", user.pw_name);
	if (getgrgid_r(look->stat.st_gid, &group, buffer, LOOKUP_BYTES, &found_group) == 0 &&
	    found_group)
		snprintf(look->group, sizeof(look->group), "%s", group.gr_name);
	free(buffer);
}

/* In a thread of the pool: touches nothing but the look. */
static void work(uv_work_t *request)
{
	struct look *look = request->data;
	int flags = look->follow ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat link;

	if (fstatat(AT_FDCWD, look->path, &look->stat, flags) < 0) {
		look->error = errno;
		look->dangling = errno == ENOENT && lstat(look->path, &link) == 0;
		return;
	}
	look->born = file_born(AT_FDCWD, look->path, flags);
	look->readable = faccessat(AT_FDCWD, look->path, R_OK, AT_EACCESS | flags) == 0;
	name_owner(look);
}

static struct str type_of(mode_t mode)
{
	if (S_ISREG(mode))
		return STR("file");
	if (S_ISDIR(mode))
		return STR("directory");
	return S_ISLNK(mode) ? STR("link") : STR("other");
}

static const struct value *describe(const struct look *look, struct arena *arena)
{
	const struct stat *stat = &look->stat;
	struct file_position position = file_position_of(stat, look->born, stat->st_size);
	int64_t mtime_us = file_mtime_us(stat);
	struct map_builder result;

	map_begin(&result, arena);
	map_add(&result, "exists", value_bool(true));
	map_add(&result, "size", value_int(arena, stat->st_size));
	map_add(&result, "age", value_duration_us(arena, loop_wall_us() - mtime_us));
	map_add(&result, "mtime", value_timestamp_us(arena, mtime_us));
	map_add(&result, "mode",
	    value_string(arena, arena_printf(arena, "%04o", (unsigned)stat->st_mode & 07777)));
	map_add(&result, "owner", text_value(arena, str_from(look->owner)));
	map_add(&result, "group", text_value(arena, str_from(look->group)));
	map_add(&result, "type", value_string(arena, type_of(stat->st_mode)));
	map_add(&result, "readable", value_bool(look->readable));
	map_add(&result, "position", file_position_value(arena, &position));
	return map_end(&result);
}

static void finish(struct look *look)
{
	struct attempt *attempt = look->attempt;
	struct file_position nowhere = {.line = -1}; /* all that will be there is new */
	struct map_builder missing;

	if (look->error == 0) {
		attempt_succeed(attempt, describe(look, attempt->arena));
	} else if (look->error == ENOENT || look->error == ENOTDIR) {
		map_begin(&missing, attempt->arena);
		map_add(&missing, "exists", value_bool(false));
		map_add(&missing, "position", file_position_value(attempt->arena, &nowhere));
		attempt_fail(attempt, map_end(&missing),
		    look->dangling ? "%s is a link that leads to nothing" : "no such file: %s",
		    look->path);
	} else {
		/* Not being allowed to look is no answer to whether it exists. */
		attempt_error(attempt, "cannot look at %s: %s", look->path, strerror(look->error));
	}
}

static void worked(uv_work_t *request, int status)
{
	struct look *look = request->data;

	(void)status; /* only a cancelled one can fail */
	if (look->attempt)
		finish(look);
	free(look->path);
	free(look);
}

static void start(struct attempt *attempt)
{
	struct look *look;
	struct args args;
	struct str path;
	bool follow;

	args_init(&args, attempt->args, attempt->arena);
	path = args_text(&args, "path");
	follow = args_bool(&args, "follow", true);
	if (args.wrong.len || !path.len) {
		attempt_error(
		    attempt, "%.*s", STR_ARG(args.wrong.len ? args.wrong : STR("path is empty")));
		return;
	}
	look = mem_alloc(sizeof(*look));
	*look = (struct look){
	    .attempt = attempt, .path = mem_strndup(path.ptr, path.len), .follow = follow};
	look->work.data = look;
	attempt->self = look;
	uv_queue_work(&attempt->host->loop->uv, &look->work, work, worked);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct look *look = attempt->self;
	struct map_builder nothing;

	(void)how;
	look->attempt = NULL; /* and the look is the pool's alone */
	uv_cancel((uv_req_t *)&look->work);
	map_begin(&nothing, attempt->arena);
	attempt_fail(attempt, map_end(&nothing), "ended while looking at %.*s",
	    STR_ARG(value_text(value_get(attempt->args, "path"))));
}

const struct action_impl file_stat = {&file_stat_spec, start, cancel};
