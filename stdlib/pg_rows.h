/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PG_ROWS_H
#define STDLIB_PG_ROWS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "stdlib/trouble.h"

/*
 * The rows of an answer as they arrive, each a map from column to typed value, bounded in number and size. All of it
 * lives in the arena.
 */
enum { PG_ROWS_BYTES = 8 << 20 };

struct pg_rows {
	struct arena *arena;
	int64_t max_rows;
	const struct value **names; /* of the columns; NULL before the first part came */
	size_t columns;
	const struct value **rows;
	size_t count;
	size_t capacity;
	size_t bytes;
};

void pg_rows_init(struct pg_rows *rows, struct arena *arena, int64_t max_rows);

/* A part of the answer; false with *ret_trouble past a bound, or when two columns bear one name. */
bool pg_rows_add(struct pg_rows *rows, const PGresult *part, struct trouble *ret_trouble);

/* Row number i without its nulls: a field that is not known is left out. */
const struct value *pg_rows_known(const struct pg_rows *rows, size_t i);

/* All of them so, as a list. */
const struct value *pg_rows_list(const struct pg_rows *rows);

/* Adds rows, row_count, columns and value (of the only cell of the only row, else null) to a result. */
void pg_rows_give(const struct pg_rows *rows, struct map_builder *result);

#endif
