/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_STATUS_H
#define LAUNCH_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the statuses of the stages of a pipe, as wait() gives them, come to. A writer that was ended by SIGPIPE (or says
 * so: 141) did no wrong if its reader succeeded.
 */
bool status_succeeded(const int32_t *status, size_t count);

/* Whether that one did no wrong. */
bool status_is_good(const int32_t *status, size_t count, size_t i);

/* Whether it was ended by SIGPIPE, or says so. */
bool status_is_sigpipe(int32_t status);

#endif
