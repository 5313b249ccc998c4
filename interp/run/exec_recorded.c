/* SPDX-License-Identifier: Apache-2.0 */
#include "run/exec_recorded.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/tally.h"
#include "run/given_inputs.h"
#include "run/recorded_end.h"

struct exec_recorded {
	const struct recording *recording;
	struct arena *arena;
	struct tally seen; /* how often each thing came */
};

struct exec_recorded *exec_recorded_new(const struct recording *recording)
{
	struct exec_recorded *exec = mem_alloc(sizeof(*exec));

	exec->recording = recording;
	exec->arena = arena_new();
	tally_init(&exec->seen, exec->arena);
	return exec;
}

void exec_recorded_free(struct exec_recorded *exec)
{
	if (!exec)
		return;
	tally_done(&exec->seen);
	arena_free(exec->arena);
	free(exec);
}

/* Whether the record may end before it comes to what a node does next. */
static bool may_be_cut_off(const struct exec_recorded *exec, struct str node)
{
	const struct recorded_step *step = recording_step(exec->recording, node);

	return !exec->recording->run_finished && !(step && step->finished);
}

/* Nobody knows it yet. */
static void cut_off(struct prospect *prospect)
{
	prospect->coming = COMES_NEVER;
}

static void expect_end(struct exec_recorded *exec, struct prospect *prospect)
{
	struct op_key key = op_key_met(prospect->effect, &exec->seen);
	const struct recorded_op *op;

	op = prospect->op = recording_op_at(exec->recording, &key);
	if ((!op || !op->finished) && may_be_cut_off(exec, key.node))
		cut_off(prospect);
	else
		recorded_end_expect(exec->arena, prospect);
}

/* What was asked then: as often of this kind as it is asked now. */
static const struct recorded_question *find_question(
    struct exec_recorded *exec, const struct message *ask)
{
	const struct recorded_step *step = recording_step(exec->recording, ask->ask.node);
	const struct recorded_question *question = step ? step->questions : NULL;
	uint32_t which = tally_meet_text(
	    &exec->seen, "%s of %.*s", ask_kind_names[ask->ask.kind], STR_ARG(ask->ask.node));

	for (; question; question = question->next)
		if (question->ask->ask.kind == ask->ask.kind && which-- == 0)
			return question;
	return NULL;
}

static bool is_same_question(const struct message *a, const struct message *b)
{
	return str_eq(a->ask.digest, b->ask.digest) &&
	    (a->ask.kind == ASK_APPROVAL || str_eq(a->ask.prompt, b->ask.prompt));
}

static void expect_answer(struct exec_recorded *exec, struct prospect *prospect)
{
	const struct message *ask = prospect->effect;
	const struct recorded_question *question = find_question(exec, ask);

	if (question && question->answered) {
		prospect->line = question->answered;
		prospect->after_us = question->answered->t_us - question->led_us;
		if (!is_same_question(question->ask, ask)) {
			prospect->basis = BASIS_ASSUMED;
			prospect->why = STR("what a person was asked then was something else");
		}
	} else if (question && question->unask) {
		prospect->coming = COMES_LAST;
		prospect->after_us = question->unask->t_us - question->led_us;
		prospect->basis = BASIS_UNKNOWN;
		prospect->why = STR("the question was withdrawn then, before anybody answered");
	} else if (may_be_cut_off(exec, ask->ask.node)) {
		cut_off(prospect);
	} else {
		prospect->basis = BASIS_ASSUMED;
		prospect->why = STR("nobody was asked then: taken as not answered");
	}
}

static struct message answered(struct arena *arena, const struct prospect *prospect)
{
	const struct message *ask = prospect->effect;
	struct message in = {.type = MESSAGE_ANSWERED};

	if (prospect->line) {
		in = *prospect->line;
		in.answered.inputs = given_inputs(
		    arena, ask->ask.inputs, prospect->line->answered.inputs, NULL);
	} else {
		in.answered.answer = ANSWER_UNAVAILABLE;
		in.answered.who = STR("the record has no answer to it");
	}
	in.answered.id = ask->ask.id;
	in.answered.digest = ask->ask.digest;
	return in;
}

