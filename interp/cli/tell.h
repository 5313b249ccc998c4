/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TELL_H
#define CLI_TELL_H

#include "base/arena.h"
#include "base/buf.h"
#include "run/control_line.h"

/*
 * Says something to who drives a run, over a connection of control_connect(), and hears what became of it, in the
 * arena. False with a sentence appended when that is not known.
 */
bool tell_run(int fd, struct arena *arena, const struct control_request *request,
    struct control_answer *ret_answer, struct buf *why);

#endif
