/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/template_parts.h"

struct check {
	const struct type_scope *scope;
	struct arena *arena;
	struct diags *diags;
};

static const struct type *check(struct check *self, const struct template *template);

/* What value_show() cannot show whatever the value is. */
static bool never_text(const struct type *type)
{
	return type->kind == TYPE_LIST || type->kind == TYPE_MAP || type->kind == TYPE_NULL ||
	    type->kind == TYPE_OBJECT || type->kind == TYPE_TYPE;
}

static void help_text(struct check *self, struct diag *diag, const struct type *type)
{
	if (type_to_text(type))
		diag_help(self->diags, diag, "%s", type_to_text(type));
}

static const struct type *check_text(struct check *self, const struct template *template)
{
	bool secret = false;

	for (size_t i = 0; i < template->text.count; i++) {
		struct expr *expr = template->text.pieces[i].expr;
		const struct type *type;

		if (!expr)
			continue;
		type = expr_check(expr, self->scope, self->arena, self->diags);
		secret = secret || type->kind == TYPE_SECRET;
		if (never_text(type))
			help_text(self,
			    diag_error(self->diags, "wrong-type", expr_span(expr),
				"a value of type %s cannot stand inside a text", type_noun(type)),
			    type);
	}
	return secret ? &type_secret : &type_string;
}

/* One argument, or a list of them. */
static void check_argument(struct check *self, const struct template *item, const struct type *type)
{
	if (type->kind == TYPE_LIST && type->of)
		type = type->of;
	else if (type->kind == TYPE_LIST)
		return;
	if (never_text(type))
		help_text(self,
		    diag_error(self->diags, "wrong-type", item->span,
			"a value of type %s cannot be an argument", type_noun(type)),
		    type);
}

static const struct type *check_list(struct check *self, const struct template *template)
{
	const struct type *of = NULL;
	bool splice = template->flags & TEMPLATE_SPLICE;

	for (size_t i = 0; i < template->list.count; i++) {
		const struct template *item = template->list.items[i];
		const struct type *type = check(self, item);

		if (splice)
			check_argument(self, item, type);
		of = of ? type_common(of, type) : type;
	}
	return type_of_many(self->arena, TYPE_LIST, splice ? &type_string : of);
}

static const struct type *check_map(struct check *self, const struct template *template)
{
	const struct type *of = NULL;

	for (size_t i = 0; i < template->map.count; i++) {
		const struct type *type = check(self, template->map.entries[i].value);

		of = of ? type_common(of, type) : type;
	}
	return type_of_many(self->arena, TYPE_MAP, of);
}

static const struct type *check(struct check *self, const struct template *template)
{
	if (template->constant)
		return type_of_value(self->arena, template->constant);
	if (template->kind == TEMPLATE_EXPR)
		return expr_check(template->expr, self->scope, self->arena, self->diags);
	if (template->kind == TEMPLATE_TEXT)
		return check_text(self, template);
	return template->kind == TEMPLATE_LIST ? check_list(self, template)
					       : check_map(self, template);
}

const struct type *template_check(const struct template *template, const struct type_scope *scope,
    struct arena *arena, struct diags *diags)
{
	struct check self = {scope, arena, diags};

	return check(&self, template);
}
