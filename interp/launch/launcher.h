/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_LAUNCHER_H
#define LAUNCH_LAUNCHER_H

#include <stdint.h>

/*
 * Serves attempts over `socket` until the interpreter takes leave or dies, and then until the last process of the last
 * attempt is gone. Where `orphan_grace_us` is not negative, an attempt whose interpreter dies is ended then, with so
 * much grace. `guard` is the run's folder, or -1; it is closed as protocol.h says. The caller is a subreaper, the
 * leader of its session, and has every signal blocked. Returns an exit status.
 */
int launcher_serve(int socket, int guard, int64_t orphan_grace_us);

#endif
