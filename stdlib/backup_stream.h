/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_STREAM_H
#define STDLIB_BACKUP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/str.h"
#include "stdlib/pool_job.h"
#include "stdlib/unpack.h"

/*
 * The content of a file, read once from its beginning to its end: unpacked if it is packed, seen through a window of
 * fixed size, digested as it lies there. Offsets count the content. A stream that cannot go on behaves as one that
 * ends, and says why in stream_trouble().
 */
struct stream;

/* At most this much can be looked at ahead. */
enum { STREAM_LOOK = 64 << 10 };

struct stream_source {
	/* As read(2): bytes, 0 at the end, -1 with errno. */
	int64_t (*read)(void *self, void *into, size_t room);
	void *self;
};

/* max_size: more content than this is trouble. job: whose end ends the reading too; may be NULL. */
struct stream *stream_new(
    const struct stream_source *source, int64_t max_size, const struct pool_job *job);
void stream_free(struct stream *stream);

/* At least `wanted` bytes (at most STREAM_LOOK) from here on, fewer where it ends; valid until the next call. */
struct str stream_look(struct stream *stream, size_t wanted);

/* Goes on behind what was looked at. */
void stream_pass(struct stream *stream, size_t len);

/* Copies, or passes, exactly len bytes; false when it ends before. */
bool stream_take(struct stream *stream, void *into, size_t len);
bool stream_skip(struct stream *stream, uint64_t len);

uint64_t stream_offset(const struct stream *stream);

/* It ends at this offset, for as long as the fence stands; UINT64_MAX takes it away. */
void stream_fence(struct stream *stream, uint64_t offset);

/* Sees every byte that is passed, taken or skipped from now on; NULL ends that. */
void stream_tap(struct stream *stream, void (*tap)(void *self, struct str bytes), void *self);

/* Where it ends earlier than the file: why, "the gzip around it is cut off: …". Else NULL. */
const char *stream_trouble(const struct stream *stream);

/* Whether that is our own limit, or the system's, and no damage. */
bool stream_doubt(const struct stream *stream);

enum packing stream_packing(const struct stream *stream);

/* Whether what it is packed in ends in checksums. */
bool stream_has_checksum(const struct stream *stream);

int64_t stream_max_size(const struct stream *stream);

/* Bytes read of the file so far. */
int64_t stream_raw_size(const struct stream *stream);

/* The digest of the file so far; it begins anew. */
void stream_digest(struct stream *stream, char ret_hex[DIGEST_HEX + 1]);

#endif
