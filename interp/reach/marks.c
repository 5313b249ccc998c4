/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/marks.h"

#include <stdio.h>
#include <string.h>

void marks_init(
    struct marks *marks, const char *nonce, const struct marks_events *events, void *self)
{
	int len = snprintf(marks->start, sizeof(marks->start), WIRE_MARK "%s:", nonce);

	marks->start_len = (size_t)len;
	marks->events = events;
	marks->self = self;
	marks->len = 0;
}

static void give(struct marks *marks, const char *bytes, size_t len)
{
	if (len)
		marks->events->bytes(marks->self, bytes, len);
}

/* What is held cannot be a mark: its first byte is the step's, and so on to the next that may begin one. */
static void let_go(struct marks *marks)
{
	const char *next = memchr(marks->held + 1, WIRE_MARK[0], marks->len - 1);
	size_t len = next ? (size_t)(next - marks->held) : marks->len;

	give(marks, marks->held, len);
	marks->len -= len;
	memmove(marks->held, marks->held + len, marks->len);
}

/* Whether what is held may become a mark; a whole one is told, and is gone. */
static bool may_be_mark(struct marks *marks)
{
	size_t common = marks->len < marks->start_len ? marks->len : marks->start_len;
	char *newline;

	if (memcmp(marks->held, marks->start, common) != 0)
		return false;
	if (marks->len <= marks->start_len)
		return true;
	newline = memchr(marks->held + common, '\n', marks->len - common);
	if (newline) {
		*newline = '\0';
		marks->len = 0; /* it was held byte by byte: nothing comes behind its newline */
		marks->events->mark(marks->self, marks->held + common);
		return true;
	}
	return marks->len < sizeof(marks->held);
}

void marks_feed(struct marks *marks, const char *bytes, size_t len)
{
	while (len) {
		const char *mark;
		size_t plain;

		if (marks->len) {
			marks->held[marks->len++] = *bytes++;
			len--;
			while (marks->len && !may_be_mark(marks))
				let_go(marks);
			continue;
		}
		mark = memchr(bytes, WIRE_MARK[0], len);
		plain = mark ? (size_t)(mark - bytes) : len;
		give(marks, bytes, plain);
		if (!mark)
			return;
		marks->held[marks->len++] = WIRE_MARK[0];
		bytes += plain + 1;
		len -= plain + 1;
	}
}

void marks_end(struct marks *marks)
{
	give(marks, marks->held, marks->len);
	marks->len = 0;
}
