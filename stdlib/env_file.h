/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_ENV_FILE_H
#define STDLIB_ENV_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/*
 * Files of variables, KEY=value, as shells, systemd's EnvironmentFile and the libraries called dotenv read them: where
 * they differ, as a POSIX shell does. A value may be quoted, over several lines too; a '#' behind a blank begins a
 * comment; `export` may stand before. Lines that are none of that are of no interest. Everything points into the text
 * or lives in the arena.
 */
struct env_entry {
	struct str key;
	int64_t line; /* in which it begins, from 1 */
	bool exported;
	size_t value; /* where the value begins in the text, its quotes included, */
	size_t end; /* and where it ends */
	char quote; /* ' or " when all of it stands in such; else 0 */
	bool known; /* what it means does not hang on other variables */
	struct str meaning; /* then: the value that it gives */
};

struct env_file {
	struct env_entry *entries;
	size_t count;
	size_t capacity;
};

/* False with the number of a line whose quote is not closed. */
bool env_file_read(
    struct arena *arena, struct str text, struct env_file *ret_file, int64_t *ret_line);

/* Whether a text can be the name of a variable. */
bool env_key_is_well(struct str key);

/*
 * Appends a value as it is written into such a file: bare where that is safe, else in quotes; in those that it had,
 * where that is possible. False when it cannot be written on one line: it holds a line break or a NUL byte.
 */
bool env_value_write(struct buf *out, struct str value, char quote);

#endif
