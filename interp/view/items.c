/* SPDX-License-Identifier: Apache-2.0 */
#include "view/items.h"

#include "base/units.h"

/* A longer item is cut. */
enum { ITEM_BYTES = 40 };

/* The item that a path is for which ends behind its number, "deploy[7]"; NULL where it does not. */
static const struct value *item_at(const struct summary *summary, struct str node)
{
	const struct summary_step *loop;
	size_t from = node.len;
	int64_t item;

	while (from > 0 && node.ptr[from - 1] != '[')
		from--;
	if (from == 0)
		return NULL;
	loop = summary_at(summary, str_sub(node, 0, from - 1));
	if (!loop || !loop->items || !units_int(str_sub(node, from, node.len - 1 - from), &item) ||
	    item < 0 || (size_t)item >= loop->items->list.count)
		return NULL;
	return loop->items->list.items[item];
}

void items_put(const struct summary *summary, struct str node, struct buf *out)
{
	const char *before = " (";

	for (size_t i = 0; i < node.len; i++) {
		const struct value *item = node.ptr[i] == ']'
		    ? item_at(summary, str_sub(node, 0, i + 1))
		    : NULL;

		if (!item)
			continue;
		buf_text(out, before);
		value_brief(item, ITEM_BYTES, out);
		before = ", ";
	}
	if (before[0] == ',')
		buf_byte(out, ')');
}

/* How an item stands; what was let in and refused has not begun either. */
enum state {
	SUCCEEDED,
	REHEARSED,
	SKIPPED,
	FAILED,
	TIMED_OUT,
	LOST,
	DENIED,
	CANCELLED,
	NOT_FINISHED,
	NOT_BEGUN,
	STATES
};

static enum state state_of(const struct summary *summary, struct str loop, size_t index)
{
	static const enum state states[] = {
	    [OUTCOME_NONE] = NOT_FINISHED,
	    [OUTCOME_SUCCEEDED] = SUCCEEDED,
	    [OUTCOME_FAILED] = FAILED,
	    [OUTCOME_TIMED_OUT] = TIMED_OUT,
	    [OUTCOME_SKIPPED] = SKIPPED,
	    [OUTCOME_DENIED] = DENIED,
	    [OUTCOME_CANCELLED] = CANCELLED,
	    [OUTCOME_BLOCKED] = NOT_BEGUN,
	    [OUTCOME_LOST] = LOST,
	    [OUTCOME_REHEARSED] = REHEARSED,
	};
	const struct summary_step *step;
	struct buf node;

	buf_init(&node, BUF_UNBOUNDED);
	buf_printf(&node, "%.*s[%zu]", STR_ARG(loop), index);
	step = summary_at(summary, buf_view(&node));
	buf_done(&node);
	return !step || step_was_not_run(step) ? NOT_BEGUN : states[step->outcome];
}

static void put_state(const struct summary *summary, const struct summary_step *loop,
    enum state state, size_t most, struct buf *out)
{
	static const char *const words[STATES] = {"succeeded", "rehearsed", "skipped", "failed",
	    "timed out", "lost", "denied", "cancelled", "not finished", "not begun"};
	size_t start = out->len;
	size_t count = 0;

	for (size_t i = 0; i < loop->items->list.count; i++) {
		if (state_of(summary, loop->node, i) != state || count++ >= most)
			continue;
		if (count == 1)
			buf_printf(out, "%s%s: ", start ? " · " : "", words[state]);
		else
			buf_text(out, ", ");
		value_brief(loop->items->list.items[i], ITEM_BYTES, out);
	}
	if (count > most)
		buf_printf(out, " and %zu more", count - most);
}

void items_put_outcomes(
    const struct summary *summary, const struct summary_step *loop, size_t most, struct buf *out)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (enum state state = 0; state < STATES; state++)
		put_state(summary, loop, state, most, &text);
	buf_str(out, buf_view(&text));
	buf_done(&text);
}

bool items_are_places(const struct plan *plan, const struct summary_step *step)
{
	const struct plan_node *node = step->items ? plan_at(plan, step->node) : NULL;

	return node && node->step->each.target && step->items->list.count > 0;
}
