/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_TRANSCRIPT_READER_H
#define RECORD_TRANSCRIPT_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "record/codec.h"

/*
 * Reads a transcript line by line and checks the chain as it goes. A valid line ends in a newline, is at most
 * TRANSCRIPT_LINE bytes long, and is a JSON object with a line's envelope. The reader owns its file and buffers; lines
 * are decoded into the caller's arena.
 */
struct reader;

enum transcript_state {
	TRANSCRIPT_SEALED, /* finished and complete */
	TRANSCRIPT_INCOMPLETE, /* every line is good; the run has not finished, or was cut off between two lines */
	TRANSCRIPT_TORN, /* the same, and behind the last line stand bytes that are no line */
	TRANSCRIPT_DAMAGED, /* changed, or not whole: see line and why */
	TRANSCRIPT_UNREADABLE, /* reading failed: see why */
	TRANSCRIPT_UNSIGNED /* sealed, but not by the key that was asked for: transcript_verify() alone says so */
};

/* "sealed", "incomplete", …, indexed by value and ended by NULL. */
extern const char *const transcript_state_names[];

/* What became of the lines. Its strings are the reader's. */
struct transcript_report {
	enum transcript_state state;
	int64_t lines; /* valid ones, up to the damage */
	int64_t
	    unknown; /* among them: of a kind that this version does not know, asides not counted */
	int64_t last_at_us; /* of the last line that has a time */
	int64_t last_t_us;
	int64_t size; /* bytes of the valid lines */
	char last_sha256[DIGEST_HEX + 1]; /* of the last valid line: `prev` of the next one */
	int64_t torn_bytes; /* TORN: how many, and their digest */
	char torn_sha256[DIGEST_HEX + 1];
	char signer[DIGEST_HEX +
	    1]; /* the digest of the key that the run began, or went on, with; empty: none */
	char
	    sealed_sha256[DIGEST_HEX + 1]; /* SEALED: the seal's `prev`, which a signature covers */
	struct str signature; /* SEALED: as it stands in the seal; empty: none */
	bool rehearsal; /* of what was no run: what changes was not performed */
	int64_t line; /* DAMAGED: counted from 1, as editors and sed do */
	const char *why; /* DAMAGED: what is wrong with it; UNREADABLE: a sentence; else NULL */
};

/* NULL with a sentence appended to error when the file cannot be opened or is no regular file. */
struct reader *reader_open(const char *path, struct buf *error);

/* Reads text that somebody else owns and keeps. */
struct reader *reader_open_text(struct str text);

void reader_free(struct reader *reader);

/*
 * From now on collects the outputs of running operations, so that the results of `finished` lines hold their streams.
 * Without it they are clips with their size alone. To be called before the first line is read.
 */
void reader_keep_outputs(struct reader *reader);

/*
 * Whether the file may still grow (not of a text). While it may, its end is not judged: reader_next() returns false
 * there with the state INCOMPLETE, and reads on at the next call. What stands behind the last newline is left alone
 * meanwhile, for a line that is being written, or cut off again, is no line yet. Any other state is the last word, as
 * ever.
 */
void reader_follow(struct reader *reader, bool follow);

/*
 * From now on gives only lines of types that are wanted, and those whose head is not as this program writes it. The
 * others have their places in the chain like any, but nobody looks at what stands behind their heads: what the chain
 * holds of them is that it is what was written.
 */
void reader_only(struct reader *reader, bool (*wanted)(enum message_type type));

/*
 * The next valid line, in the arena; false at the end of the transcript or of what is good of it: reader_report() says
 * which. Each line given has its place in the chain.
 */
bool reader_next(struct reader *reader, struct arena *arena, struct line *ret_line);

/* The last word once reader_next() returned false; valid until the reader is freed. */
const struct transcript_report *reader_report(const struct reader *reader);

/* Reads all that is left, and appends what transcript_verify() says of it (signature.h), but for the signature. */
enum transcript_state reader_verify(struct reader *reader, struct buf *out);

#endif
