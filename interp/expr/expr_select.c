/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_eval.h"
#include "expr/func.h"

/* Fields and items: what a value has, and what is missing. */

static const struct value *stream_field(
    struct eval *eval, const struct value *stream, struct str field)
{
	const struct clip *clip = stream->string.clip;
	bool whole = !clip || clip->whole;

	if (str_is(field, "size"))
		return value_int(
		    eval->arena, whole ? (int64_t)stream->string.text.len : clip->size);
	if (str_is(field, "head"))
		return value_string(eval->arena, whole ? stream->string.text : clip->head);
	if (str_is(field, "tail"))
		return value_string(eval->arena, whole ? stream->string.text : clip->tail);
	return NULL;
}

/* An error at the field's name, or at the index that stands for it. */
static const struct value *field_error(
    struct eval *eval, const struct ast *ast, const char *what, const char *who, struct str field)
{
	uint32_t start = ast->select.start;
	uint32_t end = ast->kind == AST_HAS ? start + (uint32_t)ast->select.field.len : ast->end;

	if (ast->kind == AST_INDEX) {
		start = ast->index.key->start;
		end = ast->index.key->end;
	}
	return value_error(
	    eval->arena, start, end, "%s has no %s \"%.*s\"", who, what, STR_ARG(field));
}

/* A map's or an object's own; NULL with *ret_why when it is not there. */
static const struct value *own_field(struct eval *eval, const struct ast *ast,
    const struct value *of, struct str field, const struct value **ret_why)
{
	const struct value *value;

	if (of->type == VALUE_MAP) {
		eval->left -= (int64_t)(of->map.count / WORK_BYTES);
		value = value_get_str(of, field);
	} else {
		value = of->object.class->get(eval->arena, of, field);
	}
	if (!value)
		*ret_why = field_error(eval, ast, of->type == VALUE_MAP ? "key" : "field",
		    of->type == VALUE_MAP ? "the map" : takes_name(of), field);
	else if (of->type == VALUE_OBJECT && value->type == VALUE_ERROR)
		*ret_why = eval_place(eval, ast, value);
	else
		return eval_place(eval, ast, value);
	return NULL;
}

/*
 * A field of a value that is neither unknown nor an error. NULL when it is not there, with *ret_why set to the error
 * that says so; a value that has no fields at all is an error.
 */
static const struct value *get_field(struct eval *eval, const struct ast *ast,
    const struct value *of, struct str field, const struct value **ret_why)
{
	const struct value *value;

	if (of->type == VALUE_MAP || of->type == VALUE_OBJECT)
		return own_field(eval, ast, of, field, ret_why);
	if (of->type == VALUE_STRING && (value = stream_field(eval, of, field)))
		return value;
	if (of->type == VALUE_SECRET)
		return eval_sealed(eval, ast, of, false);
	if (of->type == VALUE_NULL && ast->optional) {
		*ret_why = field_error(eval, ast, "field", "null", field);
		return NULL;
	}
	return field_error(eval, ast, "field", takes_name(of), field);
}

const struct value *eval_has(struct eval *eval, const struct ast *ast)
{
	const struct value *of = eval_operand(eval, ast->select.of);
	const struct value *why;
	const struct value *value;

	if (!of)
		return value_bool(false);
	if (eval_is_opaque(of))
		return of;
	value = get_field(eval, ast, of, ast->select.field, &why);
	if (value && value->type == VALUE_ERROR && of->type != VALUE_MAP)
		return value;
	return value_bool(value != NULL);
}

/* A list's index may be a double without a fraction, as a map's key may. */
static bool index_of(const struct value *key, int64_t *ret_index)
{
	if (key->type == VALUE_INT) {
		*ret_index = key->integer;
		return true;
	}
	if (key->type != VALUE_DOUBLE || !(key->real >= -9e15 && key->real <= 9e15) ||
	    key->real != (double)(int64_t)key->real)
		return false;
	*ret_index = (int64_t)key->real;
	return true;
}

