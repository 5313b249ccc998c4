/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_RDB_H
#define STDLIB_BACKUP_RDB_H

#include "stdlib/backup_rdb_types.h"
#include "stdlib/backup_walk.h"
#include "stdlib/crc64.h"

/* One RDB of Redis, which is a file or the beginning of an AOF. Embedded in whoever walks it. */
enum { RDB_LOOPS = 4, RDB_NOTE = 64 };

struct rdb {
	struct crc64 crc; /* of what was passed */
	int version;
	bool begun;
	bool blind; /* something is not known here: only the checksum at the end can tell */
	unsigned char stranger; /* its code */
	uint64_t stranger_at;
	const struct rdb_type *type; /* that is being walked; NULL: between two */
	const char *shape; /* what is left of its shape */
	struct {
		const char *body;
		uint64_t left;
	} loops[RDB_LOOPS];
	size_t depth;
	uint64_t left; /* bytes of a string that were not passed yet */
	char note[RDB_NOTE]; /* the name of the present AUX */
	int64_t keys;
	bool whole; /* read to its end, and the checksum fits */
};

bool rdb_recognise(struct str head);

void rdb_begin(struct rdb *rdb, struct walk *walk);

/* One piece: true while there is more. False when it is whole, or the walk is broken. */
bool rdb_step(struct rdb *rdb, struct walk *walk);

#endif
