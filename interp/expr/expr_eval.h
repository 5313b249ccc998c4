/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EXPR_EVAL_H
#define EXPR_EXPR_EVAL_H

#include "expr/expr.h"
#include "expr/expr_ast.h"

/*
 * The state of one evaluation, shared by its files. `left` is the work it may still do: one for a node, more for what
 * grows with its data, so macros within macros end. Once that or the memory is used up every node gives the same error.
 */
struct eval {
	const struct expr *expr;
	const struct scope *scope; /* NULL: nothing has a name */
	const struct guesser *guesser; /* NULL: what is unknown stays so */
	struct arena *arena;
	int64_t left;
	size_t memory_end; /* the arena must not grow beyond */
	const struct value *exhausted;
	const struct value *absent; /* why the last absent value was absent */
	struct str last_pattern; /* of the last pattern that was no literal */
	struct regex *last_regex;
	const struct value *slots[SLOTS_MAX]; /* the last member */
};

enum { WORK_MAX = 10000000, WORK_FOLD = 100000 };

/* Bytes of work that count as one node. */
enum { WORK_BYTES = 8 };

/* What an item costs that is put into its place among others. */
enum { WORK_SORT = 16 };

/* Of one evaluation, and of one value written out. */
enum { MEMORY_MAX = 256 << 20 };

/* expr_eval() with a bound of its own; *ret_exhausted: the work was used up. */
const struct value *eval_bounded(const struct expr *expr, const struct scope *scope,
    struct arena *arena, int64_t work, bool *ret_exhausted);

/* Never NULL. */
const struct value *eval_ast(struct eval *eval, const struct ast *ast);

/* NULL when there is no value, with eval->absent set; only for what may_lack. (expr_option.c) */
const struct value *eval_maybe(struct eval *eval, const struct ast *ast);

/* The same where a condition is wanted: guessed when it is unknown and somebody guesses. (expr_guess.c) */
const struct value *eval_condition(struct eval *eval, const struct ast *ast);

/* Whether what may be absent from an unknown value is there; true where nobody guesses. (expr_guess.c) */
bool eval_is_there(struct eval *eval, const struct ast *ast);

/* What stops an evaluation, of the first unknown and the first error it met; either may be NULL. */
const struct value *eval_stop(
    struct eval *eval, const struct value *unknown, const struct value *error);

/* What is made of an unknown value: where somebody guesses, it is another one. (expr_guess.c) */
const struct value *eval_made_of(struct eval *eval, const struct value *unknown);

/* Whichever of the two fits the node. (expr_option.c) */
const struct value *eval_operand(struct eval *eval, const struct ast *ast);

/* .orValue() and its kin; optMap and optFlatMap. NULL as in eval_maybe(). (expr_option.c) */
const struct value *eval_option(struct eval *eval, const struct ast *ast);
const struct value *eval_opt_map(struct eval *eval, const struct ast *ast);

/* Selections and indexes; NULL as in eval_maybe(). (expr_select.c) */
const struct value *eval_select(struct eval *eval, const struct ast *ast);
const struct value *eval_index(struct eval *eval, const struct ast *ast);
const struct value *eval_has(struct eval *eval, const struct ast *ast);

const struct value *eval_call(struct eval *eval, const struct ast *ast, bool *absent);
const struct value *eval_macro(struct eval *eval, const struct ast *ast);

/* A choice; branch evaluates what was chosen. */
const struct value *eval_if(struct eval *eval, const struct ast *ast,
    const struct value *(*branch)(struct eval *eval, const struct ast *ast));

/* False when the work, or the memory, is used up. */
bool eval_spend(struct eval *eval, const struct ast *ast, size_t work);

/* An error at a node. */
const struct value *eval_error(struct eval *eval, const struct ast *ast, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A scalar for a message: on one line, cut when it is long, a text in quotes. */
struct str eval_shown(struct eval *eval, const struct value *value);

/* An error that came from outside is put where it was asked for; anything else is as it was. */
const struct value *eval_place(struct eval *eval, const struct ast *ast, const struct value *value);

/* Unknown or an error: then so is whatever is selected from it. */
bool eval_is_opaque(const struct value *value);

/* The unknowns of both, each of which may be NULL. */
const struct value *eval_merge(struct eval *eval, const struct value *a, const struct value *b);

/* What is unknown anywhere in a value; NULL when nothing is. */
const struct value *eval_unknowns(struct eval *eval, const struct value *value);

/*
 * A value that is looked at: an error when it is secret, was cut or is one itself, else NULL; deep: in its parts too.
 */
const struct value *eval_sealed(
    struct eval *eval, const struct ast *ast, const struct value *value, bool deep);

#endif
