/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/plan_parts.h"

#include <assert.h>

#include "base/spell.h"

/* Suggestions search every id; in a large runbook full of mistakes only the first ones are worth that. */
enum { SUGGEST_ERRORS = 20, SUGGEST_NODES = 1000 };

struct numbering {
	struct planner *planner;
	uint32_t next;
};

static void number_list(struct numbering *numbering, const struct steps *steps, uint32_t parent,
    enum plan_part part, const uint32_t **ret_items, size_t *ret_count);

/* Whose declarations the steps of a block see. */
static const struct runbook *book_of(const struct plan_node *block)
{
	return block->step->use.book ? block->step->use.book : block->book;
}

/* Document order: a block before its steps, these before its finally, and that before its rollback. */
static void number_step(struct numbering *numbering, const struct step *step, uint32_t parent,
    enum plan_part part, uint32_t ordinal)
{
	struct plan_node *nodes = numbering->planner->plan->nodes;
	uint32_t index = numbering->next++;
	struct plan_node *node = &nodes[index];

	assert(index < numbering->planner->plan->count);
	*node = (struct plan_node){
	    .step = step,
	    .index = index,
	    .parent = parent,
	    .book = parent == PLAN_NONE ? numbering->planner->plan->runbook
					: book_of(&nodes[parent]),
	    .depth = parent == PLAN_NONE ? 0 : nodes[parent].depth + 1,
	    .part = part,
	    .ordinal = ordinal,
	    .effect = step->effect,
	    .reads_flags = step->reads_streams ? READS_STREAMS : 0,
	};
	number_list(
	    numbering, &step->steps, index, PART_STEPS, &node->children, &node->child_count);
	number_list(
	    numbering, &step->finally, index, PART_FINALLY, &node->finally, &node->finally_count);
	number_list(numbering, &step->rollback, index, PART_ROLLBACK, &node->rollback,
	    &node->rollback_count);
}

static void number_list(struct numbering *numbering, const struct steps *steps, uint32_t parent,
    enum plan_part part, const uint32_t **ret_items, size_t *ret_count)
{
	uint32_t *items;

	if (!steps->count)
		return;
	items = arena_array(numbering->planner->arena, steps->count, sizeof(*items));
	for (size_t i = 0; i < steps->count; i++) {
		items[i] = numbering->next;
		number_step(numbering, steps->items[i], parent, part, (uint32_t)i);
	}
	*ret_items = items;
	*ret_count = steps->count;
}

/* The slot that holds an id, or the free one where it belongs. The table is never full. */
static size_t find_slot(
    const struct plan *plan, const uint32_t *slots, const struct runbook *book, struct str id)
{
	size_t mask = plan->slot_count - 1;
	/* each use of a template has the same ids: neighbours in one table must not come together */
	size_t at = (size_t)(str_hash(id) + book->number * 0x9e3779b97f4a7c15U) & mask;

	while (slots[at] &&
	    !(plan->nodes[slots[at]].book == book && str_eq(plan->nodes[slots[at]].step->id, id)))
		at = (at + 1) & mask;
	return at;
}

/* Ids are unique in a runbook; the first one with a name keeps it. */
static void index_ids(struct planner *planner)
{
	struct plan *plan = planner->plan;
	uint32_t *slots;
	struct diag *diag;

	plan->slot_count = 2;
	while (plan->slot_count < plan->count * 2)
		plan->slot_count *= 2;
	slots = arena_array(planner->arena, plan->slot_count, sizeof(*slots));
	plan->slots = slots;
	for (uint32_t i = 1; i < plan->count; i++) {
		const struct step *step = plan->nodes[i].step;
		size_t at = find_slot(plan, slots, plan->nodes[i].book, step->id);

		if (!step->id.len || plan->nodes[plan->nodes[i].parent].step->use.book)
			continue;
		if (!slots[at]) {
			slots[at] = i;
		} else {
			diag = diag_error(planner->diags, "duplicate-id", step->span,
			    "the id `%.*s` is taken", STR_ARG(step->id));
			diag_other(planner->diags, diag, plan->nodes[slots[at]].step->span,
			    "first used here");
			diag_help(planner->diags, diag,
			    "an id is one for the whole file: give one of them another");
		}
	}
}

const struct plan_node *plan_find(
    const struct plan *plan, const struct runbook *book, struct str id)
{
	uint32_t index = plan->slots[find_slot(plan, plan->slots, book, id)];

	return index ? &plan->nodes[index] : NULL;
}

/* The element of a path without its round and its place in a loop: "probe[3]" and "phase#2" are probe and phase. */
static struct str bare_id(struct str element)
{
	size_t end = 0;

	while (end < element.len && element.ptr[end] != '#' && element.ptr[end] != '[')
		end++;
	return str_sub(element, 0, end);
}

static const struct plan_node *child_called(
    const struct plan *plan, const struct plan_node *node, struct str id)
{
	const struct siblings lists[] = {{node->children, node->child_count},
	    {node->finally, node->finally_count}, {node->rollback, node->rollback_count}};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (size_t k = 0; k < lists[i].count; k++)
			if (str_eq(plan->nodes[lists[i].items[k]].step->id, id))
				return &plan->nodes[lists[i].items[k]];
	return NULL;
}

