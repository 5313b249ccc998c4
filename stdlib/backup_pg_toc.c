/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_pg_toc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * The format is that of PostgreSQL's src/bin/pg_dump: pg_backup_archiver.h for the versions (1.12 came with 9.0, 1.13
 * and 1.14 with 11 and 12, 1.15 with 16, 1.16 with 17), pg_backup_archiver.c for the order of the fields,
 * pg_backup_custom.c, _tar.c and _directory.c for what each of them adds to an entry.
 */

static const char magic[] = "PGDMP";

enum {
	MAGIC_BYTES = 5,
	OLDEST = 12, /* entries have had these fields since */
	WITH_ACCESS_METHOD = 14,
	WITH_ALGORITHM = 15, /* a byte that names it; before, a level: 0 is none */
	NEWEST = 16,
	WITH_RELATION_KIND = 16,
	WITH_MANY_LISTS = 16 /* of large objects */
};

enum { TEXT_MAX = 1 << 30 }; /* PostgreSQL has no longer ones */

/* What the head says; a folder's says that it is a tar archive. */
static const unsigned char formats[] = {
    [PG_FORMAT_CUSTOM] = 1, [PG_FORMAT_TAR] = 3, [PG_FORMAT_DIRECTORY] = 3};

enum { OFFSET_NOT_SET = 1, OFFSET_SET = 2, OFFSET_NO_DATA = 3 };

static const char in_head[] = "the archive's head";
static const char in_toc[] = "its table of contents";

bool pg_head_recognise(struct str head)
{
	return str_starts(head, (struct str){magic, MAGIC_BYTES});
}

bool pg_int_read(
    struct walk *walk, const struct pg_archive *archive, int32_t *ret_value, const char *within)
{
	uint64_t at = stream_offset(walk->stream);
	unsigned char bytes[9] = {0};
	uint64_t value = 0;

	if (!walk_take(walk, bytes, archive->int_size + 1, within))
		return false;
	for (size_t i = archive->int_size; i > 0; i--)
		value = value << 8 | bytes[i];
	if (bytes[0] > 1 || value > INT32_MAX)
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " stands no number, in %s", at, within);
	*ret_value = bytes[0] ? -(int32_t)value : (int32_t)value;
	return true;
}

/* A text, of which the first bytes are kept; an absent one is empty. */
static bool read_text(
    struct walk *walk, const struct pg_archive *archive, char *into, size_t size, bool *ret_absent)
{
	uint64_t at = stream_offset(walk->stream);
	char kept[256];
	int32_t len = 0;
	size_t keep;

	if (!pg_int_read(walk, archive, &len, in_toc))
		return false;
	if (len > TEXT_MAX)
		return walk_broken(walk, at,
		    "at byte %" PRIu64 " of its table of contents begins a text of %" PRId32
		    " bytes",
		    at, len);
	if (ret_absent)
		*ret_absent = len < 0;
	keep = len < 0 ? 0 : (size_t)len < sizeof(kept) ? (size_t)len : sizeof(kept);
	if (!walk_take(walk, kept, keep, in_toc) ||
	    !walk_skip(walk, len < 0 ? 0 : (uint64_t)len - keep, in_toc))
		return false;
	if (size)
		backup_text(into, size, (struct str){kept, keep});
	return true;
}

static bool skip_text(struct walk *walk, const struct pg_archive *archive)
{
	return read_text(walk, archive, NULL, 0, NULL);
}

/*
 * Seven numbers as localtime() gave them to pg_dump, and nothing says where. They are taken for this machine's, as
 * pg_restore takes them.
 */
static bool read_created(struct walk *walk, const struct pg_archive *archive)
{
	enum { SEC, MIN, HOUR, DAY, MONTH, YEAR, DST, FIELDS };
	static const int least[FIELDS] = {0, 0, 0, 1, 0, 70, -1};
	static const int most[FIELDS] = {60, 59, 23, 31, 11, 1000, 1};
	int32_t field[FIELDS] = {0};
	struct tm tm;
	time_t when;

	for (size_t i = 0; i < FIELDS; i++)
		if (!pg_int_read(walk, archive, &field[i], in_head))
			return false;
	for (size_t i = 0; i < FIELDS; i++)
		if (field[i] < least[i] || field[i] > most[i])
			return true;
	tm = (struct tm){.tm_sec = field[SEC],
	    .tm_min = field[MIN],
	    .tm_hour = field[HOUR],
	    .tm_mday = field[DAY],
	    .tm_mon = field[MONTH],
	    .tm_year = field[YEAR],
	    .tm_isdst = field[DST]};
	when = mktime(&tm);
	if (when > 0)
		walk->backup->created_us = (int64_t)when * 1000000;
	return true;
}

