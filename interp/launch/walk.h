/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_WALK_H
#define LAUNCH_WALK_H

#include <sys/types.h>

/* A walk takes this many at most: a larger tree is killed by walking again, as what was met dies. */
enum { WALK_MAX = 4096 };

struct relative {
	pid_t pid;
	pid_t parent;
};

/* Processes met, in the order of the walk. */
struct walk {
	unsigned count;
	struct relative met[WALK_MAX];
};

/* Adds the children of every thread of a process; none when there is no such process. */
void walk_children(struct walk *walk, pid_t parent);

#endif
