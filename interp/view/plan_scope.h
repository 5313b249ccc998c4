/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_SCOPE_H
#define VIEW_PLAN_SCOPE_H

#include "expr/expr.h"
#include "lang/model.h"

/*
 * What is known of a runbook's names before it runs: its parameters, its objectives, and that secrets are secrets. It
 * must stay where it is, and what it is made of must outlive it.
 */
struct plan_scope {
	struct scope scope;
	const struct runbook *runbook;
	const struct value *params; /* a map; a parameter that is not in it is not known */
};

void plan_scope_init(
    struct plan_scope *scope, const struct runbook *runbook, const struct value *params);

#endif
