/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_RESCUE_H
#define LAUNCH_RESCUE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "launch/protocol.h"
#include "launch/stages.h"
#include "launch/tree.h"

/*
 * What the launcher does in the interpreter's stead: it reads the attempt's streams into bounded files, so that nobody
 * is killed or held up by a pipe without a reader, says that it goes on, and leaves the exit status. A failure to write
 * loses what cannot be written and nothing else. It owns its descriptors until rescue_done().
 */
struct drain {
	int pipe; /* the reading end, or -1 */
	bool ready; /* it does not block */
	bool over; /* what comes now is read and forgotten */
	int file; /* -1 until the first byte */
	uint64_t size; /* bytes that were read before it was over */
	uint64_t
	    stored; /* of these, from the beginning on: behind what could not be written, nothing is */
	const char *name; /* "out", "err" */
};

struct rescue {
	uint32_t op;
	char run_dir[PATH_MAX];
	bool goes_on; /* op-N.run is ours */
	struct drain out;
	struct drain err;
};

/* What is known of the end, for the exit file. */
struct rescue_end {
	const struct trouble *failed; /* or NULL */
	int64_t duration_us; /* until the last stage was waited for; -1: it was not */
	const struct tree_census *left;
};

/* Takes the reading ends (-1: none). */
void rescue_begin(struct rescue *rescue, uint32_t op, const char *run_dir, int out, int err);

/* Reads what is there now, without waiting; true when there was anything. Closes a pipe at its end. */
bool rescue_read(struct rescue *rescue, struct drain *drain);

/* Writes op-N.run; false when it cannot be written. `stopped`: somebody asked for the end. */
bool rescue_go_on(struct rescue *rescue, const struct stages *stages, bool stopped);

/* Removes the files of the streams, which nobody needs; what comes later is read and forgotten. */
void rescue_forget(struct rescue *rescue);

/*
 * Brings the files of the streams in order, writes op-N.exit, and removes an op-N.run of its own. What comes later is
 * read and forgotten.
 */
void rescue_leave(
    struct rescue *rescue, const struct stages *stages, bool stopped, const struct rescue_end *end);

/* Closes what is open, files in order. */
void rescue_done(struct rescue *rescue);

#endif
