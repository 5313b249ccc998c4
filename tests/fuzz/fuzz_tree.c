/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tree/tree.h"

/*
 * Any bytes give a tree or a diagnostic. Of a tree: every span lies within the source and within its parent's unless
 * an alias put it there, a text that stands in the source as it is really does, and one that does not has offsets
 * that never go back and whose bytes are what they claim, as far as that can be told without decoding again.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nodes looked at: aliases can make more of them than there are. */
enum { BUDGET = 100000 };

static void check(int ok)
{
	if (!ok)
		abort();
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || (unsigned char)c >= 0x80;
}

static void check_text(const struct text *text, const struct source *source)
{
	check(text->whole.source == source && text->whole.start <= text->whole.end &&
	    text->whole.end <= source->len);
	if (!text->offsets) {
		check(text->bytes.len <= source->len - text->whole.start &&
		    str_eq(text->bytes,
			str_sub((struct str){source->bytes, source->len}, text->whole.start,
			    text->bytes.len)));
		return;
	}
	for (size_t i = 0; i < text->bytes.len; i++) {
		char decoded = text->bytes.ptr[i];
		char raw;

		check(text->offsets[i] <= text->offsets[i + 1] &&
		    text->offsets[i + 1] <= source->len);
		if (text->offsets[i] == source->len)
			continue;
		raw = source->bytes[text->offsets[i]];
		check(raw == decoded || raw == '\\' || (is_blank(decoded) && is_blank(raw)));
	}
}

static void walk(const struct node *node, const struct source *source, size_t depth, size_t *budget)
{
	if (*budget == 0)
		return;
	--*budget;
	check(depth <= TREE_MAX_DEPTH);
	check(node->span.source == source && node->span.start <= node->span.end &&
	    node->span.end <= source->len);
	if (node->kind == NODE_SCALAR) {
		check_text(&node->scalar, source);
	} else if (node->kind == NODE_LIST) {
		for (size_t i = 0; i < node->list.count; i++)
			walk(node->list.items[i], source, depth + 1, budget);
	} else {
		for (size_t i = 0; i < node->map.count; i++) {
			const struct node_entry *entry = &node->map.entries[i];

			check(entry->key->kind == NODE_SCALAR);
			check(i > 64 || node_get(node, entry->key->scalar.bytes) == entry->value);
			walk(entry->key, source, depth + 1, budget);
			walk(entry->value, source, depth + 1, budget);
		}
	}
}

static void render(const struct diags *diags)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->items[i];

		check(diag->message.len > 0 && diag->code && diag->span.start <= diag->span.end);
		diag_render(diag, false, &out);
		buf_clear(&out);
	}
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source;
	struct arena *arena;
	struct diags diags;
	const struct node *root;
	size_t budget = BUDGET;

	if (size > 1 << 20)
		return 0;
	source = source_new("fuzz.yaml", (struct str){(const char *)data, size});
	arena = arena_new();
	diags_init(&diags);
	root = tree_parse(arena, source, &diags);
	check(root || diags.errors > 0);
	if (root)
		walk(root, source, 0, &budget);
	render(&diags);
	diags_done(&diags);
	arena_free(arena);
	source_free(source);
	return 0;
}
