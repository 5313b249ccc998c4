/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer that keeps no record: it numbers lines and calls every one of them durable. Linked in the place of
 * interp/record/transcript_writer.c it makes the program that tools/bench measures the cost of the record against.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "record/transcript_writer.h"

struct writer {
	char *path;
	void (*wake)(void *context);
	void *context;
	char prev[DIGEST_HEX + 1];
	int64_t lines;
	uint64_t ticket;
};

struct writer *writer_new(const struct writer_options *options, struct buf *error)
{
	struct writer *writer = mem_alloc(sizeof(*writer));

	(void)error;
	if (options->tail)
		close(options->tail->fd);
	writer->path = mem_strdup(options->path);
	writer->wake = options->wake;
	writer->context = options->context;
	memset(writer->prev, '0', DIGEST_HEX);
	return writer;
}

void writer_free(struct writer *writer)
{
	if (writer)
		free(writer->path);
	free(writer);
}

bool writer_append(struct writer *writer, struct message *message)
{
	message->seq = writer->lines++;
	return true;
}

bool writer_seal(struct writer *writer)
{
	writer->lines++;
	return true;
}

uint64_t writer_flush(struct writer *writer)
{
	return ++writer->ticket;
}

void writer_sync(struct writer *writer, uint64_t ticket)
{
	(void)ticket;
	if (writer->wake)
		writer->wake(writer->context);
}

uint64_t writer_durable(struct writer *writer)
{
	return writer->ticket;
}

bool writer_finish(struct writer *writer)
{
	(void)writer;
	return true;
}

bool writer_reserve(struct writer *writer, int64_t bytes)
{
	(void)writer;
	(void)bytes;
	return true;
}

enum writer_state writer_state(struct writer *writer)
{
	(void)writer;
	return WRITER_GOOD;
}

const char *writer_error(struct writer *writer)
{
	(void)writer;
	return NULL;
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
	(void)writer;
	return 0;
}

const char *writer_prev(const struct writer *writer)
{
	return writer->prev;
}
