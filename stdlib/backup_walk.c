/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Text comes last: it is looked for in more than the first bytes. */
static const struct walker *const walkers[] = {
    &pg_custom_walker, &redis_walker, &pg_tar_walker, &pg_plain_walker};

/* What people take for a backup, or pack one in, and is not read here. */
static const struct {
	const char *bytes;
	size_t len;
	size_t at;
	const char *what;
} strangers[] = {
    {"\x1F\x8B", 2, 0, "it is packed by gzip twice"},
    {"\x28\xB5\x2F\xFD", 4, 0, "it is packed by zstd twice"},
    {"\xFD"
     "7zXZ",
	5, 0, "it is packed by xz, which is not read here; unpack it first"},
    {"BZh", 3, 0, "it is packed by bzip2, which is not read here; unpack it first"},
    {"\x04\x22\x4D\x18", 4, 0, "it is packed by lz4, which is not read here; unpack it first"},
    {"PK\x03\x04", 4, 0, "it is a zip archive, which is not read here; unpack it first"},
    {"ustar", 5, 257, "it is a tar archive, but not one of pg_dump: toc.dat is not its first file"},
    {"SQLite format 3", 15, 0, "it is a database of SQLite, not a dump"},
};

static bool stay_unknown(struct walk *walk, struct str head)
{
	struct str line = {0};
	char said[120];

	if (!head.len && walk->backup->packing != PACKED_NOT)
		return walk_broken(walk, 0,
		    "it holds nothing: the %s around it is whole, so what should have been "
		    "packed was never written (a pipe hides that)",
		    packing_name(walk->backup->packing));
	if (!head.len)
		return walk_broken(walk, 0, "it is empty");
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++)
		if (str_starts(str_sub(head, strangers[i].at, head.len),
			(struct str){strangers[i].bytes, strangers[i].len}))
			return walk_broken(walk, 0, "%s", strangers[i].what);
	str_line(&head, &line);
	backup_complaint(said, sizeof(said), str_trim(line));
	if (*said)
		return walk_broken(
		    walk, 0, "it is no backup, but what a program complained of: %s", said);
	return walk_broken(walk, 0, "it is no backup that is known here");
}

bool walk_begin(struct walk *walk, struct stream *stream, struct backup *backup)
{
	struct str head = stream_look(stream, WALK_HEAD);

	*walk = (struct walk){.stream = stream, .backup = backup};
	backup->packing = stream_packing(stream);
	for (size_t i = 0; i < sizeof(walkers) / sizeof(*walkers); i++) {
		if (!walkers[i]->recognise(backup, str_sub(head, 0, WALK_HEAD)))
			continue;
		walk->walker = walkers[i];
		walk->self = walk->walker->begin(walk);
		return true;
	}
	if (head.len < WALK_HEAD && stream_trouble(stream))
		return walk_cut(walk, "its beginning");
	return stay_unknown(walk, head);
}

bool walk_step(struct walk *walk)
{
	return walk->walker->step(walk, walk->self);
}

void walk_end(struct walk *walk)
{
	if (walk->walker)
		walk->walker->end(walk->self);
	walk->walker = NULL;
}

bool walk_broken(struct walk *walk, uint64_t offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	backup_vbroken(walk->backup, (int64_t)offset, format, args);
	va_end(args);
	return false;
}

bool walk_strange(struct walk *walk, uint64_t offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	backup_vbroken(walk->backup, (int64_t)offset, format, args);
	va_end(args);
	walk->backup->doubt = true;
	return false;
}

bool walk_cut(struct walk *walk, const char *format, ...)
{
	int64_t offset = (int64_t)stream_offset(walk->stream) +
	    (int64_t)stream_look(walk->stream, 1).len;
	const char *trouble = stream_trouble(walk->stream);
	char within[200];
	va_list args;

	va_start(args, format);
	vsnprintf(within, sizeof(within), format, args);
	va_end(args);
	if (trouble) {
		walk->backup->doubt |= stream_doubt(walk->stream);
		return backup_broken(walk->backup, offset, "%s", trouble);
	}
	return backup_broken(walk->backup, offset,
	    "it is cut off: it ends at byte %" PRId64 ", within %s", offset, within);
}

bool walk_whole(struct walk *walk)
{
	uint64_t offset = stream_offset(walk->stream);

	if (stream_look(walk->stream, 1).len)
		return walk_broken(
		    walk, offset, "something follows its end at byte %" PRIu64, offset);
	if (stream_trouble(walk->stream))
		return walk_cut(walk, "nothing");
	walk->backup->content_size = (int64_t)offset;
	walk->backup->complete = true;
	return false;
}

bool walk_take(struct walk *walk, void *into, size_t len, const char *within)
{
	return stream_take(walk->stream, into, len) || walk_cut(walk, "%s", within);
}

bool walk_skip(struct walk *walk, uint64_t len, const char *within)
{
	return stream_skip(walk->stream, len) || walk_cut(walk, "%s", within);
}
