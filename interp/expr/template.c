/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/template.h"

#include <string.h>

#include "expr/template_parts.h"

struct parser {
	struct arena *arena;
	struct diags *diags;
	unsigned flags;
};

static struct template *parse(struct parser *parser, const struct node *node);

/* Offset of the next "${{" from `from` on, or the text's length. */
static size_t find_open(struct str text, size_t from)
{
	ptrdiff_t at = str_find(str_sub(text, from, text.len), STR("${{"));

	return at < 0 ? text.len : from + (size_t)at;
}

/* Where an expression that begins at an offset and was not understood ends, as far as can be seen. */
static size_t end_of_broken(struct str text, size_t open)
{
	ptrdiff_t at = str_find(str_sub(text, open, text.len), STR("}}"));

	return at < 0 ? text.len : open + (size_t)at + 2;
}

static void refuse_secret(void *self, const struct str *path, size_t count, struct span span)
{
	struct parser *parser = self;
	struct diag *diag;

	if (count == 0 || !str_is(path[0], "secrets"))
		return;
	diag = diag_error(parser->diags, "secret-here", span,
	    "a secret may stand only in env, stdin.text, connections, contacts and secret "
	    "parameters");
	if (count > 2 && str_is(path[2], "file"))
		diag_help(parser->diags, diag,
		    "there is no file of it: hand it over by `stdin: {text: …}`, and give the "
		    "program "
		    "/dev/stdin");
	else
		diag_help(parser->diags, diag,
		    "hand it over in `env:`, where nothing shows or records it");
}

/* The expression that begins at an offset; NULL after an error. *ret_end is behind it either way. */
static struct expr *read_embedded(
    struct parser *parser, const struct text *text, size_t open, size_t *ret_end)
{
	size_t errors = parser->diags->errors;
	struct expr *expr = expr_parse_embedded(
	    parser->arena, text, open + 3, ret_end, parser->diags);

	if (!expr)
		*ret_end = end_of_broken(text->bytes, open);
	else if (!(parser->flags & TEMPLATE_SECRETS))
		expr_visit_names(expr, refuse_secret, parser);
	return parser->diags->errors == errors ? expr : NULL;
}

/*
 * The pieces of a text that could be understood; NULL: none of it. *ret_count is 0 for a text without expressions or
 * escapes.
 */
static struct template_piece *read_pieces(
    struct parser *parser, const struct text *text, size_t *ret_count)
{
	struct template_piece *pieces = NULL;
	size_t capacity = 0;
	size_t count = 0;
	size_t start = 0;
	size_t at = find_open(text->bytes, 0);
	size_t errors = parser->diags->errors;

	while (at < text->bytes.len) {
		bool escaped = at > start && text->bytes.ptr[at - 1] == '$';
		struct template_piece piece = {.literal = {text->bytes.ptr + start, at - start}};
		size_t end = at + 3;

		if (escaped) /* $${{: without its first dollar */
			piece.literal.len--;
		if (piece.literal.len) {
			pieces = arena_grow(
			    parser->arena, pieces, count, &capacity, sizeof(*pieces));
			pieces[count++] = piece;
		}
		piece = (struct template_piece){.literal = {text->bytes.ptr + at, 3}};
		if (!escaped) {
			piece.expr = read_embedded(parser, text, at, &end);
			if (!piece.expr) { /* what stands behind it has mistakes of its own */
				start = end;
				at = find_open(text->bytes, start);
				continue;
			}
		}
		pieces = arena_grow(parser->arena, pieces, count, &capacity, sizeof(*pieces));
		pieces[count++] = piece;
		start = end;
		at = find_open(text->bytes, start);
	}
	if (count && start < text->bytes.len) {
		pieces = arena_grow(parser->arena, pieces, count, &capacity, sizeof(*pieces));
		pieces[count++] = (struct template_piece){
		    .literal = {text->bytes.ptr + start, text->bytes.len - start}};
	}
	*ret_count = count;
	if (count == 0 && parser->diags->errors == errors)
		return arena_alloc(parser->arena, 1);
	return pieces;
}

