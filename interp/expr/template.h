/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_TEMPLATE_H
#define EXPR_TEMPLATE_H

#include "base/arena.h"
#include "base/diag.h"
#include "expr/expr.h"
#include "tree/tree.h"
#include "value/value.h"

/*
 * A template is a piece of YAML with `${{ expression }}` in its strings, ready to become a value. It lives in the
 * arena of the load, and points into the tree it was parsed from. One that holds no expression is a constant.
 *
 * A scalar that is one expression and nothing else keeps that value's type; in any other text the values are shown
 * as text. `$${{` stands for a literal `${{`. Keys of maps are taken as they are.
 */
struct template;

enum template_flags {
	/* An argv: a list inside a list is spliced in, and every item becomes text, or stays a secret. */
	TEMPLATE_SPLICE = 1,
	TEMPLATE_RAW = 2, /* scalars are text as written: [sleep, 30] is two strings */
	TEMPLATE_SECRETS = 4, /* `secrets` may be named */
};

/*
 * Parses. Reports an expression that is none, `secrets` where they may not stand ("secret-here"), a plain int past 64
 * bits; NULL when nothing is left then, else what is left is good for finding more mistakes, not for evaluating.
 */
struct template *template_parse(
    struct arena *arena, const struct node *node, unsigned flags, struct diags *diags);

/* A constant that did not come from YAML. */
struct template *template_constant(struct arena *arena, const struct value *value);

/* A scalar that was read as this value: a constant that knows its place. */
struct template *template_scalar(
    struct arena *arena, const struct node *node, const struct value *value);

/* A map of templates: what an action's arguments are put together from. Names are not copied. */
struct template_entry {
	struct str name;
	struct template *value;
};
struct template *template_map(
    struct arena *arena, const struct template_entry *entries, size_t count, struct span span);

/* A list of templates, none of which is spliced: the stages of a pipe. */
struct template *template_list(
    struct arena *arena, struct template *const *items, size_t count, struct span span);

/* The same template; its names mean what they do where it is at home, wherever it is put (scope.at_home). */
struct template *template_home(
    struct arena *arena, const struct template *template, const void *home);

/*
 * The type it will have, after every expression in it was checked, and that what stands inside a text can be shown
 * as text.
 */
const struct type *template_check(const struct template *template, const struct type_scope *scope,
    struct arena *arena, struct diags *diags);

/*
 * Evaluates: a scalar that is one expression keeps that value's type; a string put together of several is a string,
 * or a VALUE_SECRET when a secret is in it. The first part that is an error makes the whole an error; else one that
 * is unknown makes it unknown, with all that any part depends on.
 */
const struct value *template_eval(
    const struct template *template, const struct scope *scope, struct arena *arena);

/* The same; when the result is an error, *ret_at is the place in the source that went wrong. */
const struct value *template_eval_at(const struct template *template, const struct scope *scope,
    struct arena *arena, struct span *ret_at);

/*
 * The same for people, of what is known so far: an expression that is an error, or unknown, stands as it was written,
 * `${{ … }}`. Never an error, never unknown.
 */
const struct value *template_eval_known(
    const struct template *template, const struct scope *scope, struct arena *arena);

/*
 * A text that people read, a prompt or a message, of what is known so far: durations as "3h12m", times as
 * "2026-01-31 03:04:05 UTC".
 */
struct str template_text(
    const struct template *template, const struct scope *scope, struct arena *arena);

/* The value of a template without expressions, else NULL. */
const struct value *template_value(const struct template *template);

/* The template under a name of a template_map(), or of a YAML map, else NULL. */
const struct template *template_get(const struct template *template, struct str name);

struct span template_span(const struct template *template);

/*
 * What it is made of, for those who look into it without evaluating it: item number i of a list, or the value of entry
 * number i of a map; NULL past the last.
 */
const struct template *template_item(const struct template *template, size_t i);

/* A piece of a scalar: an expression, or literal bytes. */
struct template_piece {
	struct expr *expr; /* NULL: literal */
	struct str literal;
};

/* Piece number i of a scalar, a constant text being one; false past the last. */
bool template_piece(const struct template *template, size_t i, struct template_piece *ret_piece);

/* A scalar's text as it was written, with the places of its bytes; NULL when it came from none. */
const struct text *template_source(const struct template *template);

/*
 * As the author wrote it, on one line: for plans and prompts. A text as it is, its line breaks as \n; an argv as a
 * shell would want it; other lists as [a, b], maps as {k: v}.
 */
void template_show(const struct template *template, struct buf *out);

/* All expressions, in the order of the document. */
typedef void template_visit(void *self, struct expr *expr);
void template_visit_exprs(const struct template *template, template_visit *visit, void *self);

/* All names in all expressions, in the order of the document. */
void template_visit_names(const struct template *template, expr_visit *visit, void *self);

#endif
