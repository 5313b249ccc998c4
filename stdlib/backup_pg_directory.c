/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/backup_folder.h"
#include "stdlib/backup_pg_rows.h"
#include "stdlib/backup_pg_toc.h"

/*
 * pg_dump's directory format (pg_backup_directory.c): toc.dat, a file for the data of each table, one for each large
 * object and lists of those (blobs.toc); the files of data may be packed, and say so by a suffix.
 */
enum role { OTHER, DATA, OPAQUE, LIST };

struct directory {
	struct pg_archive archive;
	bool has_head;
	struct parts parts;
	struct part part;
	enum role role;
	bool is_rows;
	struct pg_data data;
	int64_t rows;
	bool rows_unknown;
	bool unchecked; /* a file without checksum holds data */
};

static bool is_index(struct str name)
{
	return str_is(name, "toc.dat");
}

static void *begin(void)
{
	return mem_alloc(sizeof(struct directory));
}

static void end(void *self)
{
	parts_done(&((struct directory *)self)->parts);
	free(self);
}

static bool read_index(struct walk *walk, void *self)
{
	struct directory *directory = self;

	if (!directory->has_head) {
		directory->has_head = true;
		return pg_head_read(walk, &directory->archive, PG_FORMAT_DIRECTORY);
	}
	if (directory->archive.entries)
		return pg_entry_read(walk, &directory->archive, &directory->parts);
	return walk_whole(walk);
}

static struct str without_suffix(struct str name)
{
	static const char *const suffixes[] = {".gz", ".zst", ".lz4"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (str_ends(name, str_from(suffixes[i])))
			return str_sub(name, 0, name.len - str_from(suffixes[i]).len);
	return name;
}

static bool open_file(struct walk *walk, void *self, struct str name)
{
	struct directory *directory = self;
	struct str bare = without_suffix(name);

	directory->role = OTHER;
	directory->part = (struct part){.found = true};
	backup_text(directory->part.name, PART_NAME, bare);
	if (str_starts(bare, STR("blobs")) && str_ends(bare, STR(".toc")))
		directory->role = LIST;
	else if (str_ends(bare, STR(".dat")) && !is_index(bare))
		directory->role = str_ends(name, STR(".lz4")) ? OPAQUE : DATA;
	directory->is_rows = !str_starts(bare, STR("blob_"));
	pg_data_begin(&directory->data);
	if (directory->role == DATA || directory->role == OPAQUE)
		directory->unchecked |= !stream_has_checksum(walk->stream);
	return true;
}

static bool too_many(struct walk *walk)
{
	return walk_strange(walk, 0, "it holds more than %d files", PARTS_MAX);
}

static bool end_file(struct walk *walk, struct directory *directory)
{
	bool is_rows = directory->is_rows && directory->role != LIST;

	if (!walk_whole(walk) && !walk->backup->complete)
		return false;
	if (is_rows && directory->role == DATA)
		directory->part.end = pg_data_end(&directory->data);
	if (directory->part.end == PART_END_COPY)
		directory->rows += directory->data.rows.count;
	else if (is_rows)
		directory->rows_unknown = true;
	return parts_add(&directory->parts, &directory->part) ? false : too_many(walk);
}

static bool read_list(struct walk *walk, struct directory *directory)
{
	struct part part;

	switch (pg_list_read(walk, &part)) {
	case PG_LIST_END:
		return end_file(walk, directory);
	case PG_LIST_BROKEN:
		return false;
	default:
		return parts_add(&directory->parts, &part) || too_many(walk);
	}
}

static bool read_file(struct walk *walk, void *self)
{
	struct directory *directory = self;
	struct str bytes;

	if (directory->role == OTHER)
		return folder_drain(walk);
	if (directory->role == LIST)
		return read_list(walk, directory);
	bytes = stream_look(walk->stream, 1);
	if (!bytes.len)
		return end_file(walk, directory);
	if (directory->role == DATA && directory->is_rows)
		pg_data_feed(&directory->data, bytes);
	stream_pass(walk->stream, bytes.len);
	return true;
}

static bool fits(void *self, struct backup *backup)
{
	struct directory *directory = self;
	char why[160];

	if (!parts_fit(&directory->parts, why, sizeof(why)))
		return backup_broken(backup, -1, "%s", why);
	backup->records = directory->rows_unknown ? -1 : directory->rows;
	backup->checksum = !directory->unchecked;
	return true;
}

const struct folder_walker pg_directory_walker = {
    BACKUP_POSTGRES_DIRECTORY, is_index, begin, read_index, open_file, read_file, fits, end};
