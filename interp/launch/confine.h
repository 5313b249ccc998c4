/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_CONFINE_H
#define LAUNCH_CONFINE_H

#include <stdbool.h>

#include "launch/protocol.h"
#include "launch/request.h"
#include "launch/scratch.h"

/*
 * Keeps processes from writing to file systems, by Landlock: they can open for writing, make, remove, rename and
 * truncate only below the paths of the request, and devices that keep nothing. What the kernel cannot do, or would do
 * at the price of breaking an innocent program, is left undone and said: a process always runs.
 *
 * It stays as it was with what Landlock has no right for: modes, owners, times and attributes of files, sockets,
 * signals. A confined process can neither mount nor look into processes outside (ptrace and what asks for the same
 * right: /proc/PID/fd, exe, maps).
 */
struct confinement {
	bool asked;
	bool privileged; /* may do it without giving up set-user-ID programs */
	int ruleset; /* -1: none */
	struct scratch scratch; /* lives as long as the attempt */
	char why
	    [LAUNCH_WHY_MAX]; /* why a stage is not confined; "": all are, or it was not asked for */
};

/*
 * Makes ready what the request asks for, the scratch folder too. To be ended with confine_done() when its stages have
 * begun; the folder is removed later, by whoever knows that nobody needs it.
 */
void confine_begin(struct confinement *confinement, const struct request *request);

/* The ruleset for stage i, whose program lies at `path`, from within the folder it will run in; -1: it has none. */
int confine_stage(
    struct confinement *confinement, const struct request *request, unsigned i, const char *path);

/* What a stage does to itself; async-signal-safe. 0, or an error number: it is not confined. */
int confine_self(int ruleset, bool privileged);

/* Takes note of that. */
void confine_failed(struct confinement *confinement, int error);

void confine_done(struct confinement *confinement);

#endif
