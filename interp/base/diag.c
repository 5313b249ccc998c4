/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/utf8.h"

/* A source line longer than this is shown around the mistake only. */
enum { SHOWN_COLUMNS = 160 };

void diags_init(struct diags *diags)
{
	*diags = (struct diags){.arena = arena_new()};
}

void diags_done(struct diags *diags)
{
	arena_free(diags->arena);
	free(diags->items);
	free(diags->seen);
	*diags = (struct diags){0};
}

/* Takes a hash down; false when it was there. The table is never more than half full. */
static bool take_down(struct diags *diags, uint64_t hash)
{
	size_t mask = diags->seen_capacity - 1;
	size_t at = (size_t)hash & mask;

	while (diags->seen[at] && diags->seen[at] != hash)
		at = (at + 1) & mask;
	if (diags->seen[at])
		return false;
	diags->seen[at] = hash;
	diags->seen_count++;
	return true;
}

static bool is_new(struct diags *diags, const struct diag *diag)
{
	uint64_t key[] = {(uintptr_t)diag->span.source, (uintptr_t)diag->code, diag->span.start,
	    str_hash(diag->message)};
	uint64_t hash = str_hash((struct str){(const char *)key, sizeof(key)});
	uint64_t *old = diags->seen;
	size_t count = diags->seen_capacity;

	if (!diag->span.source)
		return true;
	if (diags->seen_count * 2 >= count) {
		diags->seen_capacity = count ? count * 2 : 64;
		diags->seen_count = 0;
		diags->seen = mem_alloc(diags->seen_capacity * sizeof(*diags->seen));
		for (size_t i = 0; i < count; i++)
			if (old[i])
				take_down(diags, old[i]);
		free(old);
	}
	return take_down(diags, hash ? hash : 1);
}

void diags_settle(struct diags *diags)
{
	diags->errors -= diags->repeated;
	diags->repeated = 0;
}

static struct diag *add(struct diags *diags, enum severity severity, const char *code,
    struct span span, const char *format, va_list args)
{
	struct diag told = {
	    .severity = severity,
	    .code = code,
	    .span = span,
	    .message = arena_vprintf(diags->arena, format, args),
	};
	bool again = !is_new(diags, &told);

	if (severity == SEVERITY_ERROR) {
		diags->errors++;
		diags->repeated += again;
	}
	if (!again && diags->count >= DIAGS_MAX)
		diags->lost++;
	if (again || diags->count >= DIAGS_MAX) /* counted, and given a place nobody sees */
		return arena_alloc(diags->arena, sizeof(struct diag));
	diags->items = mem_grow(
	    diags->items, diags->count, &diags->capacity, sizeof(*diags->items));
	diags->items[diags->count] = told;
	return &diags->items[diags->count++];
}

struct diag *diag_error(
    struct diags *diags, const char *code, struct span span, const char *format, ...)
{
	va_list args;
	struct diag *diag;

	va_start(args, format);
	diag = add(diags, SEVERITY_ERROR, code, span, format, args);
	va_end(args);
	return diag;
}

struct diag *diag_warning(
    struct diags *diags, const char *code, struct span span, const char *format, ...)
{
	va_list args;
	struct diag *diag;

	va_start(args, format);
	diag = add(diags, SEVERITY_WARNING, code, span, format, args);
	va_end(args);
	return diag;
}

void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->help = arena_vprintf(diags->arena, format, args);
	va_end(args);
}

void diag_other(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->other = span;
	diag->other_text = arena_vprintf(diags->arena, format, args);
	va_end(args);
}

/* Places in the order of diags_sort(): nowhere first, then files in the order of their first mention. */
struct rank {
	const struct source *sources[DIAGS_MAX];
	size_t count;
};

static size_t rank_of(const struct rank *rank, const struct source *source)
{
	size_t at = 0;

	if (!source)
		return 0;
	while (at < rank->count && rank->sources[at] != source)
		at++;
	return at + 1;
}

static bool is_after(const struct rank *rank, const struct diag *a, const struct diag *b)
{
	if (a->span.source != b->span.source)
		return rank_of(rank, a->span.source) > rank_of(rank, b->span.source);
	return a->span.start > b->span.start;
}

