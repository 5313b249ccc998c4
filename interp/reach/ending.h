/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_ENDING_H
#define REACH_ENDING_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "launch/protocol.h"

/*
 * What became of a far step, line by line, as REACH_ENDING_FILE has it. It owns its lines; those that are new are added
 * to the file when something is known that must survive us: all of them, or none.
 */
struct ending {
	const char *path; /* "": nowhere, or nowhere any more */
	int fd; /* of the file; -1: not yet, or no more */
	struct buf lines;
	size_t kept; /* bytes of them that the file has */
	unsigned count; /* of statuses, up to the last that is known */
	uint64_t known; /* a bit for each that is */
	int32_t status[LAUNCH_STAGES_MAX];
};

void ending_init(struct ending *ending, const char *path);
void ending_done(struct ending *ending);

/* Adds a line; a newline in it becomes a blank. */
void ending_add(struct ending *ending, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ending_vadd(struct ending *ending, const char *format, va_list args);

/* The status of one stage; -1: of the next one. */
void ending_status(struct ending *ending, int stage, int32_t status);

/* Gives those of so many stages that are not known. */
void ending_fill(struct ending *ending, unsigned stages, int32_t status);

/* Whether the status of every stage is known, as far as any is. */
bool ending_is_whole(const struct ending *ending);

/* What a far end says behind "end": EMPTY STOPPED STATUS…; the statuses are added. */
void ending_take(struct ending *ending, const char *text, bool *ret_empty, bool *ret_stopped);

/* Adds what is new to the file. */
void ending_keep(struct ending *ending);

#endif
