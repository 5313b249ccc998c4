/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell.h"

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

static void add_value(
    struct gathering *gathering, const struct value *value, const struct template *template)
{
	struct word word = {.template = template, .span = template_span(template)};
	struct buf text;

	for (size_t i = 0; value->type == VALUE_LIST && i < value->list.count; i++)
		add_value(gathering, value->list.items[i], template);
	if (value->type == VALUE_LIST)
		return;
	buf_init(&text, BUF_UNBOUNDED);
	word.known = value_show(value, &text);
	word.text = arena_str(gathering->arena, buf_view(&text));
	buf_done(&text);
	add_word(gathering, &word);
}

/* An item of an argv: what is constant of it; with a default in the place of a parameter at its beginning. */
static void add_item(struct gathering *gathering, const struct template *item)
{
	const struct param_decl *param = template_param(gathering->book, item);
	struct word word = {.template = item, .span = template_span(item), .expands = true};
	struct template_piece piece;
	struct buf text;

	if (template_value(item)) {
		add_value(gathering, template_value(item), item);
		return;
	}
	if (param && param->preset && (gathering->count == 0 || param->kind == PARAM_LIST)) {
		add_value(gathering, param->preset, item);
		return;
	}
	if (template_item(item, 0)) {
		for (size_t i = 0; template_item(item, i); i++)
			add_item(gathering, template_item(item, i));
		return;
	}
	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; template_piece(item, i, &piece); i++)
		if (!piece.expr)
			buf_str(&text, piece.literal);
	word.text = arena_str(gathering->arena, buf_view(&text));
	buf_done(&text);
	add_word(gathering, &word);
}

void shell_argv(struct arena *arena, struct shell *shell, const struct runbook *book,
    const struct template *argv, const struct shell_joint *joint)
{
	struct gathering gathering = {.arena = arena, .book = book};

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
