/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* As execvp() has it when there is no PATH. */
static const char default_path[] = "/bin:/usr/bin";

static const char *get_env(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/* 0 when path is a file that may be executed, else an error number. */
static int may_execute(int folder, const char *path)
{
	struct stat stat;

	if (faccessat(folder, path, X_OK, AT_EACCESS) < 0)
		return errno;
	if (fstatat(folder, path, &stat, 0) < 0)
		return errno;
	return S_ISREG(stat.st_mode) ? 0 : EACCES;
}

int program_find(int folder, const char *name, char *const *env, char ret_path[PATH_MAX])
{
	const char *path = get_env(env, "PATH");
	size_t len = strlen(name);
	int error = ENOENT;

	if (len == 0 || len >= PATH_MAX)
		return len ? ENAMETOOLONG : ENOENT;
	if (strchr(name, '/')) {
		memcpy(ret_path, name, len + 1);
		return may_execute(folder, name);
	}
	if (!path)
		path = default_path;
	for (;;) {
		const char *colon = strchrnul(path, ':');
		size_t dir = (size_t)(colon - path);

		if (dir + len + 2 <= PATH_MAX) {
			int tried;

			memcpy(ret_path, path, dir);
			if (dir)
				ret_path[dir++] = '/';
			memcpy(ret_path + dir, name, len + 1);
			tried = may_execute(folder, ret_path);
			if (tried == 0)
				return 0;
			if (tried == EACCES)
				error = EACCES;
		}
		if (!*colon)
			return error;
		path = colon + 1;
	}
}

bool program_raises(const char *path)
{
	struct stat stat;

	if (fstatat(AT_FDCWD, path, &stat, 0) < 0)
		return false;
	return (stat.st_mode & S_ISUID) || ((stat.st_mode & S_ISGID) && (stat.st_mode & S_IXGRP)) ||
	    getxattr(path, "security.capability", NULL, 0) > 0;
}
