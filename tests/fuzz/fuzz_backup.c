/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walkers of backups on arbitrary content: read at once, and in pieces of a few bytes, it must be found the same;
 * what is complete is so no more without its last byte, where no format lets something more stand at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "stdlib/backup_walk.h"

enum { MAX_SIZE = 1 << 20 };

struct content {
	const uint8_t *ptr;
	size_t len;
	size_t read;
	size_t piece;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static int64_t read_content(void *self, void *into, size_t room)
{
	struct content *content = self;
	size_t left = content->len - content->read;

	if (room > content->piece)
		room = content->piece;
	if (room > left)
		room = left;
	if (room)
		memcpy(into, content->ptr + content->read, room);
	content->read += room;
	return (int64_t)room;
}

static struct backup walk_all(const uint8_t *ptr, size_t len, size_t piece)
{
	struct content content = {ptr, len, 0, piece};
	struct stream_source source = {read_content, &content};
	struct stream *stream = stream_new(&source, MAX_SIZE, NULL);
	struct backup backup;
	struct walk walk;

	backup_init(&backup);
	if (walk_begin(&walk, stream, &backup))
		while (walk_step(&walk))
			;
	walk_end(&walk);
	must(backup.complete == !backup.reason[0]);
	must(backup.offset <= (int64_t)MAX_SIZE + (256 << 10));
	must(!backup.complete || (backup.kind && backup.content_size >= 0));
	stream_free(stream);
	return backup;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct backup whole = walk_all(data, size, SIZE_MAX);
	struct backup pieces = walk_all(data, size, 1 + size % 13);

	must(whole.complete == pieces.complete);
	/* Of what is packed and damaged, more or less may come out before that is seen. */
	must(whole.kind == pieces.kind || whole.packing != PACKED_NOT);
	must(!whole.complete || whole.records == pieces.records);
	if (whole.complete && whole.packing == PACKED_NOT &&
	    (whole.kind == BACKUP_POSTGRES_CUSTOM || whole.kind == BACKUP_REDIS_RDB))
		must(!walk_all(data, size - 1, SIZE_MAX).complete);
	return 0;
}
