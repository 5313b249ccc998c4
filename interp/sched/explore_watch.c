/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <stdlib.h>

#include "base/mem.h"

/*
 * What findings are made of: facts of the way so far, few enough that states still become one. Of the changes that
 * failed one at a time is followed until something looks, of those that nothing would undo the last: another way leads
 * past it to each of the others.
 */

static bool is_bad(const struct sched *sched)
{
	enum outcome outcome = instance_at(sched, PLAN_ROOT)->outcome;

	return outcome != OUTCOME_NONE && outcome != OUTCOME_SUCCEEDED;
}

void before_take(struct before *before, const struct sched *sched)
{
	before->count = sched->instance_count;
	before->op_count = sched->op_count;
	before->stopped = sched->stopper != NONE;
	before->failing = sched->instance_count && is_bad(sched);
	before->stages = mem_alloc(before->count);
	for (uint32_t i = 0; i < before->count; i++)
		before->stages[i] = instance_at(sched, i)->stage;
}

void before_done(struct before *before)
{
	free(before->stages);
}

static void find(struct explorer *explorer, enum finding_kind kind, uint32_t node, uint32_t culprit)
{
	size_t at = 0;

	if (explorer->listen) /* a story is told of what was found */
		return;
	while (at < explorer->found_count &&
	    (explorer->found[at].kind != kind || explorer->found[at].node != node))
		at++;
	if (at < explorer->found_count && !way_is_better(explorer->cost, explorer->found[at].cost))
		return;
	if (at == explorer->found_count) {
		explorer->found = mem_grow(explorer->found, explorer->found_count,
		    &explorer->found_capacity, sizeof(*explorer->found));
		explorer->found_count++;
	}
	explorer->found[at] = (struct found){
	    kind, node, culprit, explorer->from, *explorer->reply, explorer->cost};
}

static void destruction_begins(
    struct explorer *explorer, const struct standing *standing, uint32_t node)
{
	size_t place = destroying_place(explorer, node);

	if (!(standing->watch.looked[place / 64] >> place % 64 & 1))
		find(explorer, FINDING_BLIND, node, PLAN_NONE);
}

static bool did(const struct step *step)
{
	return step->action.spec || step->manual.text;
}

static bool is_reached(const struct instance *instance)
{
	switch ((enum outcome)instance->outcome) {
	case OUTCOME_NONE:
		return instance->stage > STAGE_LOOP;
	case OUTCOME_SKIPPED:
		return instance->needless || instance->began;
	case OUTCOME_BLOCKED:
	case OUTCOME_CANCELLED:
		return instance->began;
	default:
		return true;
	}
}

/* In the course of the run, not in putting things right. */
static bool in_course(const struct sched *sched, uint32_t index)
{
	for (; index != NONE; index = instance_at(sched, index)->parent)
		if (node_of(sched, index)->part != PART_STEPS)
			return false;
	return true;
}

static void step_done(struct explorer *explorer, struct standing *standing, uint32_t index)
{
	const struct instance *instance = instance_at(standing->sched, index);
	const struct step *step = step_of(standing->sched, index);
	bool failed = instance->outcome == OUTCOME_FAILED || instance->outcome == OUTCOME_TIMED_OUT;

	if (!did(step) || step->effect == EFFECT_READ || instance->is_loop || !instance->began ||
	    !in_course(standing->sched, index))
		return;
	if (failed && standing->watch.doubt == PLAN_NONE && explorer->doubtful[instance->node])
		standing->watch.doubt = instance->node;
	if (instance->outcome == OUTCOME_SUCCEEDED && explorer->unrolled[instance->node])
		standing->watch.left = instance->node;
}

/* Whoever asks for its outcome has noticed. */
static void step_goes_on(struct explorer *explorer, struct standing *standing, uint32_t index)
{
	const struct plan_node *node = &explorer->plan
					    .nodes[instance_at(standing->sched, index)->node];
	uint32_t doubt = standing->watch.doubt;

	for (size_t i = 0; doubt != PLAN_NONE && i < node->read_count; i++)
		if (plan_within(&explorer->plan, doubt, node->reads[i]))
			standing->watch.doubt = PLAN_NONE;
}

