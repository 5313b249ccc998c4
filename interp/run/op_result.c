/* SPDX-License-Identifier: Apache-2.0 */
#include "run/op_result.h"

#include "base/units.h"
#include "run/last_words.h"
#include "run/verdict.h"

/* A line of the record is bounded, and so is what one result may bring: in bytes of JSON, without the streams. */
enum { RESULT_MAX = 700 << 10, SENTENCE_MAX = 4 << 10 };

/* What is recorded: the action's value with its streams as the record holds them, and all else masked. */
static const struct value *recorded(const struct op_ended *ended, struct arena *arena)
{
	const struct value *value = ended->attempt->result.value;
	struct map_builder map;

	if (!value)
		return NULL;
	map_begin(&map, arena);
	for (size_t i = 0; i < value->map.count; i++) {
		struct str name = value_text(value->map.entries[i].key);
		const struct value *field = value->map.entries[i].value;
		enum output_stream stream;

		if (output_stream_of_entry(name, &stream))
			field = outlet_end(ended->outlet, arena, stream);
		else
			field = redact_value(ended->redactor, arena, field);
		map_add_str(&map, name, field);
	}
	return map_end(&map);
}

static struct str cut(struct arena *arena, struct str text)
{
	if (text.len <= SENTENCE_MAX)
		return text;
	return arena_printf(arena, "%.*s…", SENTENCE_MAX, text.ptr);
}

static struct str sentence(
    const struct op_ended *ended, struct arena *arena, const struct value *result)
{
	const struct attempt *attempt = ended->attempt;
	struct str why = redact_text(ended->redactor, arena, attempt->result.why);

	if (ended->timed_out)
		why = arena_printf(arena, "no end within %.*s",
		    STR_ARG(units_duration_text(arena, attempt->timeout_us)));
	if (ended->stopped && why.len == 0)
		why = STR("stopped");
	if (!attempt->result.ok && !ended->stopped)
		why = add_last_words(arena, why, result);
	return cut(arena, why);
}

static void fail(struct message *finished, enum op_end end, struct str why)
{
	finished->finished.end = end;
	finished->finished.ok = false;
	finished->finished.why = why;
}

struct message op_result(struct arena *arena, const struct op_ended *ended)
{
	const struct attempt_result *result = &ended->attempt->result;
	struct message finished = {.type = MESSAGE_FINISHED};
	size_t size;

	finished.finished.op = ended->attempt->op;
	finished.finished.end = ended->stopped ? END_STOPPED
	    : ended->timed_out                 ? END_TIMED_OUT
	    : result->error                    ? END_ERROR
					       : END_DONE;
	finished.finished.ok = finished.finished.end == END_DONE && result->ok;
	finished.finished.unchanged = !finished.finished.ok && result->unchanged;
	if (!ended->looked)
		finished.finished.result = recorded(ended, arena);
	outlet_close(ended->outlet);
	finished.finished.why = sentence(ended, arena, finished.finished.result);
	finished.finished.origin = ORIGIN_LIVE;
	finished.finished.polls = ended->polls;
	finished.finished.now_us = loop_wall_us();
	if (result->left)
		finished.finished.left = redact_value(ended->redactor, arena, result->left);
	size = verdict_size(finished.finished.result);
	if (size > RESULT_MAX) { /* nobody could judge it again */
		finished.finished.result = NULL;
		fail(&finished, END_ERROR,
		    arena_printf(
			arena, "the result is too large to be recorded (%zu bytes)", size));
	}
	if (ended->looked)
		finished.finished.verdict = (struct verdict){
		    .ok = finished.finished.ok, .why = finished.finished.why};
	else
		finished.finished.verdict = verdict_on(ended->sched, arena, &finished);
	/* What the runbook takes for an answer needs no way out. */
	if ((finished.finished.end == END_DONE || finished.finished.end == END_ERROR) &&
	    !finished.finished.ok && !finished.finished.verdict.ok)
		finished.finished.advice = result->advice;
	return finished;
}