static bool read_packing(struct walk *walk, struct pg_archive *archive)
{
	uint64_t at = stream_offset(walk->stream);
	unsigned char algorithm = 0;
	int32_t level = 0;

	if (archive->minor < WITH_ALGORITHM) {
		if (!pg_int_read(walk, archive, &level, in_head))
			return false;
		archive->packing = level ? PG_PACKED_GZIP : PG_PACKED_NOT;
		return true;
	}
	if (!walk_take(walk, &algorithm, 1, in_head))
		return false;
	if (algorithm > PG_PACKED_ZSTD)
		return walk_strange(walk, at,
		    "its data are packed in a way that is not known here (%u)", algorithm);
	archive->packing = (enum pg_packing)algorithm;
	return true;
}

static bool read_version(struct walk *walk, struct pg_archive *archive, enum pg_format wanted)
{
	unsigned char head[MAGIC_BYTES + 6] = {
	    0}; /* version of 3 bytes, sizes of int and offset, format */
	const unsigned char *version = head + MAGIC_BYTES;

	if (!walk_take(walk, head, sizeof(head), in_head))
		return false;
	archive->minor = version[1];
	archive->int_size = version[3];
	archive->offset_size = version[4];
	archive->format = wanted;
	if (memcmp(head, magic, MAGIC_BYTES) != 0)
		return walk_broken(walk, 0, "it does not begin as an archive of pg_dump");
	if (version[0] != 1 || version[1] < OLDEST || version[1] > NEWEST)
		return walk_strange(walk, MAGIC_BYTES,
		    "it is an archive of version %u.%u; known here are 1.%d to 1.%d (pg_dump 9.0 "
		    "to 18)",
		    version[0], version[1], OLDEST, NEWEST);
	if (archive->int_size < 1 || archive->int_size > 8 || archive->offset_size < 1 ||
	    archive->offset_size > 8)
		return walk_broken(walk, MAGIC_BYTES + 3,
		    "its head says that numbers have %u and %u bytes, which nobody writes",
		    version[3], version[4]);
	if (version[5] != formats[wanted])
		return walk_broken(walk, MAGIC_BYTES + 5,
		    "its head is that of another format of pg_dump (%u)", version[5]);
	return true;
}

bool pg_head_read(struct walk *walk, struct pg_archive *archive, enum pg_format wanted)
{
	struct backup *backup = walk->backup;
	uint64_t at;

	if (!read_version(walk, archive, wanted) || !read_packing(walk, archive) ||
	    !read_created(walk, archive) ||
	    !read_text(walk, archive, backup->database, sizeof(backup->database), NULL) ||
	    !read_text(
		walk, archive, backup->server_version, sizeof(backup->server_version), NULL) ||
	    !skip_text(walk, archive))
		return false;
	backup->server_version[strcspn(backup->server_version, " ")] = '\0';
	at = stream_offset(walk->stream);
	if (!pg_int_read(walk, archive, &archive->entries, in_head))
		return false;
	return archive->entries >= 0 ||
	    walk_broken(
		walk, at, "its table of contents has %" PRId32 " entries", archive->entries);
}

/* What the custom format adds: where the data begin. */
static bool read_offset(struct walk *walk, const struct pg_archive *archive, struct part *part)
{
	uint64_t at = stream_offset(walk->stream);
	unsigned char bytes[9] = {0};
	uint64_t offset = 0;

	if (!walk_take(walk, bytes, archive->offset_size + 1, in_toc))
		return false;
	for (size_t i = archive->offset_size; i > 0; i--)
		offset = offset << 8 | bytes[i];
	if (bytes[0] < OFFSET_NOT_SET || bytes[0] > OFFSET_NO_DATA ||
	    (bytes[0] == OFFSET_NO_DATA) == part->promised)
		return walk_broken(walk, at,
		    "at byte %" PRIu64 " its table of contents does not say whether there are data",
		    at);
	part->offset = bytes[0] == OFFSET_SET ? offset : 0;
	return true;
}

/*
 * What the others add: the name of a file, or nothing where there are no data. A tar archive names one for the large
 * objects that it does not have; their list is in another.
 */
static bool read_file(struct walk *walk, const struct pg_archive *archive, const char *kind,
    int32_t id, struct part *part)
{
	uint64_t at = stream_offset(walk->stream);
	char name[PART_NAME + 1];

	if (!read_text(walk, archive, name, sizeof(name), NULL))
		return false;
	if (part->promised && (!*name || strlen(name) >= PART_NAME || strchr(name, '/')))
		return walk_broken(walk, at,
		    "at byte %" PRIu64 " its table of contents names no file of its own", at);
	if (archive->format == PG_FORMAT_DIRECTORY || strcmp(kind, "BLOBS") != 0)
		memcpy(part->name, name, PART_NAME);
	else if (archive->minor < WITH_MANY_LISTS)
		snprintf(part->name, PART_NAME, "blobs.toc");
	else
		snprintf(part->name, PART_NAME, "blobs_%" PRId32 ".toc", id);
	return true;
}

