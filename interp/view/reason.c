/* SPDX-License-Identifier: Apache-2.0 */
#include "view/reason.h"

#include "sched/node_path.h"
#include "view/items.h"

/* Of an item that was refused, "item 4 failed before it": the number, and which item that is. Returns the rest. */
static struct str put_culprit(
    const struct summary *summary, struct str node, struct str why, struct buf *out)
{
	size_t from = sizeof("item ") - 1;
	size_t to = from;
	struct buf culprit;

	if (!node.len || node.ptr[node.len - 1] != ']' || !str_starts(why, STR("item ")))
		return why;
	while (to < why.len && why.ptr[to] >= '0' && why.ptr[to] <= '9')
		to++;
	buf_init(&culprit, BUF_UNBOUNDED);
	buf_printf(&culprit, "%.*s[%.*s]", STR_ARG(node_above(node)),
	    STR_ARG(str_sub(why, from, to - from)));
	buf_str(out, str_sub(why, 0, to));
	items_put(summary, buf_view(&culprit), out);
	buf_done(&culprit);
	return str_sub(why, to, why.len - to);
}

void reason_put(const struct summary *summary, const struct summary_step *step, struct buf *out)
{
	struct str why = step->why;

	/* that it may still run is worth more than who wanted it to end */
	if (step->outcome == OUTCOME_LOST && step->known.len && str_find(why, step->known) < 0)
		buf_printf(out, "%.*s; ", STR_ARG(step->known));
	if (step->outcome == OUTCOME_BLOCKED)
		why = put_culprit(summary, step->node, why, out);
	buf_str(out, why);
}
