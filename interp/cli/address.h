/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include "base/arena.h"
#include "base/buf.h"
#include "lang/plan.h"

/*
 * How people name a step, in --approve, in --answer and at a question: by its id, `drop`; where that says too little,
 * by the end of its path, `restore/drop`. A step of a loop is all of its items; one is named by its number, `w[1]`,
 * `node[1]/disk`. Rounds of a retried block are never told apart.
 */

/* The address of one instance and of no other: what a person types. In the arena. */
struct str address_of(
    struct arena *arena, const struct plan *plan, struct str node, struct str step);

/* What an option says of a step: STEP=VALUE or STEP.FIELD=VALUE. Slices of the text. */
struct address_said {
	struct str address;
	struct str field; /* its ptr is NULL: of the step itself */
	struct str value;
};

/* False when it is neither. */
bool address_said(struct str text, struct address_said *ret_said);

/* Whether it means that instance. */
bool address_means(struct str address, struct str node);

/* The first step behind number `after` that it means, whatever the items; NULL: none. */
const struct plan_node *address_next(const struct plan *plan, struct str address, uint32_t after);

/* Appends the path of a step, "restore/drop". */
void address_path(struct buf *out, const struct plan *plan, const struct plan_node *node);

/*
 * Whether it means a step at all, and the items that it names may be there; if not, appends a sentence with a way out.
 * Of the steps it means, `wanted` says which are looked for; the nearest of those is suggested. params: of the run.
 */
bool address_check(const struct plan *plan, const struct value *params, struct str address,
    bool (*wanted)(const struct plan_node *node), struct buf *trouble);

#endif
