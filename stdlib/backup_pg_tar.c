/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stdlib/backup_pg_rows.h"
#include "stdlib/backup_pg_toc.h"

/*
 * pg_dump's tar format (pg_backup_tar.c; the archive itself as POSIX's ustar has it): toc.dat, then a file for the
 * data of each table, one for each large object and lists of those (blobs.toc), restore.sql; two blocks of zeros at
 * the end. A header is a block: name, permissions, size and checksum as octal text; a size that is too large for that
 * is binary.
 */
enum {
	BLOCK_BYTES = 512,
	NAME_BYTES = 100,
	SIZE_AT = 124,
	SIZE_BYTES = 12,
	SUM_AT = 148,
	SUM_BYTES = 8,
	MAGIC_AT = 257
};

enum state { HEADER, TOC_HEAD, TOC, DATA, LIST, PADDING, ZEROS };

static const char in_header[] = "the header of a file";

struct tar {
	struct pg_archive archive;
	struct parts parts;
	enum state state;
	bool has_toc;
	char name[NAME_BYTES + 1]; /* of the present file */
	uint64_t end; /* offset behind its data */
	struct part part;
	struct pg_data data;
	bool is_data; /* of a table */
	int64_t rows;
	bool rows_unknown;
};

static uint64_t octal(const char *text, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] >= '0' && text[i] <= '7')
			value = value << 3 | (uint64_t)(text[i] - '0');
	return value;
}

static uint64_t size_of(const char *block)
{
	const unsigned char *size = (const unsigned char *)block + SIZE_AT;
	uint64_t value = 0;

	if (!(size[0] & 0x80))
		return octal(block + SIZE_AT, SIZE_BYTES);
	for (size_t i = 4; i < SIZE_BYTES; i++)
		value = value << 8 | size[i];
	return value;
}

static bool is_header(struct str block)
{
	uint64_t sum = 0;

	if (block.len < BLOCK_BYTES || memcmp(block.ptr + MAGIC_AT, "ustar", 5) != 0)
		return false;
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : (unsigned char)block.ptr[i];
	return sum == octal(block.ptr + SUM_AT, SUM_BYTES);
}

static bool recognise(struct backup *backup, struct str head)
{
	if (!is_header(head) || strncmp(head.ptr, "toc.dat", NAME_BYTES) != 0)
		return false;
	backup->kind = BACKUP_POSTGRES_TAR;
	backup->trailer = TRAILER_MISSING;
	return true;
}

static void *begin(struct walk *walk)
{
	walk->backup->checksum = stream_has_checksum(walk->stream);
	return mem_alloc(sizeof(struct tar));
}

static void end(void *self)
{
	parts_done(&((struct tar *)self)->parts);
	free(self);
}

static bool is_zero(struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.ptr[i])
			return false;
	return true;
}

/* The data of tables and large objects are pieces that somebody promised; restore.sql is for people. */
static void begin_file(struct tar *tar)
{
	tar->part = (struct part){.found = true};
	snprintf(tar->part.name, sizeof(tar->part.name), "%.*s", PART_NAME - 1, tar->name);
	tar->is_data = false;
	if (strcmp(tar->name, "toc.dat") == 0) {
		tar->state = TOC_HEAD;
	} else if (strncmp(tar->name, "blobs", 5) == 0) {
		tar->state = LIST;
	} else {
		tar->state = DATA;
		tar->is_data = strncmp(tar->name, "blob_", 5) != 0;
		pg_data_begin(&tar->data);
	}
}

static bool read_header(struct walk *walk, struct tar *tar)
{
	uint64_t at = stream_offset(walk->stream);
	struct str block = str_sub(stream_look(walk->stream, BLOCK_BYTES), 0, BLOCK_BYTES);
	uint64_t size;

	if (block.len < BLOCK_BYTES) {
		stream_pass(walk->stream, block.len);
		return walk_cut(walk, "%s", in_header);
	}
	if (is_zero(block)) {
		stream_pass(walk->stream, BLOCK_BYTES);
		tar->state = ZEROS;
		return true;
	}
	size = size_of(block.ptr);
	if (!is_header(block) || size > (uint64_t)1 << 60)
		return walk_broken(walk, at,
		    "at byte %" PRIu64 " the header of a file of the archive is damaged", at);
	memcpy(tar->name, block.ptr, NAME_BYTES);
	stream_pass(walk->stream, BLOCK_BYTES);
	tar->end = at + BLOCK_BYTES + size;
	begin_file(tar);
	stream_fence(walk->stream, tar->end);
	return true;
}

