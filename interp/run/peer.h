/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_PEER_H
#define RUN_PEER_H

#include <sys/types.h>

#include "base/arena.h"
#include "value/value.h"

/*
 * Whose process it is, by the kernel's word: {name, uid, login}, as sched/person.h has it. The login is the kernel's
 * /proc/PID/loginuid, which whoever logs people in sets once (PAM, login, sshd) and su and sudo leave as it is; where
 * there is none, or it cannot be seen (pid 0: a process of another namespace), it is left out.
 */
const struct value *peer_person(struct arena *arena, uid_t uid, pid_t pid);

/* Of this process. */
const struct value *peer_self(struct arena *arena);

#endif
