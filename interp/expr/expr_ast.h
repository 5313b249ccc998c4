/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EXPR_AST_H
#define EXPR_EXPR_AST_H

#include "base/arena.h"
#include "base/source.h"
#include "value/value.h"

/*
 * The tree of an expression, shared by parser, checker and evaluator; nobody else sees it. It lives in the arena of
 * the load. A name that a macro binds is resolved to a slot by the parser.
 */
struct function;
struct regex;

enum ast_kind {
	AST_CONST,
	AST_NAME, /* of the scope */
	AST_BOUND, /* of a macro */
	AST_SELECT, /* a.f, a.?f */
	AST_HAS, /* has(a.f) */
	AST_INDEX, /* a[k], a[?k] */
	AST_CALL, /* functions and operators */
	AST_AND,
	AST_OR,
	AST_IF,
	AST_LIST,
	AST_MAP, /* items are key, value, key, value */
	AST_MACRO,
	AST_OPTION /* what ends an optional selection: .orValue(x) */
};

enum macro_kind {
	MACRO_ALL,
	MACRO_EXISTS,
	MACRO_EXISTS_ONE,
	MACRO_FILTER,
	MACRO_MAP,
	MACRO_SORT_BY,
	MACRO_OPT_MAP, /* these two over the one value that there may be */
	MACRO_OPT_FLAT_MAP
};

enum option_kind { OPTION_OR_VALUE, OPTION_OR, OPTION_HAS_VALUE, OPTION_VALUE };

/* Macros within macros, and nodes within nodes: both checker and evaluator recurse. */
enum { SLOTS_MAX = 32, DEPTH_MAX = 1000, NESTING_MAX = 200 };

struct ast {
	enum ast_kind kind;
	bool optional; /* .?f, [?k] */
	bool
	    may_lack; /* it can turn out to be absent instead of having a value: CEL's optional types */
	uint16_t depth;
	uint32_t start; /* offsets into the text */
	uint32_t end;
	union {
		const struct value *constant;
		struct {
			struct str text;
			uint32_t slot;
		} name;
		struct {
			struct ast *of;
			struct str field;
			uint32_t start; /* of the field */
		} select; /* and has */
		struct {
			struct ast *of;
			struct ast *key;
		} index;
		struct {
			const struct function *rows; /* all of the same name; NULL: there is none */
			struct str name;
			uint32_t name_start;
			uint32_t row_count;
			uint32_t count;
			bool method;
			struct ast **args; /* a method's receiver first */
			struct regex *regex; /* of a pattern that is a literal */
			struct str pattern_error; /* or why there is none */
		} call;
		struct {
			struct ast **items;
			uint32_t count;
		} list; /* and, or, list, map */
		struct {
			struct ast *test;
			struct ast *then;
			struct ast *other;
		} cond;
		struct {
			enum macro_kind kind;
			uint32_t slot;
			struct str name;
			struct ast *range;
			struct ast *filter; /* of a map of three arguments, else NULL */
			struct ast *body;
		} macro;
		struct {
			enum option_kind kind;
			struct ast *of;
			struct ast *other; /* of orValue and or */
		} option;
	};
};

/* Names that mean a type where the scope does not know them: "int", "null_type". (expr.c) */
bool ast_is_type_name(struct str name);

/* Child number i, in the order of the text; NULL past the last. (expr.c) */
struct ast *ast_child(const struct ast *ast, size_t i);

struct expr {
	struct text text;
	struct ast *root;
	uint32_t start;
	uint32_t end;
};

#endif
