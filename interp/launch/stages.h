/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_STAGES_H
#define LAUNCH_STAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launch/confine.h"
#include "launch/protocol.h"
#include "launch/request.h"
#include "launch/tree.h"

/*
 * The processes of one attempt: one, or the stages of a pipe. Plain data; all of them share one process group, whose
 * leader is the first.
 */
struct stage {
	pid_t pid;
	int64_t start_ticks;
	int status; /* as wait() gives it, once it has exited */
	bool exited;
};

struct stages {
	unsigned count; /* that were begun */
	unsigned alive;
	struct confinement confinement;
	struct stage stage[LAUNCH_STAGES_MAX];
};

/* What went wrong, and with which stage. */
struct trouble {
	unsigned stage;
	enum launch_trouble what;
	int error;
};

/*
 * Begins every stage of the request, with null_fd as standard input where none is given, and closes the writing ends
 * of what they print. False with *ret_trouble when one cannot be begun; the stages before it run then.
 */
bool stages_begin(
    struct stages *stages, struct request *request, int null_fd, struct trouble *ret_trouble);

/* Sends SIGTERM to all descendants but those of the stages that `apart` has a bit for. */
void stages_terminate(const struct stages *stages, uint64_t apart, struct tree_census *ret_census);

/* Takes note that a process was waited for. True when it was the last stage of all. */
bool stages_waited(struct stages *stages, pid_t pid, int status);

#endif
