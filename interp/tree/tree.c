/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "tree/tree_parts.h"

struct anchor {
	const struct node *node;
	struct span span; /* of its name */
	size_t size; /* nodes, aliases expanded */
	size_t height; /* lists and maps within each other */
	bool open; /* its list or map is not complete yet */
};

/* A list or map that is being read. */
struct frame {
	struct node *node;
	struct anchor *anchor; /* or NULL */
	size_t first; /* index of its first child in `pending` */
	size_t total; /* the builder's when it began */
	size_t height; /* of the highest child */
	uint32_t end; /* behind the last child */
};

/*
 * The children of all open lists and maps lie in one array, `pending`; whoever closes takes its own off the end. A
 * map's are key, value, key, value.
 */
struct builder {
	struct arena *arena;
	struct diags *diags;
	struct marks marks;
	struct frame frames[TREE_MAX_DEPTH];
	size_t depth;
	const struct node **pending;
	size_t count;
	size_t capacity;
	size_t total; /* nodes so far, aliases expanded */
	struct map anchors;
	const struct node *root;
	bool stopped; /* a limit was passed: nothing more is read */
};

static struct span span_of(const struct builder *builder, size_t start, size_t end)
{
	return (struct span){builder->marks.source, (uint32_t)start, (uint32_t)end};
}

static struct span mark_span(struct builder *builder, const yaml_event_t *event)
{
	return span_of(builder, marks_byte(&builder->marks, event->start_mark.index),
	    marks_byte(&builder->marks, event->end_mark.index));
}

static bool wants_key(const struct builder *builder)
{
	const struct frame *frame;

	if (builder->depth == 0)
		return false;
	frame = &builder->frames[builder->depth - 1];
	return frame->node->kind == NODE_MAP && (builder->count - frame->first) % 2 == 0;
}

static void add_child(struct builder *builder, const struct node *node, uint32_t end, size_t height)
{
	struct frame *frame;

	if (builder->depth == 0) {
		builder->root = node;
		return;
	}
	frame = &builder->frames[builder->depth - 1];
	if (height > frame->height)
		frame->height = height;
	frame->end = end;
	builder->pending = mem_grow(
	    builder->pending, builder->count, &builder->capacity, sizeof(const struct node *));
	builder->pending[builder->count++] = node;
}

/* Counts nodes; the sum cannot wrap, since both sides are bounded. */
static void count_nodes(struct builder *builder, size_t nodes, struct span span)
{
	builder->total += nodes;
	if (builder->total <= TREE_MAX_NODES || builder->stopped)
		return;
	builder->stopped = true;
	if (nodes > 1)
		diag_error(builder->diags, "yaml-size", span,
		    "with its aliases written out this document has more than %d values",
		    TREE_MAX_NODES);
	else
		diag_error(builder->diags, "yaml-size", span,
		    "this document has more than %d values", TREE_MAX_NODES);
}

static void refuse_depth(struct builder *builder, struct span span)
{
	builder->stopped = true;
	diag_error(builder->diags, "yaml-depth", span,
	    "lists and maps are nested deeper than %d here", TREE_MAX_DEPTH);
}

static struct anchor *add_anchor(
    struct builder *builder, const yaml_char_t *name, struct span span, const struct node *node)
{
	struct anchor *anchor;
	struct str key;

	if (!name)
		return NULL;
	anchor = arena_alloc(builder->arena, sizeof(*anchor));
	key = arena_str(builder->arena, str_from((const char *)name));
	span.end = span.start + 1 + (uint32_t)key.len;
	*anchor = (struct anchor){.node = node, .span = span, .size = 1};
	map_put(&builder->anchors, key,
	    anchor); /* a second one of that name: from here on it is meant */
	return anchor;
}

static void on_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct node *node = tree_scalar(builder->arena, &builder->marks, event, builder->diags);

	if (event->data.scalar.anchor)
		add_anchor(builder, event->data.scalar.anchor, mark_span(builder, event), node);
	count_nodes(builder, 1, node->span);
	add_child(builder, node, node->span.end, 0);
}

/* What an alias that leads nowhere stands for: the text as written, so that reading can go on. */
static const struct node *stand_in(struct builder *builder, struct span span)
{
	struct node *node = arena_alloc(builder->arena, sizeof(*node));

	node->kind = NODE_SCALAR;
	node->plain = true;
	node->span = span;
	node->scalar = (struct text){.bytes = span_text(span), .whole = span};
	return node;
}

static void on_alias(struct builder *builder, const yaml_event_t *event)
{
	struct str name = str_from((const char *)event->data.alias.anchor);
	const struct anchor *anchor = map_get(&builder->anchors, name);
	struct span span = mark_span(builder, event);
	struct diag *diag;

	if (anchor && !anchor->open) {
		count_nodes(builder, anchor->size, span);
		if (builder->depth + anchor->height > TREE_MAX_DEPTH && !builder->stopped)
			refuse_depth(builder, span);
		add_child(builder, anchor->node, span.end, anchor->height);
		return;
	}
	if (anchor) {
		diag = diag_error(builder->diags, "yaml-alias", span,
		    "*%.*s stands inside what &%.*s names: it would contain itself", STR_ARG(name),
		    STR_ARG(name));
		diag_other(builder->diags, diag, anchor->span, "named here");
	} else {
		diag = diag_error(builder->diags, "yaml-alias", span,
		    "no &%.*s stands above this alias", STR_ARG(name));
		diag_help(builder->diags, diag, "if * is meant as text, put the value in quotes");
	}
	count_nodes(builder, 1, span);
	add_child(builder, stand_in(builder, span), span.end, 0);
}

