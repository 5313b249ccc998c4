/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_TEMPLATE_H
#define LANG_TEMPLATE_H

#include "base/arena.h"
#include "base/diag.h"
#include "lang/expr.h"
#include "lang/tree.h"
#include "lang/value.h"

/*
 * A template is a piece of YAML with `${{ expression }}` in its strings, ready to become a value. It lives in the
 * arena of the load. One that holds no expression is a constant.
 */
struct template;

enum template_flags {
	TEMPLATE_SPLICE = 1, /* a list inside a list is spliced in: an argv */
	TEMPLATE_RAW = 2,    /* scalars are text as written: [sleep, 30] is two strings */
	TEMPLATE_SECRETS = 4, /* `secrets` may be named */
};

/* Parses; NULL after errors were reported. */
struct template *template_parse(
    struct arena *arena, const struct node *node, unsigned flags, struct diags *diags);

/* A constant that did not come from YAML. */
struct template *template_constant(struct arena *arena, const struct value *value);

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

/* The type it will have, after every expression in it was checked. */
const struct type *template_check(const struct template *template, const struct type_scope *scope,
    struct arena *arena, struct diags *diags);

/*
 * Evaluates: a scalar that is one expression keeps that value's type; a string put together of several is a string,
 * or a VALUE_SECRET when a secret is in it; an unknown part makes it unknown, an error an error ("at" names where).
 */
const struct value *template_eval(
    const struct template *template, const struct scope *scope, struct arena *arena);

/* The value of a template without expressions, else NULL. */
const struct value *template_value(const struct template *template);

/* The template under a name of a template_map(), or of a YAML map, else NULL. */
const struct template *template_get(const struct template *template, struct str name);

struct span template_span(const struct template *template);

/* As the author wrote it, on one line: for plans and prompts. */
void template_show(const struct template *template, struct buf *out);

void template_visit_names(const struct template *template, expr_visit *visit, void *self);

#endif
