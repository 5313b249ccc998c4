/* SPDX-License-Identifier: Apache-2.0 */
#include "record/transcript_writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "record/codec.h"
#include "record/signature.h"
#include "record/syncer.h"
#include "record/transcript_file.h"

enum { RESERVE = 1 << 20, ERROR_MAX = 8192 };

struct writer {
	char *path;
	int fd;
	struct syncer *syncer;
	struct buf waiting; /* whole lines that are not in the file yet */
	struct digest *digest;
	const struct signing_key *signer; /* or NULL */
	char prev[DIGEST_HEX + 1];
	int64_t lines;
	int64_t t_us;
	bool finished; /* run.finished is among the lines */
	size_t last_words; /* where that waits */
	bool sealed;

	int64_t size; /* of the file: always whole lines */
	int64_t reserve; /* wanted ahead of size; 0: none, or the file system cannot */
	int64_t reserved; /* offset up to which there is space */
	uint64_t ticket; /* the last one given */
	uint64_t written; /* the last one that is in the file */

	enum writer_state state; /* but for a failed sync, which the syncer knows first */
	struct buf error;
};

/* The state and its sentence; errnum 0 for GOOD. */
static void enter(struct writer *writer, enum writer_state state, const char *doing, int errnum)
{
	writer->state = state;
	buf_clear(&writer->error);
	if (state != WRITER_GOOD) {
		buf_printf(
		    &writer->error, "cannot %s %s: %s", doing, writer->path, strerror(errnum));
		buf_byte(&writer->error, '\0');
	}
}

/* True when space up to the given offset is there; asks for `more` beyond it first, to be asked seldom. */
static bool reserve_to(struct writer *writer, int64_t wanted, int64_t more)
{
	const int64_t ends[] = {wanted + more, wanted};
	int64_t from = writer->reserved > writer->size ? writer->reserved : writer->size;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		int failed;

		do
			failed = fallocate(writer->fd, FALLOC_FL_KEEP_SIZE, from, ends[i] - from);
		while (failed && errno == EINTR);
		if (!failed) {
			writer->reserved = ends[i];
			return true;
		}
	}
	return false;
}

/* Tops up the reserve when less than what is wanted is left of it. */
static void top_up(struct writer *writer)
{
	int64_t wanted = writer->size + writer->reserve;

	if (writer->reserve == 0 || writer->reserved >= wanted) {
		if (writer->state == WRITER_LOW)
			enter(writer, WRITER_GOOD, NULL, 0);
		return;
	}
	if (reserve_to(writer, wanted, writer->reserve)) {
		if (writer->state == WRITER_LOW)
			enter(writer, WRITER_GOOD, NULL, 0);
	} else if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
		writer->reserve = 0;
	} else if (writer->state == WRITER_GOOD) {
		enter(writer, WRITER_LOW, "reserve space for", errno);
	}
}

struct writer *writer_new(const struct writer_options *options, struct buf *error)
{
	const struct writer_tail *tail = options->tail;
	int fd = tail ? tail->fd : transcript_file_create(options->path, error);
	struct writer *writer;

	if (fd < 0)
		return NULL;
	if (tail && ftruncate(fd, tail->size) != 0) {
		buf_printf(
		    error, "cannot cut a torn line off %s: %s", options->path, strerror(errno));
		close(fd);
		return NULL;
	}
	writer = mem_alloc(sizeof(*writer));
	writer->path = mem_strdup(options->path);
	writer->fd = fd;
	writer->syncer = syncer_new(
	    fd, options->sync ? options->sync : fdatasync, options->wake, options->context);
	writer->digest = digest_new();
	memcpy(writer->prev, tail ? tail->prev : transcript_origin, sizeof(writer->prev));
	if (tail) {
		writer->lines = tail->lines;
		writer->t_us = tail->t_us;
		writer->size = tail->size;
	}
	writer->signer = options->signer;
	buf_init(&writer->waiting, BUF_UNBOUNDED);
	buf_init(&writer->error, ERROR_MAX);
	writer->reserve = options->reserve == 0 ? RESERVE : options->reserve;
	if (writer->reserve < 0)
		writer->reserve = 0;
	top_up(writer);
	return writer;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	syncer_free(writer->syncer);
	close(writer->fd);
	digest_free(writer->digest);
	buf_done(&writer->waiting);
	buf_done(&writer->error);
	free(writer->path);
	free(writer);
}

/* A sync that failed is the end; the syncer's thread only left word of it. */
static bool is_dead(struct writer *writer)
{
	int error = syncer_error(writer->syncer);

	if (error && writer->state != WRITER_DEAD)
		enter(writer, WRITER_DEAD, "sync", error);
	return writer->state == WRITER_DEAD;
}

static bool append(struct writer *writer, struct message *message)
{
	const size_t start = writer->waiting.len;
	/* there is always room for a seal: without it nothing behind run.finished is right */
	bool full = start >= WRITER_WAITING && message->type != MESSAGE_SEAL;
	bool fits;

	if (is_dead(writer) || (writer->state == WRITER_STUCK && full))
		return false;
	if (message->t_us < writer->t_us)
		message->t_us = writer->t_us;
	message->seq = writer->lines;
	fits = message_encode(message, writer->prev, &writer->waiting);
	assert(fits); /* whoever makes messages bounds them */
	(void)fits;
	writer->t_us = message->t_us;
	writer->lines++;
	digest_add(writer->digest, writer->waiting.ptr + start, writer->waiting.len - start);
	digest_hex(writer->digest, writer->prev);
	return true;
}

