/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/backup_pg_rows.h"
#include "stdlib/backup_pg_toc.h"

/*
 * pg_dump's custom format, as pg_backup_custom.c writes it: head, table of contents, and a block for each entry that
 * has data. A block is a byte for its kind, the entry's number, and pieces: a length and that many bytes, until a
 * length of 0. Of large objects it holds many, each behind its OID, until an OID of 0. All pieces of one thing are
 * one compressed stream. Nothing marks the end of the file: it is whole when every promised block is there.
 */
enum { BLOCK_DATA = 1, BLOCK_BLOBS = 3 };

enum state { HEAD, TOC, BLOCK, BLOB, PIECE, BYTES };

enum { OUT_BYTES = 64 << 10 };

struct custom {
	struct pg_archive archive;
	struct parts parts;
	enum state state;
	struct unpack
	    *unpack; /* NULL: the data are not packed, or in a way that is not read here */
	bool opaque;
	struct part block; /* the one that is being read */
	bool in_blobs;
	uint64_t left; /* of a piece */
	struct pg_data data;
	int64_t unpacked;
	int64_t rows;
	bool rows_unknown;
	char out[OUT_BYTES];
};

static bool recognise(struct backup *backup, struct str head)
{
	if (!pg_head_recognise(head))
		return false;
	backup->kind = BACKUP_POSTGRES_CUSTOM;
	return true;
}

static void *begin(struct walk *walk)
{
	(void)walk;
	return mem_alloc(sizeof(struct custom));
}

static void end(void *self)
{
	struct custom *custom = self;

	parts_done(&custom->parts);
	unpack_free(custom->unpack);
	free(custom);
}

static bool read_head(struct walk *walk, struct custom *custom)
{
	if (!pg_head_read(walk, &custom->archive, PG_FORMAT_CUSTOM))
		return false;
	if (custom->archive.packing == PG_PACKED_GZIP)
		custom->unpack = unpack_new(PACKED_ZLIB);
	else if (custom->archive.packing == PG_PACKED_ZSTD)
		custom->unpack = unpack_new(PACKED_ZSTD);
	custom->opaque = custom->archive.packing == PG_PACKED_LZ4;
	walk->backup->checksum = custom->archive.packing == PG_PACKED_GZIP ||
	    stream_has_checksum(walk->stream);
	custom->state = TOC;
	return true;
}

static bool read_toc(struct walk *walk, struct custom *custom)
{
	if (custom->archive.entries == 0) {
		custom->state = BLOCK;
		return true;
	}
	return pg_entry_read(walk, &custom->archive, &custom->parts);
}

static bool finish(struct walk *walk, struct custom *custom)
{
	char why[160];

	if (stream_trouble(walk->stream))
		return walk_cut(walk, "its data");
	if (!parts_fit(&custom->parts, why, sizeof(why)))
		return walk_broken(walk, stream_offset(walk->stream), "%s", why);
	walk->backup->records = custom->rows_unknown ? -1 : custom->rows;
	return walk_whole(walk);
}

static void begin_data(struct custom *custom)
{
	pg_data_begin(&custom->data);
	if (custom->unpack)
		unpack_reset(custom->unpack);
	custom->state = PIECE;
}

static bool read_block(struct walk *walk, struct custom *custom)
{
	uint64_t at = stream_offset(walk->stream);
	unsigned char kind;
	int32_t id;

	if (!stream_take(walk->stream, &kind, 1))
		return finish(walk, custom);
	if (!pg_int_read(walk, &custom->archive, &id, "the head of a block of data"))
		return false;
	if (kind != BLOCK_DATA && kind != BLOCK_BLOBS)
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " stands no block of data (kind %u)", at, kind);
	custom->block = (struct part){.found = true, .offset = at};
	snprintf(custom->block.name, sizeof(custom->block.name), "%" PRId32, id);
	custom->in_blobs = kind == BLOCK_BLOBS;
	if (custom->in_blobs)
		custom->state = BLOB;
	else
		begin_data(custom);
	return true;
}

static bool end_block(struct walk *walk, struct custom *custom)
{
	custom->state = BLOCK;
	return parts_add(&custom->parts, &custom->block) ||
	    walk_strange(walk, custom->block.offset, "it holds more than %d blocks", PARTS_MAX);
}

