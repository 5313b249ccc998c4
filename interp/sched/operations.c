/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/task.h"
#include "sched/telling.h"

#include <assert.h>

#include "base/mem.h"

struct operation *operation_at(const struct sched *sched, uint32_t op)
{
	assert(op >= 1 && op <= sched->op_count);
	return &sched->ops[op - 1];
}

static void could_not_begin(
    struct sched *sched, uint32_t index, enum start_what what, struct str why)
{
	if (start_is_action(what))
		instance_finish(sched, index, OUTCOME_FAILED, why);
	else
		check_failed(sched, index, what, why, false, STORE_NOTHING);
	instance_wake(sched, index);
}

static enum effect_class class_of(
    const struct sched *sched, uint32_t index, const struct task *task, const struct value *args)
{
	const struct step *step = step_of(sched, index);

	if (task->check)
		return EFFECT_READ;
	if (task->action == &step->background)
		return EFFECT_CHANGE;
	/* Of arguments that nobody knows, what was settled by those that are in the runbook is the bound. */
	if (step->effect_given || !task->action->spec->effect_of || args->type != VALUE_MAP)
		return step->effect;
	return task->action->spec->effect_of(args);
}

uint32_t operation_add(struct sched *sched, struct operation op)
{
	sched->ops = mem_grow(
	    sched->ops, sched->op_count, &sched->op_capacity, sizeof(*sched->ops));
	sched->ops[sched->op_count++] = op;
	if (op.holds_slot)
		sched->slots_used++;
	return (uint32_t)sched->op_count;
}

static struct poll_spec poll_of(const struct sched *sched, uint32_t index, const struct task *task)
{
	/* the outcome is decided: asked once, for the record (checks.c) */
	if (task->poll->within_us == UNSET_US || instance_at(sched, index)->worst != NONE)
		return (struct poll_spec){0};
	return (struct poll_spec){task->poll->within_us, task->poll->every_us, task->poll->for_us};
}

static void emit_start(struct sched *sched, uint32_t index, uint32_t op, const struct task *task,
    const struct value *args)
{
	const struct instance *instance = instance_at(sched, index);
	const struct operation *operation = operation_at(sched, op);
	struct str path = path_of(sched, index);
	const struct value *rehearse = task_rehearsal(sched, index, task);
	const struct value *shown = args->type == VALUE_UNKNOWN ? task_shown(sched, index, task)
								: NULL;
	struct message *out = emit(sched, MESSAGE_START);

	out->start.op = op;
	out->start.node = path;
	out->start.step = step_of(sched, index)->id;
	out->start.what = operation->what;
	out->start.index = operation->index;
	out->start.item = operation->item == NONE ? 0 : (int64_t)operation->item + 1;
	out->start.attempt = instance->attempt;
	out->start.action = str_from(task->action->spec->name);
	out->start.class = operation->class;
	out->start.args = args;
	out->start.timeout_us = task->timeout_us > 0 ? task->timeout_us
						     : action_limit_us(task->action->spec, args);
	out->start.grace_us = task->grace_us;
	out->start.session = task->action->session;
	out->start.sensitive = step_of(sched, index)->sensitive && !task->check;
	out->start.poll = poll_of(sched, index, task);
	out->start.deps = taint_names(sched, instance->taint);
	out->start.rehearse = rehearse;
	out->start.shown = shown;
	out->start.digest = task_digest(sched, task->action->spec, args);
}

bool operation_unrecorded(struct sched *sched, uint32_t index, enum effect_class class)
{
	if (class == EFFECT_READ || !sched->record_failed)
		return false;
	instance_finish(sched, index, OUTCOME_FAILED,
	    STR("the record cannot be written, so nothing that changes is begun"));
	instance_wake(sched, index);
	return true;
}

