/* SPDX-License-Identifier: Apache-2.0 */
#include "view/report_json_parts.h"

#include "record/transcript_schema.h"

static const char *const effect_names[] = {"read", "change", "destroy", NULL};

struct shown_piece {
	const char *stream;
	int64_t at_us;
	int64_t t_us;
	int64_t offset;
	struct str bytes;
};

static const struct shape_field piece_fields[] = {
    WORD("stream", shown_piece, stream, output_stream_names, NULL),
    ROW("at", TIME, shown_piece, at_us, "when it was read"),
    ALWAYS("t_us", INT, shown_piece, t_us, "the same on the run's own clock"),
    ALWAYS("offset", INT, shown_piece, offset,
	"of its first byte in the whole stream; what lies between is not kept"),
    ROW("text", BYTES, shown_piece, bytes, "secrets are masked"),
    {0},
};

static const struct shape piece_shape = {
    "output", "A piece of what an operation printed.", piece_fields};

struct shown_poll {
	int64_t within_us;
	int64_t every_us;
	int64_t for_us;
};

static const struct shape_field poll_fields[] = {
    ALWAYS("within_us", INT, shown_poll, within_us, "until then it must begin to hold"),
    ALWAYS("every_us", INT, shown_poll, every_us, "it is asked so often"),
    ALWAYS("for_us", INT, shown_poll, for_us, "it must hold so long"),
    {0},
};

static const struct shape poll_shape = {"polled", "What is asked until it holds.", poll_fields};

/* What is there only once it has ended. */
struct shown_end {
	int64_t at_us;
	int64_t t_us;
	const char *how;
	enum shape_yesno ok;
	enum shape_yesno holds;
	bool unchanged;
	struct str why;
	struct str advice;
	const char *origin;
	int64_t polls;
	struct shape_list result;
	const struct value *left;
};

static const struct shape_field end_fields[] = {
    ROW("at", TIME, shown_end, at_us, NULL),
    ALWAYS("t_us", INT, shown_end, t_us, NULL),
    WORD("how", shown_end, how, op_end_names,
	"done: by itself; the others: it was ended, or could not be done"),
    ROW("ok", YESNO, shown_end, ok, "the action's own success"),
    ROW("holds", YESNO, shown_end, holds, "what the runbook makes of it"),
    ROW("unchanged", TRUE, shown_end, unchanged, "it failed, and has certainly changed nothing"),
    ROW("why", STR, shown_end, why, "why it failed or does not hold"),
    ROW("advice", STR, shown_end, advice, "what may be behind that, and a way out"),
    WORD("origin", shown_end, origin, origin_names, "live, or it was not really performed"),
    ROW("polls", INT, shown_end, polls, "how often it was asked"),
    OWN("result", shown_end, result, transcript_schema_result,
	"as the record has it: what was printed is in `output`"),
    ROW("left", VALUE, shown_end, left, "processes that it left running: a list of {pid, command}"),
    {0},
};

static const struct shape end_shape = {"ending", "How an operation ended.", end_fields};

struct shown_op {
	int64_t op;
	const char *what;
	int64_t index;
	int64_t item;
	int64_t attempt;
	struct str action;
	struct str text;
	struct str place;
	const char *effect;
	int64_t timeout_us;
	const struct shown_poll *poll;
	bool sensitive;
	struct str deps;
	int64_t wanted_at_us;
	int64_t wanted_t_us;
	int64_t began_at_us;
	int64_t began_t_us;
	int64_t pid;
	bool confined;
	struct str unconfined;
	struct str stop;
	const struct shown_end *end;
	struct shape_list output;
};

static const struct shape_field op_fields[] = {
    ALWAYS("op", INT, shown_op, op, "its number in the record"),
    WORD("what", shown_op, what, start_what_names, "the action itself, a check, or who is told"),
    ROW("index", INT, shown_op, index, "which check of its list, from 0"),
    ROW("item", INT, shown_op, item, "of a check with for_each: which, from 1"),
    ROW("attempt", INT, shown_op, attempt, "at an action: which, from 1"),
    ROW("action", STR, shown_op, action, "its name: run, postgres.query"),
    ROW("text", STR, shown_op, text, "the same with its arguments, as people read it"),
    ROW("place", STR, shown_op, place, "where, if that is not here"),
    WORD("effect", shown_op, effect, effect_names, NULL),
    ROW("timeout_us", INT, shown_op, timeout_us, NULL),
    OF("poll", OBJECT, shown_op, poll, &poll_shape, NULL),
    ROW("sensitive", TRUE, shown_op, sensitive, "what it prints is not recorded"),
    ROW("depends_on", STR, shown_op, deps, "steps that were not really done"),
    ROW("wanted", TIME, shown_op, wanted_at_us, "when it was decided"),
    ALWAYS("wanted_t_us", INT, shown_op, wanted_t_us, NULL),
    ROW("began", TIME, shown_op, began_at_us, "when it really began"),
    ROW("began_t_us", INT, shown_op, began_t_us, NULL),
    ROW("pid", INT, shown_op, pid, NULL),
    ROW("confined", TRUE, shown_op, confined, "it reads, and could not write"),
    ROW("unconfined", STR, shown_op, unconfined, "it reads, and why it could write"),
    ROW("stop", STR, shown_op, stop, "why it was asked to end"),
    OF("end", OBJECT, shown_op, end, &end_shape, "left out when the record has none"),
    OF("output", LIST, shown_op, output, &piece_shape, "in the order in which it was read"),
    {0},
};

