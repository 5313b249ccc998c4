/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_TEMPLATE_PARTS_H
#define EXPR_TEMPLATE_PARTS_H

#include "expr/template.h"

/* What the files template*.c share and nobody else sees. */

enum template_kind {
	TEMPLATE_CONSTANT, /* a scalar without expressions, or a value */
	TEMPLATE_EXPR, /* one expression and nothing else */
	TEMPLATE_TEXT, /* literal pieces and expressions */
	TEMPLATE_LIST,
	TEMPLATE_MAP
};

struct template
{
	enum template_kind kind;
	unsigned flags;
	struct span span;
	const struct value *constant; /* NULL when there is an expression in it */
	struct str written; /* of a scalar: its text, templates and all */
	const struct text *source; /* the same with its places; NULL: it came from no scalar */
	const void *home; /* whose names are meant; NULL: those of whoever evaluates it */
	union {
		struct expr *expr;
		struct {
			const struct template_piece *pieces;
			size_t count;
		} text;
		struct {
			struct template *const *items;
			size_t count;
		} list;
		struct {
			const struct template_entry *entries;
			size_t count;
		} map;
	};
};

#endif
