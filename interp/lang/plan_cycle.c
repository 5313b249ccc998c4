/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/plan_parts.h"

#include <stdlib.h>

#include "base/mem.h"

enum color { WHITE, GREY, BLACK };

/* A walk along `needs`, without recursion: the stack is the path from where it began. */
struct walk {
	struct planner *planner;
	uint32_t
	    base; /* index of the list's first step; a list's indexes lie between it and the last one's */
	unsigned char *colors;
	bool *told; /* in a cycle that was reported */
	uint32_t *stack;
	size_t *at; /* of each on the stack: which need comes next */
	size_t depth;
};

/* Where the first of a cycle says that it waits for the next. */
static struct span need_span(const struct step *step, struct str next)
{
	for (size_t i = 0; i < step->need_count; i++)
		if (str_eq(step->needs[i].name, next))
			return step->needs[i].span;
	return step->span;
}

static void report(struct walk *walk, const uint32_t *cycle, size_t count)
{
	const struct plan_node *nodes = walk->planner->plan->nodes;
	struct diags *diags = walk->planner->diags;
	size_t first = 0;
	struct buf path;
	struct diag *diag;
	const struct step *implied = NULL;

	for (size_t i = 0; i < count; i++) {
		if (cycle[i] < cycle[first])
			first = i;
		if (walk->told[cycle[i] - walk->base])
			return;
	}
	buf_init(&path, BUF_UNBOUNDED);
	for (size_t i = 0; i <= count; i++) {
		const struct step *step = nodes[cycle[(first + i) % count]].step;

		walk->told[cycle[(first + i) % count] - walk->base] = true;
		if (!step->needs_given && !implied)
			implied = step;
		buf_printf(&path, "%s%.*s", i ? " → " : "", STR_ARG(step->id));
	}
	diag = diag_error(diags, "cycle",
	    need_span(nodes[cycle[first]].step, nodes[cycle[(first + 1) % count]].step->id),
	    "these steps wait for each other: %.*s", STR_ARG(buf_view(&path)));
	if (implied)
		diag_help(diags, diag, "`%.*s` has no `needs`, so it waits for every step above it",
		    STR_ARG(implied->id));
	buf_done(&path);
}

/* Takes an edge out, so that the rest can be looked at as if it had never been there. */
static void cut(struct plan_node *node, size_t at)
{
	uint32_t *needs = (uint32_t *)(uintptr_t)node->needs;

	for (size_t i = at + 1; i < node->need_count; i++)
		needs[i - 1] = needs[i];
	node->need_count--;
}

static void step_on(struct walk *walk)
{
	uint32_t top = walk->stack[walk->depth - 1];
	struct plan_node *node = &walk->planner->plan->nodes[top];
	size_t *at = &walk->at[walk->depth - 1];
	size_t from = walk->depth;
	uint32_t next;

	if (*at == node->need_count) {
		walk->colors[top - walk->base] = BLACK;
		walk->depth--;
		return;
	}
	next = node->needs[*at];
	if (walk->colors[next - walk->base] == GREY) {
		while (walk->stack[from - 1] != next)
			from--;
		report(walk, walk->stack + from - 1, walk->depth - from + 1);
		walk->planner->cyclic = true;
		cut(node, *at);
		return;
	}
	++*at;
	if (walk->colors[next - walk->base] == WHITE) {
		walk->colors[next - walk->base] = GREY;
		walk->stack[walk->depth] = next;
		walk->at[walk->depth++] = 0;
	}
}

/* Without a step that waits for a later one there is no cycle. */
static bool looks_ahead(const struct plan *plan, struct siblings list)
{
	for (size_t i = 0; i < list.count; i++) {
		const struct plan_node *node = &plan->nodes[list.items[i]];

		for (size_t j = 0; j < node->need_count; j++)
			if (node->needs[j] > node->index)
				return true;
	}
	return false;
}

void plan_cut_cycles(struct planner *planner, struct siblings list)
{
	struct walk walk = {.planner = planner};
	size_t range;

	if (!looks_ahead(planner->plan, list))
		return;
	walk.base = list.items[0];
	range = list.items[list.count - 1] - walk.base + 1;
	walk.colors = mem_alloc(range);
	walk.told = mem_alloc(range * sizeof(bool));
	walk.stack = mem_alloc(list.count * sizeof(*walk.stack));
	walk.at = mem_alloc(list.count * sizeof(*walk.at));
	for (size_t i = 0; i < list.count; i++) {
		if (walk.colors[list.items[i] - walk.base] != WHITE)
			continue;
		walk.colors[list.items[i] - walk.base] = GREY;
		walk.stack[0] = list.items[i];
		walk.at[0] = 0;
		walk.depth = 1;
		while (walk.depth)
			step_on(&walk);
	}
	free(walk.colors);
	free(walk.told);
	free(walk.stack);
	free(walk.at);
}
