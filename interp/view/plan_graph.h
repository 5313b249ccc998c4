/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_GRAPH_H
#define VIEW_PLAN_GRAPH_H

#include "base/buf.h"
#include "lang/plan.h"

/*
 * A plan as a drawing, in the language of a program that draws: Graphviz, or Mermaid. Blocks are frames with their
 * steps inside, and an edge to or from a block ends at its frame. What destroys and what asks is told by words and by
 * shapes; steps of `finally` and `rollback` stand apart.
 */
enum graph_form { GRAPH_DOT, GRAPH_MERMAID };

void plan_graph(
    const struct plan *plan, const struct value *params, enum graph_form form, struct buf *out);

#endif
