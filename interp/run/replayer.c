/* SPDX-License-Identifier: Apache-2.0 */
#include "run/replayer.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/verdict.h"

/* Of a value so much is quoted. */
enum { QUOTED = 300 };

struct replayer {
	struct sched *sched;
	struct arena *scratch;
	struct arena *names;
	struct str *nodes; /* what was begun belongs to: by op - 1, as far as it was seen */
	size_t node_count;
	size_t node_capacity;
	bool parted;
	bool finished; /* run.finished is in the record */
	int64_t effects;
	int64_t verdicts;
	struct buf why;
};

struct replayer *replayer_new(struct sched *sched)
{
	struct replayer *replayer = mem_alloc(sizeof(*replayer));

	replayer->sched = sched;
	replayer->scratch = arena_new();
	replayer->names = arena_new();
	buf_init(&replayer->why, BUF_UNBOUNDED);
	return replayer;
}

void replayer_free(struct replayer *replayer)
{
	if (!replayer)
		return;
	arena_free(replayer->scratch);
	arena_free(replayer->names);
	free(replayer->nodes);
	buf_done(&replayer->why);
	free(replayer);
}

static bool part(struct replayer *replayer)
{
	replayer->parted = true;
	return false;
}

static void remember(struct replayer *replayer, const struct message *decided)
{
	if (decided->type != MESSAGE_START)
		return;
	replayer->nodes = mem_grow(replayer->nodes, replayer->node_count, &replayer->node_capacity,
	    sizeof(*replayer->nodes));
	replayer->nodes[replayer->node_count++] = arena_str(replayer->names, decided->start.node);
}

/* The node a message names, or that of its operation; NULL where it is about none. */
static const struct str *node_of(const struct replayer *replayer, const struct message *message)
{
	const struct message_field *field = message_fields(message->type);

	for (; field->key; field++) {
		const char *at = (const char *)message + field->offset;

		if (str_is(str_from(field->key), "node"))
			return (const struct str *)(const void *)at;
		if (str_is(str_from(field->key), "op") && message->type != MESSAGE_START) {
			uint32_t op = *(const uint32_t *)(const void *)at;

			return op >= 1 && op <= replayer->node_count ? &replayer->nodes[op - 1]
								     : NULL;
		}
	}
	return NULL;
}

/* What a message is: "step load: step.finished", "the runbook: start "what":"verify"". */
static void describe(
    const struct replayer *replayer, struct buf *out, const struct message *message)
{
	const struct message_field *field = message_fields(message->type);
	const struct str *node = node_of(replayer, message);

	if (node && node->len)
		buf_printf(out, "step %.*s: ", STR_ARG(*node));
	else if (node)
		buf_text(out, "the runbook: ");
	buf_text(out, message_name(message->type));
	for (; field->key; field++)
		if (str_is(str_from(field->key), "what")) {
			buf_byte(out, ' ');
			message_put_key(message, field, out);
		}
}

static void quote(struct buf *out, const struct message *message, const struct message_field *field)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	message_put_key(message, field, &text);
	if (text.len == 0)
		buf_printf(out, "no %s", field->key);
	else
		buf_str(out, str_sub(buf_view(&text), 0, QUOTED));
	if (text.len > QUOTED)
		buf_text(out, "…");
	buf_done(&text);
}

static bool takes_out(struct replayer *replayer, const struct message *recorded)
{
	const struct message_field *field;
	struct message decided;
	struct buf *why = &replayer->why;

	if (!sched_next(replayer->sched, &decided)) {
		describe(replayer, why, recorded);
		buf_text(why, " is recorded, and nothing is decided now");
		return part(replayer);
	}
	if (decided.type != recorded->type) {
		describe(replayer, why, recorded);
		buf_text(why, " is recorded, decided now is ");
		describe(replayer, why, &decided);
		return part(replayer);
	}
	field = message_differs(recorded, &decided);
	if (field) {
		describe(replayer, why, recorded);
		buf_text(why, ": recorded is ");
		quote(why, recorded, field);
		buf_text(why, ", decided now ");
		quote(why, &decided, field);
		return part(replayer);
	}
	remember(replayer, &decided);
	replayer->finished = replayer->finished || recorded->type == MESSAGE_RUN_FINISHED;
	replayer->effects++;
	return true;
}

/*
 * What was cut short, or came from elsewhere, was judged by nobody; of a sensitive result the record has nothing to
 * judge, and of a poll that never held not what each attempt gave.
 */