/* The names of those that the entry depends on, up to one that is absent. */
static bool skip_dependencies(struct walk *walk, const struct pg_archive *archive)
{
	bool absent;

	do {
		if (!read_text(walk, archive, NULL, 0, &absent))
			return false;
	} while (!absent);
	return true;
}

static bool skip_texts(struct walk *walk, const struct pg_archive *archive, int count)
{
	while (count-- > 0)
		if (!skip_text(walk, archive))
			return false;
	return true;
}

/* What stands behind the section: only whether the data are rows of COPY is of interest. */
static bool read_definition(struct walk *walk, const struct pg_archive *archive, bool *ret_copies)
{
	char copy[8] = "";
	int32_t kind;

	/* The definition, how to drop it; COPY; then schema, tablespace, and the access method. */
	if (!skip_texts(walk, archive, 2) || !read_text(walk, archive, copy, sizeof(copy), NULL) ||
	    !skip_texts(walk, archive, archive->minor < WITH_ACCESS_METHOD ? 2 : 3))
		return false;
	*ret_copies = *copy != '\0';
	if (archive->minor >= WITH_RELATION_KIND && !pg_int_read(walk, archive, &kind, in_toc))
		return false;
	return skip_texts(walk, archive, 2); /* owner; whether it has OIDs */
}

bool pg_entry_read(struct walk *walk, struct pg_archive *archive, struct parts *parts)
{
	uint64_t at = stream_offset(walk->stream);
	struct part part = {0};
	char tag[PART_TITLE - 8];
	char kind[24];
	int32_t id = 0, has_data = 0, section;
	bool copies;

	/* Behind the two numbers, those of the catalogue: its table and the row in it. */
	if (!pg_int_read(walk, archive, &id, in_toc) ||
	    !pg_int_read(walk, archive, &has_data, in_toc) || !skip_texts(walk, archive, 2) ||
	    !read_text(walk, archive, tag, sizeof(tag), NULL) ||
	    !read_text(walk, archive, kind, sizeof(kind), NULL) ||
	    !pg_int_read(walk, archive, &section, in_toc) ||
	    !read_definition(walk, archive, &copies) || !skip_dependencies(walk, archive))
		return false;
	if (id <= 0)
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " of its table of contents stands no entry", at);
	part.promised = has_data != 0;
	snprintf(part.name, sizeof(part.name), "%" PRId32, id);
	if (strcmp(kind, "TABLE DATA") == 0)
		snprintf(part.title, sizeof(part.title), "table %s", tag);
	else
		snprintf(part.title, sizeof(part.title), "%s", kind);
	if (strcmp(kind, "TABLE DATA") == 0)
		part.end = copies ? PART_END_COPY : PART_END_BLANK;
	if (!(archive->format == PG_FORMAT_CUSTOM ? read_offset(walk, archive, &part)
						  : read_file(walk, archive, kind, id, &part)))
		return false;
	archive->entries--;
	if (part.promised && !parts_add(parts, &part))
		return walk_strange(walk, at, "it promises more than %d pieces of data", PARTS_MAX);
	return true;
}

enum pg_list pg_list_read(struct walk *walk, struct part *ret_part)
{
	enum { LINE_BYTES = 64 };
	static const char within[] = "a list of large objects";
	uint64_t at = stream_offset(walk->stream);
	struct str ahead = str_sub(stream_look(walk->stream, LINE_BYTES), 0, LINE_BYTES);
	struct str line = {0};
	ptrdiff_t space;
	char newline;

	if (!ahead.len && !stream_trouble(walk->stream))
		return PG_LIST_END;
	str_line(&ahead, &line);
	space = str_find(line, STR(" blob_"));
	*ret_part = (struct part){.promised = true};
	if (space > 0) {
		backup_text(ret_part->name, PART_NAME, str_sub(line, (size_t)space + 1, line.len));
		snprintf(ret_part->title, PART_TITLE, "large object %.*s", (int)space, line.ptr);
	}
	stream_pass(walk->stream, line.len);
	if (!walk_take(walk, &newline, 1, within))
		return PG_LIST_BROKEN;
	if (space > 0 && newline == '\n')
		return PG_LIST_LINE;
	walk_broken(walk, at, "at byte %" PRIu64 " %s is damaged", at, within);
	return PG_LIST_BROKEN;
}
