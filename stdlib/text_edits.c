/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/text_edits.h"

#include <string.h>

void text_edits_add(struct text_edits *edits, struct arena *arena, const struct text_edit *edit)
{
	if (str_eq(str_sub(edits->text, edit->start, edit->end - edit->start), edit->with))
		return;
	edits->items = arena_grow(
	    arena, edits->items, edits->count, &edits->capacity, sizeof(*edits->items));
	edits->items[edits->count++] = *edit;
}

/* Stable, and there are few. */
static void sort(struct text_edits *edits)
{
	for (size_t i = 1; i < edits->count; i++) {
		struct text_edit edit = edits->items[i];
		size_t at = i;

		for (; at > 0 && edits->items[at - 1].start > edit.start; at--)
			edits->items[at] = edits->items[at - 1];
		edits->items[at] = edit;
	}
}

void text_edits_apply(struct text_edits *edits, struct buf *out)
{
	size_t done = 0;

	sort(edits);
	for (size_t i = 0; i < edits->count; i++) {
		const struct text_edit *edit = &edits->items[i];

		buf_str(out, str_sub(edits->text, done, edit->start - done));
		buf_str(out, edit->with);
		done = edit->end;
	}
	buf_str(out, str_sub(edits->text, done, edits->text.len));
}

/* Edits that touch the same lines, or lines side by side; and those lines. */
struct hunk {
	size_t first;
	size_t last; /* exclusive */
	size_t start;
	size_t end;
};

static bool is_line_start(struct str text, size_t at)
{
	return at == 0 || text.ptr[at - 1] == '\n';
}

static size_t line_start(struct str text, size_t at)
{
	while (!is_line_start(text, at))
		at--;
	return at;
}

/* Behind the newline of the line in which `at` stands. */
static size_t line_end(struct str text, size_t at)
{
	const char *end = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;

	return end ? (size_t)(end - text.ptr) + 1 : text.len;
}

/* Takes the next edit in. */
static void grow(const struct text_edits *edits, struct hunk *hunk)
{
	const struct text_edit *edit = &edits->items[hunk->last++];
	bool whole = edit->end > edit->start && is_line_start(edits->text, edit->end);

	if (edit->end >= hunk->end) /* a long line may have very many */
		hunk->end = whole ? edit->end : line_end(edits->text, edit->end);
}

/* Whether the new lines end without a newline, so that the line behind them is theirs too. */
static bool is_open(const struct text_edits *edits, const struct hunk *hunk)
{
	size_t at = hunk->end;

	for (size_t i = hunk->last; i-- > hunk->first;) {
		const struct text_edit *edit = &edits->items[i];

		if (edit->end < at)
			break;
		if (edit->with.len)
			return !str_ends(edit->with, STR("\n"));
		at = edit->start;
	}
	return at > hunk->start && !is_line_start(edits->text, at);
}

static struct hunk hunk_at(const struct text_edits *edits, size_t first)
{
	struct str text = edits->text;
	struct hunk hunk = {first, first, line_start(text, edits->items[first].start), 0};

	for (;;) {
		while (hunk.last < edits->count &&
		    (hunk.last == first || edits->items[hunk.last].start <= hunk.end ||
			line_start(text, edits->items[hunk.last].start) <= hunk.end))
			grow(edits, &hunk);
		if (hunk.end == text.len || !is_open(edits, &hunk))
			return hunk;
		hunk.end = line_end(text, hunk.end);
	}
}

/* The lines of a hunk, as they are told. */
static void put_side(
    const struct text_edits *edits, const struct hunk *hunk, bool old, struct buf *out)
{
	size_t done = hunk->start;

	for (size_t i = hunk->first; i < hunk->last; i++) {
		const struct text_edit *edit = &edits->items[i];

		buf_str(out, str_sub(edits->text, done, edit->start - done));
		buf_str(out, old ? edit->told_old : edit->told_new);
		done = edit->end;
	}
	buf_str(out, str_sub(edits->text, done, hunk->end - done));
}

static size_t count_lines(struct str text)
{
	size_t count = text.len && !str_ends(text, STR("\n"));

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

static void put_lines(struct buf *out, char sign, struct str side)
{
	bool whole = str_ends(side, STR("\n"));
	struct str line;

	if (!side.len)
		return;
	while (!out->full && str_line(&side, &line))
		buf_printf(out, "%c%.*s\n", sign, STR_ARG(line));
	if (!whole && !out->full)
		buf_text(out, "\\ No newline at end of file\n");
}

/* Before the first of no lines, as diff counts. */
static void put_range(struct buf *out, char sign, size_t line, size_t count)
{
	buf_printf(out, " %c%zu", sign, count ? line : line - 1);
	if (count != 1)
		buf_printf(out, ",%zu", count);
}

/* The hunk begins at these lines of the old and the new text; they are moved behind it. */
static void put_hunk(const struct text_edits *edits, const struct hunk *hunk, size_t *old_line,
    size_t *new_line, struct buf *out)
{
	struct buf old;
	struct buf new;

	buf_init(&old, BUF_UNBOUNDED);
	buf_init(&new, BUF_UNBOUNDED);
	put_side(edits, hunk, true, &old);
	put_side(edits, hunk, false, &new);
	buf_text(out, "@@");
	put_range(out, '-', *old_line, count_lines(buf_view(&old)));
	put_range(out, '+', *new_line, count_lines(buf_view(&new)));
	buf_text(out, " @@\n");
	put_lines(out, '-', buf_view(&old));
	put_lines(out, '+', buf_view(&new));
	*old_line += count_lines(buf_view(&old));
	*new_line += count_lines(buf_view(&new));
	buf_done(&old);
	buf_done(&new);
}

void text_edits_diff(const struct text_edits *edits, const char *name, struct buf *out)
{
	size_t old_line = 1;
	size_t new_line = 1;
	size_t done = 0;

	if (edits->count)
		buf_printf(out, "--- %s\n+++ %s\n", name, name);
	for (size_t i = 0; i < edits->count && !out->full;) {
		struct hunk hunk = hunk_at(edits, i);
		size_t same = count_lines(str_sub(edits->text, done, hunk.start - done));

		old_line += same;
		new_line += same;
		put_hunk(edits, &hunk, &old_line, &new_line, out);
		done = hunk.end;
		i = hunk.last;
	}
}
