/* SPDX-License-Identifier: Apache-2.0 */
#include "base/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

static void map_lines(struct source *source)
{
	size_t capacity = 0;

	source->lines = mem_grow(NULL, 0, &capacity, sizeof(*source->lines));
	source->lines[source->line_count++] = 0;
	for (size_t i = 0; i < source->len; i++) {
		if (source->bytes[i] != '\n')
			continue;
		source->lines = mem_grow(
		    source->lines, source->line_count, &capacity, sizeof(*source->lines));
		source->lines[source->line_count++] = (uint32_t)(i + 1);
	}
}

static struct source *adopt(const char *name, char *bytes, size_t len)
{
	struct source *source = mem_alloc(sizeof(*source));

	source->name = mem_strdup(name);
	source->bytes = bytes;
	source->len = len;
	map_lines(source);
	return source;
}

struct source *source_new(const char *name, struct str text)
{
	assert(text.len <= SOURCE_MAX);
	return adopt(name, mem_strndup(text.ptr, text.len), text.len);
}

/* Reads fd to its end into buf; false with errno set. */
static bool read_all(int fd, struct buf *buf)
{
	for (;;) {
		size_t room = buf->max - buf->len;
		char *end = buf_reserve(buf, room < 65536 ? room : 65536);
		ssize_t got;

		if (room == 0) {
			errno = EFBIG;
			return false;
		}
		got = read(fd, end, room < 65536 ? room : 65536);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		buf_added(buf, (size_t)got);
	}
}

struct source *source_read_fd(const char *name, int fd)
{
	struct buf buf;
	size_t len;

	buf_init(&buf, SOURCE_MAX + 1);
	if (!read_all(fd, &buf)) {
		int error = errno;

		buf_done(&buf);
		errno = error;
		return NULL;
	}
	len = buf.len;
	return adopt(name, buf_take(&buf), len);
}

struct source *source_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct source *source;
	int error;

	if (fd < 0)
		return NULL;
	source = source_read_fd(path, fd);
	error = errno;
	close(fd);
	if (source)
		source->path = realpath(path, NULL);
	errno = error;
	return source;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	free(source->name);
	free(source->path);
	free(source->bytes);
	free(source->lines);
	free(source);
}

struct position source_position(const struct source *source, size_t offset)
{
	size_t low = 0;
	size_t high = source->line_count;

	if (offset > source->len)
		offset = source->len;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (struct position){
	    low + 1,
	    utf8_count(
		(struct str){source->bytes + source->lines[low], offset - source->lines[low]}) +
		1,
	};
}

struct str source_line(const struct source *source, size_t line)
{
	size_t start;
	size_t end;

	if (line == 0 || line > source->line_count)
		return (struct str){0};
	start = source->lines[line - 1];
	end = line < source->line_count ? source->lines[line] - 1 : source->len;
	if (end > start && source->bytes[end - 1] == '\r')
		end--;
	return (struct str){source->bytes + start, end - start};
}

struct str span_text(struct span span)
{
	if (!span.source)
		return (struct str){0};
	return str_sub(
	    (struct str){span.source->bytes, span.source->len}, span.start, span.end - span.start);
}

struct span text_span(const struct text *text, size_t start, size_t end)
{
	struct span span = text->whole;

	assert(start <= end && end <= text->bytes.len);
	if (text->offsets) {
		span.start = text->offsets[start];
		span.end = text->offsets[end];
	} else if (span.source) {
		span.end = span.start + (uint32_t)end;
		span.start += (uint32_t)start;
	}
	return span;
}

char text_quote(const struct text *text)
{
	struct span whole = text->whole;

	if (!whole.source || whole.start >= whole.source->len)
		return 0;
	if (whole.start > 0 && strchr("\"'", whole.source->bytes[whole.start - 1]))
		return whole.source->bytes[whole.start - 1];
	return strchr("\"'", whole.source->bytes[whole.start]) ? whole.source->bytes[whole.start]
							       : 0;
}
