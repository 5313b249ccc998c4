/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lang/worlds_parts.h"

/* Steps that check what became of others: whoever waits for one of them knows it. */
struct claiming {
	struct worlds *worlds;
	struct arena *arena;
	struct claim *claims;
	size_t capacity;
	const struct plan_node *by;
};

static void visit(void *self, const struct str *path, size_t count, struct span span)
{
	struct claiming *claiming = self;
	struct worlds *worlds = claiming->worlds;
	const struct plan_node *about;

	(void)span;
	if (count < 3 || !str_is(path[0], "steps"))
		return;
	about = plan_find(worlds->plan, claiming->by->book, path[1]);
	if (!about)
		return;
	claiming->claims = arena_grow(claiming->arena, claiming->claims, worlds->claim_count,
	    &claiming->capacity, sizeof(*claiming->claims));
	claiming->claims[worlds->claim_count++] = (struct claim){about->index, claiming->by->index};
}

static void find_in(struct claiming *claiming, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		if (!checks->items[i].action.spec && checks->items[i].expect)
			expr_visit_names(checks->items[i].expect, visit, claiming);
}

static int compare(const void *a, const void *b)
{
	const struct claim *x = a;
	const struct claim *y = b;

	if (x->about != y->about)
		return x->about < y->about ? -1 : 1;
	return (x->by > y->by) - (x->by < y->by);
}

void worlds_find_claims(struct worlds *worlds, struct arena *arena)
{
	struct claiming claiming = {.worlds = worlds, .arena = arena};

	for (uint32_t i = 1; i < worlds->plan->count; i++) {
		claiming.by = &worlds->plan->nodes[i];
		find_in(&claiming, &claiming.by->step->preconditions);
		find_in(&claiming, &claiming.by->step->verify);
	}
	if (claiming.claims)
		qsort(claiming.claims, worlds->claim_count, sizeof(struct claim), compare);
	worlds->claims = claiming.claims;
}

static size_t first_claim(const struct worlds *worlds, uint32_t about)
{
	size_t low = 0;
	size_t high = worlds->claim_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (worlds->claims[middle].about < about)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Neither holds the other, and who asks waits for it. */
static bool is_awaited(const struct worlds *worlds, uint32_t asking, uint32_t node)
{
	const struct plan *plan = worlds->plan;

	return !plan_within(plan, asking, node) && !plan_within(plan, node, asking) &&
	    plan_needs(plan, asking, node);
}

void world_heed_claims(struct worlds *worlds, const struct asking *asking, uint32_t about)
{
	size_t first = first_claim(worlds, about);

	for (size_t i = first; i < worlds->claim_count && i < first + CLAIMS_MAX; i++)
		if (worlds->claims[i].about == about &&
		    is_awaited(worlds, asking->node, worlds->claims[i].by))
			world_end(worlds, asking, worlds->claims[i].by, 0);
}
