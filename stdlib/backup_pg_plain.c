/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "stdlib/backup_pg_script.h"
#include "stdlib/backup_walk.h"

/*
 * What pg_dump and pg_dumpall write as a script for psql (RestoreArchive() in pg_backup_archiver.c, main() in
 * pg_dumpall.c): a comment that begins it, statements, a comment that ends it. Since August 2025 it stands between
 * \restrict and \unrestrict with the same key. A dump of pg_dumpall has dumps of databases in it. The comments only
 * count between statements: a row, a text or a function may hold the same line.
 */
enum dump { DATABASE, CLUSTER, DUMPS };

static const struct {
	const char *begins;
	const char *ends;
	const char *name;
} marks[DUMPS] = {
    [DATABASE] = {" PostgreSQL database dump", " PostgreSQL database dump complete",
	"the dump of a database"},
    [CLUSTER] = {" PostgreSQL database cluster dump", " PostgreSQL database cluster dump complete",
	"the dump of the cluster"},
};

struct plain {
	struct script script;
	bool open[DUMPS];
	bool ended; /* one has, and nothing but comments came since */
	char key[80]; /* of the \restrict that is open; empty: none */
	char last[4]; /* bytes */
	bool inserts; /* rows are not counted where one statement may hold many */
	int64_t rows;
};

/* A line with one of the comments, with nothing but lines of text before it. */
static bool has_mark(struct str head, enum dump dump)
{
	struct str line;

	while (str_line(&head, &line) && (!line.len || !memchr(line.ptr, 0, line.len)))
		if (str_starts(line, STR("--")) &&
		    str_is(str_trim(str_sub(line, 2, line.len)), marks[dump].begins + 1))
			return true;
	return false;
}

static bool recognise(struct backup *backup, struct str head)
{
	if (has_mark(head, CLUSTER))
		backup->kind = BACKUP_POSTGRES_CLUSTER;
	else if (has_mark(head, DATABASE))
		backup->kind = BACKUP_POSTGRES_PLAIN;
	else
		return false;
	backup->trailer = TRAILER_MISSING;
	return true;
}

static void *begin(struct walk *walk)
{
	struct plain *plain = mem_alloc(sizeof(*plain));

	script_init(&plain->script);
	walk->backup->checksum = stream_has_checksum(walk->stream);
	return plain;
}

/* "Started on 2026-11-28 03:45:49 UTC"; another zone has a name that may mean several. */
static void take_started(struct backup *backup, struct str when)
{
	char time[] = "YYYY-MM-DDTHH:MM:SSZ";
	int64_t us;

	if (when.len != 23 || !str_ends(when, STR(" UTC")))
		return;
	memcpy(time, when.ptr, 10);
	memcpy(time + 11, when.ptr + 11, 8);
	if (!backup->created_us && units_time(str_from(time), &us))
		backup->created_us = us;
}

static void take_version(struct backup *backup, struct str version)
{
	if (backup->server_version[0])
		return;
	backup_text(backup->server_version, sizeof(backup->server_version), version);
	backup->server_version[strcspn(backup->server_version, " ")] = '\0';
}

static bool begin_dump(struct walk *walk, struct plain *plain, enum dump dump)
{
	uint64_t at = plain->script.item_at;

	if (plain->open[dump])
		return walk_broken(walk, at,
		    "at byte %" PRIu64 " %s begins, and the one before it has no end", at,
		    marks[dump].name);
	plain->open[dump] = true;
	plain->ended = false;
	return true;
}

static bool end_dump(struct walk *walk, struct plain *plain, enum dump dump)
{
	uint64_t at = plain->script.item_at;

	if (!plain->open[dump])
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " %s ends that never began", at, marks[dump].name);
	plain->open[dump] = false;
	plain->ended = true;
	return true;
}

static bool take_comment(struct walk *walk, struct plain *plain)
{
	struct str text = script_text(&plain->script);
	struct str started = STR(" Started on ");
	struct str from = STR(" Dumped from database version ");

	if (text.len && text.ptr[text.len - 1] == '\r')
		text.len--;
	for (enum dump dump = 0; dump < DUMPS; dump++) {
		if (str_is(text, marks[dump].begins))
			return begin_dump(walk, plain, dump);
		if (str_is(text, marks[dump].ends))
			return end_dump(walk, plain, dump);
	}
	if (str_starts(text, from))
		take_version(walk->backup, str_trim(str_sub(text, from.len, text.len)));
	else if (str_starts(text, started))
		take_started(walk->backup, str_trim(str_sub(text, started.len, text.len)));
	return true;
}

