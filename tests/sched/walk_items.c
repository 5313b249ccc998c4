/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_items.h"

#include <assert.h>
#include <stdlib.h>

enum { ITEMS = 64 };

/* A loop, as far as the lines have told of it. */
struct turns {
	const struct step *step;
	size_t count;
	int64_t well; /* ended so, */
	int64_t failed; /* or not */
	int64_t until; /* from this one on none may begin any more */
};

/* Takes a word off a line. */
static struct str word(struct str *line)
{
	ptrdiff_t end = str_find(*line, STR(" "));
	struct str taken = str_sub(*line, 0, end < 0 ? line->len : (size_t)end);

	*line = str_sub(*line, end < 0 ? line->len : (size_t)end + 1, line->len);
	return taken;
}

/* The item that "node[3]" or "node[3]/x" stands for, or -1; *ret_whole says that nothing follows. */
static int item_in(const struct turns *turns, struct str path, bool *ret_whole)
{
	struct str id = turns->step->id;
	size_t at = id.len + 1;
	int item = 0;

	if (!str_starts(path, id) || path.len <= id.len || path.ptr[id.len] != '[')
		return -1;
	for (; at < path.len && path.ptr[at] != ']'; at++)
		item = item * 10 + (path.ptr[at] - '0');
	assert(item >= 0 && item < ITEMS && at < path.len);
	*ret_whole = at + 1 == path.len;
	return item;
}

static bool may_begin(const struct turns *turns, int item)
{
	int64_t canaries = each_canaries(&turns->step->each, turns->count);

	return item < turns->until && (item < canaries || turns->well >= canaries);
}

static void ends(struct turns *turns, int item, struct str outcome)
{
	const struct each *each = &turns->step->each;
	int64_t let_in = turns->well + turns->failed + each->max_parallel;
	bool well = str_is(outcome, "succeeded") || str_is(outcome, "skipped") ||
	    str_is(outcome, "rehearsed");

	turns->well += well;
	turns->failed += !well;
	/* whoever was let in before may wait for a slot, or a lock, and begins later */
	if (!well &&
	    (turns->failed > each_may_fail(each, turns->count) ||
		item < each_canaries(each, turns->count)) &&
	    turns->until > let_in)
		turns->until = let_in;
}

/* Every item is told to have ended, once. */
static void count(struct turns *turns, struct str lines)
{
	struct str line;
	bool whole;

	while (str_line(&lines, &line))
		if (str_is(word(&line), "step") && item_in(turns, word(&line), &whole) >= 0)
			turns->count += whole;
}

static bool in_turn(const struct step *step, struct str lines)
{
	struct turns turns = {.step = step, .until = ITEMS};
	struct str line;
	bool good = true;

	count(&turns, lines);
	while (good && str_line(&lines, &line)) {
		struct str kind = word(&line);
		bool numbered = str_is(kind, "start") || str_is(kind, "ask");
		bool whole = false;
		int item;

		if (numbered)
			word(&line);
		else if (!str_is(kind, "step"))
			continue;
		item = item_in(&turns, word(&line), &whole);
		if (item >= 0 && numbered)
			good = may_begin(&turns, item);
		else if (item >= 0 && whole)
			ends(&turns, item, word(&line));
	}
	return good;
}

bool items_in_turn(const struct plan *plan, struct str lines)
{
	for (size_t i = 1; i < plan->count; i++)
		if (plan->nodes[i].parent == PLAN_ROOT && plan->nodes[i].step->each.list &&
		    !in_turn(plan->nodes[i].step, lines))
			return false;
	return true;
}
