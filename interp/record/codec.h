/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_CODEC_H
#define RECORD_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "sched/message.h"

/*
 * One message as one line of JSON and back. One table per message type (codec_tables.c) says which keys a line has,
 * of what kind and from where in struct message; encoder, decoder and schema read the same table. Nothing here owns
 * memory: a line is appended to the caller's buffer, a message is decoded into the caller's arena.
 *
 * A line is {"seq":…,"at":…,"t_us":…,"type":…,"prev":…, then the type's own keys in the order of its table}. A seal
 * has neither at nor t_us, so that each of its bytes is determined by what stands before it.
 */
enum {
	TRANSCRIPT_FORMAT = 1,
	TRANSCRIPT_LINE = 1 << 20, /* the longest line, its newline included */
	TRANSCRIPT_OUTPUT = 48 << 10, /* the most bytes of output in one line */
	TRANSCRIPT_SOURCE = 160 << 10 /* and of a source: each may become six */
};

/* `prev` of the first line. */
extern const char transcript_origin[DIGEST_HEX + 1];

enum message_field_kind {
	FIELD_U32,
	FIELD_I64,
	FIELD_BOOL,
	FIELD_STR,
	FIELD_ENUM, /* one of names */
	FIELD_VALUE, /* a const struct value *: JSON with tags, as value_to_json() writes it */
	FIELD_RESULT, /* the same, but its streams stand in `output` lines: {"$stream":{…}} */
	FIELD_POLL, /* {"within_us","every_us","for_us"} */
	FIELD_VERDICT, /* {"ok","abort","retry","why","outputs"} */
	FIELD_BYTES /* under this key when it is UTF-8, else under "base64" */
};

struct message_field {
	const char *key; /* NULL ends a table */
	enum message_field_kind kind;
	size_t offset; /* in struct message */
	bool
	    always; /* written even when empty, zero, false or NULL; a line without it is not understood */
	const char *const *names; /* FIELD_ENUM: by value, ended by NULL */
};

/* The table of one type, ended by a NULL key. */
const struct message_field *message_fields(enum message_type type);

/*
 * Appends the message's line with its newline. prev is the SHA-256 of the line before. False when the line would be
 * longer than TRANSCRIPT_LINE: then nothing was appended.
 */
bool message_encode(const struct message *message, const char *prev, struct buf *out);

/*
 * Whether its line would not be too long: to be asked before an append of what carries values or texts that nothing
 * else bounds. Costs what an encoding costs.
 */
bool message_fits(const struct message *message);

/*
 * The row of the first key in which two messages of one type differ, NULL when they say the same. What every line has
 * (seq, at, t_us) is not compared.
 */
const struct message_field *message_differs(const struct message *a, const struct message *b);

/* One key as its line has it, `"key":value`; nothing where the key is left out. */
void message_put_key(
    const struct message *message, const struct message_field *field, struct buf *out);

struct output_store;

/* A line as read. Its strings live in the arena it was decoded into. */
struct line {
	struct message message; /* seq, at_us and t_us always; the rest when known */
	struct str type; /* as written */
	struct str prev; /* 64 digits */
	/*
	 * Whether `message` holds all of it. False for a type, or for a content of a known type, that this version
	 * does not know: such a line still counts in the chain; a replay may skip it when class is CLASS_ASIDE and
	 * must refuse it otherwise. why says what was not understood.
	 */
	bool known;
	enum message_class class;
	struct str why;
};

/*
 * Reads the head of a line alone, of a type that is known: seq, at, t_us, type and prev, which are slices of the text.
 * `known` stays false. False where it is not written exactly as message_encode() writes it: message_decode() says what
 * it is then.
 */
bool message_peek(struct str text, struct line *ret_line);

/*
 * Reads one line without its newline. False, with a sentence in *ret_why (in the arena), when it is no valid line:
 * no JSON object, or an envelope that is not one. Streams of a result are filled from `outputs` (output_store.h);
 * where it is NULL, or does not have them, they are clips with their size alone.
 */
bool message_decode(struct arena *arena, struct str text, const struct output_store *outputs,
    struct line *ret_line, struct str *ret_why);

#endif
