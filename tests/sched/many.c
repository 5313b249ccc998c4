/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "lang/load.h"
#include "sched/sched.h"
#include "stdlib/registry.h"

/*
 * Loops of many items in the pure scheduler: what takes the square of their number would take minutes here, not
 * seconds. What is tried again ends well the second time, every lock is given, every question answered with yes; what
 * is slow is stopped when its block's time is up.
 */
enum { ITEMS = 10000, JOBS = 16 };

/* What was asked of an executor, and how that will end. */
struct owed {
	enum message_type type;
	uint32_t id;
	bool fails;
	bool hangs;
};

struct run {
	struct load load;
	struct arena *arena; /* the list of items */
	struct store *store;
	struct sched *sched;
	struct owed *owed;
	size_t settled;
	size_t count;
	size_t capacity;
	char digest[65]; /* of the question that is open: there is one at a time */
	size_t began;
	size_t asked;
	size_t ended[16]; /* by outcome */
	int64_t t_us;
};

static void owe(struct run *run, struct owed owed)
{
	run->owed = mem_grow(run->owed, run->count, &run->capacity, sizeof(*run->owed));
	run->owed[run->count++] = owed;
}

static void note(struct run *run, const struct message *effect)
{
	struct owed owed = {.type = effect->type};

	switch (effect->type) {
	case MESSAGE_START:
		run->began++;
		owed.id = effect->start.op;
		owed.fails = str_is(effect->start.step, "changed") && effect->start.attempt == 1;
		owed.hangs = str_is(effect->start.step, "slow");
		owe(run, owed);
		break;
	case MESSAGE_STOP:
		owed.id = effect->stop.op;
		owe(run, owed);
		break;
	case MESSAGE_ACQUIRE:
		owed.id = effect->lock.id;
		owe(run, owed);
		break;
	case MESSAGE_ASK:
		run->asked++;
		snprintf(run->digest, sizeof(run->digest), "%.*s", STR_ARG(effect->ask.digest));
		owed.id = effect->ask.id;
		owe(run, owed);
		break;
	case MESSAGE_STEP_FINISHED:
		run->ended[effect->step_finished.outcome]++;
		break;
	default:
		break;
	}
}

static void post(struct run *run, struct message *in)
{
	struct message effect;

	in->t_us = in->at_us = run->t_us;
	sched_post(run->sched, in);
	while (sched_next(run->sched, &effect))
		note(run, &effect);
}

static void start(struct run *run)
{
	const struct value **items = arena_array(run->arena, ITEMS, sizeof(*items));
	struct message in = {.type = MESSAGE_RUN_STARTED};
	struct map_builder params;

	for (int i = 0; i < ITEMS; i++)
		items[i] = value_int(run->arena, i);
	map_begin(&params, run->arena);
	map_add(&params, "items", value_list(run->arena, items, ITEMS));
	in.run_started.params = map_end(&params);
	in.run_started.seed = STR("ab");
	post(run, &in);
}

static void finish(struct run *run, uint32_t op, enum op_end end, bool ok)
{
	struct message in = {.type = MESSAGE_FINISHED};

	in.finished.op = op;
	in.finished.end = end;
	in.finished.ok = in.finished.verdict.ok = ok;
	in.finished.verdict.retry = true;
	post(run, &in);
}

static void settle(struct run *run, struct owed owed)
{
	struct message in = {.type = MESSAGE_ACQUIRED};

	switch (owed.type) {
	case MESSAGE_ACQUIRE:
		in.acquired.id = owed.id;
		post(run, &in);
		break;
	case MESSAGE_ASK:
		in = (struct message){.type = MESSAGE_ANSWERED};
		in.answered.id = owed.id;
		in.answered.digest = str_from(run->digest);
		post(run, &in);
		break;
	case MESSAGE_STOP:
		finish(run, owed.id, END_STOPPED, false);
		break;
	default:
		if (!owed.hangs)
			finish(run, owed.id, END_DONE, !owed.fails);
	}
}

static bool fire(struct run *run)
{
	struct message in = {.type = MESSAGE_TIMER};

	if (!sched_due(run->sched, &in.timer.due_us, &in.timer.id))
		return false;
	if (in.timer.due_us > run->t_us)
		run->t_us = in.timer.due_us;
	post(run, &in);
	return true;
}

static void go(struct run *run)
{
	while (!sched_finished(run->sched)) {
		if (run->settled < run->count)
			settle(run, run->owed[run->settled++]);
		else if (!fire(run))
			assert(!"nothing to wait for");
	}
}

int main(int argc, char **argv)
{
	struct sched_options options = {.jobs = JOBS};
	struct run run = {.arena = arena_new(), .store = store_new()};

	if (argc < 2 || !load_file(&run.load, argv[1], &stdlib_vocabulary))
		return 1;
	run.sched = sched_new(run.load.plan, run.store, &options);
	start(&run);
	go(&run);
	fprintf(stderr, "%zu operations, %zu questions, %zu succeeded, %zu failed, %zu timed out\n",
	    run.began, run.asked, run.ended[OUTCOME_SUCCEEDED], run.ended[OUTCOME_FAILED],
	    run.ended[OUTCOME_TIMED_OUT]);
	/* each, twice, other, changed, back, asked, and their loops; the first attempts, and those that were slow */
	assert(run.ended[OUTCOME_SUCCEEDED] == 6 * ITEMS + 4);
	assert(run.ended[OUTCOME_TIMED_OUT] == ITEMS && run.ended[OUTCOME_FAILED] == 2);
	assert(run.asked == ITEMS && run.began >= 4 * ITEMS);
	sched_free(run.sched);
	store_free(run.store);
	arena_free(run.arena);
	load_done(&run.load);
	free(run.owed);
	return 0;
}
