/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EXPR_CHECK_H
#define EXPR_EXPR_CHECK_H

#include "expr/expr.h"
#include "expr/expr_ast.h"
#include "expr/func.h"

/*
 * The state of one check, shared by its files. After an error a node is of type dyn, so that one mistake gives one
 * message.
 */
struct check {
	const struct expr *expr;
	const struct type_scope *scope;
	struct arena *arena;
	struct diags *diags;
	const struct type *slots[SLOTS_MAX]; /* of the names that macros bind */
	uint32_t in_option; /* inside of what .orValue() ends */
	uint32_t
	    conditional; /* inside of what may not be evaluated, or whose errors may not count */
};

struct span check_span(const struct check *check, const struct ast *ast);

const struct type *check_ast(struct check *check, struct ast *ast);

/* The same, and its type must go with the wanted one; who: "a choice". */
const struct type *check_wants(
    struct check *check, struct ast *ast, const struct type *wanted, const char *who);

/* Is it a secret? Then an error was reported. */
bool check_secret(struct check *check, const struct ast *ast, const struct type *type);

/* Names, fields and items. (expr_check_field.c) */
const struct type *check_name(struct check *check, const struct ast *ast);
const struct type *check_select(struct check *check, struct ast *ast); /* and has */
const struct type *check_index(struct check *check, struct ast *ast);

/* Functions and operators. (expr_check_call.c) */
const struct type *check_call(struct check *check, struct ast *ast);

/*
 * What is made of constants alone is evaluated now: its error is the author's mistake, reported as
 * "bad-constant"; its value makes the node a constant. Where the error may not count it is a warning.
 */
void check_fold(struct check *check, struct ast *ast);

#endif
