/* SPDX-License-Identifier: Apache-2.0 */
#include "view/actual_path.h"

#include <stdlib.h>

#include "base/mem.h"

/* Something that took time and is no sum of others: a step without parts, or the runbook's own checks. */
struct leaf {
	size_t step; /* index + 1; 0: the runbook's own checks */
	int64_t from_t_us;
	int64_t to_t_us;
};

struct search {
	const struct chronicle *chronicle;
	struct leaf *leaves; /* of steps that ended, and the checks; by their end */
	size_t count;
	size_t capacity;
};

static void add_leaf(struct search *search, struct leaf leaf)
{
	search->leaves = mem_grow(
	    search->leaves, search->count, &search->capacity, sizeof(*search->leaves));
	search->leaves[search->count++] = leaf;
}

/* The runbook's own checks stand together: its preconditions, or what it verifies at the end. */
static void add_checks(struct search *search, enum start_what what)
{
	struct leaf leaf = {0, INT64_MAX, CHRONICLE_NEVER};

	for (size_t i = 0; i < search->chronicle->op_count; i++) {
		const struct chronicle_op *op = search->chronicle->ops[i];

		if (op->node.len || op->what != what || !op->ended)
			continue;
		if (op->wanted_t_us < leaf.from_t_us)
			leaf.from_t_us = op->wanted_t_us;
		if (op->ended_t_us > leaf.to_t_us)
			leaf.to_t_us = op->ended_t_us;
	}
	if (leaf.to_t_us != CHRONICLE_NEVER)
		add_leaf(search, leaf);
}

static int by_end(const void *a, const void *b)
{
	const struct leaf *one = a;
	const struct leaf *other = b;

	if (one->to_t_us != other->to_t_us)
		return one->to_t_us < other->to_t_us ? -1 : 1;
	if (one->from_t_us != other->from_t_us)
		return one->from_t_us < other->from_t_us ? -1 : 1;
	return one->step < other->step ? -1 : one->step > other->step;
}

static void find_leaves(struct search *search)
{
	const struct chronicle *chronicle = search->chronicle;
	bool *whole = mem_alloc(chronicle->step_count * sizeof(*whole) + 1);

	for (size_t i = 0; i < chronicle->step_count; i++)
		if (chronicle->steps[i].parent)
			whole[chronicle->steps[i].parent - 1] = true;
	for (size_t i = 0; i < chronicle->step_count; i++) {
		const struct chronicle_step *step = &chronicle->steps[i];

		if (step->ended_t_us != CHRONICLE_NEVER && !whole[i] &&
		    !step_was_not_run(&chronicle->summary.steps[i]))
			add_leaf(
			    search, (struct leaf){i + 1, step->began_t_us, step->ended_t_us});
	}
	free(whole);
	add_checks(search, START_PRECONDITION);
	add_checks(search, START_VERIFY);
	if (search->count)
		qsort(search->leaves, search->count, sizeof(*search->leaves), by_end);
}

/* Whether a leaf is the step of that index, or lies in it. */
static bool lies_in(const struct chronicle *chronicle, const struct leaf *leaf, size_t step)
{
	size_t at = leaf->step;

	while (at && at != step + 1)
		at = chronicle->steps[at - 1].parent;
	return at != 0;
}

static bool is_item(struct str node)
{
	return node.len && node.ptr[node.len - 1] == ']';
}

/* Of a path with a number behind '#', the round of a retried block, whether it is another than the first. */
static bool is_later_round(struct str node)
{
	size_t from = node.len;

	while (from > 0 && node.ptr[from - 1] != '/')
		from--;
	if (from == 0)
		return false;
	for (size_t i = from - 1; i-- > 0 && node.ptr[i] != '/';)
		if (node.ptr[i] == '#')
			return !str_starts(str_sub(node, i, node.len), STR("#1/"));
	return false;
}

enum waits { WAITS_NEEDS, WAITS_SIBLINGS, WAITS_ALL, WAITS_PARENT };

/* For what a step waited, as far as the plan and its path say. */
static enum waits waits_of(const struct chronicle *chronicle, size_t step)
{
	const struct chronicle_step *it = &chronicle->steps[step];
	struct str node = chronicle->summary.steps[step].node;

	if (is_item(node))
		return WAITS_SIBLINGS;
	if (it->need_count)
		return WAITS_NEEDS;
	if (it->plan && it->plan->part == PART_ROLLBACK)
		return WAITS_ALL;
	if (it->plan && it->plan->part == PART_FINALLY)
		return it->parent ? WAITS_SIBLINGS : WAITS_ALL;
	return is_later_round(node) ? WAITS_SIBLINGS : WAITS_PARENT;
}

