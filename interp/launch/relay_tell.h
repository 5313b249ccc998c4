/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_RELAY_TELL_H
#define LAUNCH_RELAY_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "launch/protocol.h"

/* What a far end tells the near one, as wire.h has it. */

/* A mark on a stream; its text has no newline. False when nobody is there to read it. */
bool relay_tell(const char *nonce, int fd, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How it ended. Points to what it is made of. */
struct relay_end {
	bool empty; /* nothing of it runs any more */
	bool stopped;
	uint32_t count; /* of stages that were waited for */
	const int32_t *status;
	uint32_t named; /* of what lives on */
	const struct launch_left *left;
};

/* The last marks on both streams; false when nobody is there to read them. */
bool relay_tell_end(const char *nonce, const struct relay_end *end);

/* Leaves the last mark's text in a file, for an inquiry. */
void relay_leave_end(const char *nonce, const struct relay_end *end);

#endif
