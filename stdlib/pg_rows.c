/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pg_rows.h"

#include <inttypes.h>

#include "stdlib/pg_value.h"

/* What a cell costs beside its text: a null is not free. */
enum { CELL_BYTES = 16 };

void pg_rows_init(struct pg_rows *rows, struct arena *arena, int64_t max_rows)
{
	*rows = (struct pg_rows){.arena = arena, .max_rows = max_rows};
}

static bool take_names(struct pg_rows *rows, const PGresult *part, struct trouble *ret_trouble)
{
	rows->columns = (size_t)PQnfields(part);
	rows->names = arena_array(rows->arena, rows->columns + 1, sizeof(*rows->names));
	for (size_t i = 0; i < rows->columns; i++) {
		struct str name = str_from(PQfname(part, (int)i));

		for (size_t j = 0; j < i; j++) {
			if (!str_eq(value_text(rows->names[j]), name))
				continue;
			*ret_trouble = trouble_of(rows->arena, TROUBLE_LIMIT,
			    "two columns are called %.*s: name one of them with AS", STR_ARG(name));
			return false;
		}
		rows->names[i] = value_string(rows->arena, arena_str(rows->arena, name));
	}
	return true;
}

static bool take_row(
    struct pg_rows *rows, const PGresult *part, int at, struct trouble *ret_trouble)
{
	struct value_entry *entries = arena_array(rows->arena, rows->columns + 1, sizeof(*entries));

	for (size_t i = 0; i < rows->columns; i++) {
		int column = (int)i;
		struct str text = {
		    PQgetvalue(part, at, column), (size_t)PQgetlength(part, at, column)};

		rows->bytes += text.len + CELL_BYTES;
		if (rows->bytes > PG_ROWS_BYTES) {
			*ret_trouble = trouble_of(rows->arena, TROUBLE_LIMIT,
			    "the answer is larger than %d MiB: ask for less", PG_ROWS_BYTES >> 20);
			return false;
		}
		entries[i].key = rows->names[i];
		entries[i].value = PQgetisnull(part, at, column)
		    ? value_null()
		    : pg_value(rows->arena, PQftype(part, column), text);
	}
	rows->rows = arena_grow(
	    rows->arena, rows->rows, rows->count, &rows->capacity, sizeof(*rows->rows));
	rows->rows[rows->count++] = value_map(rows->arena, entries, rows->columns);
	return true;
}

bool pg_rows_add(struct pg_rows *rows, const PGresult *part, struct trouble *ret_trouble)
{
	if (!rows->names && !take_names(rows, part, ret_trouble))
		return false;
	for (int at = 0; at < PQntuples(part); at++) {
		if ((int64_t)rows->count >= rows->max_rows) {
			*ret_trouble = trouble_of(rows->arena, TROUBLE_LIMIT,
			    "the answer has more than %" PRId64
			    " rows: raise max_rows or ask for less",
			    rows->max_rows);
			return false;
		}
		if (!take_row(rows, part, at, ret_trouble))
			return false;
	}
	return true;
}

const struct value *pg_rows_known(const struct pg_rows *rows, size_t i)
{
	const struct value *row = rows->rows[i];
	struct value_entry *entries = arena_array(rows->arena, rows->columns + 1, sizeof(*entries));
	size_t count = 0;

	for (size_t j = 0; j < row->map.count; j++)
		if (row->map.entries[j].value->type != VALUE_NULL)
			entries[count++] = row->map.entries[j];
	return value_map(rows->arena, entries, count);
}

const struct value *pg_rows_list(const struct pg_rows *rows)
{
	const struct value **items = arena_array(rows->arena, rows->count + 1, sizeof(*items));

	for (size_t i = 0; i < rows->count; i++)
		items[i] = pg_rows_known(rows, i);
	return value_list(rows->arena, items, rows->count);
}

void pg_rows_give(const struct pg_rows *rows, struct map_builder *result)
{
	const struct value *value = value_null();

	if (rows->count == 1 && rows->columns == 1)
		value = rows->rows[0]->map.entries[0].value;
	map_add(result, "rows", value_list(rows->arena, rows->rows, rows->count));
	map_add(result, "row_count", value_int(rows->arena, (int64_t)rows->count));
	map_add(result, "columns", value_list(rows->arena, rows->names, rows->columns));
	map_add(result, "value", value);
}
