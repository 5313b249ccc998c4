/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/message.h"

#include <assert.h>

static const struct {
	const char *name;
	enum message_class class;
} types[MESSAGE_TYPES] = {
    [MESSAGE_START] = {"start", CLASS_OUT},
    [MESSAGE_STOP] = {"stop", CLASS_OUT},
    [MESSAGE_ASK] = {"ask", CLASS_OUT},
    [MESSAGE_UNASK] = {"unask", CLASS_OUT},
    [MESSAGE_ACQUIRE] = {"acquire", CLASS_OUT},
    [MESSAGE_RELEASE] = {"release", CLASS_OUT},
    [MESSAGE_CHOOSE] = {"choose", CLASS_OUT},
    [MESSAGE_DECIDED] = {"decided", CLASS_OUT},
    [MESSAGE_STEP_FINISHED] = {"step.finished", CLASS_OUT},
    [MESSAGE_RUN_FINISHED] = {"run.finished", CLASS_OUT},
    [MESSAGE_RUN_STARTED] = {"run.started", CLASS_IN},
    [MESSAGE_RUN_RESUMED] = {"run.resumed", CLASS_IN},
    [MESSAGE_STARTED] = {"started", CLASS_IN},
    [MESSAGE_FINISHED] = {"finished", CLASS_IN},
    [MESSAGE_ACQUIRED] = {"acquired", CLASS_IN},
    [MESSAGE_ANSWERED] = {"answered", CLASS_IN},
    [MESSAGE_CHOSEN] = {"chosen", CLASS_IN},
    [MESSAGE_TIMER] = {"timer", CLASS_IN},
    [MESSAGE_SIGNAL] = {"signal", CLASS_IN},
    [MESSAGE_RECORD] = {"record", CLASS_IN},
    [MESSAGE_DIVERGED] = {"diverged", CLASS_IN},
    [MESSAGE_SOURCE] = {"source", CLASS_ASIDE},
    [MESSAGE_OUTPUT] = {"output", CLASS_ASIDE},
    [MESSAGE_NOTE] = {"note", CLASS_ASIDE},
    [MESSAGE_RECORD_GAP] = {"record.gap", CLASS_ASIDE},
    [MESSAGE_SEAL] = {"seal", CLASS_ASIDE},
    [MESSAGE_OUTLOOK] = {"outlook", CLASS_ASIDE},
};

const char *const message_class_names[] = {"out", "in", "aside", NULL};
const char *const start_what_names[] = {
    "action", "unless", "precondition", "verify", "background", "ready", "notify", NULL};
const char *const ask_kind_names[] = {"approval", "manual", "lost", "diverged", NULL};
const char *const stop_how_names[] = {"term", "kill", NULL};
const char *const op_end_names[] = {
    "done", "timed_out", "stopped", "error", "not_begun", "lost", NULL};
const char *const origin_names[] = {"live", "recorded", "assumed", "unknown", NULL};
const char *const outcome_names[] = {"none", "succeeded", "failed", "timed_out", "skipped",
    "denied", "cancelled", "blocked", "lost", "rehearsed", NULL};
const char *const run_outcome_names[] = {
    "recovered", "failed", "denied", "interrupted", "rehearsed", "alone", NULL};
const char *const answer_names[] = {"approved", "denied", "expired", "unavailable", "again", NULL};
const char *const record_state_names[] = {"writable", "failed", NULL};
const char *const on_divergence_names[] = {"stop", "ask", "continue", NULL};
const char *const record_failure_names[] = {"stop", "continue", NULL};
const char *const output_stream_names[] = {"stdout", "stderr", NULL};

bool output_stream_of_entry(struct str entry, enum output_stream *ret_stream)
{
	static const struct {
		const char *entry;
		enum output_stream stream;
	} rows[] = {
	    {"stdout", STREAM_STDOUT}, {"stderr", STREAM_STDERR},
	    {"content", STREAM_STDOUT}, /* of a file */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!str_is(entry, rows[i].entry))
			continue;
		*ret_stream = rows[i].stream;
		return true;
	}
	return false;
}

enum message_class message_class(enum message_type type)
{
	return types[type].class;
}

const char *message_name(enum message_type type)
{
	return types[type].name;
}

bool start_is_action(enum start_what what)
{
	return what == START_ACTION || what == START_BACKGROUND;
}

bool start_is_check(enum start_what what)
{
	return !start_is_action(what) && what != START_NOTIFY;
}

const struct checks *checks_of(const struct step *step, enum start_what what)
{
	switch (what) {
	case START_UNLESS:
		return &step->unless;
	case START_PRECONDITION:
		return &step->preconditions;
	case START_READY:
		return &step->ready;
	default:
		return &step->verify;
	}
}

struct str message_deps(struct arena *arena, const struct value *deps)
{
	size_t count = deps ? deps->list.count : 0;
	struct str text = {0};

	for (size_t i = count > 2 ? count - 1 : 0; i < count; i++)
		text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), text.len ? ", " : "",
		    STR_ARG(value_text(deps->list.items[i])));
	if (count > 2)
		text = arena_printf(arena, "%.*s and %zu before it", STR_ARG(text), count - 1);
	return text;
}

static struct message copy_ask(struct arena *arena, const struct message *ask)
{
	struct message copy = *ask;

	copy.ask.node = arena_str(arena, ask->ask.node);
	copy.ask.step = arena_str(arena, ask->ask.step);
	copy.ask.item = arena_str(arena, ask->ask.item);
	copy.ask.prompt = arena_str(arena, ask->ask.prompt);
	copy.ask.digest = arena_str(arena, ask->ask.digest);
	if (ask->ask.actions)
		copy.ask.actions = value_copy(arena, ask->ask.actions);
	if (ask->ask.inputs)
		copy.ask.inputs = value_copy(arena, ask->ask.inputs);
	if (ask->ask.agreed)
		copy.ask.agreed = value_copy(arena, ask->ask.agreed);
	return copy;
}

static struct message copy_start(struct arena *arena, const struct message *start)
{
	struct message copy = *start;

	copy.start.node = arena_str(arena, start->start.node);
	copy.start.step = arena_str(arena, start->start.step);
	copy.start.action = arena_str(arena, start->start.action);
	copy.start.digest = arena_str(arena, start->start.digest);
	copy.start.session = arena_str(arena, start->start.session);
	copy.start.args = value_copy(arena, start->start.args);
	if (start->start.deps)
		copy.start.deps = value_copy(arena, start->start.deps);
	if (start->start.shown)
		copy.start.shown = value_copy(arena, start->start.shown);
	if (start->start.rehearse)
		copy.start.rehearse = value_copy(arena, start->start.rehearse);
	return copy;
}

static struct message copy_lock(struct arena *arena, const struct message *acquire)
{
	struct message copy = *acquire;

	copy.lock.node = arena_str(arena, acquire->lock.node);
	copy.lock.step = arena_str(arena, acquire->lock.step);
	copy.lock.lock = arena_str(arena, acquire->lock.lock);
	return copy;
}

struct message message_copy(struct arena *arena, const struct message *message)
{
	switch (message->type) {
	case MESSAGE_START:
		return copy_start(arena, message);
	case MESSAGE_ASK:
		return copy_ask(arena, message);
	default:
		assert(message->type == MESSAGE_ACQUIRE);
		return copy_lock(arena, message);
	}
}
