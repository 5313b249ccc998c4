/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/alone.h"

/*
 * A run of one step alone: run.started says which, and how the steps around it ended elsewhere. Those are made done
 * when their block begins; what is left goes its way as in any run. Of the blocks around the step `unless`,
 * preconditions, approval, lock and background process hold as ever; their `when`, `verify`, `outputs` and finally
 * steps speak of more than one step, and are left out. The root as the step: the runbook's `verify` alone.
 */

enum { RESULT_BYTES = 64 << 10 };

/* As `given` and accounts spell it; anything else: it was never come to. */
static enum outcome outcome_of(const struct value *account)
{
	const struct value *word = value_get(account, "outcome");

	for (int i = OUTCOME_SUCCEEDED; word && outcome_names[i]; i++)
		if (str_is(value_text(word), outcome_names[i]))
			return i == OUTCOME_REHEARSED ? OUTCOME_SUCCEEDED : (enum outcome)i;
	return OUTCOME_BLOCKED;
}

void alone_begin(struct sched *sched, const struct value *alone)
{
	const struct value *step = value_get(alone, "step");
	const struct plan_node *node = step ? plan_at(sched->plan, value_text(step)) : NULL;

	sched->run.only = node ? node->index : NONE;
	sched->run.alone = node ? store_put(sched->store, alone) : STORE_NOTHING;
}

bool alone_around(const struct sched *sched, uint32_t node)
{
	uint32_t only = sched->run.only;

	return only != NONE &&
	    (node == PLAN_ROOT || (node != only && plan_within(sched->plan, only, node)));
}

bool alone_leaves_out(const struct sched *sched, uint32_t node, enum plan_part part)
{
	uint32_t only = sched->run.only;

	if (!alone_around(sched, node))
		return false;
	if (only == PLAN_ROOT)
		return part == PART_FINALLY;
	while (sched->plan->nodes[only].parent != node)
		only = sched->plan->nodes[only].parent;
	return sched->plan->nodes[only].part != part;
}

static const struct value *option(const struct sched *sched, const char *key)
{
	return value_get(store_get(sched->store, sched->run.alone), key);
}

/* "restore", "restore/load", "host[2]/drain": rounds are not told apart. */
static struct str path_below(
    const struct sched *sched, uint32_t index, struct str above, struct arena *arena)
{
	const struct instance *instance = instance_at(sched, index);

	if (instance->item != NONE)
		return arena_printf(arena, "%.*s[%u]", STR_ARG(above), instance->item);
	return arena_printf(arena, "%.*s%s%.*s", STR_ARG(above), above.len ? "/" : "",
	    STR_ARG(step_of(sched, index)->id));
}

/* What an account does not say follows from its outcome. */
static void settle_times(
    const struct sched *sched, struct instance *instance, const struct value *account)
{
	const struct value *began = value_get(account, "began");
	const struct value *attempts = value_get(account, "attempts");
	const struct value *duration = value_get(account, "duration");
	bool ran = instance->outcome == OUTCOME_SUCCEEDED || instance->outcome == OUTCOME_FAILED ||
	    instance->outcome == OUTCOME_TIMED_OUT || instance->outcome == OUTCOME_LOST;

	instance->began = began && began->type == VALUE_BOOL ? began->boolean : ran;
	instance->attempt = attempts && attempts->type == VALUE_INT ? (uint32_t)attempts->integer
								    : instance->began;
	instance->finished_us = sched->t_us;
	instance->began_us = sched->t_us;
	if (duration && duration->type == VALUE_DURATION)
		instance->began_us -= value_us(duration);
}

/* The items of a loop, of which an account says what they were. */
static void add_items(struct sched *sched, uint32_t index, const struct value *list)
{
	struct instance *loop = instance_at(sched, index);

	loop->is_loop = true;
	if (!list || list->type != VALUE_LIST)
		return;
	loop->list = store_put(sched->store, list);
	loop->first[PART_STEPS] = (uint32_t)sched->instance_count;
	for (uint32_t i = 0; i < list->list.count; i++) {
		uint32_t item = instance_add(sched, instance_at(sched, index)->node, index, 1);

		instance_at(sched, item)->item = i;
	}
}

static void add_below(struct sched *sched, uint32_t index, const struct value *account)
{
	const struct instance *instance = instance_at(sched, index);

	if (step_of(sched, index)->each.list && instance->item == NONE)
		add_items(sched, index, value_get(account, "items"));
	else if (node_of(sched, index)->child_count && instance->outcome != OUTCOME_SKIPPED)
		children_add(sched, index, PART_STEPS);
}

/* As it ended elsewhere; so did what is in it, of which some may be known although the block itself is not. */
static void settle(struct sched *sched, uint32_t index, struct str above)
{
	struct str path = path_below(sched, index, above, sched->scratch);
	const struct value *account = value_get_str(option(sched, "given"), path);
	struct instance *instance = instance_at(sched, index);
	size_t count;

	instance->outcome = (uint8_t)outcome_of(account);
	settle_times(sched, instance, account);
	instance->waiting = 0;
	instance->outputs = store_put(sched->store, value_get(account, "outputs"));
	instance->result = store_put(sched->store, value_get(account, "result"));
	stage_set(sched, index, STAGE_DONE);
	add_below(sched, index, account);
	count = children_count(sched, index, PART_STEPS);
	for (size_t i = 0; i < count; i++)
		settle(sched, instance_at(sched, index)->first[PART_STEPS] + (uint32_t)i, path);
}

