/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/telling.h"

/* What is below an instance and not done. Of a retried block it is the last round: the others are done. */
static void collect(const struct sched *sched, uint32_t index, bool all, struct queue *queue)
{
	const struct instance *instance = instance_at(sched, index);

	for (enum plan_part part = PART_STEPS; part < PARTS; part++) {
		size_t count = children_count(sched, index, part);

		for (uint32_t i = 0; i < count; i++) {
			uint32_t at = instance->first[part] + i;
			const struct instance *below = instance_at(sched, at);

			if (below->stage != STAGE_DONE && (all || !below->shielded))
				queue_push(queue, below->node, at);
			collect(sched, at, all, queue);
		}
	}
}

void subtree_cancel(
    struct sched *sched, uint32_t index, enum stop_how how, bool all, struct str why)
{
	bool shielded = instance_at(sched, index)->shielded;
	uint32_t said = store_put(sched->store, value_string(sched->scratch, why));
	struct queue queue = {0};
	uint32_t next;

	collect(sched, index, all || shielded, &queue);
	while (queue_pop(&queue, &next)) {
		struct instance *instance = instance_at(sched, next);

		instance->cancelled = true;
		if (sched->departing && instance->op == sched->departing)
			continue; /* it has ended, and says itself how */
		if (instance->stage != STAGE_FINALLY && instance->stage != STAGE_ENDING)
			instance->why = said;
		if (instance->background != NONE && all)
			background_stop(sched, next, how);
		if (instance->op != NONE)
			operation_stop(sched, instance->op, how, why);
		else
			instance_wake(sched, next);
	}
	queue_done(&queue);
}

void run_interrupt(struct sched *sched, struct str why)
{
	struct instance *root = instance_at(sched, PLAN_ROOT);
	enum stop_how how;

	divergence_withdraw(sched, why);
	if (sched->interrupts++ == 0)
		sched->interrupt_why = store_put(sched->store, value_string(sched->scratch, why));
	how = sched->interrupts == 1 ? STOP_TERM : STOP_KILL;
	recall_stop(sched, how, why);
	subtree_cancel(sched, PLAN_ROOT, how, sched->interrupts > 1, why);
	if (root->stage == STAGE_VERIFY) { /* not below the root, but it itself */
		bool has_ended = sched->departing && root->op == sched->departing;

		root->cancelled = true;
		if (!has_ended)
			root->why = sched->interrupt_why;
		if (root->op != NONE && !has_ended)
			operation_stop(sched, root->op, how, why);
	}
	/* the root waits for its children; where it has none, it ends by itself */
	instance_wake(sched, PLAN_ROOT);
}

/*
 * The first SIGINT or SIGTERM ends what runs and goes on to the finally steps; the second ends those too, at once, and
 * has none begin any more.
 * A SIGHUP is noted and changes nothing: a lost terminal does not stop a recovery.
 */
void signal_received(struct sched *sched, const struct message *in)
{
	if (str_is(in->signal.name, "SIGHUP") || sched->finished || sched->instance_count == 0)
		return;
	if (sched->telling->ended) {
		telling_stop(sched, say(sched, "interrupted by %.*s", STR_ARG(in->signal.name)));
		return;
	}
	run_interrupt(sched, say(sched, "interrupted by %.*s", STR_ARG(in->signal.name)));
}

struct str interrupt_account(struct sched *sched, struct str why)
{
	struct names names = {0};

	for (uint32_t i = 0; sched->interrupts > 1 && i < sched->instance_count; i++) {
		const struct instance *instance = instance_at(sched, i);

		if (instance->shielded && instance->outcome == OUTCOME_CANCELLED &&
		    !instance->began)
			names_add(sched, &names, i);
	}
	if (names.count == 0)
		return why;
	return say(sched, "%.*s; these clean-up steps did NOT run: %.*s", STR_ARG(why),
	    STR_ARG(names_text(sched, &names)));
}