static bool is_digits(struct str text)
{
	text = str_sub(text, text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'), text.len);
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0;
}

/* The value of a scalar without expressions; NULL after an error. */
static const struct value *read_constant(struct parser *parser, const struct node *node)
{
	bool boolean;
	int64_t integer;
	double real;

	if (!node->plain || parser->flags & TEMPLATE_RAW)
		return value_string(parser->arena, node->scalar.bytes);
	if (node_is_null(node))
		return value_null();
	if (node_bool(node, &boolean))
		return value_bool(boolean);
	if (node_int(node, &integer))
		return value_int(parser->arena, integer);
	if (is_digits(node->scalar.bytes)) {
		diag_help(parser->diags,
		    diag_error(parser->diags, "wrong-type", node->span,
			"this number does not fit into 64 bits"),
		    "put it in quotes if it is meant as text");
		return NULL;
	}
	if (node_float(node, &real))
		return value_double(parser->arena, real);
	return value_string(parser->arena, node->scalar.bytes);
}

/* A text whose pieces are all literal (there were escapes): one string. */
static const struct value *join_literals(
    struct arena *arena, const struct template_piece *pieces, size_t count)
{
	size_t len = 0;
	char *joined;
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (pieces[i].expr)
			return NULL;
		len += pieces[i].literal.len;
	}
	joined = arena_alloc(arena, len + 1);
	for (size_t i = 0; i < count; i++) {
		memcpy(joined + at, pieces[i].literal.ptr, pieces[i].literal.len);
		at += pieces[i].literal.len;
	}
	return value_string(arena, (struct str){joined, len});
}

/* Behind an opening of another template language stands a name of ours. */
static bool names_ours(struct str text)
{
	static const char *const roots[] = {"params.", "steps.", "secrets.", "objectives.", "run."};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (str_starts(text, str_from(roots[i])))
			return true;
	return false;
}

/* "{{ params.x }}" and "${ params.x }" are text here, and hardly meant so. */
static void warn_lookalikes(struct parser *parser, const struct text *text, struct str literal)
{
	size_t offset = (size_t)(literal.ptr - text->bytes.ptr);

	for (size_t i = 0; i + 2 < literal.len; i++) {
		struct str rest = str_sub(literal, i, literal.len);
		size_t skip = str_starts(rest, STR("{{")) || str_starts(rest, STR("${")) ? 2 : 0;
		struct diag *diag;

		while (skip && skip < rest.len && rest.ptr[skip] == ' ')
			skip++;
		if (!skip || !names_ours(str_sub(rest, skip, rest.len)))
			continue;
		diag = diag_warning(parser->diags, "not-a-template",
		    text_span(text, offset + i, offset + i + 2),
		    "this is no template and stays as it is written");
		diag_help(parser->diags, diag, "a template is written ${{ … }}");
		return;
	}
}

static struct template *parse_scalar(struct parser *parser, const struct node *node)
{
	struct template *template = arena_alloc(parser->arena, sizeof(*template));
	size_t count = 0;
	struct template_piece *pieces = read_pieces(parser, &node->scalar, &count);

	if (!pieces)
		return NULL;
	template->flags = parser->flags;
	template->span = node->span;
	template->written = node->scalar.bytes;
	template->source = &node->scalar;
	for (size_t i = 0; i < count; i++)
		if (!pieces[i].expr)
			warn_lookalikes(parser, &node->scalar, pieces[i].literal);
	if (count == 0) {
		warn_lookalikes(parser, &node->scalar, node->scalar.bytes);
		template->constant = read_constant(parser, node);
		return template->constant ? template : NULL;
	}
	template->constant = join_literals(parser->arena, pieces, count);
	if (template->constant)
		return template;
	if (count == 1) {
		template->kind = TEMPLATE_EXPR;
		template->expr = pieces[0].expr;
		return template;
	}
	template->kind = TEMPLATE_TEXT;
	template->text.pieces = pieces;
	template->text.count = count;
	return template;
}

