/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"

enum { LOOKUP_BYTES = 16384, XATTR_BYTES = 64 << 10 };

/* No change, for chown(). */
#define SAME_ID ((uint32_t)-1)

void file_rights_read(struct file_job *job, struct file_rights *ret_rights)
{
	struct str mode = args_text(&job->args, "mode");
	struct file_rights rights = {.owner = args_text(&job->args, "owner")};
	bool well = mode.len >= 3 && mode.len <= 5;

	for (size_t i = 0; i < mode.len && well; i++) {
		well = mode.ptr[i] >= '0' && mode.ptr[i] <= '7';
		rights.mode = rights.mode * 8 + (mode_t)(mode.ptr[i] - '0');
	}
	rights.has_mode = args_has(&job->args, "mode");
	if (rights.has_mode && (!well || rights.mode > 07777))
		file_job_wrong(job, "mode must be permissions in octal, such as 0640");
	*ret_rights = rights;
}

/* The number of a name, or the one that it is; false where there is none. */
static bool find_user(const char *name, uint32_t *ret_id)
{
	struct passwd user, *found = NULL;
	char *buffer = mem_alloc(LOOKUP_BYTES);

	if (getpwnam_r(name, &user, buffer, LOOKUP_BYTES, &found) == 0 && found)
		*ret_id = user.pw_uid;
	free(buffer);
	return found != NULL;
}

static bool find_group(const char *name, uint32_t *ret_id)
{
	struct group group, *found = NULL;
	char *buffer = mem_alloc(LOOKUP_BYTES);

	if (getgrnam_r(name, &group, buffer, LOOKUP_BYTES, &found) == 0 && found)
		*ret_id = group.gr_gid;
	free(buffer);
	return found != NULL;
}

static bool find_id(struct file_job *job, struct str name, bool find(const char *, uint32_t *),
    const char *noun, uint32_t *ret_id)
{
	int64_t number;

	*ret_id = SAME_ID;
	if (!name.len || find(arena_cstr(job->arena, name), ret_id))
		return true;
	if (!units_int(name, &number) || number < 0 || number >= SAME_ID)
		return file_job_wrong(
		    job, "owner: there is no %s %.*s on this machine", noun, STR_ARG(name));
	*ret_id = (uint32_t)number;
	return true;
}

static bool find_ids(
    struct file_job *job, const struct file_rights *rights, uint32_t *ret_uid, uint32_t *ret_gid)
{
	ptrdiff_t colon = str_find(rights->owner, STR(":"));
	struct str user = rights->owner;
	struct str group = {0};

	if (colon >= 0) {
		user = str_sub(rights->owner, 0, (size_t)colon);
		group = str_sub(rights->owner, (size_t)colon + 1, rights->owner.len);
	}
	return find_id(job, user, find_user, "user", ret_uid) &&
	    find_id(job, group, find_group, "group", ret_gid);
}

bool file_rights_give(
    struct file_job *job, const struct file_rights *rights, int fd, const char *path)
{
	uint32_t uid;
	uint32_t gid;

	if (!find_ids(job, rights, &uid, &gid))
		return false;
	if ((uid != SAME_ID || gid != SAME_ID) && fchown(fd, uid, gid) < 0)
		return file_job_errno(job, errno, "change the owner of", path);
	/* behind it, for a change of the owner takes some of them away */
	if (rights->has_mode && fchmod(fd, rights->mode) < 0)
		return file_job_errno(job, errno, "change the mode of", path);
	return true;
}

bool file_rights_hold(
    struct file_job *job, const struct file_rights *rights, const struct stat *stat)
{
	uint32_t uid;
	uint32_t gid;

	return find_ids(job, rights, &uid, &gid) && (uid == SAME_ID || uid == stat->st_uid) &&
	    (gid == SAME_ID || gid == stat->st_gid) &&
	    (!rights->has_mode || rights->mode == (stat->st_mode & 07777));
}

/* Labels are the system's to give: where it does not let us, it gives its own. */
static bool is_needed(const char *name)
{
	return strncmp(name, "security.", 9) != 0 && strncmp(name, "trusted.", 8) != 0;
}

static bool copy_attribute(int from, int to, const char *name, char *value)
{
	ssize_t len = fgetxattr(from, name, value, XATTR_BYTES);

	return len < 0 || fsetxattr(to, name, value, (size_t)len, 0) == 0 || errno == ENOTSUP ||
	    !is_needed(name);
}

static bool copy_attributes(int from, int to)
{
	char *names = mem_alloc(XATTR_BYTES);
	char *value = mem_alloc(XATTR_BYTES);
	ssize_t len = flistxattr(from, names, XATTR_BYTES);
	bool ok = true;

	for (ssize_t at = 0; at < len && ok; at += (ssize_t)strlen(names + at) + 1)
		ok = copy_attribute(from, to, names + at, value);
	free(names);
	free(value);
	return ok;
}

bool file_rights_copy(
    struct file_job *job, int from, const struct stat *stat, int to, const char *path)
{
	struct stat now;

	if (fstat(to, &now) < 0)
		return file_job_errno(job, errno, "write", path);
	if ((now.st_uid != stat->st_uid || now.st_gid != stat->st_gid) &&
	    fchown(to, stat->st_uid, stat->st_gid) < 0)
		return file_job_errno(job, errno, "keep the owner of", path);
	if (!copy_attributes(from, to))
		return file_job_errno(job, errno, "keep the attributes of", path);
	if (fchmod(to, stat->st_mode & 07777) < 0)
		return file_job_errno(job, errno, "keep the mode of", path);
	return true;
}
