/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_TREE_H
#define LAUNCH_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launch/protocol.h"

/*
 * The descendants of this process, as /proc shows them. The kernel's list of children is exact only while nothing
 * forks, so a walk may miss a process: whoever kills walks again until waitpid() answers ECHILD, which is exact.
 * Numbers of processes deeper down may be reused between a look and a signal; signals go through pidfds, after the
 * parent was seen to be ours.
 */

/* What a walk met. Zombies do not count: they are dead and wait for their parent. */
struct tree_census {
	unsigned alive;
	unsigned refused; /* of those, the ones that we may not signal (EPERM) */
	unsigned named;
	struct launch_left left[LAUNCH_LEFT_MAX];
};

/*
 * Sends `number` to every living descendant, parents before their children; 0 sends nothing and only looks. With
 * `refused_only` the census names those alone that refused the signal.
 */
void tree_signal(int number, bool refused_only, struct tree_census *ret_census);

/* Sends SIGTERM to every living descendant but those below the processes named by `apart`. */
void tree_terminate(const pid_t *apart, unsigned count, struct tree_census *ret_census);

/* Field 22 of /proc/PID/stat, or 0 when there is no such process. */
int64_t tree_start_ticks(pid_t pid);

#endif
