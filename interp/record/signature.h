/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_SIGNATURE_H
#define RECORD_SIGNATURE_H

#include "base/buf.h"
#include "base/signing.h"
#include "record/transcript_reader.h"

/*
 * The signature of a seal, as schema/transcript.md describes it: the base64 of an Ed25519 signature over the 64 digits
 * of the seal's `prev`.
 */

/* Appends the text that stands in the seal behind the line whose digest is prev. */
void signature_write(
    const struct signing_key *key, const char prev[DIGEST_HEX + 1], struct buf *out);

/*
 * Of a transcript that was read to its end: appends "; " and a sentence about its signature. False when it is sealed,
 * and not by this key. Without a key it is always true, and nothing is appended to what has no signature and promised
 * none.
 */
bool signature_verify(
    const struct transcript_report *report, const struct signing_key *key, struct buf *out);

/*
 * For `reprise verify`: appends one sentence without a newline to out: "sealed: 31 lines, the chain holds",
 * "incomplete: …", "damaged: line 17: prev does not match the SHA-256 of line 16", or why it cannot be read; then what
 * signature_verify() says. TRANSCRIPT_UNSIGNED when that is false.
 */
enum transcript_state transcript_verify(
    const char *path, const struct signing_key *key, struct buf *out);

#endif
