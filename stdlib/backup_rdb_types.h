/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_RDB_TYPES_H
#define STDLIB_BACKUP_RDB_TYPES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What each kind of entry of an RDB is made of: its shape, a letter for each piece.
 *
 *   s      a string: a length and bytes, or a number, or bytes compressed by LZF
 *   l      a length
 *   1 4 8  that many bytes
 *   o      16 bytes, the id of an entry of a stream
 *   d      a number as text, as sorted sets had them first
 *   m      what a module wrote: pieces that say what they are, up to one that ends them
 *   [ ]    a length, and that many times what stands between
 */
struct rdb_type {
	unsigned char code;
	bool is_key; /* a value, with its key before */
	const char *shape;
	const char *name; /* for sentences: "a hash" */
};

enum { RDB_AUX = 0xFA, RDB_EOF = 0xFF };

/* NULL when the code is not known. */
const struct rdb_type *rdb_type(unsigned char code);

#endif