/* The value of a list or map whose children are all constants; false when it is an error, which stands at *ret_at. */
static bool fold_constant(struct arena *arena, struct template *template, struct span *ret_at)
{
	size_t count = template->kind == TEMPLATE_MAP ? template->map.count : template->list.count;

	for (size_t i = 0; i < count; i++) {
		const struct template *child = template->kind == TEMPLATE_MAP
		    ? template->map.entries[i].value
		    : template->list.items[i];

		if (!child->constant)
			return true;
	}
	template->constant = template_eval_at(template, NULL, arena, ret_at);
	return template->constant->type != VALUE_ERROR;
}

static struct template *parse_list(struct parser *parser, const struct node *node)
{
	struct template **items = arena_array(
	    parser->arena, node->list.count, sizeof(struct template *));
	struct template *template = arena_alloc(parser->arena, sizeof(*template));
	struct span at = node->span;

	template->kind = TEMPLATE_LIST;
	template->flags = parser->flags;
	template->span = node->span;
	for (size_t i = 0; i < node->list.count; i++) {
		const struct node *item = node->list.items[i];

		items[i] = NULL;
		if (parser->flags & TEMPLATE_SPLICE && item->kind == NODE_MAP)
			diag_help(parser->diags,
			    diag_error(parser->diags, "wrong-type", item->span,
				"an argument is a text, not a map"),
			    "put it in quotes: \": \" makes a map of a text");
		else
			items[i] = parse(parser, item);
		if (!items
			[i]) /* the rest is good for finding more mistakes, if it keeps its place */
			items[i] = template_scalar(
			    parser->arena, item, value_string(parser->arena, STR("")));
	}
	template->list.items = items;
	template->list.count = node->list.count;
	if (fold_constant(parser->arena, template, &at))
		return template;
	diag_error(
	    parser->diags, "wrong-type", at, "%.*s", STR_ARG(template->constant->error.message));
	return NULL;
}

static struct template *parse_map(struct parser *parser, const struct node *node)
{
	struct template_entry *entries = arena_array(
	    parser->arena, node->map.count, sizeof(*entries));
	bool ok = true;

	for (size_t i = 0; i < node->map.count; i++) {
		entries[i].name = node->map.entries[i].key->scalar.bytes;
		entries[i].value = parse(parser, node->map.entries[i].value);
		ok = ok && entries[i].value;
	}
	return ok ? template_map(parser->arena, entries, node->map.count, node->span) : NULL;
}

static struct template *parse(struct parser *parser, const struct node *node)
{
	if (node->kind == NODE_SCALAR)
		return parse_scalar(parser, node);
	return node->kind == NODE_LIST ? parse_list(parser, node) : parse_map(parser, node);
}

struct template *template_parse(
    struct arena *arena, const struct node *node, unsigned flags, struct diags *diags)
{
	struct parser parser = {arena, diags, flags};

	return parse(&parser, node);
}

struct template *template_constant(struct arena *arena, const struct value *value)
{
	struct template *template = arena_alloc(arena, sizeof(*template));
	struct template_entry *entries;
	size_t count = 0;

	template->constant = value;
	if (value->type != VALUE_MAP)
		return template;
	entries = arena_array(arena, value->map.count, sizeof(*entries));
	for (size_t i = 0; i < value->map.count; i++)
		if (value->map.entries[i].key->type == VALUE_STRING)
			entries[count++] = (struct template_entry){
			    value->map.entries[i].key->string.text,
			    template_constant(arena, value->map.entries[i].value)};
	template->map.entries = entries;
	template->map.count = count;
	template->kind = TEMPLATE_MAP;
	return template;
}

struct template *template_scalar(
    struct arena *arena, const struct node *node, const struct value *value)
{
	struct template *template = template_constant(arena, value);