bool writer_append(struct writer *writer, struct message *message)
{
	size_t start;

	assert(!writer->sealed && message->type != MESSAGE_SEAL);
	assert((writer->lines == 0) == (message->type == MESSAGE_RUN_STARTED));
	start = writer->waiting.len;
	if (!append(writer, message))
		return false;
	if (message->type == MESSAGE_RUN_FINISHED) {
		writer->finished = true;
		writer->last_words = start;
	}
	return true;
}

bool writer_seal(struct writer *writer)
{
	struct message seal = {.type = MESSAGE_SEAL};
	struct buf signature;

	assert(writer->finished && !writer->sealed);
	buf_init(&signature, BUF_UNBOUNDED);
	if (writer->signer)
		signature_write(writer->signer, writer->prev, &signature);
	seal.seal.signature = buf_view(&signature);
	writer->sealed = append(writer, &seal);
	buf_done(&signature);
	return writer->sealed;
}

/* Writes what waits; returns 0 or an errno, with *ret_done bytes in the file either way. */
static int write_waiting(struct writer *writer, size_t *ret_done)
{
	size_t done = 0;
	int error = 0;

	while (done < writer->waiting.len && !error) {
		ssize_t len = write(
		    writer->fd, writer->waiting.ptr + done, writer->waiting.len - done);

		if (len > 0)
			done += (size_t)len;
		else if (len == 0)
			error = EIO;
		else if (errno != EINTR)
			error = errno;
	}
	*ret_done = done;
	return error;
}

/*
 * A write failed after `done` bytes: the file is cut back to its last whole line, the rest goes on waiting. A
 * run.finished whose seal found no room goes on waiting too: a file that ends in one is damaged.
 */
static void get_stuck(struct writer *writer, size_t done, int error)
{
	const char *newline = done ? memrchr(writer->waiting.ptr, '\n', done) : NULL;
	size_t whole = newline ? (size_t)(newline - writer->waiting.ptr) + 1 : 0;

	if (writer->finished && whole > writer->last_words)
		whole = writer->last_words;
	writer->last_words -= writer->finished ? whole : 0;
	writer->size += (int64_t)whole;
	buf_consume(&writer->waiting, whole);
	if (ftruncate(writer->fd, writer->size) != 0) {
		enter(writer, WRITER_DEAD, "cut a torn line off", errno);
		return;
	}
	writer->reserved = writer->size; /* the cut gave it back */
	enter(writer, WRITER_STUCK, "write to", error);
}

uint64_t writer_flush(struct writer *writer)
{
	size_t done;
	int error;

	if (is_dead(writer))
		return writer->ticket;
	if (writer->waiting.len == 0) {
		if (writer->state == WRITER_LOW)
			top_up(writer);
		return writer->ticket;
	}
	writer->ticket++;
	error = write_waiting(writer, &done);
	if (error) {
		get_stuck(writer, done, error);
		return writer->ticket;
	}
	if (writer->state == WRITER_STUCK)
		enter(writer, WRITER_GOOD, NULL, 0);
	writer->size += (int64_t)done;
	writer->written = writer->ticket;
	buf_clear(&writer->waiting);
	syncer_flushed(writer->syncer, writer->written);
	top_up(writer);
	return writer->ticket;
}

void writer_sync(struct writer *writer, uint64_t ticket)
{
	assert(ticket <= writer->ticket);
	syncer_want(writer->syncer, ticket);
}

uint64_t writer_durable(struct writer *writer)
{
	return syncer_durable(writer->syncer);
}

bool writer_finish(struct writer *writer)
{
	writer_flush(writer);
	if (writer->waiting.len || is_dead(writer))
		return false;
	if (writer->reserved > writer->size && ftruncate(writer->fd, writer->size) == 0)
		writer->reserved = writer->size;
	syncer_wait(writer->syncer);
	return !is_dead(writer);
}

bool writer_reserve(struct writer *writer, int64_t bytes)
{
	assert(bytes >= 0);
	if (writer->reserve == 0)
		return !is_dead(writer);
	writer->reserve = bytes > 0 ? bytes : 1;
	if (is_dead(writer) || writer->state == WRITER_STUCK)
		return false;
	top_up(writer);
	return writer->state == WRITER_GOOD;
}

enum writer_state writer_state(struct writer *writer)
{
	return is_dead(writer) ? WRITER_DEAD : writer->state;
}

const char *writer_error(struct writer *writer)
{
	return writer_state(writer) == WRITER_GOOD ? NULL : writer->error.ptr;
}

const char *writer_path(const struct writer *writer)
{
	return writer->path;
}

int64_t writer_lines(const struct writer *writer)
{
	return writer->lines;
}

int64_t writer_size(const struct writer *writer)
{
	return writer->size;
}

const char *writer_prev(const struct writer *writer)
{
	return writer->prev;
}