static void expect_lock(struct exec_recorded *exec, struct prospect *prospect)
{
	const struct message *acquire = prospect->effect;
	const struct recorded_step *step = recording_step(exec->recording, acquire->lock.node);
	const struct recorded_lock *lock = step ? step->locks : NULL;
	uint32_t which = tally_meet_text(&exec->seen, "lock of %.*s", STR_ARG(acquire->lock.node));

	while (lock && which-- > 0)
		lock = lock->next;
	if (!lock || !str_eq(lock->acquire->lock.lock, acquire->lock.lock))
		return;
	if (lock->acquired) {
		prospect->line = lock->acquired;
		prospect->after_us = lock->acquired->t_us - lock->led_us;
	} else if (may_be_cut_off(exec, acquire->lock.node)) {
		cut_off(prospect);
	}
}

static struct message acquired(const struct prospect *prospect)
{
	struct message in = {.type = MESSAGE_ACQUIRED};

	if (prospect->line)
		in = *prospect->line;
	in.acquired.id = prospect->effect->lock.id;
	return in;
}

/* The same choice, made then as often before; NULL: there was none. */
static const struct recorded_choice *find_choice(
    const struct exec_recorded *exec, const struct message *choose, uint32_t which)
{
	const struct recorded_step *step = recording_step(exec->recording, choose->choose.node);
	const struct recorded_choice *choice = step ? step->choices : NULL;

	for (; choice; choice = choice->next)
		if (str_eq(choice->choose->choose.what, choose->choose.what) && which-- == 0)
			return str_eq(choice->choose->choose.expr, choose->choose.expr) ? choice
											: NULL;
	return NULL;
}

/* The same condition, or list, is taken to have been decided as it was. */
static void expect_choice(struct exec_recorded *exec, struct prospect *prospect)
{
	const struct message *choose = prospect->effect;
	const struct recorded_choice *choice;
	const struct message *decided;
	uint32_t which = tally_meet_text(&exec->seen, "%.*s of %.*s", STR_ARG(choose->choose.what),
	    STR_ARG(choose->choose.node));

	choice = find_choice(exec, choose, which);
	if (choice && choice->chosen) {
		prospect->line = choice->chosen;
		prospect->after_us = choice->chosen->t_us - choice->led_us;
		return;
	}
	if (choice && may_be_cut_off(exec, choose->choose.node)) {
		cut_off(prospect);
		return;
	}
	decided = recording_decided(
	    exec->recording, choose->choose.node, choose->choose.what, which);
	if (!decided || !str_eq(decided->decided.why, choose->choose.expr)) {
		prospect->coming = COMES_NEVER;
		prospect->basis = BASIS_UNKNOWN;
		prospect->why = arena_printf(exec->arena,
		    "%.*s: %.*s hangs on what the record does not tell, and nobody can decide it",
		    STR_ARG(choose->choose.what), STR_ARG(choose->choose.expr));
		return;
	}
	prospect->line = decided;
	prospect->basis = BASIS_ASSUMED;
	prospect->why = arena_printf(exec->arena,
	    "%.*s: %.*s hangs on what the record does not tell: taken as it was decided then",
	    STR_ARG(choose->choose.what), STR_ARG(choose->choose.expr));
}

static struct message chosen(const struct prospect *prospect)
{
	struct message in = {
	    .type = MESSAGE_CHOSEN, .at_us = prospect->line->at_us, .t_us = prospect->line->t_us};

	if (prospect->line->type == MESSAGE_CHOSEN) {
		in = *prospect->line;
		in.chosen.id = prospect->effect->choose.id;
		return in;
	}
	in.chosen.id = prospect->effect->choose.id;
	in.chosen.value = prospect->line->decided.value;
	return in;
}

struct prospect exec_recorded_expect(struct exec_recorded *exec, const struct message *effect)
{
	struct prospect prospect = {.effect = effect};

	switch (effect->type) {
	case MESSAGE_START:
		expect_end(exec, &prospect);
		break;
	case MESSAGE_ASK:
		expect_answer(exec, &prospect);
		break;
	case MESSAGE_ACQUIRE:
		expect_lock(exec, &prospect);
		break;
	default:
		assert(effect->type == MESSAGE_CHOOSE);
		expect_choice(exec, &prospect);
		break;
	}
	return prospect;
}

void exec_recorded_stop(struct prospect *prospect)
{
	recorded_end_stop(prospect);
}

struct message exec_recorded_answer(
    const struct sched *sched, struct arena *arena, struct prospect *prospect)
{
	assert(prospect->coming != COMES_NEVER);
	switch (prospect->effect->type) {
	case MESSAGE_START:
		return recorded_end_finish(sched, arena, prospect);
	case MESSAGE_ASK:
		return answered(arena, prospect);
	case MESSAGE_ACQUIRE:
		return acquired(prospect);
	default:
		return chosen(prospect);
	}
}
