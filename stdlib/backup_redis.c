/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/backup_aof.h"
#include "stdlib/backup_rdb.h"

/*
 * One file of Redis: an RDB, an AOF, or an AOF that begins with an RDB (what Redis 4 to 6 write, one file for both).
 */
struct redis_file {
	struct rdb rdb;
	struct aof aof;
	bool in_rdb;
};

static bool recognise(struct backup *backup, struct str head)
{
	if (rdb_recognise(head)) {
		backup->kind = BACKUP_REDIS_RDB;
		backup->trailer = TRAILER_MISSING;
	} else if (aof_recognise(head)) {
		backup->kind = BACKUP_REDIS_AOF;
	} else {
		return false;
	}
	return true;
}

static void *begin(struct walk *walk)
{
	struct redis_file *file = mem_alloc(sizeof(*file));

	file->in_rdb = walk->backup->kind == BACKUP_REDIS_RDB;
	if (file->in_rdb)
		rdb_begin(&file->rdb, walk);
	walk->backup->checksum = stream_has_checksum(walk->stream);
	return file;
}

/* Commands may follow an RDB: then its time says when the AOF was last rewritten, and not how far it goes. */
static bool end_rdb(struct walk *walk, struct redis_file *file)
{
	struct backup *backup = walk->backup;
	struct str ahead = stream_look(walk->stream, 1);

	backup->trailer = TRAILER_FOUND;
	backup->records = file->rdb.keys;
	if (!ahead.len || (ahead.ptr[0] != '*' && ahead.ptr[0] != '#'))
		return walk_whole(walk);
	file->in_rdb = false;
	file->aof.commands = file->rdb.keys;
	backup->kind = BACKUP_REDIS_AOF;
	backup->trailer = TRAILER_NONE;
	backup->created_us = 0;
	backup->checksum = stream_has_checksum(walk->stream);
	return true;
}

static bool step(struct walk *walk, void *self)
{
	struct redis_file *file = self;
	bool whole = false;

	if (file->in_rdb) {
		if (rdb_step(&file->rdb, walk))
			return true;
		return file->rdb.whole && end_rdb(walk, file);
	}
	if (aof_step(&file->aof, walk, &whole))
		return true;
	if (whole) {
		walk->backup->records = file->aof.commands;
		walk_whole(walk);
	}
	return false;
}

static void end(void *self)
{
	free(self);
}

const struct walker redis_walker = {recognise, begin, step, end};
