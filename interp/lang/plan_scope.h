/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_PLAN_SCOPE_H
#define LANG_PLAN_SCOPE_H

#include "expr/expr.h"
#include "lang/plan.h"

/*
 * What is known of a runbook's names before it runs: its parameters, its objectives, and that secrets are secrets. It
 * must stay where it is, and what it is made of must outlive it.
 */
struct plan_scope {
	struct scope scope;
	const struct plan *plan;
	const struct value
	    *own; /* of the runbook itself: a map; a parameter that is not in it is not known */
	const struct runbook *runbook; /* whose names are meant, */
	const struct value *params; /* and its parameters */
};

void plan_scope_init(struct plan_scope *scope, const struct plan *plan, const struct value *params);

/*
 * From here on names mean what they mean in the file that a step stands in; parameters of what is used are not known
 * yet.
 */
void plan_scope_enter(struct plan_scope *scope, const struct plan_node *node);

/* Where an action of a node runs, as far as it is known; NULL: here. Names mean what they do at the node afterwards. */
const struct value *plan_scope_target(struct plan_scope *scope, const struct plan_node *node,
    const struct action *action, struct arena *arena);

/* An action as it is known there, as action_show() has it. */
void plan_scope_action(const struct plan_scope *scope, const struct action *action,
    struct arena *arena, struct buf *out);

#endif
