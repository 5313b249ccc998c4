/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_HASH_H
#define STDLIB_FILE_HASH_H

#include "base/digest.h"
#include "stdlib/file_source.h"

/* Digests of files, streamed, by one of a few algorithms that people use for files. */

/* The algorithms as parameters name them, "sha256" first; ended by NULL. */
extern const char *const file_hash_names[];

/* How many hexadecimal digits it gives. */
size_t file_hash_digits(const char *algorithm);

/* The usual one that gives so many digits; the one of a name in any case, also "SHA2-256", "BLAKE2b". NULL: none. */
const char *file_hash_by_digits(size_t digits);
const char *file_hash_by_name(struct str name);

/* Whether the text has as many hexadecimal digits as the algorithm gives; equal ones may differ in case. */
bool file_hash_is_digest(struct str text, const char *algorithm);
bool file_hash_is_same(struct str a, struct str b);

/* All of an open file, from its beginning. False after trouble, or when the job was given up. */
bool file_hash(struct file_job *job, const struct file_source *source, const char *algorithm,
    char ret_hex[DIGEST_HEX_MAX + 1], int64_t *ret_size);

#endif
