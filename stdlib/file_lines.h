/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_LINES_H
#define STDLIB_FILE_LINES_H

#include "base/buf.h"
#include "stdlib/file_source.h"

/*
 * The lines of a file of any size, in bounded memory. A line ends in LF or CRLF, which is not part of it; what stands
 * behind the last one is a line too. Of one that is too long only the beginning is given.
 */
enum { FILE_LINE_MAX = 256 << 10 };

struct file_line {
	struct str text; /* until the next one is asked for */
	int64_t offset; /* in the file, in bytes */
	int64_t index; /* lines before it, from the first that was asked for */
	bool cut; /* it is longer */
};

struct file_lines {
	struct file_job *job;
	const struct file_source *source;
	struct buf buf;
	size_t used; /* bytes of it that were given out */
	int64_t offset; /* in the file, of the first byte in buf */
	int64_t until;
	int64_t ended; /* lines that ended in LF so far */
	bool skipping; /* the rest of a line that was too long comes first */
};

/* From `from` on and up to `until`, which may be INT64_MAX: what is appended meanwhile has no end. */
void file_lines_begin(struct file_lines *lines, struct file_job *job,
    const struct file_source *source, int64_t from, int64_t until);
void file_lines_done(struct file_lines *lines);

/* False at the end, after trouble, or when the job was given up. */
bool file_lines_next(struct file_lines *lines, struct file_line *ret_line);

/* How far it has come, in bytes of the file. */
int64_t file_lines_offset(const struct file_lines *lines);

/* Where the line begins in which `offset` stands, at most FILE_LINE_MAX back; -1 after trouble. */
int64_t file_line_start(struct file_job *job, const struct file_source *source, int64_t offset);

/* How many lines end before `offset`; -1 after trouble. */
int64_t file_count_lines(struct file_job *job, const struct file_source *source, int64_t offset);

#endif