void operation_begin(struct sched *sched, uint32_t index, enum start_what what, uint32_t check)
{
	struct task task = task_of(sched, index, what, check);
	struct instance *instance = instance_at(sched, index);
	bool wants_slot = task.poll->within_us == UNSET_US && what != START_BACKGROUND;
	const struct value *args;
	enum effect_class class;
	struct str why = {0};
	uint32_t op;

	if (wants_slot && sched->slots_used >= sched->options.jobs) {
		instance->parked = true;
		queue_push(&sched->parked, instance->node, index);
		return;
	}
	args = task_args(sched, index, &task, &why);
	if (!args) {
		could_not_begin(sched, index, what, why);
		return;
	}
	if (!value_fits(args, MESSAGE_VALUE)) {
		could_not_begin(
		    sched, index, what, STR("its arguments are too large to be recorded"));
		return;
	}
	class = class_of(sched, index, &task, args);
	if (operation_unrecorded(sched, index, class))
		return;
	if (what == START_ACTION) {
		instance_began(sched, index);
		instance->attempt++;
	}
	op = operation_add(sched,
	    (struct operation){.instance = index,
		.index = check,
		.item = task.check && task.check->each.list ? instance->check_item : NONE,
		.what = (uint8_t)what,
		.class = (uint8_t) class,
		.holds_slot = wants_slot});
	*(what == START_BACKGROUND ? &instance->background : &instance->op) = op;
	emit_start(sched, index, op, &task, args);
}

bool operation_recall(struct sched *sched, uint32_t index)
{
	struct task task = task_of(sched, index, START_ACTION, 0);
	const struct value *args;
	struct str why = {0};
	uint32_t op;

	args = task.action->spec ? task_args(sched, index, &task, &why) : NULL;
	if (!args || !value_fits(args, MESSAGE_VALUE))
		return false;
	op = operation_add(sched,
	    (struct operation){.instance = index,
		.item = NONE,
		.what = START_ACTION,
		.class = (uint8_t)class_of(sched, index, &task, args),
		.recall = true});
	emit_start(sched, index, op, &task, args);
	return true;
}

void operation_stop(struct sched *sched, uint32_t op, enum stop_how how, struct str why)
{
	struct message *out = emit(sched, MESSAGE_STOP);

	out->stop.op = op;
	out->stop.how = how;
	out->stop.why = why;
}

bool operation_unpark(struct sched *sched)
{
	uint32_t index;

	while (sched->slots_used < sched->options.jobs && queue_pop(&sched->parked, &index)) {
		struct instance *instance = instance_at(sched, index);

		if (!instance->parked)
			continue;
		instance->parked = false;
		instance_wake(sched, index);
		return true;
	}
	return false;
}

/* A slot is free: the first that waits for one goes on. */
static void release_slot(struct sched *sched, struct operation *op)
{
	if (!op->holds_slot)
		return;
	op->holds_slot = false;
	sched->slots_used--;
	operation_unpark(sched);
}

/* The result is kept only where an expression may ask for it; streams only where one does. */
void operation_keep(struct sched *sched, uint32_t index, const struct value *result)
{
	unsigned flags = node_of(sched, index)->reads_flags;

	if (result && (flags & (READS_RESULT | READS_RESULT_STREAMS)))
		instance_at(sched, index)->result = store_put(sched->store, result);
}

static struct str why_of(
    const struct sched *sched, const struct instance *instance, const struct message *in)
{
	static const char *const sentences[] = {
	    [END_DONE] = "it did not succeed",
	    [END_TIMED_OUT] = "it did not end in time",
	    [END_STOPPED] = "it was stopped",
	    [END_ERROR] = "it could not be done",
	    [END_NOT_BEGUN] = "it was not begun",
	    [END_LOST] = "nobody knows how it ended",
	};
	const struct value *cancelled = store_get(sched->store, instance->why);

	if (instance->cancelled && cancelled)
		return value_text(cancelled);
	return in->finished.verdict.why.len ? in->finished.verdict.why
					    : str_from(sentences[in->finished.end]);
}

/*
 * It did not succeed, but what it comes after was not done: then it would have. What it would have given, nobody
 * knows.
 */
static void action_assumed(struct sched *sched, uint32_t index, struct str why)
{
	struct instance *instance = instance_at(sched, index);

	emit_assumed(sched, index, "action", value_null(),
	    taint_sentence(sched, instance->taint, why), instance->taint);
	instance->unperformed = instance->vague = true;
	instance->outputs = store_put(
	    sched->store, outputs_unknown(sched->scratch, node_of(sched, index), NULL));
	stage_set(sched, index, STAGE_VERIFY);
	instance_wake(sched, index);
}

