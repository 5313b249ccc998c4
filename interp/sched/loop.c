/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/alone.h"
#include "sched/state.h"

#include <assert.h>

/*
 * A loop is an instance whose children are its items: instances of the same node, side by side in the order of the
 * list. At most max_parallel of them have been let in and are not done; the others wait, behind the canaries until
 * those are done. Who is let in with a culprit never begins.
 */

static void let_in(struct sched *sched, uint32_t index)
{
	const struct instance *loop = instance_at(sched, index);
	uint32_t at = loop->first[PART_STEPS] + loop->next_item;

	instance_at(sched, index)->next_item++;
	instance_at(sched, at)->waiting = 0;
	/* it comes after those that are done */
	taint_add(sched, at, loop->taint);
	instance_wake(sched, at);
}

static uint32_t count_of(const struct sched *sched, const struct instance *loop)
{
	return (uint32_t)store_get(sched->store, loop->list)->list.count;
}

struct str loop_item(struct sched *sched, uint32_t item)
{
	const struct instance *instance = instance_at(sched, item);
	const struct instance *loop = instance_at(sched, instance->parent);

	return shown_item(sched, store_get(sched->store, loop->list)->list.items[instance->item]);
}

static uint32_t canaries_of(const struct sched *sched, uint32_t index)
{
	return (uint32_t)each_canaries(
	    &step_of(sched, index)->each, count_of(sched, instance_at(sched, index)));
}

/* Nobody behind the canaries is done before all of them are. */
static bool has_canaries(const struct sched *sched, uint32_t index)
{
	const struct instance *loop = instance_at(sched, index);

	return count_of(sched, loop) - loop->running < canaries_of(sched, index);
}

static void admit(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	uint32_t count = count_of(sched, instance_at(sched, index));
	uint32_t done = count - instance_at(sched, index)->running;
	uint32_t until = has_canaries(sched, index) ? canaries_of(sched, index) : count;

	while (instance_at(sched, index)->next_item < until &&
	    instance_at(sched, index)->next_item - done < step->each.max_parallel)
		let_in(sched, index);
}

/* Those that were not begun never will be. */
static void refuse_rest(struct sched *sched, uint32_t index, uint32_t culprit)
{
	uint32_t count = count_of(sched, instance_at(sched, index));

	while (instance_at(sched, index)->next_item < count) {
		const struct instance *loop = instance_at(sched, index);

		instance_at(sched, loop->first[PART_STEPS] + loop->next_item)->culprit = culprit;
		let_in(sched, index);
	}
}

static bool is_canary(const struct sched *sched, uint32_t item)
{
	const struct instance *instance = instance_at(sched, item);

	return instance->item < canaries_of(sched, instance->parent);
}

static uint32_t may_fail(const struct sched *sched, uint32_t index)
{
	return (uint32_t)each_may_fail(
	    &step_of(sched, index)->each, count_of(sched, instance_at(sched, index)));
}

bool loop_may_refuse(const struct sched *sched, uint32_t index)
{
	const struct instance *loop = instance_at(sched, index);

	if (!loop->is_loop || loop->next_item >= count_of(sched, loop))
		return false;
	return has_canaries(sched, index) || may_fail(sched, index) < count_of(sched, loop);
}

struct str loop_refusal(struct sched *sched, uint32_t item)
{
	const struct instance *instance = instance_at(sched, item);
	uint32_t culprit = instance->culprit;
	struct str how = ended(sched, culprit);

	if (is_canary(sched, culprit))
		return say(sched, "the canary %.*s %.*s before it",
		    STR_ARG(loop_item(sched, culprit)), STR_ARG(how));
	how = say(sched, "item %u (%.*s) %.*s before it", instance_at(sched, culprit)->item,
	    STR_ARG(loop_item(sched, culprit)), STR_ARG(how));
	if (step_of(sched, item)->each.max_failures.number)
		return say(sched, "%.*s, one more than the %u that may", STR_ARG(how),
		    may_fail(sched, instance->parent));
	return how;
}

struct str loop_stopped(struct sched *sched, uint32_t index)
{
	const struct instance *loop = instance_at(sched, index);
	const struct instance *last;

	if (!loop->is_loop)
		return (struct str){0};
	/* whoever is refused, the last is */
	last = instance_at(sched, loop->first[PART_STEPS] + count_of(sched, loop) - 1);
	if (last->outcome != OUTCOME_BLOCKED || instance_at(sched, last->culprit)->parent != index)
		return (struct str){0};
	if (is_canary(sched, last->culprit))
		return say(sched, "; stopped after the canary %.*s %.*s",
		    STR_ARG(loop_item(sched, last->culprit)), STR_ARG(ended(sched, last->culprit)));
	if (step_of(sched, index)->each.max_failures.number && sched->stopper == NONE)
		return say(sched, "; stopped after more than %u of %u items failed",
		    may_fail(sched, index), count_of(sched, loop));
	return (struct str){0};
}

