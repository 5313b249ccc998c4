/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_stream.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/units.h"

enum { RAW_BYTES = 128 << 10, WINDOW_BYTES = 256 << 10, WHY_BYTES = 200 };

struct stream {
	struct stream_source source;
	int64_t max_size;
	const struct pool_job *job;
	struct digest *digest;
	struct unpack *unpack; /* NULL: it is not packed */
	enum packing packing;
	bool has_checksum;
	bool begun;
	bool raw_ended;
	bool ended; /* nothing comes behind the window */
	char *raw; /* bytes of the file that were not unpacked yet */
	struct str raw_left;
	int64_t raw_size;
	char *window;
	size_t at;
	size_t len;
	uint64_t base; /* offset of the window's first byte */
	uint64_t fence;
	void (*tap)(void *self, struct str bytes);
	void *tap_self;
	bool doubt;
	char why[WHY_BYTES];
};

struct stream *stream_new(
    const struct stream_source *source, int64_t max_size, const struct pool_job *job)
{
	struct stream *stream = mem_alloc(sizeof(*stream));

	stream->source = *source;
	stream->max_size = max_size;
	stream->job = job;
	stream->digest = digest_new();
	stream->raw = mem_alloc(RAW_BYTES);
	stream->window = mem_alloc(WINDOW_BYTES);
	stream->fence = UINT64_MAX;
	return stream;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	unpack_free(stream->unpack);
	digest_free(stream->digest);
	free(stream->raw);
	free(stream->window);
	free(stream);
}

