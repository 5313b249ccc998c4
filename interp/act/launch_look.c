/* SPDX-License-Identifier: Apache-2.0 */
#include "act/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "launch/program.h"

/* As much of a file as the kernel looks at before it runs it. */
enum { FIRST_LINE = 256 };

/* Of a file that begins with "#!": whether what stands behind that can be run; 0 or an error number. */
static int find_interpreter(int folder, const char *path)
{
	char line[FIRST_LINE + 1];
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t len = fd < 0 ? 0 : pread(fd, line, FIRST_LINE, 0);
	char *name;

	if (fd >= 0)
		close(fd);
	line[len > 0 ? len : 0] = '\0';
	if (strncmp(line, "#!", 2) != 0)
		return 0;
	name = line + 2 + strspn(line + 2, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return !*name || faccessat(folder, name, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

static bool refuse(struct launch_end *end, size_t stage, enum launch_trouble trouble, int error)
{
	*end = (struct launch_end){
	    .how = LAUNCH_REFUSED, .trouble = trouble, .stage = stage, .error = error};
	return false;
}

static bool find_all(int folder, const struct launch_request *request, struct launch_end *ret_end)
{
	char *const *env = (char *const *)(uintptr_t)request->env;
	char path[PATH_MAX];

	for (size_t i = 0; i < request->stage_count; i++) {
		int error = program_find(folder, request->stages[i][0], env, path);

		if (error)
			return refuse(ret_end, i, LAUNCH_TROUBLE_FIND, error);
		error = find_interpreter(folder, path);
		if (error)
			return refuse(ret_end, i, LAUNCH_TROUBLE_EXEC, error);
	}
	return true;
}

bool launch_look(const struct launch_request *request, struct launch_end *ret_end)
{
	int folder = open(request->cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	if (folder < 0)
		return refuse(ret_end, 0, LAUNCH_TROUBLE_CWD, errno);
	if (faccessat(folder, ".", X_OK, AT_EACCESS) < 0)
		ok = refuse(ret_end, 0, LAUNCH_TROUBLE_CWD, errno);
	else
		ok = find_all(folder, request, ret_end);
	close(folder);
	return ok;
}
