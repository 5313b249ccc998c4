/* SPDX-License-Identifier: Apache-2.0 */
#include "run/rehearsed_end.h"

#include "act/loop.h"
#include "run/given_inputs.h"
#include "run/verdict.h"

/* It ended with an exit status: what the rules say of that decides. */
static void exited(const struct sched *sched, struct arena *arena,
    const struct assumption *assumption, struct message *finished)
{
	const struct value *fields = finished->finished.result;
	struct verdict verdict;
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < fields->map.count; i++) {
		struct str name = value_text(fields->map.entries[i].key);

		map_add_str(&map, name,
		    str_is(name, "exit_code") ? value_int(arena, assumption->exit_code)
					      : fields->map.entries[i].value);
	}
	finished->finished.result = map_end(&map);
	finished->finished.ok = assumption->exit_code == 0;
	finished->finished.why = finished->finished.ok
	    ? (struct str){0}
	    : arena_printf(arena, "exit status %lld, as %.*s has it",
		  (long long)assumption->exit_code, STR_ARG(assumption->said));
	verdict = verdict_on(sched, arena, finished);
	if (verdict.unknown) { /* whatever else it would have given */
		verdict.ok = finished->finished.ok;
		verdict.why = finished->finished.why;
		verdict.unknown = false;
	}
	finished->finished.verdict = verdict;
}

static void failed(
    struct arena *arena, const struct assumption *assumption, struct message *finished)
{
	finished->finished.ok = false;
	finished->finished.why = arena_printf(arena, "%s, as %.*s has it",
	    assumption->outcome == OUTCOME_TIMED_OUT ? "no end in time" : "it failed",
	    STR_ARG(assumption->said));
	if (assumption->outcome == OUTCOME_TIMED_OUT)
		finished->finished.end = END_TIMED_OUT;
	finished->finished.verdict = (struct verdict){.why = finished->finished.why};
}

struct message rehearsed_end(const struct sched *sched, struct arena *arena,
    const struct message *start, const struct assumption *assumption)
{
	struct message finished = {.type = MESSAGE_FINISHED};

	finished.finished.now_us = loop_wall_us();
	unknown_end(sched, arena, start, &finished);
	finished.finished.origin = ORIGIN_ASSUMED;
	if (assumption->has_exit)
		exited(sched, arena, assumption, &finished);
	else if (assumption->outcome == OUTCOME_FAILED || assumption->outcome == OUTCOME_TIMED_OUT)
		failed(arena, assumption, &finished);
	if (finished.finished.verdict.ok)
		finished.finished.verdict.outputs = unknown_outputs(sched, arena, start,
		    assumption->outputs ? value_copy(arena, assumption->outputs) : NULL);
	finished.finished.verdict.retry = false;
	return finished;
}

struct message rehearsed_answer(const struct sched *sched, struct arena *arena,
    const struct message *ask, const struct assumption *assumption)
{
	struct message in = {.type = MESSAGE_ANSWERED};
	enum outcome outcome = assumption ? assumption->outcome : OUTCOME_NONE;
	bool manual = ask->ask.kind == ASK_MANUAL;

	in.answered.id = ask->ask.id;
	in.answered.digest = arena_str(arena, ask->ask.digest);
	in.answered.origin = assumption || !manual ? ORIGIN_ASSUMED : ORIGIN_UNKNOWN;
	in.answered.who = STR("a rehearsal asks nobody");
	if (assumption)
		in.answered.who = arena_str(arena, assumption->said);
	if (outcome == OUTCOME_DENIED)
		in.answered.answer = manual ? ANSWER_UNAVAILABLE : ANSWER_DENIED;
	else if (manual && outcome == OUTCOME_FAILED)
		in.answered.answer = ANSWER_DENIED;
	else if (manual && outcome == OUTCOME_TIMED_OUT)
		in.answered.answer = ANSWER_EXPIRED;
	if (in.answered.answer == ANSWER_APPROVED && manual)
		in.answered.inputs = given_inputs(arena, ask->ask.inputs,
		    assumption ? assumption->outputs : NULL,
		    value_unknown(arena, &plan_at(sched_plan(sched), ask->ask.node)->index, 1));
	return in;
}

/* What it is called where it went well, where it did not, and where that hangs on what was not done. */
static const struct {
	const char *well;
	const char *failed;
	const char *hangs;
} words[] = {
    [REHEARSED_DRY] = {"its dry run went well", "its dry run failed",
	"its dry run failed, which hangs on what was not done"},
    [REHEARSED_LOOK] = {"", "it could not begin", "it could not begin as things are"},
};

void rehearsed_instead(const struct sched *sched, struct arena *arena, const struct message *start,
    enum rehearsed_by by, struct message *finished)
{
	enum op_end end = finished->finished.end;
	struct str why = finished->finished.why;
	bool ok = finished->finished.ok;

	if (end != END_DONE && end != END_ERROR && end != END_TIMED_OUT)
		return;
	unknown_end(sched, arena, start, finished);
	if (ok) {
		finished->finished.why = str_from(words[by].well);
		return;
	}
	finished->finished.ok = false;
	if (start->start.deps) {
		finished->finished.why = arena_printf(
		    arena, "%s: %.*s", words[by].hangs, STR_ARG(why));
		return;
	}
	finished->finished.origin = ORIGIN_ASSUMED;
	/* the time of a look is not that of the action */
	finished->finished.end = by == REHEARSED_LOOK ? END_ERROR : end;
	finished->finished.result = NULL;
	finished->finished.why = arena_printf(arena, "%s: %.*s", words[by].failed, STR_ARG(why));
	finished->finished.verdict = (struct verdict){.why = finished->finished.why};
}
