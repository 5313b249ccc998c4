/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_KIN_H
#define LAUNCH_KIN_H

#include <sys/types.h>

/* A walk takes this many at most: a larger tree is killed by walking again, as what was met dies. */
enum { KIN_MAX = 4096 };

struct relative {
	pid_t pid;
	pid_t parent;
};

/* Processes met, in the order of the walk. */
struct kin {
	unsigned count;
	struct relative met[KIN_MAX];
};

/* Adds the children of every thread of a process; none when there is no such process. */
void kin_add_children(struct kin *kin, pid_t parent);

#endif
