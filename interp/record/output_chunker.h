/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_OUTPUT_CHUNKER_H
#define RECORD_OUTPUT_CHUNKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "sched/message.h"
#include "value/value.h"

/*
 * Cuts one stream of one operation into `output` messages: at most TRANSCRIPT_OUTPUT bytes each, never within a code
 * point, behind a newline where there is one in the second half. It takes what redact_stream_feed() gives: offsets
 * and sizes count redacted bytes, so a gap in the offsets is exactly what was left out.
 *
 * It also bounds: the first half of `bound` goes out as it comes (the head); of the rest the last half is kept and goes
 * out at the end (the tail); what lies between is counted and digested. It owns what it holds back: at most bound / 2
 * and one line.
 */
struct output_chunker {
	uint32_t op;
	struct str step; /* borrowed */
	enum output_stream stream;
	int64_t bound; /* of bytes kept; 0: all of them */
	void (*emit)(void *context, const struct message *output);
	void *context;

	struct buf pending; /* of the head: not yet sent out */
	int64_t pending_from; /* offset of its first byte */
	struct buf tail; /* up to twice as much as is kept of it */
	int64_t tail_from;
	int64_t size; /* bytes fed */
	bool resumed; /* what comes follows behind bytes that nobody has */
	struct digest *middle; /* NULL while nothing was left out */
	struct clip clip;
	char middle_hex[DIGEST_HEX + 1];
};

/* emit is called from within feed, flush and end; the message lives until it returns. */
void output_chunker_init(struct output_chunker *chunker, uint32_t op, struct str step,
    enum output_stream stream, int64_t bound,
    void (*emit)(void *context, const struct message *output), void *context);
void output_chunker_done(struct output_chunker *chunker);

/*
 * Before anything is fed: somebody recorded the first `known` bytes, read more perhaps, and died. What is fed follows
 * behind a gap of unknown size, for which one byte stands in the offsets; it is all tail, and the stream is never
 * whole, without a digest of what lies between.
 */
void output_chunker_resume(struct output_chunker *chunker, int64_t known);

/* Sends out full lines alone; what is left waits for more. */
void output_chunker_feed(struct output_chunker *chunker, struct str bytes);

/* Sends out what waits of the head, but for the beginning of a code point at its end. */
void output_chunker_flush(struct output_chunker *chunker);

/*
 * How much was fed that goes out at the end at the soonest, or not at all; the last full line of it, at most
 * TRANSCRIPT_OUTPUT bytes, until the next call; empty where there is none.
 */
int64_t output_chunker_unsent(const struct output_chunker *chunker, struct str *ret_line);

/*
 * The stream is over: sends out all that is left. size, whole and middle_sha256 of the clip tell what it was (head and
 * tail are empty: output_store_stream() gives them); it lives until done.
 */
const struct clip *output_chunker_end(struct output_chunker *chunker);

#endif
