/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * A source is the text of one file with the table of its lines. It owns its bytes and lives as long as anything that
 * points into it: spans, trees, diagnostics. At most SOURCE_MAX bytes.
 */
struct source {
	char *name; /* as the user named it */
	char *path; /* where it lies: absolute, links resolved; NULL: in no file, or nobody knows */
	char *bytes;
	size_t len;
	uint32_t *lines; /* offset of each line's first byte */
	size_t line_count;
};

enum { SOURCE_MAX = 64 << 20 };

/* A stretch of a source: byte offsets, end exclusive. A NULL source means: nowhere in particular. */
struct span {
	const struct source *source;
	uint32_t start;
	uint32_t end;
};

/* One-based, as editors count: columns are code points. */
struct position {
	size_t line;
	size_t column;
};

/*
 * Text decoded from a source, a YAML scalar for one: offsets[i] is where byte i came from (offsets has bytes.len + 1
 * entries). NULL offsets: the bytes stand in the source as they are, from whole.start on.
 */
struct text {
	struct str bytes;
	struct span whole;
	const uint32_t *offsets;
};

/* Where bytes start to end (exclusive) of the decoded text stand in the source. */
struct span text_span(const struct text *text, size_t start, size_t end);

/* The quote that YAML had around it, " or '; 0: none. */
char text_quote(const struct text *text);

/* Takes a copy of the text. */
struct source *source_new(const char *name, struct str text);

/* Reads a file; NULL with errno set when it cannot be read, EFBIG when it is larger than SOURCE_MAX. */
struct source *source_read(const char *path);

/* The same of a file that is open, standard input for one, up to its end. */
struct source *source_read_fd(const char *name, int fd);

void source_free(struct source *source);

struct position source_position(const struct source *source, size_t offset);

/* Line number `line` (from 1) without its newline; empty when there is none. */
struct str source_line(const struct source *source, size_t line);

/* The bytes of a span. */
struct str span_text(struct span span);

#endif
