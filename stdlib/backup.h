/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_H
#define STDLIB_BACKUP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/str.h"
#include "stdlib/unpack.h"
#include "value/action.h"
#include "value/value.h"

/*
 * What is known of a backup after it was looked at. Plain data, filled in a thread of the pool and made a result on
 * the loop. Texts of a foreign file are cut to what fits here, and may be any bytes.
 */
enum backup_kind {
	BACKUP_UNKNOWN,
	BACKUP_POSTGRES_PLAIN,
	BACKUP_POSTGRES_CLUSTER,
	BACKUP_POSTGRES_CUSTOM,
	BACKUP_POSTGRES_TAR,
	BACKUP_POSTGRES_DIRECTORY,
	BACKUP_REDIS_RDB,
	BACKUP_REDIS_AOF
};

/* Whether the mark that ends the format is there. */
enum backup_trailer { TRAILER_NONE /* the format has none */, TRAILER_MISSING, TRAILER_FOUND };

struct backup {
	enum backup_kind kind;
	enum packing packing;
	enum backup_trailer trailer;
	bool complete;
	bool missing; /* there is nothing at that path */
	int error; /* not 0: it could not be looked at, which is no answer to whether it is whole */
	bool checksum; /* checksums cover its data, and fit as far as it was read */
	bool changed; /* while it was read */
	bool doubt; /* it is not complete for all that is known here, and may be for others */
	char reason[400]; /* why it is not complete; empty when it is */
	int64_t offset; /* where it broke, in the content; -1: nowhere in particular */
	int64_t size; /* as it lies there */
	int64_t content_size; /* unpacked, when it was read to its end; else -1 */
	int64_t records; /* -1: not known */
	int64_t mtime_us;
	int64_t created_us; /* 0: it does not say */
	char digest[DIGEST_HEX + 1]; /* empty: not read to its end */
	char server_version[64];
	char database[128];
};

void backup_init(struct backup *backup);

/* "postgres_custom"; "unknown". */
const char *backup_kind_name(enum backup_kind kind);

/* The choices of a parameter `kind`: each kind, and the families "postgres" and "redis". */
extern const char *const backup_kinds[];

/* Whether a kind is the wanted one, or of the wanted family; everything is when wanted is empty. */
bool backup_is_kind(enum backup_kind kind, struct str wanted);

/*
 * It is not complete, and why: the first sentence counts. offset: where it broke, or -1. Returns false, for whoever
 * returns it.
 */
bool backup_broken(struct backup *backup, int64_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool backup_vbroken(struct backup *backup, int64_t offset, const char *format, va_list args);

/* Foreign bytes into a text of ours, cut to its size, with '?' for what would break a line. */
void backup_text(char *into, size_t size, struct str foreign);

/*
 * The line if it looks like what a program complains of ("pg_dump: error: …", two colons), as above; else nothing:
 * other foreign lines may hold what nobody should see.
 */
void backup_complaint(char *into, size_t size, struct str line);

/*
 * When its data was taken: its own time where it knows one, the file's where it does not. The file is finished after
 * the backup began; an own time behind that comes from another time zone, and is not believed.
 */
int64_t backup_taken_us(const struct backup *backup);

/* The fields that backup_fields.def describes. */
void backup_give(struct map_builder *result, const struct backup *backup);

/* The sentence of `reason` as it may stand in a result. */
struct str backup_reason(struct arena *arena, const struct backup *backup);

#endif
