/* SPDX-License-Identifier: Apache-2.0 */
#include "view/actual_path.h"

#include <stdlib.h>

#include "base/mem.h"

/*
 * Something that took time and is no sum of others: a step without parts, what a block or loop asks before its parts or
 * behind them, the runbook's own checks.
 */
enum leaf_kind { LEAF_WHOLE, LEAF_BEFORE, LEAF_BEHIND };

struct leaf {
	size_t step; /* index + 1; 0: the runbook's own checks */
	enum leaf_kind kind;
	int64_t from_t_us;
	int64_t to_t_us;
};

struct search {
	const struct chronicle *chronicle;
	struct leaf *leaves; /* of steps that ended, and the checks; by their end */
	size_t count;
	size_t capacity;
	size_t *before; /* by step: what it asks before its parts, index + 1 */
	int64_t *
	    first_t_us; /* by step: when the first of its parts began, and the last ended; of one without, never */
	int64_t *last_t_us;
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
	struct leaf leaf = {0, LEAF_WHOLE, INT64_MAX, CHRONICLE_NEVER};

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

static void find_parts(struct search *search)
{
	const struct chronicle *chronicle = search->chronicle;

	for (size_t i = 0; i < chronicle->step_count; i++)
		search->first_t_us[i] = search->last_t_us[i] = CHRONICLE_NEVER;
	for (size_t i = 0; i < chronicle->step_count; i++) {
		const struct chronicle_step *step = &chronicle->steps[i];
		size_t parent = step->parent;

		/* what undoes a step is none of its parts */
		if (!parent || (step->plan && step->plan->part == PART_ROLLBACK))
			continue;
		if (search->first_t_us[parent - 1] == CHRONICLE_NEVER ||
		    step->began_t_us < search->first_t_us[parent - 1])
			search->first_t_us[parent - 1] = step->began_t_us;
		if (step->ended_t_us > search->last_t_us[parent - 1])
			search->last_t_us[parent - 1] = step->ended_t_us;
	}
}

/* What a block or loop itself asks, in its checks or of people. */
static void add_own(struct search *search, size_t index)
{
	const struct chronicle_step *step = &search->chronicle->steps[index];
	struct leaf before = {index + 1, LEAF_BEFORE, step->began_t_us, CHRONICLE_NEVER};
	struct leaf behind = {index + 1, LEAF_BEHIND, INT64_MAX, step->ended_t_us};
	int64_t first_t_us = search->first_t_us[index];

	for (const struct chronicle_op *op = step->first; op; op = op->next) {
		if (!op->ended)
			continue;
		if (op->ended_t_us <= first_t_us && op->ended_t_us > before.to_t_us)
			before.to_t_us = op->ended_t_us;
		if (op->wanted_t_us >= search->last_t_us[index] &&
		    op->wanted_t_us < behind.from_t_us)
			behind.from_t_us = op->wanted_t_us;
	}
	for (const struct chronicle_question *question = step->questions; question;
	     question = question->next)
		if (question->closed_t_us <= first_t_us && question->closed_t_us > before.to_t_us)
			before.to_t_us = question->closed_t_us;
	if (before.to_t_us != CHRONICLE_NEVER)
		add_leaf(search, before);
	if (behind.from_t_us < behind.to_t_us)
		add_leaf(search, behind);
}

static void find_leaves(struct search *search)
{
	const struct chronicle *chronicle = search->chronicle;

	find_parts(search);
	for (size_t i = 0; i < chronicle->step_count; i++) {
		const struct chronicle_step *step = &chronicle->steps[i];

		if (step->ended_t_us == CHRONICLE_NEVER ||
		    step_was_not_run(&chronicle->summary.steps[i]))
			continue;
		if (search->first_t_us[i] == CHRONICLE_NEVER)
			add_leaf(search,
			    (struct leaf){i + 1, LEAF_WHOLE, step->began_t_us, step->ended_t_us});
		else
			add_own(search, i);
	}
	add_checks(search, START_PRECONDITION);
	add_checks(search, START_VERIFY);
	if (search->count)
		qsort(search->leaves, search->count, sizeof(*search->leaves), by_end);
	for (size_t i = 0; i < search->count; i++)
		if (search->leaves[i].kind == LEAF_BEFORE)
			search->before[search->leaves[i].step - 1] = i + 1;
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

/* What a block asked before its parts, where that had ended by then. */
static const struct leaf *asked_before(
    const struct search *search, size_t parent, const struct leaf *leaf)
{
	size_t at = parent ? search->before[parent - 1] : 0;

	return at && search->leaves[at - 1].to_t_us <= leaf->from_t_us &&
		&search->leaves[at - 1] < leaf
	    ? &search->leaves[at - 1]
	    : NULL;
}

static const struct leaf *last_part(const struct search *search, const struct leaf *leaf)
{
	for (size_t i = (size_t)(leaf - search->leaves); i-- > 0;)
		if (search->leaves[i].to_t_us <= leaf->from_t_us &&
		    lies_in(search->chronicle, &search->leaves[i], leaf->step - 1))
			return &search->leaves[i];
	return NULL;
}

/* The leaf that another waited for last; NULL: it waited for the run to begin. */
static const struct leaf *waited_for(const struct search *search, const struct leaf *leaf)
{
	const struct chronicle *chronicle = search->chronicle;
	size_t first = (size_t)(leaf - search->leaves);
	const struct leaf *found = NULL;

	if (leaf->step == 0)
		return first && leaf[-1].to_t_us <= leaf->from_t_us ? leaf - 1 : NULL;
	if (leaf->kind == LEAF_BEHIND)
		return last_part(search, leaf);
	for (size_t step = leaf->step; step && !found; step = chronicle->steps[step - 1].parent) {
		enum waits waits = waits_of(chronicle, step - 1);

		for (size_t i = first; waits != WAITS_PARENT && !found && i-- > 0;)
			if (search->leaves[i].to_t_us <= leaf->from_t_us &&
			    may_be_waited_for(chronicle, step - 1, waits, &search->leaves[i]))
				found = &search->leaves[i];
		if (!found)
			found = asked_before(search, chronicle->steps[step - 1].parent, leaf);
	}
	return found;
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
	size_t count = chronicle->step_count + 1;
	struct search search = {.chronicle = chronicle,
	    .before = mem_alloc(count * sizeof(*search.before)),
	    .first_t_us = mem_alloc(count * sizeof(*search.first_t_us)),
	    .last_t_us = mem_alloc(count * sizeof(*search.last_t_us))};
	const struct leaf *leaf;

	*path = (struct actual_path){0};
	path->steps = mem_alloc(count * sizeof(*path->steps));
	path->part_of = mem_alloc(count * sizeof(*path->part_of));
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
	for (size_t i = path->count; i-- > 0;)
		if (path->parts[i].step) {
			path->parts[i].next = path->part_of[path->parts[i].step - 1];
			path->part_of[path->parts[i].step - 1] = i + 1;
		}
	free(search.leaves);
	free(search.before);
	free(search.first_t_us);
	free(search.last_t_us);
}

void actual_path_done(struct actual_path *path)
{
	free(path->parts);
	free(path->steps);
	free(path->part_of);
	*path = (struct actual_path){0};
}
