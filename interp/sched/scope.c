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

/* The time, where somebody knows it. */
static const struct value *if_timed(
    struct arena *arena, const struct sched *sched, const struct value *time)
{
	static const uint32_t nobody[] = {PLAN_ROOT};

	return sched->options.timeless ? value_unknown(arena, nobody, 1) : time;
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
		return if_timed(arena, sched, value_timestamp_us(arena, sched->run.started_at_us));
	return NULL;
}

static const struct value *get_result(
    struct arena *arena, const struct value *object, struct str field)
{
	return result_field(arena, object->object.self, field);
}

static const struct object_class result_class = {"result", get_result};
static const struct object_class objectives_class = {"objectives", get_objective};

/* What was stored, as this state sees it: a step in it is the instance of its number here. */
static const struct value *seen(
    struct arena *arena, const struct sched *sched, const struct value *value)
{
	const struct object_class *class;
	const struct value **items;
	struct value_entry *entries;

	switch (value->type) {
	case VALUE_OBJECT:
		class = value->object.class;
		return class == &result_class || class == &objectives_class
		    ? value
		    : value_object(arena, class, sched, value->object.id);
	case VALUE_LIST:
		items = arena_array(arena, value->list.count, sizeof(*items));
		for (size_t i = 0; i < value->list.count; i++)
			items[i] = seen(arena, sched, value->list.items[i]);
		return value_list(arena, items, value->list.count);
	case VALUE_MAP:
		entries = arena_array(arena, value->map.count, sizeof(*entries));
		for (size_t i = 0; i < value->map.count; i++)
			entries[i] = (struct value_entry){value->map.entries[i].key,
			    seen(arena, sched, value->map.entries[i].value)};
		return value_map(arena, entries, value->map.count);
	default:
		return value;
	}
}

static const struct value *recall(struct arena *arena, const struct sched *sched, uint32_t id)
{
	const struct value *value = store_get(sched->store, id);

	return store_holds_objects(sched->store, id) ? seen(arena, sched, value) : value;
}

static const struct value *recall_item(
    struct arena *arena, const struct sched *sched, uint32_t list, uint32_t item)
{
	const struct value *value = store_get(sched->store, list)->list.items[item];

	return store_holds_objects(sched->store, list) ? seen(arena, sched, value) : value;
}

/* The node on the way from a block down to another: its child that holds that one, or is it. */
static const struct plan_node *way_down(
    const struct plan *plan, uint32_t block, const struct plan_node *node)
{
	while (node->parent != block)
		node = &plan->nodes[node->parent];
	return node;
}

/* From an instance down to a node below it; *ret_nearest is the last instance there is on the way. */
static uint32_t descend(
    const struct sched *sched, uint32_t at, const struct plan_node *node, uint32_t *ret_nearest)
{
	*ret_nearest = at;
	while (instance_at(sched, at)->node != node->index) {
		const struct instance *block = instance_at(sched, at);
		const struct plan_node *next = way_down(sched->plan, block->node, node);
		uint32_t first = block->is_loop ? NONE : block->first[next->part];

		if (first == NONE)
			return NONE;
		at = first + next->ordinal;
		*ret_nearest = at;
	}
	return at;
}

/* Up to the instance that holds the node in the same item and round, then down. */
static uint32_t find(const struct sched *sched, uint32_t from, uint32_t node, uint32_t *ret_nearest)
{
	uint32_t at = from;

	while (!plan_within(sched->plan, node, instance_at(sched, at)->node) ||
	    (instance_at(sched, at)->is_loop && instance_at(sched, at)->node != node))
		at = instance_at(sched, at)->parent;
	return descend(sched, at, &sched->plan->nodes[node], ret_nearest);
}

uint32_t scope_find(const struct sched *sched, uint32_t from, uint32_t node)
{
	uint32_t nearest;

	return find(sched, from, node, &nearest);
}

static const struct value *nothing_there(
    struct arena *arena, const struct plan_node *node, enum outcome outcome, const char *what)
{
	return value_error(arena, 0, 0, "step %.*s has no %s: it was %s", STR_ARG(node->step->id),
	    what, outcome_names[outcome]);
}

static const struct value *get_step_field(
    struct arena *arena, const struct value *object, struct str field);

/* A step; the object's id is its instance. */
static const struct object_class step_class = {"step", get_step_field};

