/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_PLACES_H
#define VIEW_PLAN_PLACES_H

#include "lang/plan_scope.h"

/* Where a plan's processes run, for people. */

/* "at db: deploy@db1:2222, as root": an action of a node; empty: here. */
struct str plan_place(struct plan_scope *scope, const struct plan_node *node,
    const struct action *action, struct arena *arena);

/* "db: deploy@db1:2222, as root": all places but this one, each once. */
const struct str *plan_places(
    struct plan_scope *scope, const struct plan *plan, struct arena *arena, size_t *ret_count);

#endif