/* Insertion: there are few, mostly in order already, and equal ones must keep theirs. */
void diags_sort(struct diags *diags)
{
	struct rank rank = {.count = 0};

	for (size_t i = 0; i < diags->count; i++) {
		const struct source *source = diags->items[i].span.source;

		if (source && rank_of(&rank, source) > rank.count)
			rank.sources[rank.count++] = source;
	}
	for (size_t i = 1; i < diags->count; i++) {
		struct diag diag = diags->items[i];
		size_t at = i;

		while (at > 0 && is_after(&rank, &diags->items[at - 1], &diag)) {
			diags->items[at] = diags->items[at - 1];
			at--;
		}
		diags->items[at] = diag;
	}
}

static const char *paint(bool color, const char *sequence)
{
	return color ? sequence : "";
}

/* Tabs as one space and controls as '?', so that columns hold and a file cannot drive the terminal. */
static void append_shown(struct buf *out, struct str text)
{
	while (text.len) {
		uint32_t code = 0xFFFD;
		size_t len = utf8_decode(text, &code);

		if (code == '\t')
			buf_byte(out, ' ');
		else if (code < 0x20 || (code >= 0x7F && code < 0xA0))
			buf_byte(out, '?');
		else if (len == 0)
			buf_text(out, "\xEF\xBF\xBD");
		else
			buf_append(out, text.ptr, len);
		text = str_sub(text, len ? len : 1, text.len);
	}
}

/* The bytes of a line that are shown: all of a short one, a window around the mistake in a long one. */
static struct str shown_part(struct str line, size_t at)
{
	size_t from = 0;
	size_t to;

	if (line.len <= SHOWN_COLUMNS)
		return line;
	if (at > SHOWN_COLUMNS / 2)
		from = at - SHOWN_COLUMNS / 2;
	while (from > 0 && from < line.len && ((unsigned char)line.ptr[from] & 0xC0) == 0x80)
		from--;
	line = str_sub(line, from, line.len);
	to = line.len < SHOWN_COLUMNS ? line.len : SHOWN_COLUMNS;
	while (to > 0 && to < line.len && ((unsigned char)line.ptr[to] & 0xC0) == 0x80)
		to--;
	return str_sub(line, 0, to);
}

static void render_excerpt(struct span span, bool color, struct buf *out)
{
	struct position at = source_position(span.source, span.start);
	struct str line = source_line(span.source, at.line);
	size_t start = span.start - span.source->lines[at.line - 1];
	size_t end = start + (span.end > span.start ? span.end - span.start : 1);
	struct str part;
	size_t before;
	size_t width;

	if (start > line.len)
		start = line.len;
	if (end > line.len)
		end = line.len;
	part = shown_part(line, start);
	before = line.len ? (size_t)(part.ptr - line.ptr) : 0;
	if (end > before + part.len)
		end = before + part.len;
	buf_printf(out, "%6zu | ", at.line);
	append_shown(out, part);
	buf_printf(out, "\n       | %*s%s", (int)utf8_count(str_sub(part, 0, start - before)), "",
	    paint(color, "\033[1;32m"));
	width = end > start ? utf8_count(str_sub(line, start, end - start)) : 1;
	buf_byte(out, '^');
	for (size_t i = 1; i < width; i++)
		buf_byte(out, '~');
	buf_printf(out, "%s\n", paint(color, "\033[0m"));
}

static void render_place(struct span span, struct buf *out)
{
	struct position at;

	if (!span.source)
		return;
	at = source_position(span.source, span.start);
	buf_printf(out, "%s:%zu:%zu: ", span.source->name, at.line, at.column);
}

void diag_render(const struct diag *diag, bool color, struct buf *out)
{
	bool is_error = diag->severity == SEVERITY_ERROR;

	render_place(diag->span, out);
	buf_printf(out, "%s%s:%s ", paint(color, is_error ? "\033[1;31m" : "\033[1;35m"),
	    is_error ? "error" : "warning", paint(color, "\033[0m"));
	append_shown(out, diag->message);
	buf_printf(out, " [%s]\n", diag->code);
	if (diag->span.source)
		render_excerpt(diag->span, color, out);
	if (diag->other.source) {
		render_place(diag->other, out);
		buf_text(out, "note: ");
		append_shown(out, diag->other_text);
		buf_byte(out, '\n');
		render_excerpt(diag->other, color, out);
	}
	if (diag->help.len) {
		buf_text(out, "       = help: ");
		append_shown(out, diag->help);
		buf_byte(out, '\n');
	}
}

void diags_render(struct diags *diags, bool color, struct buf *out)
{
	diags_sort(diags);
	for (size_t i = 0; i < diags->count; i++)
		diag_render(&diags->items[i], color, out);
	if (diags->lost)
		buf_printf(out, "… and %zu more\n", diags->lost);
}
