/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_PARTS_H
#define VIEW_PLAN_PARTS_H

#include "base/buf.h"
#include "lang/plan.h"
#include "lang/plan_scope.h"
#include "sched/outlook.h"
#include "view/labels.h"

/* What the files plan_*.c share and nobody else sees: a page, and the ways to write on it. */
struct page {
	const struct plan *plan;
	struct labels *labels;
	struct plan_scope scope;
	struct arena *arena;
	const struct outlook *outlook; /* NULL: nothing is known */
	struct buf *out;
	bool color;
};

enum { PAGE_COLUMNS = 110 };

void page_painted(struct page *page, const char *sequence, const char *text);

/* A text, its lines kept and wrapped at PAGE_COLUMNS; all but its first begin at column `indent`. */
void page_wrapped(struct page *page, size_t indent, size_t at, struct str text);

/* An action as it is known now; its second line begins at column `indent`. */
void page_action(struct page *page, const struct action *action, size_t indent);

/* The text of a template as it is known now, wrapped. */
void page_template(struct page *page, const struct template *template, size_t indent, size_t at);

/* The title, symptoms, objectives, parameters and secrets: what a person needs to know before the steps. */
void page_head(struct page *page);

/* What a plan's head lists: what has an action that destroys or changes, what asks a person, what a person does. */
bool plan_destroys(const struct plan_node *node);
bool plan_changes(const struct plan_node *node);
bool plan_asks(const struct plan_node *node);
bool plan_is_by_hand(const struct plan_node *node);

/* Whether a check runs a process: that it reads its author says, and that it writes no file the kernel sees to. */
bool plan_claims(const struct check *check);

#endif
