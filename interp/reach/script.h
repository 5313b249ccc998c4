/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_SCRIPT_H
#define REACH_SCRIPT_H

#include <stdbool.h>

#include "base/buf.h"
#include "launch/request.h"
#include "reach/told.h"

/*
 * A step as a line of shell code, for a far side where reprise-launch cannot be: as near to what that does as POSIX's
 * means come. The step runs in a session of its own (setsid), which is what is ended and looked at. What it says are
 * marks: `ready` on standard error and `ready PID`, then `began 0` or `failed EMPTY STAGE TROUBLE ERRNO`, of each stage
 * `status STAGE EXIT_CODE`,
 * `left PID COMMAND`, and `end EMPTY STOPPED` on both streams.
 *
 * What differs: nothing keeps a process that reads from writing; a process that leaves the session is neither ended nor
 * seen; a signal shows as the exit status 128 and its number; SIGINT and SIGQUIT are ignored. A step without standard
 * input is ended when that of the shell is, one with it when it notices by itself, or when an inquiry ends it.
 */
void script_line(struct buf *line, const struct told *order, const struct request *request);

#endif