static bool may_be_waited_for(
    const struct chronicle *chronicle, size_t step, enum waits waits, const struct leaf *leaf)
{
	const struct chronicle_step *it = &chronicle->steps[step];

	if (waits == WAITS_ALL)
		return true;
	if (waits == WAITS_SIBLINGS)
		return it->parent && leaf->step != step + 1 &&
		    lies_in(chronicle, leaf, it->parent - 1);
	for (size_t i = 0; i < it->need_count; i++)
		if (lies_in(chronicle, leaf, it->needs[i]))
			return true;
	return false;
}

/* The leaf, before `end`, that a step waited for last; NULL: it waited for the run to begin. */
static const struct leaf *waited_for(const struct search *search, const struct leaf *leaf)
{
	const struct chronicle *chronicle = search->chronicle;
	size_t first = (size_t)(leaf - search->leaves);

	if (leaf->step == 0)
		return first && leaf[-1].to_t_us <= leaf->from_t_us ? leaf - 1 : NULL;
	for (size_t step = leaf->step; step; step = chronicle->steps[step - 1].parent) {
		enum waits waits = waits_of(chronicle, step - 1);

		for (size_t i = first; waits != WAITS_PARENT && i-- > 0;)
			if (search->leaves[i].to_t_us <= leaf->from_t_us &&
			    may_be_waited_for(chronicle, step - 1, waits, &search->leaves[i]))
				return &search->leaves[i];
	}
	return NULL;
}

/* How long a step's own questions were open between two times; where two were at once, only once. */
static int64_t people_us(
    const struct chronicle *chronicle, size_t step, int64_t from_t_us, int64_t to_t_us)
{
	int64_t sum = 0;

	for (const struct chronicle_question *question = chronicle->steps[step].questions;
	     question && from_t_us < to_t_us; question = question->next) {
		int64_t from = question->approval->asked_t_us;
		int64_t to = question->closed_t_us == CHRONICLE_NEVER ? to_t_us
								      : question->closed_t_us;

		from = from < from_t_us ? from_t_us : from;
		to = to > to_t_us ? to_t_us : to;
		if (to <= from)
			continue;
		sum += to - from;
		from_t_us = to;
	}
	return sum;
}

static void add_part(
    struct actual_path *path, const struct chronicle *chronicle, struct actual_part part)
{
	for (size_t step = part.step; step; step = chronicle->steps[step - 1].parent)
		part.people_us += people_us(chronicle, step - 1, part.from_t_us, part.to_t_us);
	if (part.people_us > part.to_t_us - part.from_t_us)
		part.people_us = part.to_t_us - part.from_t_us;
	path->parts = mem_grow(path->parts, path->count, &path->capacity, sizeof(*path->parts));
	path->parts[path->count++] = part;
	for (size_t step = part.step; step; step = chronicle->steps[step - 1].parent)
		path->steps[step - 1] = true;
}

void actual_path_init(struct actual_path *path, const struct chronicle *chronicle)
{
	struct search search = {.chronicle = chronicle};
	const struct leaf *leaf;

	*path = (struct actual_path){0};
	path->steps = mem_alloc(chronicle->step_count * sizeof(*path->steps) + 1);
	path->part_of = mem_alloc(chronicle->step_count * sizeof(*path->part_of) + 1);
	find_leaves(&search);
	leaf = search.count ? &search.leaves[search.count - 1] : NULL;
	while (leaf) {
		const struct leaf *before = waited_for(&search, leaf);

		add_part(path, chronicle,
		    (struct actual_part){.step = leaf->step,
			.from_t_us = before ? before->to_t_us : 0,
			.to_t_us = leaf->to_t_us});
		leaf = before;
	}
	for (size_t i = 0; i < path->count / 2; i++) {
		struct actual_part swap = path->parts[i];

		path->parts[i] = path->parts[path->count - 1 - i];
		path->parts[path->count - 1 - i] = swap;
	}
	for (size_t i = 0; i < path->count; i++)
		if (path->parts[i].step)
			path->part_of[path->parts[i].step - 1] = i + 1;
	free(search.leaves);
}

void actual_path_done(struct actual_path *path)
{
	free(path->parts);
	free(path->steps);
	free(path->part_of);
	*path = (struct actual_path){0};
}
