/* SPDX-License-Identifier: Apache-2.0 */
#include "record/output_store.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

/* One stream: its head, and behind the first gap in the offsets its tail. */
struct stored {
	uint32_t op;
	enum output_stream stream;
	struct buf bytes;
	int64_t end; /* offset behind the last byte */
	bool gap;
	bool broken; /* a second gap: this is no head and tail */
	size_t tail; /* where in bytes the tail begins, when there is a gap */
};

/* Of running operations alone: few, so a look-up walks them from the latest. */
struct output_store {
	struct stored *streams;
	size_t count;
	size_t capacity;
};

struct output_store *output_store_new(void)
{
	return mem_alloc(sizeof(struct output_store));
}

void output_store_free(struct output_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++)
		buf_done(&store->streams[i].bytes);
	free(store->streams);
	free(store);
}

static struct stored *find(const struct output_store *store, uint32_t op, enum output_stream stream)
{
	for (size_t i = store->count; i > 0; i--)
		if (store->streams[i - 1].op == op && store->streams[i - 1].stream == stream)
			return &store->streams[i - 1];
	return NULL;
}

void output_store_add(struct output_store *store, const struct message *output)
{
	struct str bytes = output->output.bytes;
	int64_t offset = output->output.offset;
	struct stored *stored = find(store, output->output.op, output->output.stream);

	if (!stored) {
		store->streams = mem_grow(
		    store->streams, store->count, &store->capacity, sizeof(*store->streams));
		stored = &store->streams[store->count++];
		*stored = (struct stored){.op = output->output.op, .stream = output->output.stream};
		buf_init(&stored->bytes, BUF_UNBOUNDED);
	}
	if (offset < 0 || offset > INT64_MAX - (int64_t)bytes.len)
		return;
	if (offset < stored->end) {
		size_t known = (size_t)(stored->end - offset);

		bytes = str_sub(bytes, known, bytes.len);
		offset = stored->end;
	}
	if (bytes.len == 0)
		return;
	if (offset > stored->end) {
		stored->broken = stored->gap;
		stored->gap = true;
		stored->tail = stored->bytes.len;
	}
	buf_str(&stored->bytes, bytes);
	stored->end = offset + (int64_t)bytes.len;
}

void output_store_copy(struct output_store *store, const struct output_store *from, uint32_t op)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct stored *stream = &from->streams[i];
		struct stored *copy;

		if (stream->op != op)
			continue;
		store->streams = mem_grow(
		    store->streams, store->count, &store->capacity, sizeof(*store->streams));
		copy = &store->streams[store->count++];
		*copy = *stream;
		buf_init(&copy->bytes, BUF_UNBOUNDED);
		buf_str(&copy->bytes, buf_view(&stream->bytes));
	}
}

void output_store_forget(struct output_store *store, uint32_t op)
{
	size_t kept = 0;

	for (size_t i = 0; i < store->count; i++) {
		if (store->streams[i].op == op)
			buf_done(&store->streams[i].bytes);
		else
			store->streams[kept++] = store->streams[i];
	}
	store->count = kept;
}

static struct str clean(struct arena *arena, struct str bytes)
{
	struct buf text;
	struct str copy;

	if (utf8_valid(bytes))
		return arena_str(arena, bytes);
	buf_init(&text, BUF_UNBOUNDED);
	utf8_clean(&text, bytes);
	copy = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}

/* Whether what is there is what the clip tells of. */
static bool is_promised(const struct stored *stored, const struct clip *clip)
{
	if (!stored)
		return clip->size == 0;
	if (stored->broken || stored->end > clip->size)
		return false;
	return !clip->whole || (!stored->gap && stored->end == clip->size);
}

const struct value *output_store_stream(const struct output_store *store, struct arena *arena,
    uint32_t op, enum output_stream stream, const struct clip *clip)
{
	const struct stored *stored = find(store, op, stream);
	struct clip *seen = arena_alloc(arena, sizeof(*seen));
	struct str bytes = stored ? buf_view(&stored->bytes) : (struct str){0};
	size_t head = stored && stored->gap ? stored->tail : bytes.len;

	seen->size = clip->size;
	seen->middle_sha256 = arena_str(arena, clip->middle_sha256);
	if (!is_promised(stored, clip))
		return value_stream(arena, (struct str){0}, seen);
	seen->whole = clip->whole;
	seen->head = clean(arena, str_sub(bytes, 0, head));
	seen->tail = seen->whole ? seen->head : clean(arena, str_sub(bytes, head, bytes.len));
	return value_stream(arena, seen->whole ? seen->head : (struct str){0}, seen);
}

struct str output_store_bytes(
    const struct output_store *store, uint32_t op, enum output_stream stream)
{
	const struct stored *stored = find(store, op, stream);

	return stored ? buf_view(&stored->bytes) : (struct str){0};
}
