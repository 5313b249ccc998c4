/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_LAUNCHER_H
#define LAUNCH_LAUNCHER_H

/*
 * Serves attempts over `socket` until the interpreter takes leave or dies, and then until the last process of the last
 * attempt is gone. `guard` is the run's folder, or -1; it is closed as protocol.h says. The caller is a subreaper, the
 * leader of its session, and has every signal blocked. Returns an exit status.
 */
int launcher_serve(int socket, int guard);

#endif
