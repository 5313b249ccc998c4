/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLAYED_H
#define CLI_PLAYED_H

#include "cli/replayed.h"

/*
 * `reprise replay RUN --speed N`: shows a recorded run on standard output as it was, N times as fast, while it is
 * decided again.
 */

/* How fast, from what was typed: 0 is without pauses. False after saying what there is. */
bool played_speed(const char *text, double *ret_speed);

/*
 * As replayed_read() does, with every line shown when it is due. SIGINT ends the process from then on, with 0: there is
 * nothing to be cleaned up.
 */
enum status played_read(
    struct replayed *replayed, const char *path, double speed, const struct invocation *invocation);

#endif
