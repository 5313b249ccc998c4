/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/buf.h"
#include "base/units.h"
#include "expr/template_parts.h"

/* One evaluation. The first error ends it; unknowns are gathered, since all that the value waits for is wanted. */
struct run {
	const struct scope *scope;
	struct arena *arena;
	struct span at; /* of the error */
	const struct value *unknown; /* NULL, or all so far */
	bool as_known; /* what is not known stands as it was written */
	bool for_people; /* durations and times as people read them */
};

/* The values of a list that is being put together. */
struct items {
	const struct value **values;
	size_t count;
	size_t capacity;
};

static const struct value *eval(struct run *run, const struct template *template);

/* Takes note of a value that is not known; false for all others. */
static bool is_unknown(struct run *run, const struct value *value)
{
	if (value->type != VALUE_UNKNOWN)
		return false;
	run->unknown = value_unknowns(run->arena, run->unknown, value);
	return true;
}

static bool is_cut(const struct value *value)
{
	return value->type == VALUE_STRING && value->string.clip && !value->string.clip->whole;
}

/* What cannot be text, as an error; `where` is what it should have stood in. */
static const struct value *no_text(
    struct run *run, const struct value *value, struct span at, const char *where)
{
	uint32_t len = at.end - at.start;

	run->at = at;
	if (is_cut(value))
		return value_error(run->arena, 0, len,
		    "the text was too long to be kept, so it cannot stand in %s", where);
	return value_error(
	    run->arena, 0, len, "a value of type %s cannot stand in %s", value_noun(value), where);
}

/* A value as text; false when it cannot be. */
static bool show(const struct run *run, const struct value *value, struct buf *out)
{
	struct buf time;

	if (!run->for_people || (value->type != VALUE_DURATION && value->type != VALUE_TIMESTAMP))
		return value_show(value, out);
	if (value->type == VALUE_DURATION) {
		units_show_duration(out, value_us(value));
		return true;
	}
	buf_init(&time, BUF_UNBOUNDED);
	units_show_time(&time, value_us(value));
	buf_str(out, str_sub(buf_view(&time), 0, 10));
	buf_byte(out, ' ');
	buf_str(out, str_sub(buf_view(&time), 11, 8));
	buf_text(out, " UTC");
	buf_done(&time);
	return true;
}

static const struct value *as_written(struct run *run, const struct expr *expr)
{
	return value_string(run->arena,
	    arena_printf(run->arena, "${{ %.*s }}", STR_ARG(str_trim(expr_text(expr)))));
}

static const struct value *eval_expr(struct run *run, const struct expr *expr)
{
	const struct value *value = expr_eval(expr, run->scope, run->arena);

	if (run->as_known && (value->type == VALUE_ERROR || value->type == VALUE_UNKNOWN))
		return as_written(run, expr);
	if (value->type == VALUE_ERROR)
		run->at = expr_error_span(expr, value);
	return value;
}

/* Adds literal bytes to a secret's parts. */
static struct secret_part *add_part(struct arena *arena, struct secret_part *parts, size_t *count,
    size_t *capacity, struct secret_part part)
{
	if (part.text.len == 0 && !part.is_secret)
		return parts;
	parts = arena_grow(arena, parts, *count, capacity, sizeof(*parts));
	parts[(*count)++] = part;
	return parts;
}

/* The text of one piece as parts: literal bytes, or what a secret is made of. NULL, or an error. */
static const struct value *eval_piece(struct run *run, const struct template_piece *piece,
    struct secret_part **parts, size_t *count, size_t *capacity)
{
	struct secret_part part = {.text = piece->literal};
	const struct value *value;
	struct buf buf;

	if (piece->expr) {
		value = eval_expr(run, piece->expr);
		if (value->type == VALUE_ERROR)
			return value;
		if (is_unknown(run, value))
			return NULL;
		if (value->type == VALUE_SECRET) {
			for (size_t i = 0; i < value->secret.count; i++)
				*parts = add_part(
				    run->arena, *parts, count, capacity, value->secret.parts[i]);
			return NULL;
		}
		buf_init(&buf, BUF_UNBOUNDED);
		if (is_cut(value) || !show(run, value, &buf)) {
			buf_done(&buf);
			return no_text(run, value, expr_span(piece->expr), "a text");
		}
		part.text = arena_str(run->arena, buf_view(&buf));
		buf_done(&buf);
	}
	*parts = add_part(run->arena, *parts, count, capacity, part);
	return NULL;
}

static const struct value *eval_text(struct run *run, const struct template *template)
{
	struct secret_part *parts = NULL;
	size_t count = 0;
	size_t capacity = 0;
	bool secret = false;
	struct buf buf;
	struct str joined;

	for (size_t i = 0; i < template->text.count; i++) {
		const struct value *error = eval_piece(
		    run, &template->text.pieces[i], &parts, &count, &capacity);

		if (error)
			return error;
	}
	for (size_t i = 0; i < count; i++)
		secret = secret || parts[i].is_secret;
	if (secret)
		return value_secret(run->arena, parts, count);
	buf_init(&buf, BUF_UNBOUNDED);
	for (size_t i = 0; i < count; i++)
		buf_str(&buf, parts[i].text);
	joined = arena_str(run->arena, buf_view(&buf));
	buf_done(&buf);
	return value_string(run->arena, joined);
}