/* Keys are scalars; what is wrong with a list or map that stands where a key should is said when it begins. */
static void refuse_key(struct builder *builder, struct span span)
{
	struct str rest = span_text(span_of(builder, span.start, builder->marks.source->len));
	struct diag *diag = diag_error(builder->diags, "yaml-key", span,
	    "a list or a map stands here as a key, and keys are texts");

	if (rest.len && (rest.ptr[0] == '{' || rest.ptr[0] == '['))
		diag_help(builder->diags, diag,
		    "a text that begins with %c needs quotes; a template is written \"${{ ... }}\"",
		    rest.ptr[0]);
}

static void open_frame(struct builder *builder, const yaml_event_t *event, enum node_kind kind,
    const yaml_char_t *name, bool tagged)
{
	const struct source *source = builder->marks.source;
	struct span span = mark_span(builder, event);
	struct node *node;
	struct frame *frame;

	if (builder->depth == TREE_MAX_DEPTH) {
		refuse_depth(builder, span);
		return;
	}
	node = arena_alloc(builder->arena, sizeof(*node));
	node->kind = kind;
	node->span = span;
	if (tagged)
		tree_refuse_tag(builder->diags, node, span_of(builder, span.start, source->len));
	if (name || tagged)
		node->span.start = tree_skip_properties(source, span.start, (uint32_t)source->len);
	if (node->span.end <= node->span.start)
		node->span.end = node->span.start + (node->span.start < source->len);
	if (wants_key(builder))
		refuse_key(builder, node->span);
	frame = &builder->frames[builder->depth++];
	*frame = (struct frame){.node = node,
	    .anchor = add_anchor(builder, name, span, node),
	    .first = builder->count,
	    .total = builder->total,
	    .end = node->span.end};
	if (frame->anchor)
		frame->anchor->open = true;
	count_nodes(builder, 1, node->span);
}

static void close_list(struct builder *builder, struct node *list, size_t first)
{
	list->list.count = builder->count - first;
	list->list.items = arena_array(builder->arena, list->list.count, sizeof(*list->list.items));
	if (list->list.count)
		memcpy(list->list.items, builder->pending + first,
		    list->list.count * sizeof(*list->list.items));
}

static void close_frame(struct builder *builder, const yaml_event_t *event)
{
	struct frame *frame = &builder->frames[builder->depth - 1];
	struct span closing = mark_span(builder, event);
	struct node *node = frame->node;

	/* A block ends with its last child: libyaml's mark is at whatever comes next. */
	node->span.end = closing.end > closing.start ? closing.end : frame->end;
	if (node->kind == NODE_MAP)
		tree_fill_map(builder->arena, node, builder->pending + frame->first,
		    (builder->count - frame->first) / 2, builder->diags);
	else
		close_list(builder, node, frame->first);
	builder->count = frame->first;
	if (frame->anchor) {
		frame->anchor->open = false;
		frame->anchor->size = builder->total - frame->total;
		frame->anchor->height = frame->height + 1;
	}
	builder->depth--;
	add_child(builder, node, node->span.end, frame->height + 1);
}

static void on_event(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		on_scalar(builder, event);
		break;
	case YAML_ALIAS_EVENT:
		on_alias(builder, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		open_frame(builder, event, NODE_LIST, event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
		break;
	case YAML_MAPPING_START_EVENT:
		open_frame(builder, event, NODE_MAP, event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_frame(builder, event);
		break;
	default:
		break;
	}
}

/* Reads to the end of the first document, and to the end of the stream behind it; false when it cannot be used. */
static bool read_events(struct builder *builder, yaml_parser_t *parser)
{
	bool in_document = true;

	while (!builder->stopped) {
		yaml_event_t event;
		yaml_event_type_t type;
		struct span span = {0};

		if (!yaml_parser_parse(parser, &event)) {
			tree_syntax_error(parser, &builder->marks, builder->diags);
			return false;
		}
		type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT)
			span = mark_span(builder, &event);
		on_event(builder, &event);
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return true;
		if (type == YAML_DOCUMENT_START_EVENT && !in_document) {
			diag_help(builder->diags,
			    diag_error(builder->diags, "yaml-documents", span,
				"a second document begins here, and a runbook is one document"),
			    "take the --- away, or make two files of it");
			return true;
		}
		in_document = type != YAML_DOCUMENT_END_EVENT;
	}
	return false;
}

static bool is_empty(const struct node *root)
{
	return !root || (root->kind == NODE_SCALAR && root->plain && root->scalar.bytes.len == 0);
}

const struct node *tree_parse(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct builder *builder = arena_alloc(arena, sizeof(*builder));
	const struct node *root = NULL;
	yaml_parser_t parser;
	bool ok;

	builder->arena = arena;
	builder->diags = diags;
	if (!marks_init(&builder->marks, arena, source, diags))
		return NULL;
	builder->pending = mem_grow(NULL, 0, &builder->capacity, sizeof(const struct node *));
	ok = yaml_parser_initialize(&parser);
	assert(ok);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser,
	    (const unsigned char *)source->bytes + builder->marks.base,
	    source->len - builder->marks.base);
	if (read_events(builder, &parser)) {
		root = is_empty(builder->root) ? NULL : builder->root;
		if (!root)
			diag_help(diags,
			    diag_error(diags, "empty", span_of(builder, 0, 0),
				"this file holds no runbook"),
			    "it begins with `reprise: 1`, `id` and `steps`");
	}
	yaml_parser_delete(&parser);
	map_done(&builder->anchors);
	free(builder->pending);
	return root;
}
