/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_REDACT_H
#define RECORD_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "value/value.h"

/*
 * Masks secrets in bytes that came from outside: every occurrence of one, in any of its forms, becomes
 * "${{ secrets.NAME }}". The forms are: plain; each line of a secret of several lines; as JSON writes it (with and
 * without escapes for what is not ASCII, for '/', and for <>&); base64 and base64url at all three alignments (without
 * the digit at either end that a neighbour shares); percent-encoded as URLs and forms are, with digits of either case;
 * hexadecimal in either case. Of several that begin at one byte the longest counts; those that overlap are all masked.
 *
 * A redactor is immutable and owns copies of the secrets; it must outlive the streams that use it.
 */
struct redactor;

enum {
	/*
	 * A secret with fewer bytes deserves a warning: it is likely to be part of harmless text, which will be
	 * masked too.
	 */
	SECRET_SHORT = 6,
	/* One with fewer is not masked at all: the record would be ruined and the secret told by the holes. */
	SECRET_SHORTEST = 3
};

struct secret_text {
	struct str name; /* as in `secrets:` */
	struct str value; /* the secret itself */
};

/* Copies what it is given. Never NULL; without secrets (or with too short ones alone) nothing is ever masked. */
struct redactor *redactor_new(const struct secret_text *secrets, size_t count);
void redactor_free(struct redactor *redactor);

/* Whether such a secret is masked: it has SECRET_SHORTEST bytes. */
bool secret_is_maskable(struct str value);

/* Length of the longest form: a stream holds back less than that. 0: nothing is masked. */
size_t redactor_longest(const struct redactor *redactor);

/* The text itself when nothing in it is secret, else a masked copy in the arena. A NULL redactor masks nothing. */
struct str redact_text(const struct redactor *redactor, struct arena *arena, struct str text);

/*
 * Masks all texts within a value: strings, clips, the keys of maps. The value itself when nothing changed. Numbers are
 * not texts. Keys that become the same text are numbered: "…#2".
 */
const struct value *redact_value(
    const struct redactor *redactor, struct arena *arena, const struct value *value);

/*
 * A stream of bytes, fed in pieces. What comes out, put together, is what redact_text() makes of the whole. It holds
 * back only bytes that may be the beginning of a secret.
 */
struct redact_stream {
	const struct redactor *redactor;
	struct buf held; /* bytes not yet given out; a first part may have been decided already */
	struct buf out;
	size_t decided; /* bytes of held that were given out by the last call */
	size_t covered; /* bytes of held that belong to an occurrence already masked */
	uint32_t last; /* the secret that covers them */
};

void redact_stream_begin(struct redact_stream *stream, const struct redactor *redactor);
void redact_stream_done(struct redact_stream *stream);

/* What may be shown now; valid until the next call, or as long as `bytes` where there are no secrets. */
struct str redact_stream_feed(struct redact_stream *stream, struct str bytes);

/* The rest; the stream begins anew. */
struct str redact_stream_end(struct redact_stream *stream);

#endif
