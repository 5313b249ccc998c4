/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){.max = max};
}

void buf_done(struct buf *buf)
{
	free(buf->ptr);
	*buf = (struct buf){.max = buf->max};
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->full = false;
}

/* Memory for len more bytes, whatever the maximum says. */
static char *make_room(struct buf *buf, size_t len)
{
	if (!buf->ptr || buf->capacity - buf->len < len) {
		size_t capacity = buf->capacity ? buf->capacity : 64;

		while (capacity - buf->len < len)
			capacity *= 2;
		buf->ptr = mem_realloc(buf->ptr, capacity);
		buf->capacity = capacity;
	}
	return buf->ptr + buf->len;
}

char *buf_reserve(struct buf *buf, size_t len)
{
	if (len > buf->max - buf->len) {
		buf->full = true;
		return NULL;
	}
	return make_room(buf, len);
}

void buf_added(struct buf *buf, size_t len)
{
	assert(len <= buf->capacity - buf->len);
	buf->len += len;
}

bool buf_append(struct buf *buf, const void *ptr, size_t len)
{
	char *end;

	if (len == 0)
		return true;
	end = buf_reserve(buf, len);
	if (!end)
		return false;
	memcpy(end, ptr, len);
	buf->len += len;
	return true;
}

bool buf_str(struct buf *buf, struct str text)
{
	return buf_append(buf, text.ptr, text.len);
}

bool buf_text(struct buf *buf, const char *text)
{
	return buf_append(buf, text, strlen(text));
}

bool buf_byte(struct buf *buf, char byte)
{
	return buf_append(buf, &byte, 1);
}

bool buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	int len;
	char *end;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	assert(len >= 0);
	if (!buf_reserve(buf, (size_t)len))
		return false;
	end = make_room(
	    buf, (size_t)len + 1); /* vsnprintf() writes a NUL that is not part of the buffer */
	vsnprintf(end, (size_t)len + 1, format, args);
	buf->len += (size_t)len;
	return true;
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	bool ok;

	va_start(args, format);
	ok = buf_vprintf(buf, format, args);
	va_end(args);
	return ok;
}

void buf_consume(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	buf->len -= len;
	if (buf->len)
		memmove(buf->ptr, buf->ptr + len, buf->len);
}

struct str buf_view(const struct buf *buf)
{
	return (struct str){buf->ptr, buf->len};
}

char *buf_take(struct buf *buf)
{
	char *taken = mem_realloc(buf->ptr, buf->len + 1);

	taken[buf->len] = '\0';
	*buf = (struct buf){.max = buf->max};
	return taken;
}
