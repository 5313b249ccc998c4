/* SPDX-License-Identifier: Apache-2.0 */
#include "run/rehearsed_choice.h"

/* "restart, load" */
static struct str names(struct arena *arena, const struct value *deps)
{
	struct str text = {0};

	for (size_t i = 0; deps && i < deps->list.count; i++)
		text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), i ? ", " : "",
		    STR_ARG(value_text(deps->list.items[i])));
	return text;
}

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
    const struct message *choose, const struct rehearsed_choice *choice)
{
	struct message in = {.type = MESSAGE_CHOSEN};
	const struct value *value = choose->choose.value;
	struct str hangs = names(arena, choose->choose.deps);

	in.chosen.id = choose->choose.id;
	in.chosen.origin = ORIGIN_ASSUMED;
	if (choice->skipped && str_is(choose->choose.what, "when")) {
		in.chosen.value = value_bool(false);
		in.chosen.why = arena_str(arena, choice->said);
	} else if (choice->told && value) {
		in.chosen.value = value_copy(arena, value);
		in.chosen.why = arena_printf(arena, "%.*s%s, with what is assumed of %.*s",
		    STR_ARG(choose->choose.expr),
		    value->type == VALUE_BOOL && !value->boolean ? " does not hold" : "",
		    STR_ARG(hangs));
	} else {
		in.chosen.origin = ORIGIN_UNKNOWN;
		in.chosen.value = guess(sched, arena, choose);
		in.chosen.why = arena_printf(arena,
		    "%.*s: not known, depends on %.*s, which was not done",
		    STR_ARG(choose->choose.expr), STR_ARG(hangs));
	}
	return in;
}
