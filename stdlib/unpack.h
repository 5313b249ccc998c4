/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_UNPACK_H
#define STDLIB_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * Decompression as a stream: gzip (RFC 1952), zlib (RFC 1950) and zstd (RFC 8878), one member or frame after the
 * other, as their own programs read them. Its memory is bounded: zstd may ask for a window of 128 MiB, not for more.
 */
enum packing { PACKED_NOT, PACKED_GZIP, PACKED_ZSTD, PACKED_ZLIB };

/* What the first bytes say: PACKED_GZIP, PACKED_ZSTD or PACKED_NOT. Four bytes are enough. */
enum packing packing_of(struct str head);

/* "none", "gzip", "zstd", "zlib". */
const char *packing_name(enum packing packing);

/* Whether the first frame of a zstd stream says that it ends in a checksum; the others always do. */
bool packing_has_checksum(enum packing packing, struct str head);

struct unpack;

/* packing is not PACKED_NOT. */
struct unpack *unpack_new(enum packing packing);
void unpack_free(struct unpack *unpack);

/* For another stream of the same kind. */
void unpack_reset(struct unpack *unpack);

/*
 * Takes from *input what it can and writes at most room bytes to `into`; returns how many. It wrote less than room
 * only when the input is used up, or when the stream is broken: then unpack_broken() says why.
 */
size_t unpack_run(struct unpack *unpack, struct str *input, char *into, size_t room);

/* NULL while nothing is wrong; else a few words without a full stop. */
const char *unpack_broken(const struct unpack *unpack);

/* Whether somebody with more memory could read it. */
bool unpack_too_large(const struct unpack *unpack);

/* Whether it stands between two members, the first of which has ended: nothing is missing. */
bool unpack_ended(const struct unpack *unpack);

/* Whether it has been given anything since it began. */
bool unpack_begun(const struct unpack *unpack);

#endif
