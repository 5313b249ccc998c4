/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

/*
 * An argv as a command. What a parameter is by default stands in for it, so that ["${{ params.compose }}", restart, db]
 * is seen as docker compose.
 */
const struct param_decl *book_param(const struct runbook *book, struct str name)
{
	for (size_t i = 0; i < book->param_count; i++)
		if (str_eq(book->params[i].name, name))
			return &book->params[i];
	return NULL;
}

struct naming {
	struct str name;
	size_t names;
};

static void name_param(void *self, const struct str *path, size_t count, struct span span)
{
	struct naming *naming = self;

	(void)span;
	naming->names++;
	if (count == 2 && str_is(path[0], "params"))
		naming->name = path[1];
}

const struct param_decl *template_param(const struct runbook *book, const struct template *template)
{
	struct template_piece piece;
	struct naming naming = {0};
	struct str text;

	if (template_value(template) || !template_piece(template, 0, &piece) || !piece.expr ||
	    template_piece(template, 1, &piece))
		return NULL;
	template_piece(template, 0, &piece);
	expr_visit_names(piece.expr, name_param, &naming);
	text = expr_text(piece.expr);
	if (naming.names != 1 || !naming.name.len || text.len != naming.name.len + 7)
		return NULL;
	return book_param(book, naming.name);
}

struct gathering {
	struct arena *arena;
	struct shell *shell;
	const struct runbook *book;
	struct word *words;
	size_t count;
	size_t capacity;
};

static void add_word(struct gathering *gathering, const struct word *word)
{
	gathering->words = arena_grow(gathering->arena, gathering->words, gathering->count,
	    &gathering->capacity, sizeof(*gathering->words));
	gathering->words[gathering->count++] = *word;
}

/* `beside`: the expression that the value stands in for, or NULL. */
static void add_value(struct gathering *gathering, const struct value *value,
    const struct template *template, struct expr *beside)
{
	struct word word = {
	    .template = template, .span = template_span(template), .beside = beside};
	struct buf text;

	for (size_t i = 0; value->type == VALUE_LIST && i < value->list.count; i++)
		add_value(gathering, value->list.items[i], template, beside);
	if (value->type == VALUE_LIST)
		return;
	buf_init(&text, BUF_UNBOUNDED);
	word.known = value_show(value, &text);
	word.text = arena_str(gathering->arena, buf_view(&text));
	buf_done(&text);
	add_word(gathering, &word);
}

/* What is constant of a template, and marks for the rest; false where there are too many. */
static bool marked_text(
    struct arena *arena, struct shell *shell, const struct template *template, struct str *ret_text)
{
	struct template_piece piece;
	struct buf text;
	bool good = true;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; template_piece(template, i, &piece); i++)
		if (!piece.expr)
			buf_str(&text, piece.literal);
		else
			good &= mark_add(arena, shell, &text, MARK, piece.expr);
	*ret_text = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return good;
}

/* An item of an argv; with a default in the place of a parameter at its beginning, or of a list. */
static void add_item(struct gathering *gathering, const struct template *item)
{
	const struct param_decl *param = template_param(gathering->book, item);
	struct word word = {.template = item, .span = template_span(item), .expands = true};
	struct template_piece piece;

	if (template_value(item)) {
		add_value(gathering, template_value(item), item, NULL);
		return;
	}
	if (param && param->preset && (gathering->count == 0 || param->kind == PARAM_LIST)) {
		template_piece(item, 0, &piece);
		add_value(gathering, param->preset, item, piece.expr);
		return;
	}
	if (template_item(item, 0)) {
		for (size_t i = 0; template_item(item, i); i++)
			add_item(gathering, template_item(item, i));
		return;
	}
	word.lost = !marked_text(gathering->arena, gathering->shell, item, &word.text);
	add_word(gathering, &word);
}

void shell_text(struct arena *arena, struct shell *shell, const struct template *text, size_t outer)
{
	struct shell_place place = {.whole = template_span(text)};
	struct str marked;

	if (marked_text(arena, shell, text, &marked))
		shell_read(arena, shell, marked, &place, outer, true);
}

void shell_argv(struct arena *arena, struct shell *shell, const struct runbook *book,
    const struct template *argv, const struct shell_joint *joint)
{
	struct gathering gathering = {.arena = arena, .shell = shell, .book = book};

	for (size_t i = 0; template_item(argv, i); i++)
		add_item(&gathering, template_item(argv, i));
	if (!gathering.count)
		return;
	shell->commands = arena_grow(
	    arena, shell->commands, shell->count, &shell->capacity, sizeof(*shell->commands));
	shell->commands[shell->count++] = (struct command){
	    .words = gathering.words,
	    .count = gathering.count,
	    .span = template_span(argv),
	    .fed = joint->fed,
	    .before = joint->before,
	    .after = joint->after,
	    .outer = SIZE_MAX,
	};
	shell_unwrap(arena, shell, shell->count - 1);
}