static bool end_file(struct walk *walk, struct tar *tar)
{
	stream_fence(walk->stream, UINT64_MAX);
	tar->state = PADDING;
	if (stream_offset(walk->stream) < tar->end)
		return walk_cut(walk, "the file %s", tar->part.name);
	if (strcmp(tar->name, "toc.dat") == 0 || strcmp(tar->name, "restore.sql") == 0)
		return true;
	if (tar->is_data) {
		tar->part.end = pg_data_end(&tar->data);
		tar->rows_unknown |= tar->part.end != PART_END_COPY;
		tar->rows += tar->part.end == PART_END_COPY ? tar->data.rows.count : 0;
	}
	return parts_add(&tar->parts, &tar->part) ||
	    walk_strange(walk, tar->end, "it holds more than %d files", PARTS_MAX);
}

static bool read_padding(struct walk *walk, struct tar *tar)
{
	char zeros[BLOCK_BYTES] = {0};
	size_t len = (BLOCK_BYTES - tar->end % BLOCK_BYTES) % BLOCK_BYTES;

	tar->state = HEADER;
	if (!walk_take(walk, zeros, len, "what fills up a block"))
		return false;
	return is_zero((struct str){zeros, len}) ||
	    walk_broken(walk, tar->end, "behind byte %" PRIu64 " stand no zeros", tar->end);
}

static bool read_toc_head(struct walk *walk, struct tar *tar)
{
	if (tar->has_toc)
		return walk_broken(
		    walk, stream_offset(walk->stream), "it holds two tables of contents");
	tar->has_toc = true;
	tar->state = TOC;
	return pg_head_read(walk, &tar->archive, PG_FORMAT_TAR);
}

static bool read_toc(struct walk *walk, struct tar *tar)
{
	uint64_t at = stream_offset(walk->stream);

	if (tar->archive.entries)
		return pg_entry_read(walk, &tar->archive, &tar->parts);
	if (stream_look(walk->stream, 1).len)
		return walk_broken(walk, at,
		    "at byte %" PRIu64 " something follows the end of its table of contents", at);
	return end_file(walk, tar);
}

static bool read_data(struct walk *walk, struct tar *tar)
{
	struct str bytes = str_sub(stream_look(walk->stream, 1), 0, STREAM_LOOK);

	if (!bytes.len)
		return end_file(walk, tar);
	if (tar->is_data)
		pg_data_feed(&tar->data, bytes);
	stream_pass(walk->stream, bytes.len);
	return true;
}

/* A line "16395 blob_16395.dat" is a promise as well. */
static bool read_list(struct walk *walk, struct tar *tar)
{
	uint64_t at = stream_offset(walk->stream);
	struct part part;

	switch (pg_list_read(walk, &part)) {
	case PG_LIST_END:
		return end_file(walk, tar);
	case PG_LIST_BROKEN:
		return false;
	default:
		return parts_add(&tar->parts, &part) ||
		    walk_strange(walk, at, "it holds more than %d files", PARTS_MAX);
	}
}

static bool finish(struct walk *walk, struct tar *tar)
{
	char why[160];

	if (!parts_fit(&tar->parts, why, sizeof(why)))
		return walk_broken(walk, stream_offset(walk->stream), "%s", why);
	walk->backup->records = tar->rows_unknown ? -1 : tar->rows;
	return walk_whole(walk);
}

/* Behind the first block of zeros: another, and no more than zeros. */
static bool read_zeros(struct walk *walk, struct tar *tar)
{
	uint64_t at = stream_offset(walk->stream);
	struct str block = str_sub(stream_look(walk->stream, BLOCK_BYTES), 0, BLOCK_BYTES);

	if (!block.len && walk->backup->trailer == TRAILER_FOUND)
		return finish(walk, tar);
	if (block.len < BLOCK_BYTES) {
		stream_pass(walk->stream, block.len);
		return walk_cut(walk, "the two blocks of zeros that end it");
	}
	if (!is_zero(block))
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " something follows the end of the archive", at);
	walk->backup->trailer = TRAILER_FOUND;
	stream_pass(walk->stream, BLOCK_BYTES);
	return true;
}

static bool step(struct walk *walk, void *self)
{
	static bool (*const states[])(struct walk *, struct tar *) = {
	    [HEADER] = read_header,
	    [TOC_HEAD] = read_toc_head,
	    [TOC] = read_toc,
	    [DATA] = read_data,
	    [LIST] = read_list,
	    [PADDING] = read_padding,
	    [ZEROS] = read_zeros,
	};
	struct tar *tar = self;

	return states[tar->state](walk, tar);
}

const struct walker pg_tar_walker = {recognise, begin, step, end};
