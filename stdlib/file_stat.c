/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/file_position.h"
#include "stdlib/registry.h"

/* file.stat: what stands at a path. A user's name may come from far away (LDAP): that too is looked up in the pool. */

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
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {"exists", "class", NULL};

const struct action_spec file_stat_spec = {
    .name = "file.stat",
    .summary = "Whether a path exists; its size, age, owner and permissions.",
    .params = params,
    .results = results,
    .success_doc = "the path exists",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { LOOKUP_BYTES = 16384 };

struct order {
	const char *path;
	bool follow;
};

static struct str user_name(struct arena *arena, uid_t id)
{
	struct str name = arena_printf(arena, "%u", (unsigned)id);
	struct passwd user, *found = NULL;
	char *buffer = mem_alloc(LOOKUP_BYTES);

	if (getpwuid_r(id, &user, buffer, LOOKUP_BYTES, &found) == 0 && found)
		name = arena_str(arena, str_from(user.pw_name));
	free(buffer);
	return name;
}

static struct str group_name(struct arena *arena, gid_t id)
{
	struct str name = arena_printf(arena, "%u", (unsigned)id);
	struct group group, *found = NULL;
	char *buffer = mem_alloc(LOOKUP_BYTES);

	if (getgrgid_r(id, &group, buffer, LOOKUP_BYTES, &found) == 0 && found)
		name = arena_str(arena, str_from(group.gr_name));
	free(buffer);
	return name;
}

static struct str type_of(mode_t mode)
{
	if (S_ISREG(mode))
		return STR("file");
	if (S_ISDIR(mode))
		return STR("directory");
	return S_ISLNK(mode) ? STR("link") : STR("other");
}

static void describe(struct file_job *job, const struct stat *stat, int flags)
{
	const struct order *order = job->self;
	struct arena *arena = job->arena;
	struct map_builder *result = &job->result;
	struct file_position position = file_position_of(
	    stat, file_born(AT_FDCWD, order->path, flags), stat->st_size);
	int64_t mtime_us = file_mtime_us(stat);

	file_job_add_bool(job, "exists", true);
	file_job_add_int(job, "size", stat->st_size);
	map_add(result, "age", value_duration_us(arena, loop_wall_us() - mtime_us));
	map_add(result, "mtime", value_timestamp_us(arena, mtime_us));
	file_job_add_text(
	    job, "mode", arena_printf(arena, "%04o", (unsigned)stat->st_mode & 07777));
	file_job_add_text(job, "owner", user_name(arena, stat->st_uid));
	file_job_add_text(job, "group", group_name(arena, stat->st_gid));
	file_job_add_text(job, "type", type_of(stat->st_mode));
	file_job_add_bool(
	    job, "readable", faccessat(AT_FDCWD, order->path, R_OK, AT_EACCESS | flags) == 0);
	map_add(result, "position", file_position_value(arena, &position));
}

static void tell_missing(struct file_job *job, const char *path)
{
	struct file_position nowhere = {.line = -1}; /* all that will be there is new */
	struct stat link;

	file_job_add_bool(job, "exists", false);
	map_add(&job->result, "position", file_position_value(job->arena, &nowhere));
	file_job_fail(job, TROUBLE_MISSING,
	    lstat(path, &link) == 0 ? "%s is a link that leads to nothing" : "no such file: %s",
	    file_shown(job->arena, path));
}

static void perform(struct file_job *job)
{
	const struct order *order = job->self;
	int flags = order->follow ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat stat;

	if (fstatat(AT_FDCWD, order->path, &stat, flags) == 0)
		describe(job, &stat, flags);
	else if (errno == ENOENT || errno == ENOTDIR)
		tell_missing(job, order->path);
	else /* not being allowed to look is no answer to whether it exists */
		file_job_wrong(job, "cannot look at %s: %s", file_shown(job->arena, order->path),
		    strerrordesc_np(errno));
}

static void start(struct attempt *attempt)
{
	struct file_job *job = file_job_new(attempt, perform, sizeof(struct order));
	struct order *order = job->self;

	order->path = file_job_path(job, "path");
	order->follow = args_bool(&job->args, "follow", true);
	file_job_start(job, "looking at %s", file_shown(job->arena, order->path));
}

const struct action_impl file_stat = {
    .spec = &file_stat_spec, .start = start, .cancel = file_job_cancel};