static bool take_command(struct walk *walk, struct plain *plain)
{
	struct str text = str_trim(script_text(&plain->script));
	struct str restrict_ = STR("\\restrict ");
	struct str unrestrict = STR("\\unrestrict ");
	struct str connect = STR("\\connect ");
	uint64_t at = plain->script.item_at;

	if (str_starts(text, restrict_)) {
		backup_text(plain->key, sizeof(plain->key), str_sub(text, restrict_.len, text.len));
	} else if (str_starts(text, unrestrict)) {
		if (!str_is(str_sub(text, unrestrict.len, text.len), plain->key))
			return walk_broken(walk, at,
			    "the key of \\unrestrict at byte %" PRIu64 " is not that of \\restrict",
			    at);
		plain->key[0] = '\0';
	} else if (str_starts(text, connect) && walk->backup->kind == BACKUP_POSTGRES_PLAIN) {
		text = str_sub(text, connect.len, text.len);
		if (text.len && text.ptr[0] != '-' && text.ptr[0] != '"')
			backup_text(walk->backup->database, sizeof(walk->backup->database), text);
	}
	return true;
}

/* In a dump, or before it: what a script of one's own sets first. */
static bool take_statement(struct walk *walk, struct plain *plain)
{
	uint64_t at = plain->script.item_at;

	if (plain->ended && !plain->open[CLUSTER])
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " a statement follows the end of the dump", at);
	if (str_starts(script_text(&plain->script), STR("INSERT INTO ")))
		plain->inserts = true;
	return true;
}

static bool take_rows(struct walk *walk, struct plain *plain)
{
	(void)walk;
	plain->rows += plain->script.rows.count;
	return true;
}

static bool take_wrong_row(struct walk *walk, struct plain *plain)
{
	const struct pg_rows *rows = &plain->script.rows;
	char copy[100];

	backup_text(copy, sizeof(copy), script_text(&plain->script));
	return walk_broken(walk, plain->script.at,
	    "before byte %" PRIu64 ", row %" PRId64 " does not have %d columns, in: %s",
	    plain->script.at, rows->count, rows->columns, copy);
}

static bool take_noise(struct walk *walk, struct plain *plain)
{
	uint64_t at = plain->script.item_at;
	char said[120];

	backup_complaint(said, sizeof(said), str_trim(script_text(&plain->script)));
	return walk_broken(walk, at,
	    "at byte %" PRIu64 " stands what is no SQL, where psql would stop%s%s", at,
	    *said ? ": " : "", said);
}

static bool take_item(struct walk *walk, struct plain *plain, enum script_item item)
{
	static bool (*const takers[])(struct walk *, struct plain *) = {
	    [SCRIPT_COMMENT] = take_comment,
	    [SCRIPT_COMMAND] = take_command,
	    [SCRIPT_STATEMENT] = take_statement,
	    [SCRIPT_ROWS] = take_rows,
	    [SCRIPT_WRONG_ROW] = take_wrong_row,
	    [SCRIPT_NOISE] = take_noise,
	};

	return item == SCRIPT_NOTHING || takers[item](walk, plain);
}

/* An empty line ends every dump. */
static bool ends_in_empty_line(const struct plain *plain)
{
	const char *last = plain->last;

	return last[3] == '\n' && (last[2] == '\n' || (last[2] == '\r' && last[1] == '\n'));
}

static bool finish(struct walk *walk, struct plain *plain)
{
	const char *within = script_open(&plain->script);
	char text[100];

	if (plain->script.state == NOISE)
		return take_noise(walk, plain);
	backup_text(text, sizeof(text), script_text(&plain->script));
	if (within && plain->script.state == COMMENT)
		return walk_cut(walk, "%s", within);
	if (within)
		return walk_cut(walk, "%s: %s", within, text);
	for (enum dump dump = 0; dump < DUMPS; dump++)
		if (plain->open[dump])
			return walk_cut(walk, "%s: the line \"--%s\" is missing", marks[dump].name,
			    marks[dump].ends);
	if (!plain->ended)
		return walk_cut(walk, "what comes before the dump");
	if (plain->key[0] || !ends_in_empty_line(plain))
		return walk_cut(walk, "the last lines of the dump");
	walk->backup->trailer = TRAILER_FOUND;
	walk->backup->records = plain->inserts ? -1 : plain->rows;
	return walk_whole(walk);
}

static void keep_last(struct plain *plain, struct str bytes)
{
	for (size_t i = bytes.len < 4 ? 0 : bytes.len - 4; i < bytes.len; i++) {
		memmove(plain->last, plain->last + 1, sizeof(plain->last) - 1);
		plain->last[sizeof(plain->last) - 1] = bytes.ptr[i];
	}
}

static bool step(struct walk *walk, void *self)
{
	struct plain *plain = self;
	struct str bytes = str_sub(stream_look(walk->stream, 1), 0, STREAM_LOOK);
	const char *nul = bytes.len ? memchr(bytes.ptr, 0, bytes.len) : NULL;
	struct str rest = bytes;

	if (!bytes.len)
		return finish(walk, plain);
	if (nul)
		return walk_broken(walk, stream_offset(walk->stream) + (size_t)(nul - bytes.ptr),
		    "a byte of zero stands in the script: a part of the file was never written");
	keep_last(plain, bytes);
	while (rest.len)
		if (!take_item(walk, plain, script_feed(&plain->script, &rest)))
			return false;
	stream_pass(walk->stream, bytes.len);
	return true;
}

static void end(void *self)
{
	free(self);
}

const struct walker pg_plain_walker = {recognise, begin, step, end};