	template->span = node->span;
	template->written = node->scalar.bytes;
	template->source = &node->scalar;
	return template;
}

struct template *template_map(
    struct arena *arena, const struct template_entry *entries, size_t count, struct span span)
{
	struct template *template = arena_alloc(arena, sizeof(*template));
	struct template_entry *kept = arena_array(arena, count, sizeof(*kept));

	template->kind = TEMPLATE_MAP;
	template->span = span;
	template->map.entries = kept;
	for (size_t i = 0; i < count; i++)
		if (entries[i].value)
			kept[template->map.count++] = entries[i];
	fold_constant(arena, template, &span); /* without splicing it cannot fail */
	return template;
}

struct template *template_list(
    struct arena *arena, struct template *const *items, size_t count, struct span span)
{
	struct template *template = arena_alloc(arena, sizeof(*template));
	struct template **kept = arena_array(arena, count, sizeof(struct template *));

	template->kind = TEMPLATE_LIST;
	template->span = span;
	template->list.items = kept;
	for (size_t i = 0; i < count; i++)
		if (items[i])
			kept[template->list.count++] = items[i];
	fold_constant(arena, template, &span); /* without splicing it cannot fail */
	return template;
}

const struct value *template_value(const struct template *template)
{
	return template->constant;
}

const struct template *template_get(const struct template *template, struct str name)
{
	if (!template || template->kind != TEMPLATE_MAP)
		return NULL;
	for (size_t i = 0; i < template->map.count; i++)
		if (str_eq(template->map.entries[i].name, name))
			return template->map.entries[i].value;
	return NULL;
}

struct span template_span(const struct template *template)
{
	return template->span;
}

const struct template *template_item(const struct template *template, size_t i)
{
	if (template->kind == TEMPLATE_LIST)
		return i < template->list.count ? template->list.items[i] : NULL;
	if (template->kind == TEMPLATE_MAP)
		return i < template->map.count ? template->map.entries[i].value : NULL;
	return NULL;
}

bool template_piece(const struct template *template, size_t i, struct template_piece *ret_piece)
{
	if (template->kind == TEMPLATE_TEXT) {
		if (i >= template->text.count)
			return false;
		*ret_piece = template->text.pieces[i];
		return true;
	}
	if (i > 0 || template->kind == TEMPLATE_LIST || template->kind == TEMPLATE_MAP)
		return false;
	if (template->kind == TEMPLATE_EXPR)
		*ret_piece = (struct template_piece){.expr = template->expr};
	else if (template->constant->type == VALUE_STRING)
		*ret_piece = (struct template_piece){.literal = template->constant->string.text};
	else
		return false;
	return true;
}

const struct text *template_source(const struct template *template)
{
	return template->source;
}

void template_visit_exprs(const struct template *template, template_visit *visit, void *self)
{
	if (template->kind == TEMPLATE_EXPR)
		visit(self, template->expr);
	else if (template->kind == TEMPLATE_TEXT)
		for (size_t i = 0; i < template->text.count; i++) {
			if (template->text.pieces[i].expr)
				visit(self, template->text.pieces[i].expr);
		}
	else if (template->kind == TEMPLATE_LIST)
		for (size_t i = 0; i < template->list.count; i++)
			template_visit_exprs(template->list.items[i], visit, self);
	else if (template->kind == TEMPLATE_MAP)
		for (size_t i = 0; i < template->map.count; i++)
			template_visit_exprs(template->map.entries[i].value, visit, self);
}

struct name_visit {
	expr_visit *visit;
	void *self;
};

static void visit_expr_names(void *self, struct expr *expr)
{
	const struct name_visit *names = self;

	expr_visit_names(expr, names->visit, names->self);
}

void template_visit_names(const struct template *template, expr_visit *visit, void *self)
{
	template_visit_exprs(template, visit_expr_names, &(struct name_visit){visit, self});
}