static bool is_good(const struct message *in)
{
	return (in->finished.end == END_DONE || in->finished.end == END_ERROR) &&
	    in->finished.verdict.ok;
}

static bool may_be_assumed(
    const struct instance *instance, enum effect_class class, const struct message *in)
{
	enum op_end end = in->finished.end;

	return class == EFFECT_READ && instance->taint && in->finished.origin == ORIGIN_LIVE &&
	    !is_good(in) && (end == END_DONE || end == END_ERROR || end == END_TIMED_OUT);
}

static void action_finished(
    struct sched *sched, uint32_t index, enum effect_class class, const struct message *in)
{
	struct instance *instance = instance_at(sched, index);
	struct str why = why_of(sched, instance, in);

	operation_keep(sched, index, in->finished.result);
	if (may_be_assumed(instance, class, in)) {
		action_assumed(sched, index, why);
		return;
	}
	switch (in->finished.end) {
	case END_NOT_BEGUN: /* either somebody wanted it so, or the record could not be written */
		instance->began = instance->attempt > 1;
		instance_finish(
		    sched, index, instance->cancelled ? OUTCOME_CANCELLED : OUTCOME_FAILED, why);
		return;
	case END_STOPPED:
		instance_finish(sched, index, OUTCOME_CANCELLED, why);
		return;
	case END_LOST:
		action_lost(sched, index, class, why);
		return;
	case END_TIMED_OUT:
		instance_failed(sched, index, OUTCOME_TIMED_OUT, why, in->finished.verdict.retry);
		return;
	case END_ERROR:
	case END_DONE:
		break;
	}
	if (!in->finished.verdict.ok) {
		instance_failed(sched, index, OUTCOME_FAILED, why, in->finished.verdict.retry);
		return;
	}
	instance->outputs = store_put(sched->store,
	    instance->vague && !in->finished.verdict.outputs
		? outputs_unknown(sched->scratch, node_of(sched, index), NULL)
		: in->finished.verdict.outputs);
	instance->retry_wanted = in->finished.verdict.retry;
	stage_set(sched, index, STAGE_VERIFY);
	instance_wake(sched, index);
}

static void check_finished(
    struct sched *sched, uint32_t index, const struct operation *op, const struct message *in)
{
	struct instance *instance = instance_at(sched, index);
	struct str why = why_of(sched, instance, in);

	if (instance->bg_lost) {
		background_failed(sched, index);
	} else if (in->finished.end == END_STOPPED || in->finished.end == END_NOT_BEGUN) {
		instance_finish(
		    sched, index, instance->lost ? OUTCOME_LOST : OUTCOME_CANCELLED, why);
	} else if (in->finished.end == END_LOST) { /* it only reads: it is asked again */
		instance_wake(sched, index);
	} else if (in->finished.end == END_DONE && in->finished.verdict.ok) {
		checks_next(sched, index);
		instance_wake(sched, index);
	} else {
		bool again = step_of(sched, index)->is_block || instance->retry_wanted;

		check_failed(sched, index, op->what, why, again && !in->finished.verdict.abort,
		    in->finished.origin == ORIGIN_LIVE ? instance->taint : STORE_NOTHING);
		instance_wake(sched, index);
	}
}

/*
 * It was not really done. A change that was not leaves the world as it was, and what comes after it hangs on that; what
 * was to be read is only not known, or taken for given.
 */
static void operation_unperformed(
    struct sched *sched, const struct operation *op, enum origin origin)
{
	struct instance *instance = instance_at(sched, op->instance);
	bool is_action = start_is_action(op->what);

	if (op->class != EFFECT_READ)
		taint_own(sched, op->instance);
	instance->unperformed |= is_action;
	instance->vague |= is_action && origin == ORIGIN_UNKNOWN;
}

