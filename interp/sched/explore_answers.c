/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"
#include "sched/task.h"

/* All that one who waits may be told. Outcomes, not results: of those nothing is known. */

/* What the rules say of an action that succeeds by itself. */
static struct verdict judge_ok(
    struct arena *arena, const struct sched *sched, const struct operation *op, struct rules rules)
{
	struct task task = task_of(sched, op->instance, op->what, op->index);
	struct sched_scope scope;

	scope_init_check(
	    &scope, sched, op->instance, task.check, op->item == NONE ? 0 : op->item, 0);
	return judge(&rules, &scope.scope, arena, true, (struct str){0},
	    result_unknown(arena, task.action->spec, node_of(sched, op->instance)));
}

const struct value *outputs_if_ok(struct arena *arena, const struct sched *sched, uint32_t index)
{
	const struct operation *op = operation_at(sched, instance_at(sched, index)->op);
	struct rules rules = {.outputs = step_of(sched, index)->outputs,
	    .output_count = step_of(sched, index)->output_count};

	return judge_ok(arena, sched, op, rules).outputs;
}

/* Whether it may succeed: its expectation holds, or who knows; and its outputs can be made. */
static bool may_succeed(struct arena *arena, const struct sched *sched, const struct operation *op)
{
	const struct check *check = task_of(sched, op->instance, op->what, op->index).check;
	struct rules all = check ? rules_of_check(check)
				 : rules_of_step(step_of(sched, op->instance));
	struct rules rules = {.expect = all.expect, .replaces_success = all.replaces_success};
	struct verdict verdict = judge_ok(arena, sched, op, rules);

	if (!verdict.ok && !verdict.unknown)
		return false;
	return check || !step_of(sched, op->instance)->output_count ||
	    outputs_if_ok(arena, sched, op->instance);
}

bool tries_left(const struct sched *sched, uint32_t index)
{
	return instance_at(sched, index)->attempt < step_of(sched, index)->retry.attempts;
}

/* A reply, and where `retry.when` decides that, the same without another attempt. */
static void add_tried(
    const struct sched *sched, struct reply reply, bool matters, struct replies *replies)
{
	reply.retry = true;
	replies_add(replies, reply);
	if (!matters || !step_of(sched, reply.instance)->retry.when ||
	    !tries_left(sched, reply.instance))
		return;
	reply.retry = false;
	replies_add(replies, reply);
}

static bool has_limit(const struct step *step)
{
	return step->timeout_us > 0 || action_limit_us(step->action.spec, NULL) > 0;
}

static void add_action(struct explorer *explorer, const struct standing *standing,
    const struct operation *op, struct replies *replies)
{
	const struct sched *sched = standing->sched;
	const struct step *step = step_of(sched, op->instance);
	struct reply reply = {.instance = op->instance};

	if (may_succeed(explorer->moment, sched, op)) {
		reply.kind = REPLY_OK;
		add_tried(sched, reply, step->verify.count > 0, replies);
	}
	reply.kind = REPLY_FAILED;
	add_tried(sched, reply, true, replies);
	if (has_limit(step)) {
		reply.kind = REPLY_TIMED_OUT;
		add_tried(sched, reply, true, replies);
	}
	if (op->class != EFFECT_READ && !standing->watch.died)
		replies_add(replies, (struct reply){.kind = REPLY_LOST, .instance = op->instance});
}

static void add_check(struct explorer *explorer, const struct sched *sched,
    const struct operation *op, struct replies *replies)
{
	struct reply reply = {.kind = REPLY_HOLDS, .instance = op->instance};

	if (may_succeed(explorer->moment, sched, op))
		replies_add(replies, reply);
	reply.kind = REPLY_FAILS;
	replies_add(replies, reply);
	reply.abort = op->what == START_VERIFY &&
	    task_of(sched, op->instance, op->what, op->index).check->abort &&
	    tries_left(sched, op->instance);
	if (reply.abort)
		replies_add(replies, reply);
}

static void add_answers(const struct standing *standing, uint32_t index, struct replies *replies)
{
	const struct instance *instance = instance_at(standing->sched, index);
	struct reply reply = {.kind = REPLY_APPROVED, .instance = index};

	replies_add(replies, reply);
	reply.kind = REPLY_DENIED;
	replies_add(replies, reply);
	if (instance->stage == STAGE_APPROVAL)
		return;
	reply.kind = REPLY_GONE;
	replies_add(replies, reply);
	if (instance->stage == STAGE_LOST)
		reply.kind = REPLY_AGAIN;
	else if (instance->expiry != NONE)
		reply.kind = REPLY_EXPIRED;
	else
		return;
	replies_add(replies, reply);
}

void replies_of(struct explorer *explorer, const struct standing *standing, uint32_t index,
    struct replies *replies)
{
	const struct sched *sched = standing->sched;
	const struct instance *instance = instance_at(sched, index);
	const struct operation *op = instance->op == NONE ? NULL
							  : operation_at(sched, instance->op);
	struct reply reply = {.instance = index};

	if (instance->stage == STAGE_BACKGROUND || instance->stage == STAGE_LOCK) {
		bool lock = instance->stage == STAGE_LOCK;

		reply.kind = lock ? REPLY_LOCKED : REPLY_BEGUN;
		replies_add(replies, reply);
		reply.kind = lock ? REPLY_LOCKED_OUT : REPLY_NOT_BEGUN;
		replies_add(replies, reply);
	} else if (op && op->what == START_ACTION) {
		add_action(explorer, standing, op, replies);
	} else if (op) {
		add_check(explorer, sched, op, replies);
	} else if (instance->stage == STAGE_APPROVAL || instance->stage == STAGE_ACTION ||
	    instance->stage == STAGE_LOST) {
		add_answers(standing, index, replies);
	} else {
		replies_of_choice(explorer, standing, index, replies);
	}
}
