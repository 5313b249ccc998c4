/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/*
 * An action whose end nobody knows: whoever drove the run died while it was under way, and nothing is left that could
 * tell. What reads is done again. Of what changes something the step's own verification decides: where it holds, it was
 * done. Where it does not, or there is none, it is done again if that does no harm, and else a person is asked.
 */

static void do_again(struct sched *sched, uint32_t index, struct str why)
{
	struct instance *instance = instance_at(sched, index);

	emit_decided(sched, index, "again", value_bool(true), why);
	instance->lost = false;
	instance->attempt--; /* it is the same attempt */
	stage_set(sched, index, STAGE_ACTION);
}

/* Nothing else can tell. */
static void undecided(struct sched *sched, uint32_t index, struct str why)
{
	if (step_of(sched, index)->idempotent) {
		do_again(sched, index, why);
		return;
	}
	instance_at(sched, index)->why = store_put(
	    sched->store, value_string(sched->scratch, brief(sched, why)));
	stage_set(sched, index, STAGE_LOST);
}

void action_lost(struct sched *sched, uint32_t index, enum effect_class class, struct str why)
{
	struct instance *instance = instance_at(sched, index);

	if (instance->cancelled || (sched->interrupts && !instance->shielded)) {
		instance_finish(sched, index, OUTCOME_LOST, why);
		return;
	}
	if (class == EFFECT_READ) {
		do_again(sched, index, why);
	} else if (step_of(sched, index)->verify.count) {
		emit_decided(sched, index, "lost", NULL,
		    say(sched, "%.*s; its verification decides", STR_ARG(why)));
		instance = instance_at(sched, index);
		instance->lost = true;
		instance->why = store_put(
		    sched->store, value_string(sched->scratch, brief(sched, why)));
		stage_set(sched, index, STAGE_VERIFY);
	} else {
		undecided(sched, index, why);
	}
	instance_wake(sched, index);
}

void lost_verified(struct sched *sched, uint32_t index, bool holds, struct str why)
{
	const struct step *step = step_of(sched, index);

	if (!holds) {
		undecided(sched, index,
		    say(sched,
			"nobody knows whether it was done, and its verification does not hold: "
			"%.*s",
			STR_ARG(why)));
	} else if (step->output_count) {
		undecided(sched, index,
		    STR("its verification holds, but what it gave, which its outputs are made of, "
			"is lost"));
	} else {
		emit_decided(sched, index, "lost", value_bool(false),
		    STR("its verification holds: it was done"));
		instance_at(sched, index)->lost = false;
		instance_finish(sched, index, OUTCOME_SUCCEEDED, (struct str){0});
	}
}

/* A person is asked whether it was done. */
void stage_lost(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	const struct value *actions;
	struct str digest;
	struct message *out;
	struct str path;
	struct str item;

	if (instance->ask != NONE)
		return;
	digest = approval_digest(sched, index, &actions);
	path = path_of(sched, index);
	item = item_of(sched, index);
	instance->lost = true;
	instance->ask = numbers_give(&sched->asks, index);
	out = emit(sched, MESSAGE_ASK);
	out->ask.id = instance->ask;
	out->ask.node = path;
	out->ask.step = step_of(sched, index)->id;
	out->ask.item = item;
	out->ask.kind = ASK_LOST;
	out->ask.prompt = sentence_of(sched, index);
	out->ask.expires_us = question_expires(sched, index);
	out->ask.by = 1;
	out->ask.digest = digest;
	out->ask.actions = actions;
}

/* Somebody says that it was done: then it is verified as what was done is. */
static void was_done(struct sched *sched, uint32_t index, struct str who)
{
	struct instance *instance = instance_at(sched, index);

	if (step_of(sched, index)->output_count) {
		instance_finish(sched, index, OUTCOME_LOST,
		    say(sched, "%.*s says that it was done, but its outputs are lost",
			STR_ARG(who)));
		return;
	}
	instance->lost = false;
	instance->retry_wanted = false;
	instance->why = STORE_NOTHING;
	stage_set(sched, index, STAGE_VERIFY);
	instance_wake(sched, index);
}

void lost_answered(struct sched *sched, uint32_t index, const struct message *in)
{
	struct str who = in->answered.who;
	struct str known = sentence_of(sched, index);

	switch (in->answered.answer) {
	case ANSWER_APPROVED:
		was_done(sched, index, who);
		break;
	case ANSWER_AGAIN:
		do_again(sched, index, say(sched, "%.*s wants it done again", STR_ARG(who)));
		instance_wake(sched, index);
		break;
	case ANSWER_DENIED:
		instance_finish(sched, index, OUTCOME_LOST,
		    say(sched, "%.*s; %.*s left it so", STR_ARG(known), STR_ARG(who)));
		break;
	case ANSWER_EXPIRED:
	case ANSWER_UNAVAILABLE:
		instance_finish(sched, index, OUTCOME_DENIED,
		    say(sched, "%.*s; nobody could be asked: %.*s", STR_ARG(known), STR_ARG(who)));
		break;
	}
}
