/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_PG_ROWS_H
#define STDLIB_BACKUP_PG_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "stdlib/backup_parts.h"

/*
 * The rows that COPY reads, as text: a line each, columns between tabs, "\." behind the last. Neither a tab nor an end
 * of line stands inside a value: those are written as escapes.
 */
struct pg_rows {
	int64_t count; /* of rows so far */
	int columns; /* that each must have; 0: any number */
	bool over; /* "\." was read */
	int wrong; /* the columns of the first row that has others; 0: none has */
	/* the line that is being read */
	uint64_t len;
	int tabs;
	char first[2];
	char last;
};

void pg_rows_begin(struct pg_rows *rows, int columns);

/* Returns how many bytes it took: all, or up to the end of the line that is wrong or the last. */
size_t pg_rows_feed(struct pg_rows *rows, struct str bytes);

/* The data of a part of an archive: rows up to "\." and empty lines, or statements up to an empty line. */
struct pg_data {
	struct pg_rows rows;
	bool more; /* something stands behind "\." */
	char last[2];
};

void pg_data_begin(struct pg_data *data);
void pg_data_feed(struct pg_data *data, struct str bytes);
enum part_end pg_data_end(const struct pg_data *data);

#endif
