/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_PLAN_PARTS_H
#define LANG_PLAN_PARTS_H

#include "lang/plan.h"

/* What the files that build and check a plan share; nobody else includes this. */

struct planner {
	struct arena *arena;
	struct plan *plan;
	const struct vocabulary *vocabulary;
	struct diags *diags;
	bool cyclic;
	bool *needed; /* by node: some step already waits for it */
};

/* Siblings: the steps of one list. */
struct siblings {
	const uint32_t *items;
	size_t count;
};

/* Turns the names in `needs` of one list, and what is implied without them, into edges. */
void plan_link(struct planner *planner, struct siblings list);

/* Reports the cycles of one list with their path and cuts them. */
void plan_cut_cycles(struct planner *planner, struct siblings list);

/* Fills in the other direction, and the order. */
void plan_link_back(struct planner *planner);
void plan_sort(struct planner *planner);

/* What plan_needs() asks; after plan_link_back(). */
const struct plan_reach *plan_reach_new(struct arena *arena, const struct plan *plan);

/* Whether a waits for b, two steps of the same list. */
bool plan_reaches(const struct plan *plan, uint32_t a, uint32_t b);

/*
 * Lifts two nodes to where they are steps of the same block: *ret_a holds a, *ret_b holds b. False when one of them
 * holds the other.
 */
bool plan_lift(const struct plan *plan, uint32_t a, uint32_t b, uint32_t *ret_a, uint32_t *ret_b);

/* "did you mean" over all ids; says nothing where nothing is near. */
void plan_suggest(struct planner *planner, struct diag *diag, struct str wrong);

/* Checks all expressions and templates, and finds who reads what. */
void plan_check(struct planner *planner);

#endif