static const struct value *get_done(struct arena *arena, const struct sched *sched,
    const struct plan_node *node, const struct instance *instance, struct str field)
{
	enum outcome outcome = instance->outcome;

	if (str_is(field, "began"))
		return value_bool(instance->began);
	if (str_is(field, "attempts"))
		return value_int(arena, instance->attempt);
	if (str_is(field, "duration"))
		return if_timed(arena, sched,
		    value_duration_us(arena, instance->finished_us - instance->began_us));
	if (str_is(field, "outputs")) {
		if (instance->outputs)
			return recall(arena, sched, instance->outputs);
		return nothing_there(arena, node, outcome, "outputs");
	}
	if (str_is(field, "result")) {
		if (instance->result)
			return value_object(arena, &result_class,
			    store_get(sched->store, instance->result), instance->result);
		return nothing_there(arena, node, outcome, "result");
	}
	return NULL;
}

/* A step whose block never began has no instance: it ended as its block did. The object's id is the block's. */
static const struct value *get_absent_field(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;
	const struct instance *block = instance_at(sched, object->object.id);
	bool skipped = block->outcome == OUTCOME_SKIPPED;
	enum outcome outcome = skipped ? OUTCOME_SKIPPED : OUTCOME_BLOCKED;

	hangs_touch(sched, object->object.id);
	if (block->vague)
		return value_unknown(arena, &block->node, 1);
	if (str_is(field, "outcome"))
		return value_string(arena, str_from(outcome_names[outcome]));
	if (str_is(field, "succeeded") || str_is(field, "failed") || str_is(field, "began"))
		return value_bool(false);
	if (str_is(field, "skipped"))
		return value_bool(skipped);
	if (str_is(field, "attempts"))
		return value_int(arena, 0);
	if (str_is(field, "duration"))
		return value_duration_us(arena, 0);
	if (str_is(field, "outputs") || str_is(field, "result") || str_is(field, "items"))
		return value_error(arena, 0, 0, "the step has no %.*s: it was %s", STR_ARG(field),
		    outcome_names[outcome]);
	return NULL;
}

static const struct object_class absent_class = {"step", get_absent_field};

/* The steps of one item; the object's id is the item's instance. */
static const struct value *get_item_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;
	const struct instance *item = instance_at(sched, object->object.id);
	const struct plan_node *node = node_of(sched, object->object.id);

	for (size_t i = 0; i < node->child_count; i++) {
		if (!str_eq(sched->plan->nodes[node->children[i]].step->id, field))
			continue;
		if (item->first[PART_STEPS] == NONE)
			return value_object(arena, &absent_class, sched, object->object.id);
		return value_object(
		    arena, &step_class, sched, item->first[PART_STEPS] + (uint32_t)i);
	}
	return NULL;
}

static const struct object_class item_steps_class = {"steps", get_item_step};

static const struct value *item_value(
    struct arena *arena, const struct sched *sched, const struct instance *item)
{
	return recall_item(arena, sched, instance_at(sched, item->parent)->list, item->item);
}

static const struct value *get_item_field(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;
	const struct instance *item = instance_at(sched, object->object.id);

	if (str_is(field, "item"))
		return item_value(arena, sched, item);
	if (str_is(field, "index"))
		return value_int(arena, item->item);
	if (str_is(field, "steps"))
		return value_object(arena, &item_steps_class, sched, object->object.id);
	return get_step_field(arena, object, field);
}

static const struct object_class item_class = {"item", get_item_field};

/* Every item may look at another loop's items: their list is made once in a post, not once for each who asks. */
static const struct value *get_items(struct arena *arena, const struct sched *sched, uint32_t index)
{
	const struct instance *loop = instance_at(sched, index);
	const struct value *list = store_get(sched->store, loop->list);
	struct items_memo *memo = arena == sched->scratch ? &sched->memo[index % ITEMS_MEMO] : NULL;
	const struct value **items;

	if (!list)
		return value_error(
		    arena, 0, 0, "the loop has no items: it was %s", outcome_names[loop->outcome]);
	if (memo && memo->items && memo->loop == index)
		return memo->items;
	items = arena_array(arena, list->list.count, sizeof(*items));
	for (size_t i = 0; i < list->list.count; i++)
		items[i] = value_object(
		    arena, &item_class, sched, loop->first[PART_STEPS] + (uint32_t)i);
	list = value_list(arena, items, list->list.count);
	if (memo)
		*memo = (struct items_memo){index, list};
	return list;
}

