/* SPDX-License-Identifier: Apache-2.0 */
#include "view/columns.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "view/text.h"

/* Between two columns, and what is left of one at least. */
enum { GAP = 2, LEAST = 8 };

struct columns {
	struct arena *arena;
	const struct column *columns;
	size_t count;
	struct str *cells; /* row by row */
	size_t cell_count;
	size_t capacity;
};

struct columns *columns_new(const struct column *columns, size_t count)
{
	struct columns *self = mem_alloc(sizeof(*self));

	self->arena = arena_new();
	self->columns = columns;
	self->count = count;
	return self;
}

void columns_free(struct columns *columns)
{
	arena_free(columns->arena);
	free(columns->cells);
	free(columns);
}

void columns_put(struct columns *columns, struct str cell)
{
	struct buf harmless;

	buf_init(&harmless, BUF_UNBOUNDED);
	text_harmless(&harmless, cell);
	columns->cells = mem_grow(
	    columns->cells, columns->cell_count, &columns->capacity, sizeof(*columns->cells));
	columns->cells[columns->cell_count++] = arena_str(columns->arena, buf_view(&harmless));
	buf_done(&harmless);
}

/* Widths as they are wanted, and all of them with what is between. */
static size_t wanted(const struct columns *columns, size_t *widths)
{
	size_t all = (columns->count - 1) * GAP;

	for (size_t i = 0; i < columns->count; i++)
		widths[i] = utf8_columns(str_from(columns->columns[i].head));
	for (size_t i = 0; i < columns->cell_count; i++) {
		size_t cell = utf8_columns(columns->cells[i]);

		if (cell > widths[i % columns->count])
			widths[i % columns->count] = cell;
	}
	for (size_t i = 0; i < columns->count; i++)
		all += widths[i];
	return all;
}

/* How much of all can be had by cutting. */
static size_t can_be_cut(const struct columns *columns, const size_t *widths)
{
	for (size_t i = 0; i < columns->count; i++)
		if (columns->columns[i].cut)
			return widths[i] > LEAST ? widths[i] - LEAST : 0;
	return 0;
}

/* Makes them fit, as far as they can; how many columns there are then. */
static size_t fit(const struct columns *columns, size_t width, size_t *widths)
{
	size_t all = wanted(columns, widths);
	size_t cut = can_be_cut(columns, widths);
	size_t count = columns->count;

	while (width && all > width) {
		enum column_spare spare = columns->columns[count - 1].spare;

		if (spare == COLUMN_STAYS || (spare == COLUMN_SPARED_LAST && all - cut <= width))
			break;
		all -= widths[--count] + GAP;
	}
	for (size_t i = 0; width && all > width && i < count; i++)
		if (columns->columns[i].cut)
			widths[i] -= all - width < cut ? all - width : cut;
	return count;
}

static void put_cell(
    struct buf *out, struct str cell, size_t width, const struct column *column, bool last)
{
	size_t columns = utf8_columns(cell);
	int blanks = columns < width ? (int)(width - columns) : 0;

	if (column->right)
		buf_printf(out, "%*s", blanks, "");
	if (columns > width)
		text_fit(out, cell, width);
	else
		buf_str(out, cell);
	if (!last)
		buf_printf(out, "%*s", (column->right ? 0 : blanks) + GAP, "");
}

static void put_row(const struct columns *columns, size_t count, const struct str *cells,
    const size_t *widths, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		put_cell(out, cells[i], widths[i], &columns->columns[i], i + 1 == count);
	while (out->len && out->ptr[out->len - 1] == ' ')
		out->len--;
}

size_t columns_show(const struct columns *columns, size_t width, bool color, struct buf *out)
{
	size_t *widths = mem_alloc(columns->count * sizeof(*widths));
	struct str *heads = mem_alloc(columns->count * sizeof(*heads));
	size_t count;

	assert(columns->cell_count % columns->count == 0);
	count = fit(columns, width, widths);
	for (size_t i = 0; i < columns->count; i++)
		heads[i] = str_from(columns->columns[i].head);
	buf_text(out, color ? "\033[1m" : "");
	put_row(columns, count, heads, widths, out);
	buf_text(out, color ? "\033[0m\n" : "\n");
	for (size_t i = 0; i < columns->cell_count; i += columns->count) {
		put_row(columns, count, columns->cells + i, widths, out);
		buf_byte(out, '\n');
	}
	free(heads);
	free(widths);
	return count;
}