static bool read_blob(struct walk *walk, struct custom *custom)
{
	int32_t oid;

	if (!pg_int_read(walk, &custom->archive, &oid, "its large objects"))
		return false;
	if (oid == 0)
		return end_block(walk, custom);
	begin_data(custom);
	return true;
}

/* For sentences only: it is looked for. */
static const char *title(const struct custom *custom)
{
	return parts_title(&custom->parts, custom->block.name);
}

/* The last piece of a table's data or of a large object was read. */
static bool end_data(struct walk *walk, struct custom *custom)
{
	uint64_t at = stream_offset(walk->stream);

	if (custom->unpack && unpack_begun(custom->unpack) && !unpack_ended(custom->unpack))
		return walk_broken(walk, at,
		    "the packed data of %s end at byte %" PRIu64 " before they are whole",
		    title(custom), at);
	if (custom->in_blobs) {
		custom->state = BLOB;
		return true;
	}
	if (!custom->opaque)
		custom->block.end = pg_data_end(&custom->data);
	if (custom->block.end == PART_END_COPY)
		custom->rows += custom->data.rows.count;
	else
		custom->rows_unknown = true;
	return end_block(walk, custom);
}

static bool read_piece(struct walk *walk, struct custom *custom)
{
	uint64_t at = stream_offset(walk->stream);
	int32_t len;

	if (!pg_int_read(walk, &custom->archive, &len, "the data of a block"))
		return false;
	if (len < 0)
		return walk_broken(walk, at,
		    "at byte %" PRIu64 " a piece of data has a length of %" PRId32, at, len);
	if (len == 0)
		return end_data(walk, custom);
	custom->left = (uint64_t)len;
	custom->state = BYTES;
	return true;
}

static void feed(struct custom *custom, struct str bytes)
{
	if (!custom->in_blobs && !custom->opaque)
		pg_data_feed(&custom->data, bytes);
}

/* At most one room full at once; what the unpacker has still to give comes next time. False when it is damaged. */
static bool unpack_bytes(
    struct walk *walk, struct custom *custom, struct str *bytes, bool *ret_more)
{
	uint64_t at = stream_offset(walk->stream);
	size_t made = unpack_run(custom->unpack, bytes, custom->out, OUT_BYTES);

	feed(custom, (struct str){custom->out, made});
	custom->unpacked += (int64_t)made;
	*ret_more = made == OUT_BYTES;
	if (unpack_broken(custom->unpack))
		return walk_broken(walk, at,
		    "the packed data of %s are damaged behind byte %" PRIu64 ": %s", title(custom),
		    at, unpack_broken(custom->unpack));
	return custom->unpacked <= stream_max_size(walk->stream) ||
	    walk_strange(walk, at, "its data are larger than max_size allows, once unpacked");
}

static bool read_bytes(struct walk *walk, struct custom *custom)
{
	struct str bytes = {0};
	struct str rest;
	bool more = false;

	if (custom->left) {
		bytes = stream_look(walk->stream, 1);
		if (!bytes.len)
			return walk_cut(walk, "the data of %s", title(custom));
		bytes = str_sub(
		    bytes, 0, custom->left < STREAM_LOOK ? (size_t)custom->left : STREAM_LOOK);
	}
	rest = bytes;
	if (!custom->unpack)
		feed(custom, bytes);
	else if (!unpack_bytes(walk, custom, &rest, &more))
		return false;
	if (custom->unpack)
		bytes.len -= rest.len;
	stream_pass(walk->stream, bytes.len);
	custom->left -= bytes.len;
	if (custom->left == 0 && !more)
		custom->state = PIECE;
	return true;
}

static bool step(struct walk *walk, void *self)
{
	static bool (*const states[])(struct walk *, struct custom *) = {
	    [HEAD] = read_head,
	    [TOC] = read_toc,
	    [BLOCK] = read_block,
	    [BLOB] = read_blob,
	    [PIECE] = read_piece,
	    [BYTES] = read_bytes,
	};
	struct custom *custom = self;

	return states[custom->state](walk, custom);
}

const struct walker pg_custom_walker = {recognise, begin, step, end};
