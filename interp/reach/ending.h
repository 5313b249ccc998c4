/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_ENDING_H
#define REACH_ENDING_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "launch/protocol.h"

/*
 * What became of a far step, line by line, as REACH_ENDING_FILE has it. It owns its lines; the file is rewritten when
 * something is known that must survive us.
 */
struct ending {
	const char *path; /* "": nowhere */
	struct buf lines;
	unsigned count; /* of statuses */
	int32_t status[LAUNCH_STAGES_MAX];
	bool decided; /* the last line is there */
};

void ending_init(struct ending *ending, const char *path);
void ending_done(struct ending *ending);

/* Adds a line; a newline in it becomes a blank. */
void ending_add(struct ending *ending, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The status of one stage; -1: of the next one. */
void ending_status(struct ending *ending, int stage, int32_t status);

/* Puts all that is known into the file. */
void ending_keep(struct ending *ending);

#endif
