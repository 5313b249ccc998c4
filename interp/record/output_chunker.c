/* SPDX-License-Identifier: Apache-2.0 */
#include "record/output_chunker.h"

#include <assert.h>
#include <string.h>

#include "record/codec.h"
#include "record/text_cut.h"

void output_chunker_init(struct output_chunker *chunker, uint32_t op, struct str step,
    enum output_stream stream, int64_t bound,
    void (*emit)(void *context, const struct message *output), void *context)
{
	assert(bound >= 0);
	*chunker = (struct output_chunker){.op = op,
	    .step = step,
	    .stream = stream,
	    .bound = bound,
	    .emit = emit,
	    .context = context};
	buf_init(&chunker->pending, BUF_UNBOUNDED);
	buf_init(&chunker->tail, BUF_UNBOUNDED);
}

void output_chunker_resume(struct output_chunker *chunker, int64_t known)
{
	assert(chunker->size == 0);
	chunker->resumed = true;
	chunker->size = chunker->pending_from = chunker->tail_from = known + 1;
}

void output_chunker_done(struct output_chunker *chunker)
{
	buf_done(&chunker->pending);
	buf_done(&chunker->tail);
	digest_free(chunker->middle);
	chunker->middle = NULL;
}

static void emit_piece(struct output_chunker *chunker, struct str bytes, int64_t offset)
{
	struct message message = {.type = MESSAGE_OUTPUT,
	    .output = {.op = chunker->op,
		.step = chunker->step,
		.stream = chunker->stream,
		.offset = offset,
		.bytes = bytes}};

	if (bytes.len)
		chunker->emit(chunker->context, &message);
}

/* Sends out the first `len` bytes of a buffer that begins at *from, as few lines as may be. */
static void emit_lines(struct output_chunker *chunker, struct buf *buf, int64_t *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct str rest = str_sub(buf_view(buf), done, len - done);
		size_t cut = text_cut(rest, TRANSCRIPT_OUTPUT);

		emit_piece(chunker, str_sub(rest, 0, cut), *from);
		*from += (int64_t)cut;
		done += cut;
	}
	buf_consume(buf, len);
}

static void feed_head(struct output_chunker *chunker, struct str bytes)
{
	struct buf *pending = &chunker->pending;

	buf_str(pending, bytes);
	while (pending->len > TRANSCRIPT_OUTPUT) {
		size_t cut = text_cut(buf_view(pending), TRANSCRIPT_OUTPUT);

		emit_piece(chunker, str_sub(buf_view(pending), 0, cut), chunker->pending_from);
		chunker->pending_from += (int64_t)cut;
		buf_consume(pending, cut);
	}
}

/* Leaves out the first len bytes of the tail. */
static void leave_out(struct output_chunker *chunker, size_t len)
{
	if (len == 0)
		return;
	if (!chunker->middle)
		chunker->middle = digest_new();
	digest_add(chunker->middle, chunker->tail.ptr, len);
	buf_consume(&chunker->tail, len);
	chunker->tail_from += (int64_t)len;
}

static void feed_tail(struct output_chunker *chunker, struct str bytes)
{
	size_t kept = (size_t)(chunker->bound - chunker->bound / 2);

	buf_str(&chunker->tail, bytes);
	if (chunker->tail.len > 2 * kept + TRANSCRIPT_OUTPUT)
		leave_out(chunker, chunker->tail.len - kept);
}

/* The head is full: a code point that it would split belongs to the tail. */
static void close_head(struct output_chunker *chunker)
{
	struct buf *pending = &chunker->pending;
	size_t partial = text_partial(buf_view(pending));

	buf_append(&chunker->tail, pending->ptr + pending->len - partial, partial);
	pending->len -= partial;
	chunker->tail_from = chunker->pending_from + (int64_t)pending->len;
}

void output_chunker_feed(struct output_chunker *chunker, struct str bytes)
{
	int64_t head = chunker->bound / 2;

	while (bytes.len) {
		struct str slice = str_sub(bytes, 0, TRANSCRIPT_OUTPUT);
		bool in_head = chunker->bound == 0 || (chunker->size < head && !chunker->resumed);

		if (in_head && chunker->bound)
			slice = str_sub(slice, 0, (size_t)(head - chunker->size));
		chunker->size += (int64_t)slice.len;
		if (in_head)
			feed_head(chunker, slice);
		else
			feed_tail(chunker, slice);
		if (in_head && chunker->bound && chunker->size == head)
			close_head(chunker);
		bytes = str_sub(bytes, slice.len, bytes.len);
	}
}

void output_chunker_flush(struct output_chunker *chunker)
{
	struct buf *pending = &chunker->pending;

	emit_lines(chunker, pending, &chunker->pending_from,
	    pending->len - text_partial(buf_view(pending)));
}

int64_t output_chunker_unsent(const struct output_chunker *chunker, struct str *ret_line)
{
	struct str tail = buf_view(&chunker->tail);
	const char *end = tail.len ? memrchr(tail.ptr, '\n', tail.len) : NULL;
	size_t len = end ? (size_t)(end - tail.ptr) : 0;
	const char *before = len ? memrchr(tail.ptr, '\n', len) : NULL;
	size_t from = before ? (size_t)(before - tail.ptr) + 1 : 0;

	*ret_line = str_sub(str_sub(tail, from, len - from), 0, TRANSCRIPT_OUTPUT);
	return tail.len ? chunker->size - chunker->pending_from - (int64_t)chunker->pending.len : 0;
}

/* A tail that follows a gap begins with a whole code point. */
static void trim_tail(struct output_chunker *chunker)
{
	size_t kept = (size_t)(chunker->bound - chunker->bound / 2);
	size_t skip = 0;

	if (chunker->size <= chunker->bound && !chunker->resumed)
		return;
	if (chunker->tail.len > kept)
		leave_out(chunker, chunker->tail.len - kept);
	while (skip < 3 && skip < chunker->tail.len &&
	    ((unsigned char)chunker->tail.ptr[skip] & 0xC0) == 0x80)
		skip++;
	leave_out(chunker, skip);
}

const struct clip *output_chunker_end(struct output_chunker *chunker)
{
	struct clip *clip = &chunker->clip;

	if (chunker->bound)
		trim_tail(chunker);
	emit_lines(chunker, &chunker->pending, &chunker->pending_from, chunker->pending.len);
	emit_lines(chunker, &chunker->tail, &chunker->tail_from, chunker->tail.len);
	*clip = (struct clip){
	    .whole = !chunker->middle && !chunker->resumed, .size = chunker->size};
	if (chunker->middle && !chunker->resumed) {
		digest_hex(chunker->middle, chunker->middle_hex);
		clip->middle_sha256 = (struct str){chunker->middle_hex, DIGEST_HEX};
	}
	return clip;
}
