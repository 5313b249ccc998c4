/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* SHA-256 (FIPS 180-4) by OpenSSL's EVP, as 64 lower-case hexadecimal digits; others on demand, up to 128. */
enum { DIGEST_HEX = 64, DIGEST_HEX_MAX = 128 };

/* Digests that grow with their input. Owned by the caller, freed by digest_free(). */
struct digest;

struct digest *digest_new(void);

/* By another algorithm, as OpenSSL names it ("sha512", "md5"); NULL when there is none, or it is forbidden. */
struct digest *digest_new_of(const char *algorithm);
void digest_free(struct digest *digest);
void digest_add(struct digest *digest, const void *ptr, size_t len);

/* Writes the digits and a NUL, DIGEST_HEX_MAX + 1 bytes at most; the digest begins anew. */
void digest_hex(struct digest *digest, char *ret_hex);

/* The digest of one piece of text. */
void digest_of(struct str text, char ret_hex[DIGEST_HEX + 1]);

/* It has the form of one: DIGEST_HEX digits. */
bool digest_is(struct str text);

#endif
