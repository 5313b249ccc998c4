/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/worlds_parts.h"

/* How a step may have ended when another one asks. What nothing excludes is possible. */

enum {
	BIT_SUCCEEDED = 1 << WORLD_SUCCEEDED,
	BIT_SKIPPED = 1 << WORLD_SKIPPED,
	BIT_ABSENT = 1 << WORLD_ABSENT,
	BIT_FAILED = 1 << WORLD_FAILED,
	BIT_STOPPED = 1 << WORLD_STOPPED
};

static uint32_t skips(const struct step *step)
{
	return step->when || step->unless.count || step->each.list ? BIT_SKIPPED : 0;
}

/* What lets those go on that need it. */
static uint32_t serving_ends(const struct worlds *worlds, const struct step *step)
{
	uint32_t ends = BIT_SUCCEEDED | skips(step);

	return step->allow_failure || worlds->lenient ? ends | BIT_FAILED : ends;
}

static uint32_t all_ends(const struct step *step)
{
	return BIT_SUCCEEDED | skips(step) | BIT_FAILED | BIT_STOPPED;
}

/* `unless` of a block may have held: then its `verify` is asked, but its steps never were. */
static bool is_needless(struct worlds *worlds, const struct asking *asking)
{
	const struct plan_node *node = &worlds->plan->nodes[asking->node];

	return asking->stage == WORLD_VERIFY && node->step->unless.count &&
	    world_choose(
		worlds, (struct choice){.kind = CHOICE_NEEDLESS, .about = node}, 1 << 0 | 1 << 1);
}

/* A step of the very block that asks, or one in a list beside whoever asks. */
static uint32_t ends_nearby(
    struct worlds *worlds, const struct asking *asking, const struct plan_node *node)
{
	const struct plan *plan = worlds->plan;
	const struct plan_node *at = &plan->nodes[asking->node];

	/* the runbook's checks are asked after a failure too, when no answer of theirs matters any more */
	if (node->parent == asking->node)
		return is_needless(worlds, asking) ? BIT_ABSENT : serving_ends(worlds, node->step);
	while (at->parent != node->parent)
		at = &plan->nodes[at->parent];
	if (at->part != node->part || at->part == PART_FINALLY)
		return all_ends(node->step);
	return serving_ends(worlds, node->step);
}

/* Whether the block of a node holds whoever asks, or is it. */
static bool is_nearby(
    const struct worlds *worlds, const struct asking *asking, const struct plan_node *node)
{
	return plan_within(worlds->plan, asking->node, node->parent);
}

static uint32_t ends_of(
    struct worlds *worlds, const struct asking *asking, const struct plan_node *node, uint32_t item)
{
	const struct plan_node *parent;
	enum world_end end;

	/* what a rollback undoes had begun */
	if (plan_within(worlds->plan, asking->node, node->index))
		return BIT_SUCCEEDED | BIT_FAILED | BIT_STOPPED;
	if (!item && is_nearby(worlds, asking, node))
		return ends_nearby(worlds, asking, node);
	if (node->part == PART_ROLLBACK) /* nobody knows whether it was run */
		return all_ends(node->step);
	parent = &worlds->plan->nodes[node->parent];
	end = item && parent->step->each.list ? world_item_end(worlds, asking, parent->index, item)
					      : world_end(worlds, asking, parent->index, item);
	if (end == WORLD_SUCCEEDED)
		return serving_ends(worlds, node->step);
	return end == WORLD_SKIPPED || end == WORLD_ABSENT ? BIT_ABSENT : all_ends(node->step);
}

enum world_end world_end(
    struct worlds *worlds, const struct asking *asking, uint32_t node, uint32_t item)
{
	const struct plan_node *at = &worlds->plan->nodes[node];
	struct choice key = {.kind = CHOICE_END, .about = at, .item = item};

	return world_choose(worlds, key, ends_of(worlds, asking, at, item));
}

enum world_end world_item_end(
    struct worlds *worlds, const struct asking *asking, uint32_t loop, uint32_t item)
{
	const struct plan_node *at = &worlds->plan->nodes[loop];
	struct choice key = {.kind = CHOICE_ITEM, .about = at, .item = item};
	uint32_t ends = at->step->unless.count ? BIT_SUCCEEDED | BIT_SKIPPED : BIT_SUCCEEDED;
	enum world_end end = world_end(worlds, asking, loop, item / ITEM_RADIX);

	if (end == WORLD_SKIPPED)
		ends = BIT_SKIPPED;
	else if (end != WORLD_SUCCEEDED) /* a failure of an item is the loop's to allow */
		ends |= BIT_FAILED | BIT_STOPPED;
	return world_choose(worlds, key, ends);
}

enum world_cause world_cause(struct worlds *worlds, uint32_t node, uint32_t item)
{
	const struct plan_node *at = &worlds->plan->nodes[node];
	struct choice key = {.kind = CHOICE_CAUSE, .about = at, .item = item};
	uint32_t causes = 0;

	if (at->step->when)
		causes |= 1 << CAUSE_WHEN;
	if (at->step->unless.count)
		causes |= 1 << CAUSE_UNLESS;
	if (at->step->each.list)
		causes |= 1 << CAUSE_EACH;
	return world_choose(worlds, key, causes);
}

bool world_began(struct worlds *worlds, uint32_t node, uint32_t item, enum world_end end)
{
	const struct plan_node *at = &worlds->plan->nodes[node];
	struct choice key = {.kind = CHOICE_BEGAN, .about = at, .item = item};

	if (end == WORLD_SUCCEEDED)
		return true;
	if (end == WORLD_SKIPPED || end == WORLD_ABSENT)
		return false;
	/* a failure is taken for one of the action, unless something is checked before it */
	if (end == WORLD_FAILED && !at->step->preconditions.count)
		return true;
	return world_choose(worlds, key, 1 << 0 | 1 << 1);
}
