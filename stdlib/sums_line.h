/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_SUMS_LINE_H
#define STDLIB_SUMS_LINE_H

#include "base/arena.h"
#include "base/str.h"

/*
 * A line of a file of checksums, as sha256sum and its like write it ("DIGEST  NAME", "DIGEST *NAME"), as BSD does
 * ("SHA256 (NAME) = DIGEST"), or as openssl does ("SHA2-256(NAME)= DIGEST"). Behind a backslash that begins the line
 * \n, \r and \\ stand for themselves in the name.
 */
struct sums_line {
	const char *algorithm; /* of file_hash_names */
	struct str digest;
	struct str name; /* in the arena where it was escaped */
};

enum sums_end { SUMS_ENTRY, SUMS_BLANK, SUMS_MALFORMED };

/*
 * `algorithm` is what a line without a name of one must be of; NULL: as its length says. A comment begins with '#'.
 */
enum sums_end sums_line_read(
    struct arena *arena, struct str line, const char *algorithm, struct sums_line *ret_line);

#endif
