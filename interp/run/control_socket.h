/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_CONTROL_SOCKET_H
#define RUN_CONTROL_SOCKET_H

#include "base/buf.h"

/*
 * The control socket of a run: a Unix stream socket `control` in the run's folder, mode 0600, there as long as a
 * process drives the run. Its address may be longer than the 108 bytes of sun_path (unix(7)), so it is named through
 * the opened folder, as /proc/self/fd/N/control.
 */

/* Opens the folder; its descriptor is the caller's. -1 with errno. */
int control_folder(const char *dir);

/*
 * Makes the socket in an opened folder, non-blocking and not listening yet; its descriptor is the caller's. What a dead
 * runner left there is replaced: the caller holds the lock on the transcript, so there is no other. -1 with what is
 * wrong appended to error.
 */
int control_bind(int folder, struct buf *error);

/* Removes it again. */
void control_unbind(int folder);

/*
 * Connects to the runner of the run with this folder, for reading and writing that give up after CONTROL_PATIENCE_S
 * seconds (EAGAIN). The descriptor is the caller's; -1 with errno: ENOENT or ECONNREFUSED when there is no runner.
 */
int control_connect(const char *dir);

enum { CONTROL_PATIENCE_S = 10 };

#endif
