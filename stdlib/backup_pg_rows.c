/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_pg_rows.h"

#include <string.h>

void pg_rows_begin(struct pg_rows *rows, int columns)
{
	*rows = (struct pg_rows){.columns = columns};
}

static int count_tabs(struct str bytes)
{
	int tabs = 0;

	for (size_t i = 0; i < bytes.len; i++)
		tabs += bytes.ptr[i] == '\t';
	return tabs;
}

/* A piece of a line; what has more tabs than COPY has columns has one too many, however many it has. */
static void add_piece(struct pg_rows *rows, struct str piece)
{
	for (size_t i = 0; i < piece.len && rows->len + i < sizeof(rows->first); i++)
		rows->first[rows->len + i] = piece.ptr[i];
	rows->len += piece.len;
	if (piece.len)
		rows->last = piece.ptr[piece.len - 1];
	if (rows->columns && rows->tabs < rows->columns)
		rows->tabs += count_tabs(piece);
}

static void end_line(struct pg_rows *rows)
{
	uint64_t len = rows->len - (rows->len && rows->last == '\r');

	if (len == 2 && rows->first[0] == '\\' && rows->first[1] == '.') {
		rows->over = true;
	} else {
		rows->count++;
		if (rows->columns && rows->tabs + 1 != rows->columns)
			rows->wrong = rows->tabs + 1;
	}
	rows->len = 0;
	rows->tabs = 0;
}

size_t pg_rows_feed(struct pg_rows *rows, struct str bytes)
{
	size_t at = 0;

	while (at < bytes.len && !rows->over && !rows->wrong) {
		const char *from = bytes.ptr + at;
		const char *newline = memchr(from, '\n', bytes.len - at);
		size_t len = newline ? (size_t)(newline - from) : bytes.len - at;

		add_piece(rows, (struct str){from, len});
		if (newline)
			end_line(rows);
		at += len + (newline != NULL);
	}
	return at;
}

void pg_data_begin(struct pg_data *data)
{
	*data = (struct pg_data){0};
}

void pg_data_feed(struct pg_data *data, struct str bytes)
{
	struct str rest = str_sub(bytes, pg_rows_feed(&data->rows, bytes), bytes.len);

	for (size_t i = 0; i < rest.len && !data->more; i++)
		data->more = rest.ptr[i] != '\n';
	for (size_t i = bytes.len < 2 ? 0 : bytes.len - 2; i < bytes.len; i++) {
		data->last[0] = data->last[1];
		data->last[1] = bytes.ptr[i];
	}
}

enum part_end pg_data_end(const struct pg_data *data)
{
	if (data->rows.over && !data->more)
		return PART_END_COPY;
	return data->last[0] == '\n' && data->last[1] == '\n' ? PART_END_BLANK : PART_END_TORN;
}
