/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stdlib/registry.h"
#include "walk.h"

/* What happens in a run, by chance. */

static uint64_t seed;

unsigned roll(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % sides);
}

void roll_from(uint64_t start)
{
	seed = start;
}

static void post(struct walk *walk, struct message *in)
{
	struct message effect;

	in->t_us = walk->t_us;
	in->at_us = INT64_C(1767225600000000) + walk->t_us;
	sched_post(walk->sched, in);
	while (sched_next(walk->sched, &effect))
		ramble_note(walk, &effect);
}

void ramble_begin(struct walk *walk)
{
	struct message in = {.type = MESSAGE_RUN_STARTED};

	in.run_started.run = STR("run-1");
	in.run_started.mode = STR("run");
	in.run_started.seed = STR("ab");
	in.run_started.dir = STR("/run");
	in.run_started.params = model_presets(walk->arena, walk->load->runbook);
	post(walk, &in);
}

static const struct value *some_value(struct walk *walk)
{
	switch (roll(4)) {
	case 0:
		return value_int(walk->arena, roll(3));
	case 1:
		return value_bool(roll(2));
	default:
		return value_string(walk->arena, roll(2) ? STR("a") : STR("b\na"));
	}
}

static const struct value *some_result(struct walk *walk, const struct action_spec *spec)
{
	struct map_builder map;

	map_begin(&map, walk->arena);
	for (const struct field *field = spec->results; field->name; field++) {
		if (strcmp(field->name, "exit_code") == 0)
			map_add(&map, field->name, value_int(walk->arena, roll(3)));
		else if (strcmp(field->name, "stdout") == 0)
			map_add(&map, field->name,
			    value_string(walk->arena,
				roll(3)       ? STR("a\nb\n")
				    : roll(2) ? STR("a\n")
					      : STR("")));
		else if (strcmp(field->name, "json") != 0 && strcmp(field->name, "lines") != 0)
			map_add(&map, field->name, some_value(walk));
	}
	return map_end(&map);
}

/* As the explorer knows what checks. */
static bool step_is_check(const struct step *step)
{
	bool process = step->action.spec &&
	    (strcmp(step->action.spec->name, "run") == 0 ||
		strcmp(step->action.spec->name, "pipe") == 0);

	return step->expect || step->poll.within_us != UNSET_US || !process;
}

static void looked(struct walk *walk, const struct waiting *waiting, bool ok)
{
	const struct step *step = walk->load->plan->nodes[waiting->node].step;

	if (waiting->what == START_BACKGROUND)
		return;
	if (waiting->what != START_ACTION && (ok || waiting->what == START_UNLESS))
		ramble_look(walk, waiting->node, true);
	else if (waiting->what == START_ACTION && ok && step->effect == EFFECT_READ)
		ramble_look(walk, waiting->node, step_is_check(step));
}

static void finish(struct walk *walk, struct waiting waiting)
{
	struct message in = {.type = MESSAGE_FINISHED};
	bool ok = roll(4) != 0;

	in.finished.op = waiting.id;
	in.finished.polls = 1;
	in.finished.end = END_DONE;
	if (waiting.stopped)
		in.finished.end = END_STOPPED;
	else if (waiting.limited && roll(8) == 0)
		in.finished.end = END_TIMED_OUT;
	else if (!walk->died && waiting.class != EFFECT_READ && roll(20) == 0)
		in.finished.end = END_LOST;
	walk->died |= in.finished.end == END_LOST;
	in.finished.ok = ok && in.finished.end == END_DONE;
	if (in.finished.end != END_LOST)
		in.finished.result = some_result(walk, waiting.spec);
	in.finished.verdict = sched_judge(walk->sched, waiting.id, walk->arena, in.finished.ok,
	    in.finished.ok ? (struct str){0} : STR("no"), in.finished.result,
	    INT64_C(1767225600000000) + walk->t_us);
	if (in.finished.end != END_DONE)
		in.finished.verdict.ok = false;
	looked(walk, &waiting, in.finished.verdict.ok);
	post(walk, &in);
}

static void begin(struct walk *walk, struct waiting *waiting)
{
	struct message in = {.type = MESSAGE_STARTED};

	waiting->begun = true;
	in.started.op = waiting->id;
	post(walk, &in);
}

static void answer(struct walk *walk, struct waiting waiting)
{
	struct message in = {.type = MESSAGE_ANSWERED};
	const struct manual *manual = &walk->load->plan->nodes[waiting.node].step->manual;
	struct map_builder person;
	struct map_builder map;

	map_begin(&map, walk->arena);
	for (size_t i = 0; i < manual->input_count; i++)
		map_add_str(&map, manual->inputs[i].name, some_value(walk));
	in.answered.id = waiting.id;
	in.answered.answer = roll(3) ? ANSWER_APPROVED
	    : roll(3)                ? ANSWER_DENIED
				     : ANSWER_UNAVAILABLE;
	if (waiting.kind == ASK_LOST && roll(3) == 0)
		in.answered.answer = ANSWER_AGAIN;
	in.answered.who = STR("alice");
	in.answered.digest = str_from(waiting.digest);
	map_begin(&person, walk->arena);
	map_add(&person, "uid", value_int(walk->arena, roll(4)));
	in.answered.person = map_end(&person);
	if (manual->input_count)
		in.answered.inputs = map_end(&map);
	post(walk, &in);
}

static bool is_free(const struct walk *walk, const char *lock)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->waiting[i].type == MESSAGE_ACQUIRE && walk->waiting[i].held &&
		    strcmp(walk->waiting[i].lock, lock) == 0)
			return false;
	return true;
}

static void acquire(struct walk *walk, size_t at)
{
	struct message in = {.type = MESSAGE_ACQUIRED};
	struct waiting *waiting = &walk->waiting[at];

	if (waiting->held || !is_free(walk, waiting->lock))
		return;
	in.acquired.id = waiting->id;
	in.acquired.why = roll(8) ? (struct str){0} : STR("no such folder");
	if (in.acquired.why.len)
		walk->waiting[at] = walk->waiting[--walk->count];
	else
		waiting->held = true;
	post(walk, &in);
}

static void fire(struct walk *walk)
{
	struct message in = {.type = MESSAGE_TIMER};

	if (!sched_due(walk->sched, &in.timer.due_us, &in.timer.id))
		return;
	if (in.timer.due_us > walk->t_us)
		walk->t_us = in.timer.due_us;
	post(walk, &in);
}

void ramble_on(struct walk *walk)
{
	size_t at = walk->count ? roll((unsigned)walk->count) : 0;
	struct waiting waiting;

	if (walk->count == 0 || roll(8) == 0) {
		fire(walk);
		return;
	}
	waiting = walk->waiting[at];
	if (waiting.type == MESSAGE_ACQUIRE) {
		acquire(walk, at);
	} else if (waiting.type == MESSAGE_START && waiting.what == START_BACKGROUND &&
	    !waiting.begun && !waiting.stopped && roll(8)) {
		begin(walk, &walk->waiting[at]);
	} else if (waiting.type == MESSAGE_START && waiting.what == START_BACKGROUND &&
	    !waiting.stopped && roll(8)) {
		return; /* it goes on */
	} else {
		walk->waiting[at] = walk->waiting[--walk->count];
		if (waiting.type == MESSAGE_START)
			finish(walk, waiting);
		else
			answer(walk, waiting);
	}
}
