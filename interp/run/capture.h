/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_CAPTURE_H
#define RUN_CAPTURE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Runs a short command before the loop is there and appends its standard output to out. False with a sentence
 * appended to error when it cannot be started, ends with anything but 0, says more than out may hold, or does not end
 * within limit_ms, after which it and its process group are killed. What it leaves behind on success lives on, and is
 * not waited for. Standard input is /dev/null; standard error is inherited.
 */
bool capture_command(
    char *const argv[], const char *folder, int limit_ms, struct buf *out, struct buf *error);

#endif
