/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tree/tree_parts.h"

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '-';
}

static uint32_t break_at(const char *bytes, uint32_t at, uint32_t end)
{
	return (uint32_t)tree_break((struct str){bytes + at, end - at});
}

/* Behind an anchor, a tag, a comment or white space; `at` itself when none of these stands there. */
static uint32_t skip_one(const char *bytes, uint32_t at, uint32_t end)
{
	if (bytes[at] == '&') {
		for (at++; at < end && is_name(bytes[at]);)
			at++;
	} else if (bytes[at] == '!' && at + 1 < end && bytes[at + 1] == '<') {
		while (at < end && bytes[at++] != '>')
			;
	} else if (bytes[at] == '!') {
		while (at < end && !memchr(" \t,[]{}", bytes[at], 7) && !break_at(bytes, at, end))
			at++;
	} else if (bytes[at] == '#') {
		while (at < end && !break_at(bytes, at, end))
			at++;
	} else if (bytes[at] == ' ' || bytes[at] == '\t') {
		at++;
	} else {
		at += break_at(bytes, at, end);
	}
	return at;
}

uint32_t tree_skip_properties(const struct source *source, uint32_t at, uint32_t end)
{
	uint32_t next = at;

	do {
		at = next;
		next = at < end ? skip_one(source->bytes, at, end) : at;
	} while (next > at);
	return at;
}

void tree_refuse_tag(struct diags *diags, struct node *node, struct span whole)
{
	struct str text = span_text(whole);
	const char *bang = text.len ? memchr(text.ptr, '!', text.len) : NULL;
	struct span tag;

	if (bang)
		whole.start += (uint32_t)(bang - text.ptr);
	text = span_text(whole);
	tag = whole;
	for (size_t i = 0; i < text.len; i++)
		if (memchr(" \t\r\n", text.ptr[i], 4)) {
			tag.end = tag.start + (uint32_t)i;
			break;
		}
	tree_tag_error(diags, tag, node->kind == NODE_SCALAR ? whole : tag);
	if (node->kind == NODE_SCALAR && node->plain && !str_starts(text, STR("!!")) &&
	    (!text.len || !memchr(text.ptr, '\n', text.len))) {
		node->span = whole;
		node->scalar = (struct text){.bytes = text, .whole = whole};
	}
}

/* The text of a scalar that stands at node->span: a slice of the source where that can be, else a copy and a map. */
static void set_text(struct arena *arena, struct node *node, const yaml_event_t *event)
{
	yaml_scalar_style_t style = event->data.scalar.style;
	struct str value = {(const char *)event->data.scalar.value, event->data.scalar.length};
	struct span raw = node->span;
	struct str as_written;

	if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE) {
		raw.start++;
		raw.end--;
	}
	as_written = span_text(raw);
	node->scalar.whole = raw;
	if (str_eq(value, as_written)) {
		node->scalar.bytes = as_written;
		return;
	}
	node->scalar.bytes = arena_str(arena, value);
	tree_text_map(arena, &node->scalar, raw, style);
}

static bool comment_follows(const struct source *source, uint32_t at)
{
	if (at >= source->len || (source->bytes[at] != ' ' && source->bytes[at] != '\t'))
		return false;
	while (at < source->len && (source->bytes[at] == ' ' || source->bytes[at] == '\t'))
		at++;
	return at < source->len && source->bytes[at] == '#';
}

struct node *tree_scalar(
    struct arena *arena, struct marks *marks, const yaml_event_t *event, struct diags *diags)
{
	yaml_scalar_style_t style = event->data.scalar.style;
	const struct source *source = marks->source;
	struct span whole = {source, marks_byte(marks, event->start_mark.index),
	    marks_byte(marks, event->end_mark.index)};
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->kind = NODE_SCALAR;
	node->plain = style == YAML_PLAIN_SCALAR_STYLE;
	node->span = whole;
	if (event->data.scalar.anchor || event->data.scalar.tag)
		node->span.start = tree_skip_properties(source, whole.start, whole.end);
	set_text(arena, node, event);
	if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
		while (node->span.end > node->span.start + 1 &&
		    memchr(" \t\r\n", source->bytes[node->span.end - 1], 4))
			node->span.end--;
		node->scalar.whole = node->span;
	}
	if (event->data.scalar.tag)
		tree_refuse_tag(diags, node, whole);
	else if (node->plain && node->scalar.bytes.len && comment_follows(source, whole.end))
		tree_comment_trap(diags, node->span);
	return node;
}