void watch_look(struct explorer *explorer, struct standing *standing, uint32_t node, bool checked)
{
	struct watch *watch = &standing->watch;

	if (watch->doubt != PLAN_NONE && watch->doubt != node &&
	    (plan_within(&explorer->plan, watch->doubt, node) ||
		plan_needs(&explorer->plan, node, watch->doubt)))
		watch->doubt = PLAN_NONE;
	for (size_t i = 0; checked && i < explorer->destroying_count; i++)
		if (comes_before(explorer, node, explorer->destroying[i]))
			watch->looked[i / 64] |= UINT64_C(1) << i % 64;
}

/* A failure, whatever of: what was changed before stays. */
static void failure(
    struct explorer *explorer, const struct standing *standing, const struct before *before)
{
	const struct sched *sched = standing->sched;
	uint32_t culprit = PLAN_ROOT;

	if (standing->watch.left == PLAN_NONE || before->stopped || before->failing ||
	    (sched->stopper == NONE && !is_bad(sched)))
		return;
	if (sched->stopper != NONE)
		culprit = instance_at(sched, sched->stopper)->node;
	find(explorer, FINDING_LEFT, standing->watch.left, culprit);
}

static void operations_begin(
    struct explorer *explorer, const struct standing *standing, size_t from)
{
	const struct sched *sched = standing->sched;

	for (size_t i = from; i < sched->op_count; i++) {
		const struct operation *op = &sched->ops[i];
		uint32_t node = op->instance == NONE ? NONE
						     : instance_at(sched, op->instance)->node;

		if (node != NONE && op->what == START_ACTION &&
		    explorer->plan.nodes[node].step->effect == EFFECT_DESTROY)
			destruction_begins(explorer, standing, node);
	}
}

/* What went on in a post: first what ended, since whoever asks for its outcome begins behind it. */
static void steps_went_on(
    struct explorer *explorer, struct standing *standing, const struct before *before, bool ended)
{
	const struct sched *sched = standing->sched;

	for (uint32_t i = 0; i < sched->instance_count; i++) {
		const struct instance *instance = instance_at(sched, i);
		enum stage was = i < before->count ? before->stages[i] : STAGE_WAITING;

		if (was == instance->stage)
			continue;
		if (!ended && was == STAGE_WAITING && instance->outcome != OUTCOME_BLOCKED &&
		    instance->outcome != OUTCOME_CANCELLED)
			step_goes_on(explorer, standing, i);
		if (ended && instance->stage == STAGE_DONE) {
			explorer->result->outcomes[instance->node] |= (uint16_t)(1U
			    << instance->outcome);
			step_done(explorer, standing, i);
			/* as near as it came to it, if it never comes nearer */
			if (!is_reached(instance) && !explorer->reached[instance->node])
				find(explorer, FINDING_UNREACHED, instance->node, PLAN_NONE);
		}
		explorer->reached[instance->node] |= is_reached(instance);
		if (ended && instance->stage == STAGE_ACTION && instance->ask != NONE &&
		    step_of(sched, i)->effect == EFFECT_DESTROY)
			destruction_begins(explorer, standing, instance->node);
	}
}

void watch_post(struct explorer *explorer, struct standing *standing, const struct before *before)
{
	failure(explorer, standing, before);
	steps_went_on(explorer, standing, before, true);
	steps_went_on(explorer, standing, before, false);
	operations_begin(explorer, standing, before->op_count);
}

void watch_end(struct explorer *explorer, const struct standing *standing)
{
	if (instance_at(standing->sched, PLAN_ROOT)->outcome == OUTCOME_SUCCEEDED &&
	    standing->watch.doubt != PLAN_NONE)
		find(explorer, FINDING_UNNOTICED, standing->watch.doubt, PLAN_NONE);
}
