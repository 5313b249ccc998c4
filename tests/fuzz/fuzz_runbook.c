/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "fuzz.h"
#include "lang/load.h"
#include "unit/lang/vocabulary.h"

/*
 * Any bytes give a plan or a diagnostic, and every plan is one: its order holds all nodes once, and what a node needs
 * stands before it, as do the blocks around it.
 */
enum { SIZE_MOST = 1 << 18 };

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_plan(const struct plan *plan)
{
	uint32_t *place = calloc(plan->count, sizeof(*place));

	check(place && plan->order[0] == PLAN_ROOT);
	for (uint32_t i = 1; i < plan->count; i++) {
		check(plan->order[i] < plan->count && !place[plan->order[i]]);
		place[plan->order[i]] = i;
	}
	for (uint32_t i = 1; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		check(node->parent < i && place[node->parent] < place[i]);
		for (size_t j = 0; j < node->need_count; j++) {
			check(place[node->needs[j]] < place[i]);
			check(plan_needs(plan, i, node->needs[j]));
			check(!plan_needs(plan, node->needs[j], i));
		}
	}
	free(place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct load load;
	struct buf out;
	bool ok;

	if (size > SIZE_MOST)
		return 0;
	ok = load_text(
	    &load, "fuzz.yaml", (struct str){(const char *)data, size}, &test_vocabulary);
	check(ok == (load.diags.errors == 0));
	check(ok ? load.plan != NULL || load.is_part : load.diags.count > 0);
	if (load.plan)
		check_plan(load.plan);
	buf_init(&out, BUF_UNBOUNDED);
	load_show(&load, false, &out);
	check(ok || out.len > 0);
	buf_done(&out);
	load_done(&load);
	return 0;
}
