/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SIGNING_H
#define BASE_SIGNING_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"

/*
 * Ed25519 signatures (RFC 8032, pure: of the text itself, not of a digest of it) by OpenSSL's EVP. Keys are files in
 * PEM (RFC 7468) as openssl writes them: a private one by `openssl genpkey -algorithm ed25519` (PKCS #8, RFC 8410),
 * the public one made of it by `openssl pkey -pubout` (SubjectPublicKeyInfo, RFC 5280).
 */
enum { SIGNATURE_BYTES = 64 };

/* One key, owned by who read it. What is secret of it is overwritten when it is freed, and in what was read. */
struct signing_key;

/*
 * Reads a private key, which signs and verifies. NULL with a sentence appended to error when the file cannot be read,
 * holds something else, or is encrypted and its pass phrase cannot be had. may_ask: a person at the terminal is asked
 * for that; whoever says so knows that there is a terminal.
 */
struct signing_key *signing_key_private(const char *path, bool may_ask, struct buf *error);

/* The same for a public key, which only verifies. A private one is refused: it has no business where one verifies. */
struct signing_key *signing_key_public(const char *path, struct buf *error);

/* Accepts NULL. */
void signing_key_free(struct signing_key *key);

/* The digest of the public half, by which a key is named: of its SubjectPublicKeyInfo in DER. */
void signing_key_digest(const struct signing_key *key, char ret_hex[DIGEST_HEX + 1]);

/* Signs; the key must be a private one. The same text gives the same signature. */
void signing_key_sign(
    const struct signing_key *key, struct str text, char ret_signature[SIGNATURE_BYTES]);

/* Whether this key signed this text. */
bool signing_key_verify(const struct signing_key *key, struct str text, struct str signature);

#endif
