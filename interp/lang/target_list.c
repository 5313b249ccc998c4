/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/target_parts.h"

/*
 * The list of a loop, put together of texts: ["db1", params.spare, "web" + string(params.n)]. Every byte knows where it
 * comes from in the document, as those of a scalar do.
 */
struct listing {
	struct arena *arena;
	struct span span;
	struct buf text;
	uint32_t *offsets;
	size_t count;
	size_t capacity;
};

/* What stands elsewhere, a target that is declared, is shown where the list names it: offsets never go back. */
static void put_offset(struct listing *listing, size_t from)
{
	size_t least = listing->count ? listing->offsets[listing->count - 1] : listing->span.start;

	if (from < least || from > listing->span.end)
		from = least;
	listing->offsets = arena_grow(listing->arena, listing->offsets, listing->count,
	    &listing->capacity, sizeof(*listing->offsets));
	listing->offsets[listing->count++] = (uint32_t)from;
}

/* Bytes that stand at `from`, side by side, or all at one place. */
static void put(struct listing *listing, struct str bytes, size_t from, bool side_by_side)
{
	buf_str(&listing->text, bytes);
	for (size_t i = 0; i < bytes.len; i++)
		put_offset(listing, from + (side_by_side ? i : 0));
}

static void put_literal(struct listing *listing, struct str text, size_t from)
{
	put(listing, STR("\""), from, false);
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			put(listing, STR("\\"), from, false);
		put(listing, str_sub(text, i, 1), from, false);
	}
	put(listing, STR("\""), from, false);
}

static void put_word(struct listing *listing, const struct template *word)
{
	const struct value *value = template_value(word);
	size_t from = template_span(word).start;
	struct template_piece piece;
	struct template_piece next;

	if (value) {
		put_literal(listing, value_text(value), from);
		return;
	}
	for (size_t i = 0; template_piece(word, i, &piece); i++) {
		bool alone = i == 0 && !template_piece(word, 1, &next);

		put(listing, i ? STR(" + ") : STR(""), from, false);
		if (!piece.expr) {
			put_literal(listing, piece.literal, from);
			continue;
		}
		put(listing, alone ? STR("") : STR("string("), from, false);
		put(listing, expr_text(piece.expr), expr_span(piece.expr).start, true);
		put(listing, alone ? STR("") : STR(")"), from, false);
	}
}

struct expr *target_list(
    struct reader *reader, struct template *const *words, size_t count, struct span span)
{
	struct listing listing = {.arena = reader->arena, .span = span};
	struct text text = {.whole = span};

	buf_init(&listing.text, BUF_UNBOUNDED);
	put(&listing, STR("["), span.start, false);
	for (size_t i = 0; i < count; i++) {
		put(&listing, i ? STR(", ") : STR(""), span.start, false);
		put_word(&listing, words[i]);
	}
	put(&listing, STR("]"), span.end, false);
	text.bytes = arena_str(reader->arena, buf_view(&listing.text));
	buf_done(&listing.text);
	put_offset(&listing, span.end);
	text.offsets = listing.offsets;
	return expr_parse(reader->arena, &text, 0, text.bytes.len, reader->diags);
}
