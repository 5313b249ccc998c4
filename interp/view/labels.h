/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_LABELS_H
#define VIEW_LABELS_H

#include "base/buf.h"
#include "lang/plan.h"

/*
 * What a step is called where people read it: by its id, where that tells enough. Of a loop's items the path tells
 * which, from the first loop on ("probe[3]", "node[1]/disk"); of steps that several uses of one template make, the path
 * from the nearest step around it that has its id for itself ("one/greet/say"). Points to the plan.
 */
struct labels;

struct labels *labels_new(const struct plan *plan);
void labels_free(struct labels *labels);

/* The label of an instance: the end of its path, which it points into. */
struct str labels_of(const struct labels *labels, struct str path);

/* The label of a step in the plan. */
void labels_put(const struct labels *labels, const struct plan_node *node, struct buf *out);

/* The columns of the longest label of a step in the plan. */
size_t labels_columns(const struct labels *labels);

#endif
