/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* What the names in an instance's expressions mean. Objects are made on demand; their self is the scheduler. */

static const struct value *get_secret(
    struct arena *arena, const struct value *object, struct str field)
{
	struct secret_part *part = arena_alloc(arena, sizeof(*part));

	(void)object;
	*part = (struct secret_part){true, field};
	return value_secret(arena, part, 1);
}

static const struct value *get_objective(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct objectives *objectives = object->object.self;
	int64_t us = UNSET_US;

	if (str_is(field, "rto"))
		us = objectives->rto_us;
	else if (str_is(field, "rpo"))
		us = objectives->rpo_us;
	return us == UNSET_US ? NULL : value_duration_us(arena, us);
}

static const struct value *get_run(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;

	if (str_is(field, "id"))
		return store_get(sched->store, sched->run.id);
	if (str_is(field, "mode"))
		return store_get(sched->store, sched->run.mode);
	if (str_is(field, "dir"))
		return store_get(sched->store, sched->run.dir);
	if (str_is(field, "started"))
		return value_timestamp_us(arena, sched->run.started_at_us);
	return NULL;
}

static const struct value *get_result(
    struct arena *arena, const struct value *object, struct str field)
{
	return result_field(arena, object->object.self, field);
}

static const struct object_class result_class = {"result", get_result};

/* A step whose block never began has no instance: it ended as its block did. */
static enum outcome outcome_of(const struct sched *sched, uint32_t node)
{
	while (node != PLAN_NONE) {
		uint32_t index = sched->latest[node];

		if (index != NONE)
			return instance_at(sched, index)->outcome == OUTCOME_SKIPPED
			    ? OUTCOME_SKIPPED
			    : OUTCOME_BLOCKED;
		node = sched->plan->nodes[node].parent;
	}
	return OUTCOME_BLOCKED;
}

static const struct value *nothing_there(
    struct arena *arena, const struct plan_node *node, enum outcome outcome, const char *what)
{
	return value_error(arena, 0, 0, "step %.*s has no %s: it was %s", STR_ARG(node->step->id),
	    what, outcome_names[outcome]);
}

static const struct value *get_done(struct arena *arena, const struct sched *sched,
    const struct plan_node *node, const struct instance *instance, struct str field)
{
	enum outcome outcome = instance->outcome;

	if (str_is(field, "began"))
		return value_bool(instance->began);
	if (str_is(field, "attempts"))
		return value_int(arena, instance->attempt);
	if (str_is(field, "duration"))
		return value_duration_us(arena, instance->finished_us - instance->began_us);
	if (str_is(field, "outputs")) {
		if (instance->outputs)
			return store_get(sched->store, instance->outputs);
		return nothing_there(arena, node, outcome, "outputs");
	}
	if (str_is(field, "result")) {
		if (instance->result)
			return value_object(
			    arena, &result_class, store_get(sched->store, instance->result), 0);
		return nothing_there(arena, node, outcome, "result");
	}
	return NULL;
}

static const struct value *get_absent(
    struct arena *arena, const struct plan_node *node, enum outcome outcome, struct str field)
{
	if (str_is(field, "began"))
		return value_bool(false);
	if (str_is(field, "attempts"))
		return value_int(arena, 0);
	if (str_is(field, "duration"))
		return value_duration_us(arena, 0);
	if (str_is(field, "outputs"))
		return nothing_there(arena, node, outcome, "outputs");
	if (str_is(field, "result"))
		return nothing_there(arena, node, outcome, "result");
	return NULL;
}

static const struct value *get_step_field(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;
	const struct plan_node *node = &sched->plan->nodes[object->object.id];
	uint32_t index = sched->latest[node->index];
	const struct instance *instance = index == NONE ? NULL : instance_at(sched, index);
	enum outcome outcome = instance ? (enum outcome)instance->outcome
					: outcome_of(sched, node->index);

	if (instance && instance->unperformed)
		return value_unknown(arena, &node->index, 1);
	if (instance && instance->stage != STAGE_DONE)
		return value_error(
		    arena, 0, 0, "step %.*s has not finished", STR_ARG(node->step->id));
	if (str_is(field, "outcome"))
		return value_string(arena, str_from(outcome_names[outcome]));
	if (str_is(field, "succeeded"))
		return value_bool(outcome == OUTCOME_SUCCEEDED);
	if (str_is(field, "failed"))
		return value_bool(outcome == OUTCOME_FAILED || outcome == OUTCOME_TIMED_OUT);
	if (str_is(field, "skipped"))
		return value_bool(outcome == OUTCOME_SKIPPED);
	return instance ? get_done(arena, sched, node, instance, field)
			: get_absent(arena, node, outcome, field);
}

static const struct object_class step_class = {"step", get_step_field};

static const struct value *get_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;
	const struct plan_node *node = plan_find(sched->plan, sched->plan->runbook, field);

	return node ? value_object(arena, &step_class, sched, node->index) : NULL;
}

static const struct object_class secrets_class = {"secrets", get_secret};
static const struct object_class objectives_class = {"objectives", get_objective};
static const struct object_class run_class = {"run", get_run};
static const struct object_class steps_class = {"steps", get_step};

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	const struct sched_scope *self = scope->self;
	const struct sched *sched = self->sched;

	if (str_is(name, "steps"))
		return value_object(arena, &steps_class, sched, 0);
	if (str_is(name, "params"))
		return store_get(sched->store, sched->run.params);
	if (str_is(name, "secrets"))
		return value_object(arena, &secrets_class, sched, 0);
	if (str_is(name, "objectives"))
		return value_object(arena, &objectives_class, &sched->plan->runbook->objectives, 0);
	if (str_is(name, "run"))
		return value_object(arena, &run_class, sched, 0);
	if (str_is(name, "now"))
		return value_timestamp_us(arena, self->now_us);
	return NULL;
}

void scope_init(
    struct sched_scope *scope, const struct sched *sched, uint32_t instance, int64_t now_us)
{
	*scope = (struct sched_scope){
	    .scope = {get_name, scope},
	    .sched = sched,
	    .instance = instance,
	    .now_us = now_us,
	};
}
