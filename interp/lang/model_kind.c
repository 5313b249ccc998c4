/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/bind.h"
#include "lang/model_parts.h"

/* In the order of enum param_kind; the last ones are what only actions take. */
static const char *const type_words[] = {
    "string", "int", "float", "bool", "duration", "size", "path", "list", "map", NULL};

const struct shape shape_type = {.name = "type", .words = type_words};

const struct type *const kind_types[] = {
    [PARAM_STRING] = &type_string,
    [PARAM_INT] = &type_int,
    [PARAM_FLOAT] = &type_double,
    [PARAM_BOOL] = &type_bool,
    [PARAM_DURATION] = &type_duration,
    [PARAM_SIZE] = &type_int,
    [PARAM_PATH] = &type_string,
    [PARAM_LIST] = &type_list,
    [PARAM_MAP] = &type_map,
    [PARAM_ANY] = &type_dyn,
    [PARAM_CONNECTION] = &type_map,
    [PARAM_CONTACTS] = &type_list,
};

const char *param_kind_name(enum param_kind kind)
{
	return kind <= PARAM_MAP ? type_words[kind] : NULL;
}

void kind_wrong(
    struct reader *reader, struct str name, enum param_kind kind, const struct node *node)
{
	struct diag *diag;

	if (kind == PARAM_DURATION && lacks_unit(reader, node))
		return;
	diag = diag_error(reader->diags, "wrong-type", node->span, "`%.*s` wants %s, not %.*s",
	    STR_ARG(name), param_kind_noun(kind), STR_ARG(node_noun(reader->arena, node)));
	if (kind == PARAM_BOOL)
		suggest_bool(reader->diags, diag, node);
}

const struct value *kind_from_scalar(
    struct arena *arena, enum param_kind kind, const struct node *node)
{
	int64_t integer;
	double real;
	bool boolean;

	switch (kind) {
	case PARAM_INT:
		return node_int(node, &integer) ? value_int(arena, integer) : NULL;
	case PARAM_FLOAT:
		if (node_int(node, &integer))
			return value_double(arena, (double)integer);
		return node_float(node, &real) ? value_double(arena, real) : NULL;
	case PARAM_BOOL:
		return node_bool(node, &boolean) ? value_bool(boolean) : NULL;
	case PARAM_LIST:
	case PARAM_MAP:
	case PARAM_CONNECTION:
	case PARAM_CONTACTS:
		return NULL;
	case PARAM_STRING:
	case PARAM_PATH:
		if (node_is_null(node))
			return NULL;
		break;
	case PARAM_DURATION:
	case PARAM_SIZE:
		break;
	case PARAM_ANY:
		return NULL;
	}
	return bind_text(arena, kind, node->scalar.bytes);
}