static void add_item(struct run *run, struct items *items, const struct value *value)
{
	items->values = arena_grow(run->arena, items->values, items->count, &items->capacity,
	    sizeof(const struct value *));
	items->values[items->count++] = value;
}

/* One argument: text, or a secret. Returns an error or NULL. */
static const struct value *add_argument(
    struct run *run, struct items *items, const struct value *value, struct span at)
{
	struct buf buf;

	if (is_unknown(run, value))
		return NULL;
	if (value->type == VALUE_SECRET || (value->type == VALUE_STRING && !value->string.clip)) {
		add_item(run, items, value);
		return NULL;
	}
	buf_init(&buf, BUF_UNBOUNDED);
	if (is_cut(value) || !value_show(value, &buf)) {
		buf_done(&buf);
		return no_text(run, value, at, "an argument");
	}
	add_item(run, items, value_string(run->arena, arena_str(run->arena, buf_view(&buf))));
	buf_done(&buf);
	return NULL;
}

static const struct value *splice(
    struct run *run, struct items *items, const struct value *value, struct span at)
{
	if (value->type != VALUE_LIST)
		return add_argument(run, items, value, at);
	for (size_t i = 0; i < value->list.count; i++) {
		const struct value *error = add_argument(run, items, value->list.items[i], at);

		if (error)
			return error;
	}
	return NULL;
}

static const struct value *eval_list(struct run *run, const struct template *template)
{
	struct items items = {0};

	for (size_t i = 0; i < template->list.count; i++) {
		const struct template *item = template->list.items[i];
		const struct value *value = eval(run, item);
		const struct value *error = NULL;

		if (value->type == VALUE_ERROR)
			return value;
		if (template->flags & TEMPLATE_SPLICE)
			error = splice(run, &items, value, item->span);
		else if (!is_unknown(run, value))
			add_item(run, &items, value);
		if (error)
			return error;
	}
	return value_list(run->arena, items.values, items.count);
}

static const struct value *eval_map(struct run *run, const struct template *template)
{
	struct map_builder builder;

	map_begin(&builder, run->arena);
	for (size_t i = 0; i < template->map.count; i++) {
		const struct template_entry *entry = &template->map.entries[i];
		const struct value *value = eval(run, entry->value);

		if (value->type == VALUE_ERROR)
			return value;
		if (!is_unknown(run, value))
			map_add_str(&builder, entry->name, value);
	}
	return map_end(&builder);
}

static const struct value *eval_kind(struct run *run, const struct template *template)
{
	switch (template->kind) {
	case TEMPLATE_EXPR:
		return eval_expr(run, template->expr);
	case TEMPLATE_TEXT:
		return eval_text(run, template);
	case TEMPLATE_LIST:
		return eval_list(run, template);
	case TEMPLATE_MAP:
		return eval_map(run, template);
	case TEMPLATE_CONSTANT:
		break;
	}
	assert(template->kind != TEMPLATE_CONSTANT); /* a constant has its value */
	return value_null();
}

/* A part of the template; unknowns are noted, and leave a hole in what is returned. */
static const struct value *eval(struct run *run, const struct template *template)
{
	const struct scope *scope = run->scope;
	const struct value *value;

	if (template->constant)
		return template->constant;
	if (template->home && scope->at_home)
		run->scope = scope->at_home(scope, run->arena, template->home);
	value = eval_kind(run, template);
	run->scope = scope;
	return value;
}

const struct value *template_eval_at(const struct template *template, const struct scope *scope,
    struct arena *arena, struct span *ret_at)
{
	struct run run = {.scope = scope, .arena = arena, .at = template->span};
	const struct value *value = eval(&run, template);

	if (value->type == VALUE_ERROR) {
		if (ret_at)
			*ret_at = run.at;
		return value;
	}
	is_unknown(&run, value);
	return run.unknown ? run.unknown : value;
}

static const struct value *eval_known(struct run *run, const struct template *template)
{
	const struct value *value = eval(run, template);
	struct buf text;

	if (value->type != VALUE_ERROR)
		return value;
	/* a value of the wrong kind for its place: the whole as the author wrote it */
	buf_init(&text, BUF_UNBOUNDED);
	template_show(template, &text);
	value = value_string(run->arena, arena_str(run->arena, buf_view(&text)));
	buf_done(&text);
	return value;
}

const struct value *template_eval_known(
    const struct template *template, const struct scope *scope, struct arena *arena)
{
	struct run run = {.scope = scope, .arena = arena, .at = template->span, .as_known = true};

	return eval_known(&run, template);
}

struct str template_text(
    const struct template *template, const struct scope *scope, struct arena *arena)
{
	struct run run = {.scope = scope,
	    .arena = arena,
	    .at = template->span,
	    .as_known = true,
	    .for_people = true};
	const struct value *value = eval_known(&run, template);
	struct buf text;
	struct str shown;

	buf_init(&text, BUF_UNBOUNDED);
	if (!show(&run, value, &text))
		template_show(template, &text);
	shown = arena_str(arena, str_trim(buf_view(&text)));
	buf_done(&text);
	return shown;
}

const struct value *template_eval(
    const struct template *template, const struct scope *scope, struct arena *arena)
{
	return template_eval_at(template, scope, arena, NULL);
}
