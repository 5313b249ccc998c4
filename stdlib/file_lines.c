/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { CHUNK = 128 << 10, BACK = 4096 };

void file_lines_begin(struct file_lines *lines, struct file_job *job,
    const struct file_source *source, int64_t from, int64_t until)
{
	*lines = (struct file_lines){.job = job, .source = source, .offset = from, .until = until};
	buf_init(&lines->buf, FILE_LINE_MAX + 2 * CHUNK);
}

void file_lines_done(struct file_lines *lines)
{
	buf_done(&lines->buf);
}

/* Forgets what was given out and reads on; 0 at the end, -1 after trouble. */
static ssize_t read_on(struct file_lines *lines)
{
	int64_t left;
	ssize_t got;

	buf_consume(&lines->buf, lines->used);
	lines->offset += (int64_t)lines->used;
	lines->used = 0;
	left = lines->until - lines->offset - (int64_t)lines->buf.len;
	if (left <= 0)
		return 0;
	got = file_source_read(lines->job, lines->source, buf_reserve(&lines->buf, CHUNK),
	    left < CHUNK ? (size_t)left : CHUNK, lines->offset + (int64_t)lines->buf.len);
	if (got > 0)
		buf_added(&lines->buf, (size_t)got);
	return got;
}

static struct str rest_of(const struct file_lines *lines)
{
	return str_sub(buf_view(&lines->buf), lines->used, lines->buf.len);
}

/* Past the end of a line of which enough was given. */
static bool skip(struct file_lines *lines)
{
	while (lines->skipping) {
		struct str rest = rest_of(lines);
		const char *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
		ssize_t got;

		lines->used += end ? (size_t)(end - rest.ptr) + 1 : rest.len;
		lines->ended += end != NULL;
		lines->skipping = !end;
		got = end ? 1 : read_on(lines);
		if (got <= 0)
			return false;
	}
	return true;
}

static bool give(struct file_lines *lines, size_t len, bool ended, struct file_line *ret_line)
{
	struct str text = str_sub(rest_of(lines), 0, len);

	if (ended && str_ends(text, STR("\r")))
		text.len--;
	*ret_line = (struct file_line){.offset = file_lines_offset(lines), .index = lines->ended};
	ret_line->cut = text.len > FILE_LINE_MAX;
	ret_line->text = str_sub(text, 0, FILE_LINE_MAX);
	lines->skipping = ret_line->cut && !ended;
	lines->used += len + ended;
	lines->ended += ended;
	return true;
}

bool file_lines_next(struct file_lines *lines, struct file_line *ret_line)
{
	size_t seen = 0;
	ssize_t got = 1;

	if (!skip(lines))
		return false;
	while (got > 0) {
		struct str rest = rest_of(lines);
		const char *end = rest.len > seen ? memchr(rest.ptr + seen, '\n', rest.len - seen)
						  : NULL;

		if (end)
			return give(lines, (size_t)(end - rest.ptr), true, ret_line);
		if (rest.len > FILE_LINE_MAX)
			return give(lines, rest.len, false, ret_line);
		seen = rest.len;
		got = read_on(lines);
	}
	return got == 0 && seen > 0 && give(lines, seen, false, ret_line);
}

int64_t file_lines_offset(const struct file_lines *lines)
{
	return lines->offset + (int64_t)lines->used;
}

int64_t file_line_start(struct file_job *job, const struct file_source *source, int64_t offset)
{
	int64_t least = offset > FILE_LINE_MAX ? offset - FILE_LINE_MAX : 0;
	char bytes[BACK];

	while (offset > least) {
		int64_t size = offset - least < BACK ? offset - least : BACK;
		ssize_t got = file_source_read(job, source, bytes, (size_t)size, offset - size);
		const char *found;

		if (got < 0)
			return -1;
		found = memrchr(bytes, '\n', (size_t)got);
		if (found)
			return offset - size + (found - bytes) + 1;
		offset -= size;
	}
	return offset;
}

int64_t file_count_lines(struct file_job *job, const struct file_source *source, int64_t offset)
{
	char *bytes = mem_alloc(CHUNK);
	int64_t count = 0;
	int64_t at = 0;

	while (at < offset) {
		int64_t size = offset - at < CHUNK ? offset - at : CHUNK;
		ssize_t got = file_source_read(job, source, bytes, (size_t)size, at);

		if (got <= 0) {
			count = got < 0 ? -1 : count;
			break;
		}
		for (ssize_t i = 0; i < got; i++)
			count += bytes[i] == '\n';
		at += got;
	}
	free(bytes);
	return count;
}