static bool is_judged(const struct replayer *replayer, const struct message *finished)
{
	struct sched_operation op = sched_operation(replayer->sched, finished->finished.op);

	return op.under_way && !op.sensitive && !(op.polled && !finished->finished.verdict.ok) &&
	    finished->finished.origin == ORIGIN_LIVE &&
	    (finished->finished.end == END_DONE || finished->finished.end == END_ERROR ||
		finished->finished.end == END_TIMED_OUT);
}

/* A verdict's sentence is made of more than the rules, and decides nothing. */
static bool judges_alike(struct replayer *replayer, const struct message *finished)
{
	const struct message_field *field;
	struct message again = *finished;

	if (!is_judged(replayer, finished))
		return true;
	arena_reset(replayer->scratch);
	again.finished.verdict = verdict_on(replayer->sched, replayer->scratch, finished);
	if (again.finished.verdict.ok == finished->finished.verdict.ok)
		again.finished.verdict.why = finished->finished.verdict.why;
	field = message_differs(finished, &again);
	if (!field) {
		replayer->verdicts++;
		return true;
	}
	describe(replayer, &replayer->why, finished);
	buf_text(&replayer->why, ": the recorded verdict is ");
	quote(&replayer->why, finished, field);
	buf_text(&replayer->why, ", judged now it is ");
	quote(&replayer->why, &again, field);
	return part(replayer);
}

/* Whether something was decided that the record should have before its next event. */
static bool owes_nothing(struct replayer *replayer)
{
	struct message decided;

	if (!sched_next(replayer->sched, &decided))
		return true;
	describe(replayer, &replayer->why, &decided);
	buf_text(&replayer->why, " is decided now, and is not in the record");
	return part(replayer);
}

/* A line that was written by no interpreter must not lead where no interpreter goes. */
static bool makes_sense(const struct message *in)
{
	switch (in->type) {
	case MESSAGE_RUN_STARTED:
		return !in->run_started.params || in->run_started.params->type == VALUE_MAP;
	case MESSAGE_FINISHED:
		return (!in->finished.result || in->finished.result->type == VALUE_MAP) &&
		    (!in->finished.verdict.outputs ||
			in->finished.verdict.outputs->type == VALUE_MAP);
	case MESSAGE_ANSWERED:
		return (!in->answered.inputs || in->answered.inputs->type == VALUE_MAP) &&
		    (!in->answered.person || in->answered.person->type == VALUE_MAP);
	default:
		return true;
	}
}

static bool takes_in(struct replayer *replayer, const struct message *in)
{
	if (!makes_sense(in)) {
		describe(replayer, &replayer->why, in);
		buf_text(&replayer->why, " is no event that a run can have");
		return part(replayer);
	}
	if (!owes_nothing(replayer))
		return false;
	if (in->type == MESSAGE_FINISHED && !judges_alike(replayer, in))
		return false;
	sched_post(replayer->sched, in);
	return true;
}

static bool takes(struct replayer *replayer, const struct line *line)
{
	if (!line->known && line->class != CLASS_ASIDE) {
		buf_printf(&replayer->why, "%.*s", STR_ARG(line->why));
		return part(replayer);
	}
	if (line->known && line->message.type == MESSAGE_RECORD_GAP) {
		buf_printf(&replayer->why, "%lld lines are missing here (%.*s)",
		    (long long)line->message.record_gap.lines,
		    STR_ARG(line->message.record_gap.why));
		return part(replayer);
	}
	if (line->class == CLASS_OUT && line->message.type != MESSAGE_SEAL)
		return takes_out(replayer, &line->message);
	return line->class == CLASS_ASIDE || takes_in(replayer, &line->message);
}

bool replayer_see(struct replayer *replayer, const struct line *line)
{
	size_t number;

	if (replayer->parted)
		return false;
	buf_clear(&replayer->why);
	buf_printf(&replayer->why, "line %lld: ", (long long)line->message.seq + 1);
	number = replayer->why.len;
	if (takes(replayer, line))
		buf_clear(&replayer->why);
	assert(replayer->why.len == 0 || replayer->why.len > number);
	return !replayer->parted;
}

bool replayer_end(struct replayer *replayer)
{
	return !replayer->parted && owes_nothing(replayer);
}

struct str replayer_why(const struct replayer *replayer)
{
	return buf_view(&replayer->why);
}

int64_t replayer_effects(const struct replayer *replayer)
{
	return replayer->effects;
}

int64_t replayer_verdicts(const struct replayer *replayer)
{
	return replayer->verdicts;
}
