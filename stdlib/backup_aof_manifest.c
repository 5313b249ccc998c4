/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stdlib/backup_folder.h"

/*
 * The folder of an AOF since Redis 7 (aof.c, aofLoadManifestFromFile()): a manifest names its files, a line each,
 * "file NAME seq 1 type b". One is the base (b), the others (i) are what came after; those of type h are left over. A
 * name with odd bytes stands in quotes. An AOF that was switched on and never written to has an empty file or two.
 */
enum { NAMES_MAX = 1000, NAME_BYTES = 256, LINE_BYTES = 1024 };

struct named {
	char name[NAME_BYTES];
	bool found;
};

struct manifest {
	struct named *names;
	size_t count;
	size_t capacity;
	struct named
	    *present; /* the file that is being read; NULL: the manifest does not name it */
	int64_t records;
};

static bool is_index(struct str name)
{
	return str_ends(name, STR(".manifest"));
}

static void *begin(void)
{
	return mem_alloc(sizeof(struct manifest));
}

static void end(void *self)
{
	free(((struct manifest *)self)->names);
	free(self);
}

static struct str next_word(struct str *rest)
{
	struct str word;
	size_t len = 0;

	*rest = str_trim(*rest);
	while (len < rest->len && rest->ptr[len] != ' ')
		len++;
	word = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, len, rest->len);
	return word;
}

/* Key and value take turns, in any order. */
static bool read_entry(struct str line, struct str *ret_name, char *ret_type)
{
	*ret_name = (struct str){0};
	*ret_type = '\0';
	while (str_trim(line).len) {
		struct str key = next_word(&line);
		struct str value = next_word(&line);

		if (str_is(key, "file"))
			*ret_name = value;
		else if (str_is(key, "type") && value.len == 1)
			*ret_type = value.ptr[0];
	}
	return ret_name->len && ret_name->len < NAME_BYTES &&
	    !memchr(ret_name->ptr, '/', ret_name->len) && ret_name->ptr[0] != '"' && *ret_type &&
	    strchr("bih", *ret_type);
}

static bool take_entry(struct manifest *manifest, struct str line)
{
	struct named *named;
	struct str name;
	char type;

	if (!read_entry(line, &name, &type) || manifest->count == NAMES_MAX)
		return false;
	if (type == 'h')
		return true;
	manifest->names = mem_grow(
	    manifest->names, manifest->count, &manifest->capacity, sizeof(*manifest->names));
	named = &manifest->names[manifest->count++];
	*named = (struct named){0};
	memcpy(named->name, name.ptr, name.len);
	return true;
}

static bool read_index(struct walk *walk, void *self)
{
	struct manifest *manifest = self;
	uint64_t at = stream_offset(walk->stream);
	struct str ahead = str_sub(stream_look(walk->stream, LINE_BYTES), 0, LINE_BYTES);
	struct str rest = ahead;
	struct str line = {0};

	if (!ahead.len)
		return manifest->count ? walk_whole(walk) : walk_cut(walk, "its first line");
	str_line(&rest, &line);
	if (line.len == ahead.len) {
		stream_pass(walk->stream, line.len);
		return walk_cut(walk, "a line of the manifest");
	}
	if (line.len && line.ptr[0] != '#' && !take_entry(manifest, line))
		return walk_broken(walk, at, "a line of the manifest does not name a file of it");
	stream_pass(walk->stream, line.len + 1);
	return true;
}

static bool open_file(struct walk *walk, void *self, struct str name)
{
	struct manifest *manifest = self;
	struct stream *stream = walk->stream;

	manifest->present = NULL;
	for (size_t i = 0; i < manifest->count; i++)
		if (str_is(name, manifest->names[i].name))
			manifest->present = &manifest->names[i];
	if (!manifest->present)
		return true;
	manifest->present->found = true;
	if (!stream_look(stream, 1).len && !stream_trouble(stream) &&
	    !str_ends(name, STR(".rdb"))) {
		manifest->present = NULL; /* no command came yet */
		return true;
	}
	return walk_begin(walk, stream, walk->backup);
}

static bool read_file(struct walk *walk, void *self)
{
	struct manifest *manifest = self;
	const struct backup *part = walk->backup;

	if (!manifest->present)
		return folder_drain(walk);
	if (walk_step(walk))
		return true;
	if (part->complete && part->records > 0)
		manifest->records += part->records;
	return false;
}

static bool fits(void *self, struct backup *backup)
{
	struct manifest *manifest = self;

	for (size_t i = 0; i < manifest->count; i++)
		if (!manifest->names[i].found)
			return backup_broken(backup, -1, "the manifest names %s, which is missing",
			    manifest->names[i].name);
	backup->records = manifest->records;
	backup->created_us = 0; /* of the base; it goes on from there */
	return true;
}

const struct folder_walker aof_manifest_walker = {
    BACKUP_REDIS_AOF, is_index, begin, read_index, open_file, read_file, fits, end};
