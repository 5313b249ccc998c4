/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_PG_TOC_H
#define STDLIB_BACKUP_PG_TOC_H

#include "stdlib/backup_parts.h"
#include "stdlib/backup_walk.h"

/*
 * The head and the table of contents that pg_dump's archives share: the custom format has them at its beginning, the
 * tar and directory formats in their file toc.dat.
 */
enum pg_format { PG_FORMAT_CUSTOM, PG_FORMAT_TAR, PG_FORMAT_DIRECTORY };

/* How the data are packed; the numbers are those of the head since version 1.15. */
enum pg_packing { PG_PACKED_NOT, PG_PACKED_GZIP, PG_PACKED_LZ4, PG_PACKED_ZSTD };

struct pg_archive {
	int minor; /* of the version, 1.12 to 1.16 */
	size_t int_size;
	size_t offset_size;
	enum pg_format format;
	enum pg_packing packing;
	int32_t entries; /* left to read */
};

/* "PGDMP", with which the head begins. */
bool pg_head_recognise(struct str head);

/* Reads the head up to the number of entries, into the archive and the walk's backup. */
bool pg_head_read(struct walk *walk, struct pg_archive *archive, enum pg_format wanted);

/* Reads one entry; one that has data becomes a promise. */
bool pg_entry_read(struct walk *walk, struct pg_archive *archive, struct parts *parts);

/* An integer as archives write it: a sign and int_size bytes, the lowest first. */
bool pg_int_read(
    struct walk *walk, const struct pg_archive *archive, int32_t *ret_value, const char *within);

/* The next line of a list of large objects ("16395 blob_16395.dat"), as the promise that it is. */
enum pg_list { PG_LIST_LINE, PG_LIST_END, PG_LIST_BROKEN };
enum pg_list pg_list_read(struct walk *walk, struct part *ret_part);

#endif