void alone_settle(struct sched *sched, uint32_t index, enum plan_part part)
{
	uint32_t first = instance_at(sched, index)->first[part];
	uint32_t count = instance_at(sched, index)->running;
	uint32_t only = sched->run.only;
	struct str above;

	if (!alone_around(sched, instance_at(sched, index)->node))
		return;
	above = path_of(sched, index);
	for (uint32_t at = first; at < first + count; at++) {
		if (!plan_within(sched->plan, only, instance_at(sched, at)->node)) {
			settle(sched, at, above);
			instance_at(sched, index)->running--;
			continue;
		}
		instance_at(sched, at)->waiting = 0;
		instance_at(sched, at)->began_us = sched->t_us;
		if (instance_at(sched, at)->node != only)
			stage_set(sched, at, STAGE_UNLESS);
	}
	if (instance_at(sched, index)->running == 0)
		instance_wake(sched, index);
}

/* A text as it is, all else as JSON: what a workflow that goes through the list hands over. */
static bool is_written(struct arena *arena, const struct value *item, struct str text)
{
	struct str why;
	const struct value *read = value_from_plain_json(arena, text, &why);
	struct buf shown;
	bool same;

	buf_init(&shown, BUF_UNBOUNDED);
	same = (value_show(item, &shown) && str_eq(buf_view(&shown), text)) ||
	    (read && value_equal(item, read));
	buf_done(&shown);
	return same;
}

const struct value *alone_item(
    struct sched *sched, uint32_t index, const struct value *list, struct str *ret_why)
{
	const struct value *item = option(sched, "item");
	const struct value **items;

	if (!item || instance_at(sched, index)->node != sched->run.only)
		return list;
	for (size_t i = 0; i < list->list.count; i++) {
		if (!is_written(sched->scratch, list->list.items[i], value_text(item)))
			continue;
		items = arena_array(sched->scratch, 1, sizeof(*items));
		items[0] = list->list.items[i];
		return value_list(sched->scratch, items, 1);
	}
	*ret_why = say(sched, "for_each: the list has no item %.*s", STR_ARG(value_text(item)));
	return NULL;
}

int64_t alone_attempts(const struct sched *sched, uint32_t index)
{
	bool once = instance_at(sched, index)->node == sched->run.only && option(sched, "once");

	return once ? 1 : step_of(sched, index)->retry.attempts;
}

struct str alone_sentence(struct sched *sched)
{
	uint32_t index = sched->run.only == PLAN_ROOT
	    ? NONE
	    : scope_find(sched, PLAN_ROOT, sched->run.only);

	if (sched->run.only == PLAN_ROOT)
		return STR("its `verify` alone: it holds; no step was run");
	return say(sched, "step %.*s alone: %s%s", STR_ARG(path_of(sched, index)),
	    outcome_names[instance_at(sched, index)->outcome],
	    instance_at(sched, index)->allowed ? " (allowed)" : "");
}

/* What is known of a step that was run here; of a block, of those in it too. */
static const struct value *account_of(
    const struct sched *sched, const struct instance *instance, struct arena *arena)
{
	const struct value *result = store_get(sched->store, instance->result);
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "outcome", value_string(arena, str_from(outcome_names[instance->outcome])));
	map_add(&map, "began", value_bool(instance->began));
	map_add(&map, "attempts", value_int(arena, instance->attempt));
	map_add(
	    &map, "duration", value_duration_us(arena, instance->finished_us - instance->began_us));
	if (instance->is_loop && instance->list)
		map_add(&map, "items", store_get(sched->store, instance->list));
	if (instance->outputs)
		map_add(&map, "outputs", store_get(sched->store, instance->outputs));
	if (result && value_fits(result, RESULT_BYTES))
		map_add(&map, "result", result);
	return map_end(&map);
}

static void add_accounts(const struct sched *sched, uint32_t index, struct str path,
    struct arena *arena, struct map_builder *map)
{
	const struct instance *instance = instance_at(sched, index);
	size_t count = children_count(sched, index, PART_STEPS);

	if (instance->stage != STAGE_DONE)
		return;
	map_add_str(map, path, account_of(sched, instance, arena));
	for (size_t i = 0; i < count; i++) {
		uint32_t below = instance->first[PART_STEPS] + (uint32_t)i;

		add_accounts(sched, below, path_below(sched, below, path, arena), arena, map);
	}
}

const struct value *sched_account(const struct sched *sched, struct arena *arena)
{
	uint32_t only = sched->run.only;
	uint32_t index = only == NONE || only == PLAN_ROOT ? NONE
							   : scope_find(sched, PLAN_ROOT, only);
	struct map_builder map;

	map_begin(&map, arena);
	if (index != NONE)
		add_accounts(sched, index, value_text(option(sched, "step")), arena, &map);
	return map_end(&map);
}