/* doubt: the file may be as it should all the same. */
static void give_up(struct stream *stream, bool doubt, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void give_up(struct stream *stream, bool doubt, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(stream->why, sizeof(stream->why), format, args);
	va_end(args);
	stream->doubt = doubt;
	stream->ended = true;
}

/* One read: false when it gave nothing, and the file has ended or cannot be read on. */
static bool read_more(struct stream *stream, size_t *len)
{
	int64_t got;

	do {
		got = stream->source.read(
		    stream->source.self, stream->raw + *len, RAW_BYTES - *len);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		give_up(stream, true, "it cannot be read behind byte %" PRId64 ": %s",
		    stream->raw_size + (int64_t)*len, strerror(errno));
	if (got <= 0)
		stream->raw_ended = true;
	else
		*len += (size_t)got;
	return got > 0;
}

/* Fills the buffer: the first bytes, which tell how it is packed, come together. */
static void read_raw(struct stream *stream)
{
	size_t len = 0;

	if (pool_must_end(stream->job)) {
		give_up(stream, true, "it was not read to its end, since that was ended");
		return;
	}
	while (len < RAW_BYTES && read_more(stream, &len))
		;
	digest_add(stream->digest, stream->raw, len);
	stream->raw_left = (struct str){stream->raw, len};
	stream->raw_size += (int64_t)len;
	pool_read(stream->job, (int64_t)len);
	if (stream->begun)
		return;
	stream->begun = true;
	stream->packing = packing_of(stream->raw_left);
	stream->has_checksum = packing_has_checksum(stream->packing, stream->raw_left);
	if (stream->packing != PACKED_NOT)
		stream->unpack = unpack_new(stream->packing);
}

/* What the file's end, or an error, means for what it is packed in. */
static void look_at_unpack(struct stream *stream)
{
	const char *name = packing_name(stream->packing);
	const char *broken = unpack_broken(stream->unpack);

	if (broken)
		give_up(stream, unpack_too_large(stream->unpack), "the %s around it is damaged: %s",
		    name, broken);
	else if (stream->raw_ended && !unpack_ended(stream->unpack))
		give_up(stream, false,
		    "the %s around it is cut off: the file ends at byte %" PRId64
		    " in the middle of it",
		    name, stream->raw_size);
	else if (stream->raw_ended)
		stream->ended = true;
}

static void check_size(struct stream *stream)
{
	struct buf size;

	if (stream->base + stream->len <= (uint64_t)stream->max_size)
		return;
	buf_init(&size, BUF_UNBOUNDED);
	units_show_size(&size, stream->max_size);
	give_up(stream, true, "it holds more than %.*s, and max_size allows no more",
	    STR_ARG(buf_view(&size)));
	buf_done(&size);
}

/* Makes the window longer, or ends the stream. There is room. */
static void refill(struct stream *stream)
{
	char *into = stream->window + stream->len;
	size_t room = WINDOW_BYTES - stream->len;
	size_t made;

	if (!stream->raw_left.len && !stream->raw_ended)
		read_raw(stream);
	if (stream->ended)
		return;
	if (stream->unpack) {
		made = unpack_run(stream->unpack, &stream->raw_left, into, room);
	} else {
		made = stream->raw_left.len < room ? stream->raw_left.len : room;
		if (made)
			memcpy(into, stream->raw_left.ptr, made);
		stream->raw_left = str_sub(stream->raw_left, made, stream->raw_left.len);
	}
	stream->len += made;
	if (made < room && stream->unpack)
		look_at_unpack(stream);
	else if (!stream->unpack && stream->raw_ended)
		stream->ended = true;
	check_size(stream);
}

struct str stream_look(struct stream *stream, size_t wanted)
{
	uint64_t here = stream_offset(stream);
	size_t there;

	assert(wanted <= STREAM_LOOK);
	while (stream->len - stream->at < wanted && !stream->ended) {
		if (stream->at && WINDOW_BYTES - stream->at < STREAM_LOOK) {
			stream->len -= stream->at;
			memmove(stream->window, stream->window + stream->at, stream->len);
			stream->base += stream->at;
			stream->at = 0;
		}
		refill(stream);
	}
	there = stream->len - stream->at;
	if (here >= stream->fence)
		there = 0;
	else if (there > stream->fence - here)
		there = (size_t)(stream->fence - here);
	return (struct str){stream->window + stream->at, there};
}

void stream_pass(struct stream *stream, size_t len)
{
	assert(len <= stream->len - stream->at);
	if (stream->tap && len)
		stream->tap(stream->tap_self, (struct str){stream->window + stream->at, len});
	stream->at += len;
	if (stream->at == stream->len) {
		stream->base += stream->len;
		stream->at = stream->len = 0;
	}
}

bool stream_take(struct stream *stream, void *into, size_t len)
{
	char *to = into;

	while (len) {
		struct str part = str_sub(stream_look(stream, 1), 0, len);

		if (!part.len)
			return false;
		memcpy(to, part.ptr, part.len);
		to += part.len;
		len -= part.len;
		stream_pass(stream, part.len);
	}
	return true;
}

bool stream_skip(struct stream *stream, uint64_t len)
{
	while (len) {
		struct str part = stream_look(stream, 1);

		if (!part.len)
			return false;
		if (part.len > len)
			part.len = (size_t)len;
		len -= part.len;
		stream_pass(stream, part.len);
	}
	return true;
}

uint64_t stream_offset(const struct stream *stream)
{
	return stream->base + stream->at;
}

void stream_fence(struct stream *stream, uint64_t offset)
{
	stream->fence = offset;
}

void stream_tap(struct stream *stream, void (*tap)(void *self, struct str bytes), void *self)
{
	stream->tap = tap;
	stream->tap_self = self;
}

const char *stream_trouble(const struct stream *stream)
{
	bool fenced = stream->fence < stream->base + stream->len;

	return stream->why[0] && !fenced ? stream->why : NULL;
}

bool stream_doubt(const struct stream *stream)
{
	return stream->doubt;
}

enum packing stream_packing(const struct stream *stream)
{
	return stream->packing;
}

bool stream_has_checksum(const struct stream *stream)
{
	return stream->has_checksum;
}

int64_t stream_max_size(const struct stream *stream)
{
	return stream->max_size;
}

int64_t stream_raw_size(const struct stream *stream)
{
	return stream->raw_size;
}

void stream_digest(struct stream *stream, char ret_hex[DIGEST_HEX + 1])
{
	digest_hex(stream->digest, ret_hex);
}
