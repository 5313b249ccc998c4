/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_aof.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"

/*
 * From Redis' aof.c (loadSingleAppendOnlyFile()): commands as clients send them, "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", and
 * between them lines that begin with '#'. Nothing marks the end: one that was cut off
 * behind a command looks whole. What MULTI began and EXEC did not end is lost when it is loaded.
 */
enum { LINE_MAX_BYTES = 1024, ARGUMENTS_MAX = 1 << 30, NAME_BYTES = 6 };

static const int64_t argument_max = INT64_C(1) << 40;

bool aof_recognise(struct str head)
{
	struct str line;

	if (str_starts(head, STR("#TS:")))
		return true;
	return str_starts(head, STR("*")) && str_line(&head, &line) && line.len >= 3 &&
	    isdigit((unsigned char)line.ptr[1]) && line.ptr[line.len - 1] == '\r' &&
	    str_starts(head, STR("$"));
}

/* Cut off in the middle of a command: what a server would cut away is the rest of it. */
static bool cut(struct walk *walk, const struct aof *aof)
{
	return walk_cut(
	    walk, "a command (the first %" PRIu64 " bytes of the AOF are whole)", aof->whole_to);
}

/* The next line without its end; what it holds is valid until the stream is looked at again. */
static bool read_line(struct walk *walk, const struct aof *aof, struct str *ret_line)
{
	uint64_t at = stream_offset(walk->stream);
	struct str ahead = stream_look(walk->stream, LINE_MAX_BYTES);
	const char *newline = ahead.len ? memchr(ahead.ptr, '\n', ahead.len) : NULL;
	size_t len;

	if (!newline && ahead.len < LINE_MAX_BYTES) {
		stream_pass(walk->stream, ahead.len);
		return cut(walk, aof);
	}
	len = newline ? (size_t)(newline - ahead.ptr) : 0;
	if (!len || ahead.ptr[len - 1] != '\r')
		return walk_broken(walk, at, "at byte %" PRIu64 " stands no line of an AOF", at);
	*ret_line = (struct str){ahead.ptr, len - 1};
	stream_pass(walk->stream, len + 1);
	return true;
}

/* "*3" or "$17". */
static bool read_count(struct walk *walk, const struct aof *aof, char sign, int64_t least,
    int64_t most, uint64_t *ret_count)
{
	uint64_t at = stream_offset(walk->stream);
	struct str line = {0};
	int64_t count;

	if (!read_line(walk, aof, &line))
		return false;
	if (line.len < 2 || line.ptr[0] != sign || !isdigit((unsigned char)line.ptr[1]) ||
	    !units_int(str_sub(line, 1, line.len), &count) || count < least || count > most)
		return walk_broken(walk, at,
		    "at byte %" PRIu64
		    " should stand a number behind '%c', in a command of the AOF",
		    at, sign);
	*ret_count = (uint64_t)count;
	return true;
}

/* MULTI, EXEC and SELECT are no changes of their own. */
static void take_name(struct aof *aof, struct str name)
{
	char text[NAME_BYTES + 1] = "";

	if (name.len)
		memcpy(text, name.ptr, name.len);
	if (strcasecmp(text, "MULTI") == 0)
		aof->in_transaction = true;
	else if (strcasecmp(text, "EXEC") == 0)
		aof->in_transaction = false;
	else if (strcasecmp(text, "SELECT") != 0)
		aof->commands++;
}

static bool begin_argument(struct aof *aof, struct walk *walk)
{
	uint64_t length = 0;
	struct str name;

	if (!read_count(walk, aof, '$', 0, argument_max, &length))
		return false;
	if (aof->first) {
		name = stream_look(walk->stream, NAME_BYTES);
		take_name(aof, str_sub(name, 0, length <= NAME_BYTES ? (size_t)length : 0));
	}
	aof->first = false;
	aof->arguments--;
	aof->left = length + 2;
	return true;
}

static bool pass_argument(struct aof *aof, struct walk *walk)
{
	uint64_t at = stream_offset(walk->stream);
	struct str bytes = stream_look(walk->stream, aof->left <= 2 ? (size_t)aof->left : 1);
	size_t len = bytes.len < STREAM_LOOK ? bytes.len : STREAM_LOOK;

	if (!bytes.len)
		return cut(walk, aof);
	if (aof->left > 2) {
		len = len < aof->left - 2 ? len : (size_t)(aof->left - 2);
	} else if (!str_starts(bytes, str_sub(STR("\r\n"), 2 - (size_t)aof->left, 2))) {
		if (bytes.len >= aof->left)
			return walk_broken(walk, at,
			    "at byte %" PRIu64 " an argument of a command does not end", at);
		stream_pass(walk->stream, bytes.len);
		return cut(walk, aof);
	} else {
		len = (size_t)aof->left;
	}
	stream_pass(walk->stream, len);
	aof->left -= len;
	return true;
}

static bool end_of_file(struct aof *aof, struct walk *walk, bool *ret_whole)
{
	if (stream_trouble(walk->stream))
		return cut(walk, aof);
	if (aof->in_transaction)
		return walk_cut(walk, "a transaction that MULTI began and no EXEC ends");
	*ret_whole = true;
	return false;
}

bool aof_step(struct aof *aof, struct walk *walk, bool *ret_whole)
{
	struct str ahead, line;

	if (aof->left)
		return pass_argument(aof, walk);
	if (aof->arguments)
		return begin_argument(aof, walk);
	ahead = stream_look(walk->stream, 1);
	if (!aof->in_transaction)
		aof->whole_to = stream_offset(walk->stream);
	if (!ahead.len)
		return end_of_file(aof, walk, ret_whole);
	if (ahead.ptr[0] == '#')
		return read_line(walk, aof, &line);
	aof->first = true;
	return read_count(walk, aof, '*', 1, ARGUMENTS_MAX, &aof->arguments);
}
