/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_TRANSCRIPT_WRITER_H
#define RECORD_TRANSCRIPT_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/signing.h"
#include "sched/message.h"

/*
 * Writes a transcript: lines are appended to one buffer, a flush writes the buffer with one write(2) and gives a
 * ticket, and a thread of the writer's own makes tickets durable; one sync serves every ticket flushed before it
 * began. The writer owns its file, the lock on it (flock, for as long as it lives) and the thread. All calls are the
 * owner's alone, from one thread, except where it says otherwise.
 *
 * A file holds whole lines at all times: what a failed write left of a line is cut off again, and so is a run.finished
 * whose seal found no room. Space is reserved ahead
 * of the end without changing the file's size, so that WRITER_LOW comes before anything is lost:
 *
 *     GOOD   all is well
 *     LOW    no more space can be reserved: nothing new should begin; what has begun can still be ended in the record
 *     STUCK  a write failed: the file ends in a whole line, the rest waits in the buffer, and each flush tries again
 *     DEAD   a sync failed, or a torn line could not be cut off: final. Appends and flushes do nothing any more
 */
struct writer;

enum writer_state { WRITER_GOOD, WRITER_LOW, WRITER_STUCK, WRITER_DEAD };

/* The waiting buffer of a stuck writer is bounded: past this an append is refused. */
enum { WRITER_WAITING = 32 << 20 };

/* Where a transcript that is there already goes on. */
struct writer_tail {
	int fd; /* of transcript_file_open(): the writer's from now on */
	int64_t lines;
	int64_t t_us; /* of the last line */
	int64_t size; /* of the good lines: what stands behind them is cut off */
	char prev[DIGEST_HEX + 1]; /* the SHA-256 of the last line */
};

struct writer_options {
	const char *path;
	const struct writer_tail *tail; /* NULL: it begins, and must not be there */
	/*
	 * Called from the sync thread whenever writer_durable() or the state may have changed: it may only wake the
	 * owner (uv_async_send, an eventfd). NULL: nobody is woken.
	 */
	void (*wake)(void *context);
	void *context;
	int64_t reserve; /* bytes kept reserved ahead at least; 0: 1 MiB; negative: none */
	int (*sync)(int fd); /* in place of fdatasync(), for tests; NULL */
	const struct signing_key
	    *signer; /* signs the seal, and outlives the writer; NULL: nobody does */
};

/*
 * Creates the file (it must not exist; mode 0600; missing directories on the way are made with mode 0700), locks it and
 * syncs its directory; or goes on with the one of a tail. NULL with a sentence appended to error.
 */
struct writer *writer_new(const struct writer_options *options, struct buf *error);

/* Joins the thread and closes the file without another write: what was not flushed is lost. Accepts NULL. */
void writer_free(struct writer *writer);

/*
 * Adds a line to the buffer. Sets the message's seq, and lifts its t_us to that of the line before if it is less; at_us
 * is the caller's. The first line must be run.started; none may follow a seal; its line must fit TRANSCRIPT_LINE. All
 * of that is asserted. False when the writer is dead, or stuck with WRITER_WAITING bytes waiting: then the line is not
 * part of the record and seq is not used up.
 */
bool writer_append(struct writer *writer, struct message *message);

/* Adds the seal, signed where there is a signer. The run must have finished. */
bool writer_seal(struct writer *writer);

/*
 * Writes what waits in one write(2) and tops up the reserve. Returns the ticket that covers every line appended so far;
 * tickets grow. When nothing waited it is the last one again, and only a reserve that was LOW is tried for. Errors show
 * in writer_state().
 */
uint64_t writer_flush(struct writer *writer);

/*
 * Asks for the ticket to be made durable; returns at once. Asking for what is durable already costs nothing, but
 * wakes nobody either. A ticket that could not be written becomes durable once a later flush succeeded and was synced.
 */
void writer_sync(struct writer *writer, uint64_t ticket);

/* Every ticket up to this one is durable. From any thread. */
uint64_t writer_durable(struct writer *writer);

/* Flushes and waits until all is durable and the reserve given back; false when it could not be. */
bool writer_finish(struct writer *writer);

/*
 * From now on keeps at least this many bytes reserved ahead; false when they cannot be had (the state is LOW then).
 * Where the file system cannot reserve, it is true and means nothing.
 */
bool writer_reserve(struct writer *writer, int64_t bytes);

enum writer_state writer_state(struct writer *writer);

/* A sentence for any state but GOOD: "cannot write to PATH: No space left on device". The writer's own; else NULL. */
const char *writer_error(struct writer *writer);

const char *writer_path(const struct writer *writer);

/* Number of lines appended, and of bytes in the file. */
int64_t writer_lines(const struct writer *writer);
int64_t writer_size(const struct writer *writer);

/* The SHA-256 of the last line appended: what a signature of the seal covers. */
const char *writer_prev(const struct writer *writer);

#endif
