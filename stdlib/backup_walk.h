/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_WALK_H
#define STDLIB_BACKUP_WALK_H

#include "stdlib/backup.h"
#include "stdlib/backup_stream.h"

/*
 * A walk through the content of one file, from its first byte to its last, by the walker that knows its format. What
 * it finds goes into the backup. Each step does a bounded piece of it.
 */
struct walk {
	struct stream *stream;
	struct backup *backup;
	const struct walker *walker; /* NULL: nobody knows the format */
	void *self; /* the walker's own */
};

/* One format. The table of all is in backup_walk.c. */
struct walker {
	/*
	 * Whether the content begins as one of this format; head has at most WALK_HEAD bytes. Sets the backup's kind.
	 */
	bool (*recognise)(struct backup *backup, struct str head);
	void *(*begin)(struct walk *walk); /* what `self` becomes */
	/* One piece: true while there is more; false once walk_broken(), walk_cut() or walk_whole() was called. */
	bool (*step)(struct walk *walk, void *self);
	void (*end)(void *self);
};

enum { WALK_HEAD = 16 << 10 };

extern const struct walker pg_plain_walker, pg_custom_walker, pg_tar_walker, redis_walker;

/* Finds the walker. False when there is none: then the backup says why. */
bool walk_begin(struct walk *walk, struct stream *stream, struct backup *backup);
bool walk_step(struct walk *walk);
void walk_end(struct walk *walk);

/* What a walker says at the end; each returns false. The first: it breaks at this offset of the content. */
bool walk_broken(struct walk *walk, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The stream ends while something is missing: "within a row of data". */
bool walk_cut(struct walk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The format goes on in a way that is not known here; it may be whole all the same. */
bool walk_strange(struct walk *walk, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Nothing is missing: it is complete if nothing follows either. */
bool walk_whole(struct walk *walk);

/* stream_take(), and walk_cut() where it ends before. */
bool walk_take(struct walk *walk, void *into, size_t len, const char *within);
bool walk_skip(struct walk *walk, uint64_t len, const char *within);

#endif
