/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/worlds_parts.h"

/* Whether a world can be: what had to hold before somebody asked, and what made each step end as it did. */

static bool is_false(const struct value *value)
{
	return value->type == VALUE_BOOL && !value->boolean;
}

/* Whether a condition lets go on whoever rests on it: what is false does not, nor what asks for what is not there. */
static bool holds(struct worlds *worlds, const struct asking *asking, const struct expr *expr)
{
	const struct value *value = world_eval(worlds, asking, expr, true);

	return !is_false(value) && !world_missing(worlds, value);
}

/* Checks over what is known; one with an action is looked at as far as it can be. */
static bool checks_hold(
    struct worlds *worlds, const struct asking *asking, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		if (checks->items[i].expect && !holds(worlds, asking, checks->items[i].expect))
			return false;
	return true;
}

/* Where all of `unless` is known to hold, the action is not begun. */
static bool is_needed(
    struct worlds *worlds, const struct asking *asking, const struct checks *unless)
{
	for (size_t i = 0; i < unless->count; i++)
		if (unless->items[i].action.spec || !holds(worlds, asking, unless->items[i].expect))
			return true;
	return !unless->count;
}

/* Whether the list of a loop may have an item, or may have none. */
static bool may_have(
    struct worlds *worlds, const struct asking *asking, const struct each *each, bool items)
{
	const struct value *list;

	/* a template's own names are not those that a target of the runbook means */
	if (each->target && each->target->book &&
	    each->target->book != worlds->plan->nodes[asking->node].book)
		return true;
	list = world_eval(worlds, asking, each->list, false);
	if (list->type == VALUE_LIST)
		return (list->list.count > 0) == items;
	return !world_missing(worlds, list);
}

/* What came before an expression in its own step. */
static bool step_got_there(struct worlds *worlds, const struct asking *asking)
{
	const struct plan_node *node = &worlds->plan->nodes[asking->node];
	const struct step *step = node->step;
	bool unasked = asking->stage == WORLD_VERIFY && step->unless.count;

	if (asking->stage > WORLD_WHEN && step->when &&
	    !holds(worlds, &(struct asking){asking->node, WORLD_WHEN}, step->when))
		return false;
	if (asking->stage > WORLD_EACH && step->each.list &&
	    !may_have(worlds, &(struct asking){asking->node, WORLD_EACH}, &step->each, true))
		return false;
	if (unasked) /* what `unless` says may have come in the place of all that follows */
		return true;
	if (asking->stage > WORLD_UNLESS &&
	    !is_needed(worlds, &(struct asking){asking->node, WORLD_UNLESS}, &step->unless))
		return false;
	if (asking->stage > WORLD_PRECONDITIONS &&
	    !checks_hold(
		worlds, &(struct asking){asking->node, WORLD_PRECONDITIONS}, &step->preconditions))
		return false;
	if (asking->stage > WORLD_EXPECT && step->expect &&
	    !holds(worlds, &(struct asking){asking->node, WORLD_EXPECT}, step->expect))
		return false;
	return asking->stage != WORLD_OUTPUTS || !step->is_block ||
	    checks_hold(worlds, &(struct asking){asking->node, WORLD_VERIFY}, &step->verify);
}

/* And in the blocks around it, from the outside in. */
static bool got_there(struct worlds *worlds, const struct asking *asking)
{
	uint32_t parent = worlds->plan->nodes[asking->node].parent;

	if (parent != PLAN_NONE && !got_there(worlds, &(struct asking){parent, WORLD_ACTION}))
		return false;
	return step_got_there(worlds, asking);
}

static bool could_skip(struct worlds *worlds, uint32_t node)
{
	const struct step *step = worlds->plan->nodes[node].step;
	const struct asking when = {node, WORLD_WHEN};
	enum world_cause cause = world_cause(worlds, node, 0);

	if (!step->when)
		return cause != CAUSE_EACH ||
		    may_have(worlds, &(struct asking){node, WORLD_EACH}, &step->each, false);
	if (cause != CAUSE_WHEN)
		return holds(worlds, &when, step->when);
	return is_false(world_eval(worlds, &when, step->when, true));
}

/* Its condition held, and what it checked before its action. */
static bool could_begin(struct worlds *worlds, uint32_t node)
{
	const struct step *step = worlds->plan->nodes[node].step;

	return (!step->when || holds(worlds, &(struct asking){node, WORLD_WHEN}, step->when)) &&
	    checks_hold(worlds, &(struct asking){node, WORLD_PRECONDITIONS}, &step->preconditions);
}

/* Whether a step could end as was chosen. What nobody knows does not speak against it. */
static bool could_end(struct worlds *worlds, uint32_t node, enum world_end end)
{
	const struct step *step = worlds->plan->nodes[node].step;

	if (end == WORLD_SKIPPED)
		return could_skip(worlds, node);
	if (end == WORLD_SUCCEEDED)
		return could_begin(worlds, node) &&
		    checks_hold(worlds, &(struct asking){node, WORLD_VERIFY}, &step->verify);
	if (world_chosen_began(worlds, node) && !could_begin(worlds, node))
		return false;
	/* an error in its condition fails it too */
	return end != WORLD_FAILED || !step->when ||
	    !is_false(world_eval(worlds, &(struct asking){node, WORLD_WHEN}, step->when, true));
}

/* What is not blocked came behind what it needs, as far as that is asked for: so that let it go on. */
static void heed_needs(struct worlds *worlds, uint32_t node, enum world_end end)
{
	const struct plan *plan = worlds->plan;
	const struct asking asking = {node, WORLD_WHEN};
	size_t count = worlds->count;

	if (end == WORLD_ABSENT || (end == WORLD_STOPPED && !world_chosen_began(worlds, node)))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct choice *choice = &worlds->choices[i];
		uint32_t other;

		if (choice->kind != CHOICE_END || choice->item ||
		    (choice->taken != WORLD_FAILED && choice->taken != WORLD_STOPPED))
			continue;
		other = ((const struct plan_node *)choice->about)->index;
		if (!plan_within(plan, node, other) && !plan_within(plan, other, node) &&
		    plan_needs(plan, node, other))
			world_end(worlds, &asking, other, 0);
	}
}

bool world_fits(struct worlds *worlds, const struct asking *asking)
{
	if (worlds->impossible || !got_there(worlds, asking))
		return false;
	/* each end that is asked for on the way is looked at in its turn */
	for (size_t i = 0; i < worlds->count && !worlds->too_many; i++) {
		const struct choice choice = worlds->choices[i];
		uint32_t node;

		if (i == FITS_MAX) { /* too far away to be told */
			worlds->too_many = true;
			break;
		}
		if (choice.kind != CHOICE_END || choice.item)
			continue;
		node = ((const struct plan_node *)choice.about)->index;
		world_heed_claims(worlds, asking, node);
		heed_needs(worlds, node, (enum world_end)choice.taken);
		if (!could_end(worlds, node, (enum world_end)choice.taken) || worlds->impossible)
			return false;
	}
	return !worlds->impossible && !worlds->too_many;
}