/* No other item begins behind this one. */
static bool is_last_straw(const struct sched *sched, uint32_t loop, uint32_t item)
{
	return !outcome_serves(instance_at(sched, item)) &&
	    (is_canary(sched, item) || instance_at(sched, loop)->failed > may_fail(sched, loop));
}

void loop_item_done(struct sched *sched, uint32_t loop, uint32_t item)
{
	instance_at(sched, loop)->failed += !outcome_serves(instance_at(sched, item));
	if (is_last_straw(sched, loop, item))
		refuse_rest(sched, loop, item);
	else
		admit(sched, loop);
}

void loop_begin(struct sched *sched, uint32_t index, const struct value *list)
{
	const struct step *step = step_of(sched, index);
	uint32_t count = (uint32_t)list->list.count;
	uint32_t first = (uint32_t)sched->instance_count;
	struct instance *loop;

	emit_decided(sched, index, "for_each", list, expr_text(step->each.list));
	loop = instance_at(sched, index);
	loop->is_loop = true;
	loop->list = store_put(sched->store, list);
	if (!count) {
		instance_finish(sched, index, OUTCOME_SKIPPED,
		    say(sched, "%s: the list is empty", step->each.target ? "target" : "for_each"));
		return;
	}
	stage_set(sched, index, STAGE_LOOP);
	loop->began = true;
	loop->attempt = 1;
	loop->first[PART_STEPS] = first;
	loop->running = count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t item = instance_add(sched, instance_at(sched, index)->node, index, 1);

		instance_at(sched, item)->item = i;
		instance_at(sched, item)->waiting = 1;
	}
	admit(sched, index);
}

const struct value *loop_list(struct sched *sched, uint32_t index, const struct each *each,
    const char *what, struct str *ret_why)
{
	const char *key = each->target ? "target" : "for_each";
	struct sched_scope scope;
	const struct value *list;
	uint32_t hangs;

	scope_init(&scope, sched,
	    target_home(sched, index, each->target ? each->target->book : NULL, NULL),
	    sched->at_us);
	hangs_begin(sched);
	list = expr_eval(each->list, &scope.scope, sched->scratch);
	hangs = hangs_end(sched, list);
	*ret_why = (struct str){0};
	if (list->type == VALUE_UNKNOWN || hangs) {
		bool known = list->type == VALUE_LIST && value_fits(list, MESSAGE_VALUE);

		choice_ask(sched, index, what, each->list, known ? list : NULL, hangs);
		return NULL;
	}
	if (list->type == VALUE_ERROR)
		*ret_why = say(sched, "%s: %.*s", key, STR_ARG(list->error.message));
	else if (list->type != VALUE_LIST)
		*ret_why = say(
		    sched, "%s: it gave no list but a value of type %s", key, value_noun(list));
	else if (!value_fits(list, MESSAGE_VALUE))
		*ret_why = say(sched, "%s: the list is too large to be recorded", key);
	return ret_why->len ? NULL : list;
}

static void take_list(struct sched *sched, uint32_t index)
{
	const struct each *each = &step_of(sched, index)->each;
	struct str why;
	const struct value *list = loop_list(sched, index, each, "for_each", &why);

	if (list)
		list = alone_item(sched, index, list, &why);
	if (list) {
		loop_begin(sched, index, list);
	} else if (why.len) {
		instance_finish(sched, index, OUTCOME_FAILED, why);
	} else {
		stage_set(sched, index, STAGE_CHOICE);
	}
}

static bool all_skipped(const struct sched *sched, const struct instance *loop)
{
	uint32_t count = count_of(sched, loop);

	for (uint32_t i = 0; i < count; i++)
		if (instance_at(sched, loop->first[PART_STEPS] + i)->outcome != OUTCOME_SKIPPED)
			return false;
	return true;
}

void stage_loop(struct sched *sched, uint32_t index)
{
	const struct instance *loop = instance_at(sched, index);

	if (!loop->is_loop)
		take_list(sched, index);
	else if (loop->running)
		return;
	else if (sched->interrupts && !loop->shielded)
		instance_finish(sched, index, OUTCOME_CANCELLED,
		    value_text(store_get(sched->store, sched->interrupt_why)));
	else if (loop->worst != NONE)
		finish_by_worst(sched, index);
	else if (all_skipped(sched, loop))
		instance_finish(sched, index, OUTCOME_SKIPPED, STR("every item was skipped"));
	else
		instance_finish(sched, index, OUTCOME_SUCCEEDED, (struct str){0});
}