const struct shape report_json_op = {
    "operation", "An attempt at an action, or a check.", op_fields};

static void put_pieces(struct json *json, const void *self)
{
	const struct chronicle_op *op = self;

	for (const struct chronicle_piece *at = op->pieces; at; at = at->next) {
		struct shown_piece shown = {
		    .stream = output_stream_names[at->stream],
		    .at_us = at->at_us,
		    .t_us = at->t_us,
		    .offset = at->offset,
		    .bytes = at->bytes,
		};

		shape_put(json, &piece_shape, &shown);
	}
}

static enum shape_yesno yesno(bool yes)
{
	return yes ? SHAPE_YES : SHAPE_NO;
}

/* A number that counts from 1, or is not there. */
static int64_t or_none(int64_t number)
{
	return number ? number : -1;
}

/* {"$stream":{"size":31,"whole":true}}: what stands in `output`, and whether all of it does. */
static void put_size(struct json *json, const struct clip *clip, size_t kept)
{
	json_open_map(json);
	json_key(json, "$stream");
	json_open_map(json);
	json_put_int(json, "size", clip->size);
	json_put_bool(json, "whole", (int64_t)kept == clip->size);
	json_close_map(json);
	json_close_map(json);
}

static void put_result(struct json *json, const void *self)
{
	const struct chronicle_op *op = self;

	if (op->result->type != VALUE_MAP) {
		value_to_json(json, op->result);
		return;
	}
	json_open_map(json);
	for (size_t i = 0; i < op->result->map.count; i++) {
		const struct value_entry *entry = &op->result->map.entries[i];
		const struct value *value = entry->value;
		const struct clip *clip = value->type == VALUE_STRING ? value->string.clip : NULL;
		enum output_stream stream;

		json_key_str(json, value_text(entry->key));
		if (clip && !clip->whole && output_stream_of_entry(value_text(entry->key), &stream))
			put_size(json, clip,
			    stream == STREAM_STDOUT ? op->stdout_bytes : op->stderr_bytes);
		else
			value_to_json(json, value);
	}
	json_close_map(json);
}

static struct shown_end end_of(const struct chronicle_op *op)
{
	return (struct shown_end){
	    .at_us = op->ended_at_us,
	    .t_us = op->ended_t_us,
	    .how = op_end_names[op->end],
	    .ok = yesno(op->ok),
	    .holds = yesno(op->holds),
	    .unchanged = op->unchanged,
	    .why = op->why,
	    .advice = op->advice,
	    .origin = origin_names[op->origin],
	    .polls = or_none(op->polls),
	    .result = {op->result ? put_result : NULL, op},
	    .left = op->left,
	};
}

static void put_op(struct json *json, const struct chronicle_op *op)
{
	struct shown_end end = end_of(op);
	struct shown_poll poll = {op->poll.within_us, op->poll.every_us, op->poll.for_us};
	struct shown_op shown = {
	    .op = op->op,
	    .what = start_what_names[op->what],
	    .index = start_is_check(op->what) ? (int64_t)op->index : -1,
	    .item = or_none(op->item),
	    .attempt = or_none(op->attempt),
	    .action = op->name,
	    .text = op->whole,
	    .place = op->place,
	    .effect = effect_names[op->effect],
	    .timeout_us = or_none(op->timeout_us),
	    .poll = poll.within_us ? &poll : NULL,
	    .sensitive = op->sensitive,
	    .deps = op->deps,
	    .wanted_at_us = op->wanted_at_us,
	    .wanted_t_us = op->wanted_t_us,
	    .began_at_us = op->began_at_us,
	    .began_t_us = op->began_t_us,
	    .pid = or_none(op->pid),
	    .confined = op->confined,
	    .unconfined = op->unconfined,
	    .stop = op->stop,
	    .end = op->ended ? &end : NULL,
	    .output = {put_pieces, op},
	};

	shape_put(json, &report_json_op, &shown);
}

struct shown_step {
	struct str node;
	struct str step;
	struct str title;
	struct str parent;
	struct shape_list needs;
	const char *effect;
	int64_t began_at_us;
	int64_t began_t_us;
	int64_t ended_at_us;
	int64_t ended_t_us;
	int64_t duration_us;
	int64_t open_us;
	const char *outcome;
	bool allowed;
	bool not_run;
	bool by_part;
	bool undone;
	bool lost;
	bool cleans;
	struct str why;
	struct str known;
	struct str advice;
	int64_t attempts;
	const struct value *items;
	const struct value *outputs;
	struct shape_list operations;
};

