/* SPDX-License-Identifier: Apache-2.0 */
#include "run/rehearsed_choice.h"

static const struct value *one_unknown(
    const struct sched *sched, struct arena *arena, const struct message *choose)
{
	const struct plan_node *node = plan_at(sched_plan(sched), choose->choose.node);
	const struct value **items = arena_array(arena, 1, sizeof(*items));

	items[0] = value_unknown(arena, &node->index, 1);
	return value_list(arena, items, 1);
}

/* As if it were so; of what only decides whether something holds, nothing. */
static const struct value *guess(
    const struct sched *sched, struct arena *arena, const struct message *choose)
{
	const struct value *value = choose->choose.value;

	if (str_is(choose->choose.what, "when"))
		return value_bool(true);
	if (str_find(choose->choose.what, STR("for_each")) < 0)
		return value_null();
	return value && value->type == VALUE_LIST && value->list.count
	    ? value_copy(arena, value)
	    : one_unknown(sched, arena, choose);
}

struct message rehearsed_chosen(const struct sched *sched, struct arena *arena,
    const struct message *choose, struct str skipped)
{
	struct message in = {.type = MESSAGE_CHOSEN};
	struct str hangs = message_deps(arena, choose->choose.deps);

	in.chosen.id = choose->choose.id;
	if (skipped.len && str_is(choose->choose.what, "when")) {
		in.chosen.origin = ORIGIN_ASSUMED;
		in.chosen.value = value_bool(false);
		in.chosen.why = arena_str(arena, skipped);
		return in;
	}
	in.chosen.origin = ORIGIN_UNKNOWN;
	in.chosen.value = guess(sched, arena, choose);
	in.chosen.why = hangs.len
	    ? arena_printf(arena, "%.*s: hangs on %.*s, which was not done",
		  STR_ARG(choose->choose.expr), STR_ARG(hangs))
	    : arena_printf(arena, "%.*s: not known", STR_ARG(choose->choose.expr));
	return in;
}
