/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINT_WORLDS_H
#define LINT_WORLDS_H

#include "lang/plan.h"

/*
 * Whether a condition of a step can never be true, however the steps that it names end: it is evaluated in every world
 * in which each of them succeeded, was skipped or failed, as far as that is possible, and everything else is unknown.
 */
bool worlds_never(struct arena *arena, const struct plan *plan, const struct plan_node *node,
    const struct expr *expr);

#endif
