/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_PARTS_H
#define VIEW_PLAN_PARTS_H

#include "base/buf.h"
#include "lang/plan.h"
#include "lang/plan_scope.h"

/* What the files plan_*.c share and nobody else sees: a page, and the ways to write on it. */
struct page {
	const struct plan *plan;
	struct plan_scope scope;
	struct arena *arena;
	struct buf *out;
	bool color;
};

enum { PAGE_COLUMNS = 110 };

void page_painted(struct page *page, const char *sequence, const char *text);

/* A text of one or more lines, wrapped at PAGE_COLUMNS; its second line begins at column `indent`. */
void page_wrapped(struct page *page, size_t indent, size_t at, struct str text);

/* An action as it is known now; its second line begins at column `indent`. */
void page_action(struct page *page, const struct action *action, size_t indent);

/* The text of a template as it is known now, wrapped. */
void page_template(struct page *page, const struct template *template, size_t indent, size_t at);

/* The title, symptoms, objectives, parameters and secrets: what a person needs to know before the steps. */
void page_head(struct page *page);

/* Whether a step has an action, and one of this class. */
bool plan_does(const struct plan_node *node, enum effect_class class);

/* Whether a check runs a process, which is believed to read; nothing but its author says so. */
bool plan_claims(const struct check *check);

#endif
