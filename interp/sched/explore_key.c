/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

/*
 * What decides how a standing goes on, in one order. Of what is done that is what something may still ask about; of
 * times, sentences and numbers given out nothing.
 */

struct keying {
	struct explorer *explorer;
	const struct standing *standing;
	struct buf *out;
};

static void put(struct keying *keying, const void *data, size_t size)
{
	buf_append(keying->out, data, size);
}

static void put_number(struct keying *keying, uint32_t number)
{
	put(keying, &number, sizeof(number));
}

/* An outcome as far as anybody tells it apart. */
static uint32_t told(const struct keying *keying, const struct instance *instance)
{
	const struct explorer *explorer = keying->explorer;
	enum outcome outcome = instance->outcome;

	if (outcome == OUTCOME_TIMED_OUT && !explorer->outcomes_told && !explorer->options.whole)
		outcome = OUTCOME_FAILED;
	return (uint32_t)outcome | (uint32_t)instance->began << 8;
}

static void put_done(struct keying *keying, uint32_t index)
{
	const struct sched *sched = keying->standing->sched;
	const struct explorer *explorer = keying->explorer;
	const struct instance *instance = instance_at(sched, index);
	const struct instance *around = instance->parent == NONE
	    ? NULL
	    : instance_at(sched, instance->parent);
	bool used = around && step_of(sched, instance->parent)->use.book &&
	    around->stage != STAGE_DONE;
	bool item = around && around->is_loop && around->stage != STAGE_DONE;

	if (!explorer->read[instance->node] && !used && !item && !explorer->options.whole)
		return;
	put_number(keying, instance->node << 8 | 1U);
	put_number(keying, instance->item);
	if (item && !explorer->read[instance->node] && !explorer->options.whole) {
		put_number(keying, instance->outcome == OUTCOME_SKIPPED);
		return;
	}
	put_number(keying, told(keying, instance));
	put_number(keying, instance->outputs);
	put_number(keying, instance->result);
	put_number(keying, instance->list);
	if (explorer->attempts_told || explorer->options.whole)
		put_number(keying, instance->attempt);
}

static uint32_t flags_of(const struct instance *instance)
{
	const bool flags[] = {instance->began, instance->polled_once, instance->approved,
	    instance->retry_wanted, instance->cancelled, instance->timed_out, instance->is_loop,
	    instance->needless, instance->locked, instance->bg_began, instance->bg_stopping,
	    instance->bg_lost, instance->lost, instance->asks_list, instance->culprit != NONE,
	    instance->op != NONE, instance->ask != NONE, instance->timer != NONE,
	    instance->deadline != NONE, instance->lock != NONE, instance->background != NONE,
	    instance->expiry != NONE};
	uint32_t word = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		word |= (uint32_t)flags[i] << i;
	return word;
}

static void put_going(struct keying *keying, uint32_t index)
{
	const struct sched *sched = keying->standing->sched;
	const struct instance *instance = instance_at(sched, index);
	const struct mark *mark = mark_of(keying->standing, index);

	put_number(keying, instance->node << 8 | 2U);
	put_number(
	    keying, instance->item << 16 | (uint32_t)instance->stage << 8 | instance->outcome);
	put_number(keying, flags_of(instance));
	put_number(keying, instance->waiting << 16 | (instance->running & 0xFFFF));
	put_number(keying, instance->check << 16 | (instance->attempt & 0xFFFF));
	put_number(keying, instance->check_item << 16 | (instance->next_item & 0xFFFF));
	put_number(keying, loop_may_refuse(sched, index) ? instance->failed : 0U);
	put_number(keying, instance->params);
	put_number(keying, instance->list);
	put_number(keying, instance->check_list);
	put_number(keying, instance->agreed);
	put_number(keying, instance->outputs);
	put_number(keying, instance->result);
	put_number(
	    keying, instance->worst == NONE ? 0U : instance_at(sched, instance->worst)->outcome);
	put_number(keying, instance->op == NONE ? 0U : operation_at(sched, instance->op)->what);
	if (mark) {
		put_number(keying, 0xFFFF0000U | mark->kind);
		put_number(keying, instance_at(sched, mark->by)->node);
	}
}

/* An instance and all that is below it and still counts: of a retried block the last round. */
static void put_tree(struct keying *keying, uint32_t index)
{
	const struct sched *sched = keying->standing->sched;

	if (instance_at(sched, index)->stage == STAGE_DONE)
		put_done(keying, index);
	else
		put_going(keying, index);
	for (enum plan_part part = PART_STEPS; part < PARTS; part++) {
		size_t count = children_count(sched, index, part);

		for (size_t i = 0; i < count; i++)
			put_tree(keying, instance_at(sched, index)->first[part] + (uint32_t)i);
	}
}

/* What is to be undone if the run fails, in the order in which it began. */
static void put_owed(struct keying *keying)
{
	const struct sched *sched = keying->standing->sched;
	size_t count = sched->begun.count;

	if (sched->plan->runbook->on_failure != FAILURE_ROLLBACK ||
	    instance_at(sched, PLAN_ROOT)->stage > STAGE_ROLLBACK)
		return;
	if (instance_at(sched, PLAN_ROOT)->stage == STAGE_ROLLBACK)
		count = sched->to_undo;
	for (size_t i = 0; i < count; i++) {
		uint32_t index = sched->begun.instances[i];

		if (!node_of(sched, index)->rollback_count)
			continue;
		put_number(keying, instance_at(sched, index)->node << 8 | 3U);
		put_number(keying,
		    instance_at(sched, index)->item << 16 |
			(instance_at(sched, index)->round & 0xFFFF));
	}
}

/* What was answered and may be asked again. */
static void put_facts(struct keying *keying)
{
	const struct explorer *explorer = keying->explorer;

	for (size_t i = 0; i < keying->standing->fact_count; i++) {
		const struct fact *fact = &keying->standing->facts[i];
		const uint8_t *asked_by = explorer->atoms[fact->atom].asked_by;
		bool live = explorer->options.whole;

		for (size_t k = 0; k < explorer->plan.count && !live; k++)
			live = asked_by[k] & explorer->live[k];
		if (!live)
			continue;
		put_number(keying, fact->atom << 8 | 4U);
		put_number(keying, fact->answer);
	}
}

static void put_watch(struct keying *keying)
{
	const struct explorer *explorer = keying->explorer;
	const struct watch *watch = &keying->standing->watch;

	put_number(keying, watch->died);
	put_number(keying,
	    instance_at(keying->standing->sched, PLAN_ROOT)->worst == NONE ? watch->doubt
									   : PLAN_NONE);
	put_number(keying, watch->left);
	for (size_t i = 0; i < explorer->destroying_count; i++)
		if (explorer->live[explorer->destroying[i]])
			put_number(keying, watch->looked[i / 64] >> i % 64 & 1);
}

void key_of(struct explorer *explorer, const struct standing *standing, struct buf *out)
{
	struct keying keying = {explorer, standing, out};

	live_find(explorer, standing->sched);
	put_tree(&keying, PLAN_ROOT);
	put_number(&keying,
	    (uint32_t)instance_at(standing->sched, PLAN_ROOT)->outcome << 1 |
		(standing->sched->stopper != NONE));
	put_owed(&keying);
	put_facts(&keying);
	put_watch(&keying);
}
