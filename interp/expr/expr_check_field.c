/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_check.h"

const struct type *check_name(struct check *check, const struct ast *ast)
{
	const struct type *type;
	struct diags unused;

	if (ast_is_type_name(ast->name.text)) {
		/* the scope may know the name too; what it says otherwise is no mistake */
		diags_init(&unused);
		type = check->scope->find(
		    check->scope, ast->name.text, check_span(check, ast), &unused);
		diags_done(&unused);
		return type ? type : &type_type;
	}
	type = check->scope->find(
	    check->scope, ast->name.text, check_span(check, ast), check->diags);
	return type ? type : &type_dyn;
}

static const struct field stream_fields[] = {
    {"head", &type_string, "the first bytes"},
    {"tail", &type_string, "the last bytes"},
    {"size", &type_int, "its size in bytes, kept or not"},
    {0},
};

/* `lines.size`: what it was meant for is a method. */
static const struct type *no_field(struct check *check, const struct type *type,
    const struct field *fields, struct str name, struct span span)
{
	struct diag *diag = diag_error(check->diags, "unknown-field", span,
	    "%s has no field \"%.*s\"", type_noun(type), STR_ARG(name));
	struct spell spell;
	uint32_t count;

	spell_init(&spell, name);
	for (const struct field *field = fields; field && field->name; field++)
		spell_try(&spell, str_from(field->name));
	if (spell_best(&spell).len)
		diag_help(
		    check->diags, diag, "did you mean \"%.*s\"?", STR_ARG(spell_best(&spell)));
	else if (function_find(name, STYLE_METHOD, &count))
		diag_help(check->diags, diag, "write .%.*s(…)", STR_ARG(name));
	else if (type->kind == TYPE_STRING || type->kind == TYPE_STREAM)
		diag_help(check->diags, diag,
		    "it is a text itself; one that holds JSON is read with json.decode(text).%.*s",
		    STR_ARG(name));
	else if (type->kind == TYPE_LIST)
		diag_help(check->diags, diag, "its items may: x[0].%.*s, x.map(i, i.%.*s)",
		    STR_ARG(name), STR_ARG(name));
	return &type_dyn;
}

static const struct type *find_field(struct check *check, const struct type *type,
    const struct field *fields, struct str name, struct span span)
{
	for (const struct field *field = fields; field && field->name; field++)
		if (str_is(name, field->name))
			return field->type;
	if (type->find) {
		const struct type *found = type->find(type, name, span, check->diags);

		return found ? found : &type_dyn;
	}
	return no_field(check, type, fields, name, span);
}

/* The type of a field by name, for selections and for indexes that are literals. */
static const struct type *field_type(
    struct check *check, const struct type *type, struct str name, struct span span)
{
	switch (type->kind) {
	case TYPE_DYN:
		return &type_dyn;
	case TYPE_MAP:
		return type->of ? type->of : &type_dyn;
	case TYPE_STREAM:
		return find_field(check, type, stream_fields, name, span);
	case TYPE_OBJECT:
		return find_field(check, type, type->fields, name, span);
	default:
		return no_field(check, type, NULL, name, span);
	}
}

const struct type *check_select(struct check *check, struct ast *ast)
{
	const struct type *of = check_ast(check, ast->select.of);
	uint32_t start = ast->select.start;
	uint32_t end = ast->kind == AST_HAS ? start + (uint32_t)ast->select.field.len : ast->end;

	if (check_secret(check, ast->select.of, of))
		return &type_dyn;
	return field_type(check, of, ast->select.field, text_span(&check->expr->text, start, end));
}

static bool is_negative(const struct ast *ast)
{
	return ast->kind == AST_CONST && ast->constant->type == VALUE_INT &&
	    ast->constant->integer < 0;
}

const struct type *check_index(struct check *check, struct ast *ast)
{
	uint32_t in_option = check->in_option;
	const struct type *of = check_ast(check, ast->index.of);
	const struct type *key;

	check->in_option = 0;
	key = check_ast(check, ast->index.key);
	check->in_option = in_option;
	if (check_secret(check, ast->index.of, of) || check_secret(check, ast->index.key, key))
		return &type_dyn;
	if (of->kind == TYPE_OBJECT) {
		if (ast->index.key->kind == AST_CONST &&
		    ast->index.key->constant->type == VALUE_STRING)
			return field_type(check, of, ast->index.key->constant->string.text,
			    check_span(check, ast->index.key));
		return &type_dyn;
	}
	if (of->kind == TYPE_LIST && !(takes_type(key) & TAKES_INT))
		diag_error(check->diags, "type-mismatch", check_span(check, ast->index.key),
		    "a list's index is an int, not %s", type_noun(key));
	else if (of->kind == TYPE_LIST && is_negative(ast->index.key))
		diag_help(check->diags,
		    diag_error(check->diags, "bad-constant", check_span(check, ast->index.key),
			"a list's index counts from 0"),
		    "the last item is x.last(), the one before x[x.size() - 2]");
	else if (of->kind == TYPE_MAP &&
	    !(takes_type(key) & (TAKES_STRING | TAKES_BOOL | TAKES_NUMBER)))
		diag_help(check->diags,
		    diag_error(check->diags, "type-mismatch", check_span(check, ast->index.key),
			"a map's key is a string, int or bool, not %s", type_noun(key)),
		    "make a text of it with string(…)");
	else if (!(takes_type(of) & (TAKES_LIST | TAKES_MAP)))
		diag_error(check->diags, "type-mismatch", check_span(check, ast->index.of),
		    "%s has no items", type_noun(of));
	return (of->kind == TYPE_LIST || of->kind == TYPE_MAP) && of->of ? of->of : &type_dyn;
}
