/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A slice: bytes that somebody else owns, with their length. It may hold NUL bytes; ptr may be NULL when len is 0.
 */
struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* For printf: "%.*s", STR_ARG(text). */
#define STR_ARG(text) (int)(text).len, ((text).len ? (text).ptr : "")

/* The slice of a C string; NULL gives the empty slice. */
struct str str_from(const char *text);

bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *b);
bool str_starts(struct str text, struct str prefix);
bool str_ends(struct str text, struct str suffix);

/* Byte order, which for UTF-8 is code-point order: negative, zero, positive. */
int str_cmp(struct str a, struct str b);

/* Offset of the first needle in text, or -1. */
ptrdiff_t str_find(struct str text, struct str needle);

/* text without its first `from` bytes, at most len bytes of it; both are clamped. */
struct str str_sub(struct str text, size_t from, size_t len);

/* Without ASCII white space at both ends. */
struct str str_trim(struct str text);

/*
 * Cuts the next line off *rest, without its newline; false when nothing is left. A last line without a newline
 * counts, an empty rest does not.
 */
bool str_line(struct str *rest, struct str *ret_line);

/* FNV-1a, 64 bits (the Fowler/Noll/Vo hash): for tables within one process, never for a record. */
uint64_t str_hash(struct str text);

#endif
