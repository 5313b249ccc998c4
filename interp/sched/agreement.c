/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

#include "base/units.h"
#include "sched/person.h"

/*
 * Who agrees to what is about to be done, and for how long that holds. Where several people must, each is asked by a
 * question of its own, the next as soon as the one before has agreed: an answer always ends its question, and each
 * question says who has agreed so far.
 */

static const struct value *agreed_of(const struct sched *sched, uint32_t index)
{
	return store_get(sched->store, instance_at(sched, index)->agreed);
}

/* One more agrees. What was agreed to by the first is as old as theirs. */
static void add(struct sched *sched, uint32_t index, const struct message *in)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	const struct value *before = agreed_of(sched, index);
	size_t count = before ? before->list.count : 0;
	const struct value **items = arena_array(sched->scratch, count + 1, sizeof(*items));
	struct map_builder map;

	for (size_t i = 0; i < count; i++)
		items[i] = before->list.items[i];
	map_begin(&map, sched->scratch);
	map_add(&map, "who", value_string(sched->scratch, in->answered.who));
	if (in->answered.person)
		map_add(&map, "person", in->answered.person);
	items[count] = map_end(&map);
	instance->agreed = store_put(sched->store, value_list(sched->scratch, items, count + 1));
	if (count)
		return;
	instance->approved_digest = store_put(
	    sched->store, value_string(sched->scratch, in->answered.digest));
	/* before it was recorded who somebody is, no approval grew old: such records decide as they did */
	if (in->answered.person)
		instance->approval_until_us = sched->t_us + step->approve.expires_us;
}

/* All have agreed. Time has passed: what had to hold must hold still. */
static void begin(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	instance->approved = true;
	instance->expiry = NONE;
	instance->polled_once = true;
	stage_set(sched, index, STAGE_UNLESS);
}

void approval_agreed(struct sched *sched, uint32_t index, const struct message *in)
{
	const struct approval *approve = &step_of(sched, index)->approve;
	struct instance *instance = instance_at(sched, index);
	/* where nobody was asked, it is taken that all agree */
	bool all = in->answered.origin != ORIGIN_LIVE;
	struct str doubt = person_doubt(
	    sched->scratch, agreed_of(sched, index), in->answered.person);

	instance_wake(sched, index);
	if (doubt.len && !all) {
		emit_decided(sched, index, "approve", value_bool(false), doubt);
		return;
	}
	if (instance->agreed &&
	    !str_eq(in->answered.digest,
		value_text(store_get(sched->store, instance->approved_digest)))) {
		approval_void(sched, index, STR("not all have agreed to the same action"));
		return;
	}
	add(sched, index, in);
	if (all || (int64_t)agreed_of(sched, index)->list.count >= approve->by)
		begin(sched, index);
	else if (instance->expiry == NONE && instance->approval_until_us)
		instance->expiry = timer_add(
		    sched, index, TIMER_EXPIRY, instance->approval_until_us);
}

void approval_void(struct sched *sched, uint32_t index, struct str why)
{
	struct instance *instance = instance_at(sched, index);

	emit_decided(sched, index, "approve", value_bool(false), why);
	instance->approved = false;
	instance->agreed = instance->approved_digest = STORE_NOTHING;
	instance->approval_until_us = 0;
	instance->expiry = NONE;
}

/* "what alice agreed to has not begun within 1h, and must be asked again" */
static struct str age(struct sched *sched, uint32_t index)
{
	const struct value *first = agreed_of(sched, index)->list.items[0];

	return say(sched, "what %.*s agreed to has not begun within %.*s, and must be asked again",
	    STR_ARG(value_text(value_get(first, "who"))),
	    STR_ARG(
		units_duration_text(sched->scratch, step_of(sched, index)->approve.expires_us)));
}

bool approval_lapsed(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);

	if (!instance->approved || !instance->approval_until_us || instance->began ||
	    instance->bg_began || sched->t_us < instance->approval_until_us)
		return false;
	approval_void(sched, index, age(sched, index));
	if (instance->stage != STAGE_APPROVAL) /* where what had to hold was checked just now */
		stage_set(sched, index, STAGE_UNLESS);
	return true;
}

void approval_expired(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	struct str why = age(sched, index);

	question_withdraw(sched, index, why);
	approval_void(sched, index, why);
	/* whoever is asked next sees how it is by then */
	instance->polled_once = true;
	stage_set(sched, index, STAGE_UNLESS);
	instance_wake(sched, index);
}
