/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_COLUMNS_H
#define VIEW_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Rows of cells, each column as wide as its widest cell. Where a line becomes wider than there is room, the cells of
 * one column are cut. Cells are made harmless. It owns copies of all it is given.
 */
struct columns;

/* Which columns are left out where not all fit. */
enum column_spare {
	COLUMN_STAYS,
	COLUMN_SPARED, /* before a cell is cut */
	COLUMN_SPARED_LAST /* where cutting is not enough */
};

struct column {
	const char *head;
	bool right; /* numbers stand at its right side */
	bool cut; /* the one that gives way */
	enum column_spare spare; /* of the last ones */
};

struct columns *columns_new(const struct column *columns, size_t count);
void columns_free(struct columns *columns);

/* The next cell, row by row. */
void columns_put(struct columns *columns, struct str cell);

/* width: 0: there is room for all. How many columns are shown. */
size_t columns_show(const struct columns *columns, size_t width, bool color, struct buf *out);

#endif