const struct plan_node *plan_at(const struct plan *plan, struct str path)
{
	const struct plan_node *node = &plan->nodes[PLAN_ROOT];

	while (path.len && node) {
		ptrdiff_t slash = str_find(path, STR("/"));
		size_t end = slash < 0 ? path.len : (size_t)slash;

		node = child_called(plan, node, bare_id(str_sub(path, 0, end)));
		path = str_sub(path, end < path.len ? end + 1 : end, path.len);
	}
	return node;
}

void plan_suggest(struct planner *planner, struct diag *diag, struct str wrong)
{
	const struct plan *plan = planner->plan;
	struct spell spell;

	if (planner->diags->errors > SUGGEST_ERRORS && plan->count > SUGGEST_NODES)
		return;
	spell_init(&spell, wrong);
	for (size_t i = 1; i < plan->count; i++)
		spell_try(&spell, plan->nodes[i].step->id);
	if (spell_best(&spell).len)
		diag_help(
		    planner->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
}

bool plan_within(const struct plan *plan, uint32_t inner, uint32_t outer)
{
	while (inner != PLAN_NONE && plan->nodes[inner].depth > plan->nodes[outer].depth)
		inner = plan->nodes[inner].parent;
	return inner == outer;
}

bool plan_lift(const struct plan *plan, uint32_t a, uint32_t b, uint32_t *ret_a, uint32_t *ret_b)
{
	const struct plan_node *nodes = plan->nodes;

	while (nodes[a].depth > nodes[b].depth)
		a = nodes[a].parent;
	while (nodes[b].depth > nodes[a].depth)
		b = nodes[b].parent;
	if (a == b)
		return false;
	while (nodes[a].parent != nodes[b].parent) {
		a = nodes[a].parent;
		b = nodes[b].parent;
	}
	*ret_a = a;
	*ret_b = b;
	return true;
}

/* Whether a node belongs to the rollback of another, which has ended when that begins. */
static bool undoes(const struct plan *plan, uint32_t node, uint32_t other)
{
	while (node != PLAN_NONE && plan->nodes[node].parent != other)
		node = plan->nodes[node].parent;
	return node != PLAN_NONE && plan->nodes[node].part == PART_ROLLBACK;
}

bool plan_needs(const struct plan *plan, uint32_t node, uint32_t other)
{
	uint32_t a;
	uint32_t b;

	if (!plan_lift(plan, node, other, &a, &b))
		return undoes(plan, node, other);
	if (plan->nodes[a].part != plan->nodes[b].part)
		return plan->nodes[a].part > plan->nodes[b].part &&
		    plan->nodes[b].part != PART_ROLLBACK;
	return plan_reaches(plan, a, b);
}

/*
 * A block is as bad as the worst inside it; children have higher indexes than their parents. What undoes a step is not
 * part of it.
 */
static void settle_effects(struct plan *plan)
{
	for (size_t i = plan->count; i-- > 1;) {
		struct plan_node *parent = &plan->nodes[plan->nodes[i].parent];

		if (plan->nodes[i].part != PART_ROLLBACK && parent->effect < plan->nodes[i].effect)
			parent->effect = plan->nodes[i].effect;
	}
}

static void settle_approvals(struct plan *plan)
{
	for (size_t i = 1; i < plan->count; i++) {
		struct plan_node *node = &plan->nodes[i];
		const struct plan_node *parent = &plan->nodes[node->parent];
		const struct approval *approve = &node->step->approve;

		node->approved_by_block = node->part != PART_ROLLBACK &&
		    (parent->approved_by_block || parent->step->approve.wanted);
		node->asks = approve->wanted ||
		    (node->effect == EFFECT_DESTROY && !node->step->is_block && !approve->refused &&
			!node->approved_by_block);
	}
}

static void link_lists(struct planner *planner)
{
	struct plan *plan = planner->plan;

	for (size_t i = 0; i < plan->count; i++) {
		struct siblings children = {plan->nodes[i].children, plan->nodes[i].child_count};
		struct siblings finally = {plan->nodes[i].finally, plan->nodes[i].finally_count};
		struct siblings rollback = {plan->nodes[i].rollback, plan->nodes[i].rollback_count};

		plan_link(planner, children);
		plan_cut_cycles(planner, children);
		plan_link(planner, finally);
		plan_cut_cycles(planner, finally);
		plan_link(planner, rollback);
		plan_cut_cycles(planner, rollback);
	}
}

struct plan *plan_build(struct arena *arena, const struct runbook *runbook,
    const struct vocabulary *vocabulary, struct diags *diags)
{
	struct plan *plan = arena_alloc(arena, sizeof(*plan));
	struct planner planner = {
	    .arena = arena, .plan = plan, .vocabulary = vocabulary, .diags = diags};
	struct numbering numbering = {&planner, 0};

	plan->runbook = runbook;
	plan->count = runbook->step_count + 1;
	plan->nodes = arena_array(arena, plan->count, sizeof(*plan->nodes));
	number_step(&numbering, runbook->root, PLAN_NONE, PART_STEPS, 0);
	assert(numbering.next == plan->count);
	index_ids(&planner);
	planner.needed = arena_array(arena, plan->count, sizeof(bool));
	link_lists(&planner);
	plan_link_back(&planner);
	plan_sort(&planner);
	settle_effects(plan);
	settle_approvals(plan);
	plan->reach = plan_reach_new(arena, plan);
	plan_check(&planner);
	return planner.cyclic ? NULL : plan;
}
