/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * A growing buffer that knows its maximum from birth. It owns its bytes until buf_done() or buf_take(). An append
 * that would pass the maximum appends nothing, returns false, and is remembered in `full`.
 */
struct buf {
	char *ptr;
	size_t len;
	size_t capacity;
	size_t max;
	bool full;
};

/* For buffers whose size other limits already bound. */
#define BUF_UNBOUNDED ((size_t)1 << 40)

void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);

/* Empties it; the memory stays. */
void buf_clear(struct buf *buf);

bool buf_append(struct buf *buf, const void *ptr, size_t len);
bool buf_str(struct buf *buf, struct str text);
bool buf_text(struct buf *buf, const char *text);
bool buf_byte(struct buf *buf, char byte);
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *buf, const char *format, va_list args);

/* Room for len more bytes at ptr + len, for a reader to fill; NULL past the maximum. Count them with buf_added(). */
char *buf_reserve(struct buf *buf, size_t len);
void buf_added(struct buf *buf, size_t len);

/* Removes the first len bytes. */
void buf_consume(struct buf *buf, size_t len);

/* What it holds, valid until the next change. */
struct str buf_view(const struct buf *buf);

/* Hands the bytes over, NUL-terminated, to be given back with free(), and leaves the buffer empty. */
char *buf_take(struct buf *buf);

#endif