static const struct value *get_step_field(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;
	const struct instance *instance = instance_at(sched, object->object.id);
	const struct plan_node *node = node_of(sched, object->object.id);
	enum outcome outcome = instance->outcome;

	hangs_touch(sched, object->object.id);
	if (instance->vague)
		return value_unknown(arena, &node->index, 1);
	if (instance->stage != STAGE_DONE)
		return value_error(
		    arena, 0, 0, "step %.*s has not finished", STR_ARG(node->step->id));
	if (outcome == OUTCOME_REHEARSED) /* what decides is what it would have been */
		outcome = OUTCOME_SUCCEEDED;
	if (str_is(field, "outcome"))
		return value_string(arena, str_from(outcome_names[outcome]));
	if (str_is(field, "succeeded"))
		return value_bool(outcome == OUTCOME_SUCCEEDED);
	if (str_is(field, "failed"))
		return value_bool(outcome == OUTCOME_FAILED || outcome == OUTCOME_TIMED_OUT);
	if (str_is(field, "skipped"))
		return value_bool(outcome == OUTCOME_SKIPPED);
	if (str_is(field, "items") && instance->is_loop)
		return get_items(arena, sched, object->object.id);
	return get_done(arena, sched, node, instance, field);
}

/* `steps`, as an instance sees it: the object's id. */
static const struct value *get_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct sched *sched = object->object.self;
	uint32_t from = object->object.id;
	const struct plan_node *node = plan_find(sched->plan, node_of(sched, from)->book, field);
	uint32_t nearest;
	uint32_t index;

	if (!node)
		return NULL;
	index = find(sched, from, node->index, &nearest);
	return index == NONE ? value_object(arena, &absent_class, sched, nearest)
			     : value_object(arena, &step_class, sched, index);
}

static const struct object_class secrets_class = {"secrets", get_secret};
static const struct object_class run_class = {"run", get_run};
static const struct object_class steps_class = {"steps", get_step};

/* Those of the nearest template or runbook that is used, else the run's. */
static uint32_t params_of(const struct sched *sched, uint32_t at)
{
	for (; at != NONE; at = instance_at(sched, at)->parent) {
		const struct instance *instance = instance_at(sched, at);

		if (!instance->params)
			continue;
		if (sched->hangs && instance->params_taint)
			*sched->hangs = taint_union(sched, *sched->hangs, instance->params_taint);
		return instance->params;
	}
	return sched->run.params;
}

/* What the loops around call their items, the innermost first. */
static const struct value *get_loop_name(
    const struct sched_scope *self, struct arena *arena, struct str name)
{
	const struct sched *sched = self->sched;
	bool index = str_is(name, "index");

	if (self->each && (index || str_eq(name, self->each->as))) {
		hangs_touch(sched, self->instance);
		return index ? value_int(arena, self->item)
			     : recall_item(arena, sched,
				   instance_at(sched, self->instance)->check_list, self->item);
	}
	for (uint32_t at = self->instance; at != NONE; at = instance_at(sched, at)->parent) {
		const struct instance *item = instance_at(sched, at);

		if (item->item == NONE)
			continue;
		if (instance_at(sched, item->parent)->chosen)
			hangs_touch(sched, item->parent);
		if (index)
			return value_int(arena, item->item);
		if (str_eq(name, step_of(sched, at)->each.as))
			return item_value(arena, sched, item);
	}
	return NULL;
}

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	const struct sched_scope *self = scope->self;
	const struct sched *sched = self->sched;

	if (str_is(name, "steps"))
		return value_object(arena, &steps_class, sched, self->instance);
	if (str_is(name, "params"))
		return recall(arena, sched, params_of(sched, self->instance));
	if (str_is(name, "secrets"))
		return value_object(arena, &secrets_class, sched, 0);
	if (str_is(name, "objectives"))
		return value_object(arena, &objectives_class,
		    &node_of(sched, self->instance)->book->objectives, self->instance);
	if (str_is(name, "run"))
		return value_object(arena, &run_class, sched, 0);
	if (str_is(name, "now"))
		return if_timed(arena, sched, value_timestamp_us(arena, self->now_us));
	return get_loop_name(self, arena, name);
}

/* What a runbook declares means that runbook's names, in a template too. */
static const struct scope *at_home(const struct scope *scope, struct arena *arena, const void *home)
{
	const struct sched_scope *self = scope->self;
	struct sched_scope *there = arena_alloc(arena, sizeof(*there));

	scope_init(
	    there, self->sched, target_home(self->sched, self->instance, home, NULL), self->now_us);
	return &there->scope;
}

void scope_init(
    struct sched_scope *scope, const struct sched *sched, uint32_t instance, int64_t now_us)
{
	*scope = (struct sched_scope){
	    .scope = {get_name, scope, at_home},
	    .sched = sched,
	    .instance = instance,
	    .now_us = now_us,
	};
}

void scope_init_check(struct sched_scope *scope, const struct sched *sched, uint32_t instance,
    const struct check *check, uint32_t item, int64_t now_us)
{
	scope_init(scope, sched, instance, now_us);
	if (!check || !check->each.list || !instance_at(sched, instance)->check_list)
		return;
	scope->each = &check->each;
	scope->item = item;
}
