/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"
#include "value/type.h"
#include "value/value.h"

/*
 * Expressions: a subset of CEL (the Common Expression Language, github.com/google/cel-spec). An expression is parsed
 * once, checked once, evaluated many times; it lives in the arena of the load and keeps its positions.
 */
struct expr;

/*
 * Parses bytes start to end (exclusive) of the text, all of them. NULL after an error was reported with its position.
 */
struct expr *expr_parse(
    struct arena *arena, const struct text *text, size_t start, size_t end, struct diags *diags);

/*
 * Parses the expression at start up to its closing "}}", which is found by lexing: braces and quotes inside the
 * expression do not end it. *ret_end is the offset behind the "}}".
 */
struct expr *expr_parse_embedded(struct arena *arena, const struct text *text, size_t start,
    size_t *ret_end, struct diags *diags);

/* What names mean to the checker; NULL after an error was reported at span. */
struct type_scope {
	const struct type *(*find)(
	    const struct type_scope *scope, struct str name, struct span span, struct diags *diags);
	const void *self;
};

/*
 * Reports every mistake that can be known: unknown names and fields, operators and functions on wrong types, patterns
 * that do not compile, constant overflow. Returns the expression's type (dyn after an error).
 */
const struct type *expr_check(
    struct expr *expr, const struct type_scope *scope, struct arena *arena, struct diags *diags);

/* What names mean to the evaluator; NULL: no such name. */
struct scope {
	const struct value *(*get)(const struct scope *scope, struct arena *arena, struct str name);
	const void *self;
	/* The same names as they are meant where a part of a template is at home; NULL: they mean one thing alone. */
	const struct scope *(*at_home)(
	    const struct scope *scope, struct arena *arena, const void *home);
};

/*
 * Evaluates; the result lives in `arena`, or in what the scope's values live in. Never NULL: what goes wrong is a
 * VALUE_ERROR with the place in the expression's text, what is not known a VALUE_UNKNOWN with all it depends on.
 * && || and ?: absorb errors and unknowns as CEL does. Work is bounded: a runaway expression is an error.
 */
const struct value *expr_eval(
    const struct expr *expr, const struct scope *scope, struct arena *arena);

/*
 * A condition whose value is not known, for whoever looks at every way it can go: without what negates it, and a
 * comparison as its two sides, so that `a != b` and `a == b` are one.
 */
struct guess {
	const struct expr *expr;
	const struct ast *ast;
	char sign; /* '=', '<' or '>' of a comparison, else 0 */
	struct str a; /* as it was written */
	struct str b; /* the other side; empty without a sign */
	bool bound; /* it names an item of a macro around it */
	const struct value *value; /* the unknown itself; NULL: it is made of some */
};

struct guesser {
	bool (*guess)(const struct guesser *guesser, const struct guess *guess);
};

/*
 * The same where what is not known is guessed, as often as a condition is wanted: of && || ! ?: and macros, of what may
 * be absent, and with `wants_bool` of the whole. What is neither known nor a condition stays unknown, but an error
 * beside it counts. A macro over an unknown list looks at one unknown item.
 */
const struct value *expr_eval_guessing(const struct expr *expr, const struct scope *scope,
    const struct guesser *guesser, bool wants_bool, struct arena *arena);

/*
 * Whether what an expression gives stays data when shells read it as code, `times` one after another: it is quoted as
 * often with shell.quote(), or made of constants and of names that `tame` says hold nothing that is code to anybody.
 */
typedef bool expr_tame(void *self, const struct str *path, size_t count);
enum { QUOTED_NEVER = UINT32_MAX }; /* times: only what is tame */
bool expr_is_quoted(const struct expr *expr, uint32_t times, expr_tame *tame, void *self);

/* The names in a condition, as expr_visit_names() gives them. */
typedef void expr_visit(void *self, const struct str *path, size_t count, struct span span);
void guess_visit_names(const struct guess *guess, expr_visit *visit, void *self);

/* The text it was parsed from, without the space around it, and where that stands. */
struct str expr_text(const struct expr *expr);
struct span expr_span(const struct expr *expr);

/* The same on one line, for messages. */
struct str expr_line(const struct expr *expr, struct arena *arena);

/* The span of a VALUE_ERROR that this expression gave. */
struct span expr_error_span(const struct expr *expr, const struct value *error);

/* What it says, behind the part of the expression that is at fault: "a.b / 0: division by zero". */
struct str expr_error_text(const struct expr *expr, const struct value *error, struct arena *arena);

/*
 * Calls visit for each free name with the constant selections behind it, longest first: `steps.load.result.stdout`
 * gives {"steps", "load", "result", "stdout"}; names bound by macros are left out.
 */
void expr_visit_names(const struct expr *expr, expr_visit *visit, void *self);

#endif