static const struct shape_field step_fields[] = {
    ALWAYS("node", STR, shown_step, node,
	"its path: block/step, loop[0], block#2 in its second round"),
    ALWAYS("step", STR, shown_step, step, "its id"),
    ROW("title", STR, shown_step, title, NULL),
    ROW("parent", STR, shown_step, parent, "the node that it is a part of, or undoes"),
    OF("needs", LIST, shown_step, needs, NULL, "the nodes that it waited for"),
    WORD("effect", shown_step, effect, effect_names, "of its action, where that was begun"),
    ROW("began", TIME, shown_step, began_at_us, "left out of what was not run"),
    ROW("began_t_us", INT, shown_step, began_t_us, "the same on the run's own clock"),
    ROW("ended", TIME, shown_step, ended_at_us, NULL),
    ROW("ended_t_us", INT, shown_step, ended_t_us, NULL),
    ROW("duration_us", INT, shown_step, duration_us, NULL),
    ROW("open_us", INT, shown_step, open_us, "of that, how long a question of its own was open"),
    WORD("outcome", shown_step, outcome, outcome_names + 1,
	"left out when the record ends before it"),
    ROW("allowed", TRUE, shown_step, allowed, "its failure is an answer"),
    ROW("not_run", TRUE, shown_step, not_run, "it was blocked, or cancelled before it began"),
    ROW("by_part", TRUE, shown_step, by_part, "it went wrong because a part of it did"),
    ROW("undone", TRUE, shown_step, undone, "its rollback did all it had to"),
    ROW("lost", TRUE, shown_step, lost, "nobody knew how its action ended"),
    ROW("cleans", TRUE, shown_step, cleans, "it is one of the finally steps of something"),
    ROW("why", STR, shown_step, why, "why it ended so"),
    ROW("known", STR, shown_step, known, "what is known of an action whose end nobody knows"),
    ROW("advice", STR, shown_step, advice, "what may be behind its failure, and a way out"),
    ROW("attempts", INT, shown_step, attempts, "at its action"),
    ROW("items", VALUE, shown_step, items, "of a loop: its list"),
    ROW("outputs", VALUE, shown_step, outputs, NULL),
    OF("operations", LIST, shown_step, operations, &report_json_op,
	"in the order in which they were decided"),
    {0},
};

const struct shape report_json_step = {"step", "An instance of a step.", step_fields};

/* A step with what it belongs to, for the lists of it. */
struct step_at {
	const struct chronicle *chronicle;
	const struct chronicle_step *step;
};

static void put_needs(struct json *json, const void *self)
{
	const struct step_at *at = self;

	for (size_t i = 0; i < at->step->need_count; i++)
		json_str(json, at->chronicle->summary.steps[at->step->needs[i]].node);
}

static void put_operations(struct json *json, const void *self)
{
	const struct step_at *at = self;

	for (const struct chronicle_op *op = at->step->first; op; op = op->next)
		put_op(json, op);
}

static void put_step(struct json *json, const struct chronicle *chronicle, size_t index)
{
	const struct summary *summary = &chronicle->summary;
	const struct summary_step *came_to = &summary->steps[index];
	const struct chronicle_step *step = &chronicle->steps[index];
	struct step_at at = {chronicle, step};
	bool ended = came_to->outcome != OUTCOME_NONE;
	bool not_run = step_was_not_run(came_to);
	struct shown_step shown = {
	    .node = came_to->node,
	    .step = came_to->step,
	    .title = step->title,
	    .needs = {put_needs, &at},
	    .effect = came_to->began ? effect_names[came_to->effect] : NULL,
	    .began_at_us = not_run ? 0 : chronicle_began_at(chronicle, index),
	    .began_t_us = not_run ? CHRONICLE_NEVER : step->began_t_us,
	    .ended_at_us = ended ? came_to->finished_at_us : 0,
	    .ended_t_us = step->ended_t_us,
	    .duration_us = ended ? came_to->duration_us : -1,
	    .open_us = or_none(summary_open_us(summary, came_to->node)),
	    .outcome = ended ? outcome_names[came_to->outcome] : NULL,
	    .allowed = came_to->answered,
	    .not_run = not_run,
	    .by_part = came_to->by_part,
	    .undone = came_to->undone,
	    .lost = came_to->lost,
	    .cleans = came_to->cleans,
	    .why = came_to->told,
	    .known = came_to->known,
	    .attempts = or_none(came_to->attempts),
	    .items = came_to->items,
	    .outputs = came_to->outputs,
	    .operations = {put_operations, &at},
	};

	if (step->parent)
		shown.parent = summary->steps[step->parent - 1].node;
	if (came_to->outcome == OUTCOME_FAILED)
		shown.advice = held_back_advice(chronicle->held_back, came_to->node);
	shape_put(json, &report_json_step, &shown);
}

void report_json_put_steps(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->step_count; i++)
		put_step(json, chronicle, i);
}

void report_json_put_verify(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->op_count; i++)
		if (!chronicle->ops[i]->node.len && start_is_check(chronicle->ops[i]->what))
			put_op(json, chronicle->ops[i]);
}
