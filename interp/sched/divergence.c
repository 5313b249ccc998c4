/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/telling.h"

/*
 * A run may follow the record of another one. Somebody who has that record says where reality departs from it; what
 * follows from that is the run's own policy. While a person is asked, events are taken as ever, and whatever would go
 * on because of them waits in its queue.
 */

/* Without the reason, which the event has. */
static struct str in_short(struct str words)
{
	ptrdiff_t reason = str_find(words, STR(": "));

	return str_sub(words, 0, reason < 0 ? words.len : (size_t)reason);
}

static struct str sentence_on(struct sched *sched, const struct message *in)
{
	struct str node = in->diverged.node;

	return brief(sched,
	    say(sched, "%.*s departs from the recording: %.*s then, %.*s now",
		STR_ARG(node.len ? node : STR("the runbook")),
		STR_ARG(in_short(in->diverged.recorded)), STR_ARG(in_short(in->diverged.found))));
}

/* Whether it goes on; node and step live in the scratch, or in the store. */
static void decide(
    struct sched *sched, struct str node, struct str step, bool goes_on, struct str why)
{
	struct message *out = emit(sched, MESSAGE_DECIDED);

	out->decided.node = node;
	out->decided.step = step;
	out->decided.what = STR("diverged");
	out->decided.value = value_bool(goes_on);
	out->decided.why = why;
}

static void give_up(struct sched *sched, struct str why)
{
	sched->departed = true;
	run_interrupt(sched, why);
}

static uint32_t put_text(struct sched *sched, struct str text)
{
	return store_put(sched->store, value_string(sched->scratch, text));
}

/* The two beside each other, for whoever is asked. */
static struct str prompt_on(struct sched *sched, const struct message *in)
{
	return brief(sched,
	    say(sched, "recorded  %.*s\nnow       %.*s", STR_ARG(in->diverged.recorded),
		STR_ARG(in->diverged.found)));
}

static void ask(
    struct sched *sched, struct str node, struct str step, const struct message *in, struct str why)
{
	struct str prompt = prompt_on(sched, in);
	struct message *out;

	sched->held = true;
	sched->held_ask = numbers_give(&sched->asks, PLAN_ROOT);
	sched->held_node = put_text(sched, node);
	sched->held_step = put_text(sched, step);
	sched->held_why = put_text(sched, why);
	out = emit(sched, MESSAGE_ASK);
	out->ask.id = sched->held_ask;
	out->ask.node = node;
	out->ask.step = step;
	out->ask.kind = ASK_DIVERGED;
	out->ask.prompt = prompt;
	out->ask.by = 1;
}

void divergence_seen(struct sched *sched, const struct message *in)
{
	struct str node = arena_str(sched->scratch, in->diverged.node);
	struct str step = arena_str(sched->scratch, in->diverged.step);
	struct str why;

	/* what departs while it is asked about, or ended, belongs to that */
	if (sched->held || sched->interrupts || sched->telling->ended || sched->instance_count == 0)
		return;
	why = sentence_on(sched, in);
	switch ((enum on_divergence)sched->run.on_divergence) {
	case DIVERGENCE_ASK:
		ask(sched, node, step, in, why);
		break;
	case DIVERGENCE_CONTINUE:
		decide(sched, node, step, true, STR("the run is to go on"));
		break;
	case DIVERGENCE_STOP:
		decide(sched, node, step, false, STR("the run is to stop there"));
		sched->departing = in->diverged.op;
		give_up(sched, why);
		sched->departing = 0;
		break;
	}
}

bool divergence_answered(struct sched *sched, const struct message *in)
{
	bool goes_on = in->answered.answer == ANSWER_APPROVED;

	if (!sched->held || in->answered.id != sched->held_ask)
		return false;
	sched->held = false;
	decide(sched, value_text(store_get(sched->store, sched->held_node)),
	    value_text(store_get(sched->store, sched->held_step)), goes_on,
	    brief(sched,
		say(sched, "%s %.*s",
		    goes_on                                    ? "to go on, says"
			: in->answered.answer == ANSWER_DENIED ? "to stop, says"
							       : "nobody could be asked:",
		    STR_ARG(in->answered.who))));
	if (!goes_on)
		give_up(sched, value_text(store_get(sched->store, sched->held_why)));
	return true;
}

void divergence_withdraw(struct sched *sched, struct str why)
{
	struct message *out;

	if (!sched->held)
		return;
	sched->held = false;
	out = emit(sched, MESSAGE_UNASK);
	out->unask.id = sched->held_ask;
	out->unask.why = why;
}
