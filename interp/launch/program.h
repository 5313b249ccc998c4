/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_PROGRAM_H
#define LAUNCH_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/*
 * Finds a program as execvp() does, by the PATH of the step; 0 or an error number. Relative paths are meant from
 * `folder`, a descriptor or AT_FDCWD.
 */
int program_find(int folder, const char *name, char *const *env, char ret_path[PATH_MAX]);

/* Whether whoever runs it gets rights that he did not have: it is set-user-ID, set-group-ID or has capabilities. */
bool program_raises(const char *path);

#endif