void operation_finished(struct sched *sched, const struct message *in)
{
	struct operation *op;
	struct operation copy;
	struct instance *instance;

	if (in->finished.op == 0 || in->finished.op > sched->op_count)
		return;
	op = operation_at(sched, in->finished.op);
	if (op->instance == NONE)
		return;
	copy = *op;
	op->instance = NONE;
	release_slot(sched, op);
	if (copy.what == START_NOTIFY) {
		if (telling_finished(sched, &copy, in))
			run_end(sched);
		return;
	}
	if (in->finished.origin != ORIGIN_LIVE)
		operation_unperformed(sched, &copy, in->finished.origin);
	if (copy.recall) {
		recall_finished(sched, copy.instance, in);
		return;
	}
	if (copy.what == START_BACKGROUND) {
		background_finished(sched, copy.instance, in);
		return;
	}
	instance = instance_at(sched, copy.instance);
	assert(instance->op == in->finished.op);
	instance->op = NONE;
	if (copy.what == START_ACTION)
		action_finished(sched, copy.instance, copy.class, in);
	else
		check_finished(sched, copy.instance, &copy, in);
}

bool sched_waits_for_people(const struct sched *sched)
{
	for (size_t i = 0; i < sched->op_count; i++)
		if (sched->ops[i].instance != NONE && sched->ops[i].what != START_BACKGROUND &&
		    sched->ops[i].what != START_NOTIFY)
			return false;
	for (size_t i = 0; i < sched->instance_count; i++)
		if (sched->instances[i].stage == STAGE_DELAY ||
		    (sched->instances[i].stage == STAGE_LOCK && !sched->instances[i].locked))
			return false;
	return true;
}

struct sched_operation sched_operation(const struct sched *sched, uint32_t op)
{
	struct sched_operation known = {0};
	const struct operation *operation;
	struct task task;

	if (op == 0 || op > sched->op_count || operation_at(sched, op)->instance == NONE)
		return known;
	operation = operation_at(sched, op);
	task = task_of(sched, operation->instance, operation->what, operation->index);
	known.under_way = true;
	known.sensitive = step_of(sched, operation->instance)->sensitive && !task.check;
	known.polled = task.poll->within_us != UNSET_US;
	return known;
}

struct verdict sched_judge(const struct sched *sched, uint32_t op, struct arena *arena, bool ok,
    struct str why, const struct value *result, int64_t now_us)
{
	const struct operation *operation = operation_at(sched, op);
	struct task task = task_of(sched, operation->instance, operation->what, operation->index);
	struct rules rules = {0};
	struct sched_scope scope;
	struct verdict verdict;

	if (task.check)
		rules = rules_of_check(task.check);
	else if (operation->what == START_ACTION)
		rules = rules_of_step(step_of(sched, operation->instance));
	scope_init_check(&scope, sched, operation->instance, task.check,
	    operation->item == NONE ? 0 : operation->item, now_us);
	verdict = judge(&rules, &scope.scope, arena, ok, why, result);
	if (verdict.outputs && !value_fits(verdict.outputs, MESSAGE_VALUE)) {
		verdict.ok = false;
		verdict.outputs = NULL;
		verdict.why = STR("its outputs are too large to be recorded");
	}
	if (verdict.why.len > MESSAGE_SENTENCE)
		verdict.why = arena_printf(
		    arena, "%.*s… (%zu bytes)", MESSAGE_SENTENCE, verdict.why.ptr, verdict.why.len);
	return verdict;
}

int64_t sched_output_bound(const struct sched *sched, uint32_t op)
{
	const struct operation *operation = operation_at(sched, op);
	const unsigned reads = READS_STREAMS | READS_RESULT_STREAMS;

	/* a check's own expressions are few and small; whether they read a stream was not asked: keep it */
	if (operation->what == START_BACKGROUND || operation->what == START_NOTIFY)
		return BOUND_UNREAD;
	if (operation->what != START_ACTION)
		return task_of(sched, operation->instance, operation->what, operation->index)
			   .check->expect
		    ? BOUND_READ
		    : BOUND_UNREAD;
	return node_of(sched, operation->instance)->reads_flags & reads ? BOUND_READ : BOUND_UNREAD;
}