static const struct value *list_item(struct eval *eval, const struct ast *ast,
    const struct value *of, const struct value *key, const struct value **ret_why)
{
	int64_t index;

	if (!index_of(key, &index))
		return eval_error(
		    eval, ast->index.key, "a list's index is an int, not %s", takes_name(key));
	if (index >= 0 && (uint64_t)index < of->list.count)
		return eval_place(eval, ast, of->list.items[index]);
	*ret_why = eval_error(eval, ast->index.key,
	    "the index %lld is outside of the list of size %zu", (long long)index, of->list.count);
	return NULL;
}

static const struct value *map_item(struct eval *eval, const struct ast *ast,
    const struct value *of, const struct value *key, const struct value **ret_why)
{
	const struct value *value;

	if (!(takes_value(key) & (TAKES_STRING | TAKES_BOOL | TAKES_NUMBER)))
		return eval_error(eval, ast->index.key,
		    "a map's key is a string, int or bool, not %s", takes_name(key));
	eval->left -= (int64_t)(of->map.count / WORK_BYTES);
	value = value_find(of, key);
	if (value)
		return eval_place(eval, ast, value);
	*ret_why = eval_error(
	    eval, ast->index.key, "the map has no key %.*s", STR_ARG(eval_shown(eval, key)));
	return NULL;
}

static const struct value *get_item(struct eval *eval, const struct ast *ast,
    const struct value *of, const struct value *key, const struct value **ret_why)
{
	const struct value *sealed = eval_sealed(eval, ast->index.of, of, false);

	if (!sealed)
		sealed = eval_sealed(eval, ast->index.key, key, false);
	if (sealed)
		return sealed;
	if (of->type == VALUE_LIST)
		return list_item(eval, ast, of, key, ret_why);
	if (of->type == VALUE_MAP)
		return map_item(eval, ast, of, key, ret_why);
	if (of->type == VALUE_OBJECT && key->type == VALUE_STRING)
		return get_field(eval, ast, of, key->string.text, ret_why);
	if (of->type == VALUE_NULL && ast->optional) {
		*ret_why = eval_error(eval, ast, "null has no items");
		return NULL;
	}
	return eval_error(eval, ast, "%s has no items", takes_name(of));
}

/* Behind an optional selection every further one is optional too. */
static const struct value *lacking(
    struct eval *eval, const struct ast *ast, const struct value *why)
{
	if (!ast->may_lack)
		return why;
	eval->absent = why;
	return NULL;
}

const struct value *eval_select(struct eval *eval, const struct ast *ast)
{
	const struct value *of = eval_operand(eval, ast->select.of);
	const struct value *why = NULL;
	const struct value *value;

	if (!of)
		return NULL;
	if (of->type == VALUE_UNKNOWN && !eval_is_there(eval, ast))
		return lacking(eval, ast, eval_error(eval, ast, "there is no value"));
	if (eval_is_opaque(of))
		return of->type == VALUE_UNKNOWN ? eval_made_of(eval, of) : of;
	value = get_field(eval, ast, of, ast->select.field, &why);
	return value ? value : lacking(eval, ast, why);
}

const struct value *eval_index(struct eval *eval, const struct ast *ast)
{
	const struct value *of = eval_operand(eval, ast->index.of);
	const struct value *key = of ? eval_ast(eval, ast->index.key) : NULL;
	const struct value *why = NULL;
	const struct value *value;

	if (!of)
		return NULL;
	if (eval_is_opaque(of) || eval_is_opaque(key)) {
		const struct value *unknown = eval_merge(eval,
		    of->type == VALUE_UNKNOWN ? of : NULL, key->type == VALUE_UNKNOWN ? key : NULL);
		const struct value *error = of->type == VALUE_ERROR ? of
		    : key->type == VALUE_ERROR                      ? key
								    : NULL;

		if (!error && !eval_is_there(eval, ast))
			return lacking(eval, ast, eval_error(eval, ast, "there is no value"));
		return eval_stop(eval, unknown, error);
	}
	value = get_item(eval, ast, of, key, &why);
	return value ? value : lacking(eval, ast, why);
}
