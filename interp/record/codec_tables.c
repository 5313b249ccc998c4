/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "record/codec.h"

/*
 * The keys of every type, in the order they are written. This is the format: rows may be added at the end of a table,
 * never changed or taken away.
 */
static const char *const effect_names[] = {"read", "change", "destroy", NULL};

#define AT(member) offsetof(struct message, member)
#define U32(key, member)                                                                           \
	{                                                                                          \
		key, FIELD_U32, AT(member), true, NULL                                             \
	}
#define I64(key, member)                                                                           \
	{                                                                                          \
		key, FIELD_I64, AT(member), true, NULL                                             \
	}
#define I64_IF(key, member)                                                                        \
	{                                                                                          \
		key, FIELD_I64, AT(member), false, NULL                                            \
	}
#define U32_IF(key, member)                                                                        \
	{                                                                                          \
		key, FIELD_U32, AT(member), false, NULL                                            \
	}
#define BOOL(key, member)                                                                          \
	{                                                                                          \
		key, FIELD_BOOL, AT(member), true, NULL                                            \
	}
#define BOOL_IF(key, member)                                                                       \
	{                                                                                          \
		key, FIELD_BOOL, AT(member), false, NULL                                           \
	}
#define TEXT(key, member)                                                                          \
	{                                                                                          \
		key, FIELD_STR, AT(member), true, NULL                                             \
	}
#define TEXT_IF(key, member)                                                                       \
	{                                                                                          \
		key, FIELD_STR, AT(member), false, NULL                                            \
	}
#define ENUM(key, member, names)                                                                   \
	{                                                                                          \
		key, FIELD_ENUM, AT(member), true, names                                           \
	}
#define ENUM_IF(key, member, names)                                                                \
	{                                                                                          \
		key, FIELD_ENUM, AT(member), false, names                                          \
	}
#define ITEM(key, member)                                                                          \
	{                                                                                          \
		key, FIELD_VALUE, AT(member), true, NULL                                           \
	}
#define ITEM_IF(key, member)                                                                       \
	{                                                                                          \
		key, FIELD_VALUE, AT(member), false, NULL                                          \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, FIELD_U32, 0, false, NULL                                                    \
	}

static const struct message_field start[] = {
    U32("op", start.op),
    TEXT("node", start.node),
    TEXT_IF("step", start.step),
    ENUM("what", start.what, start_what_names),
    U32_IF("index", start.index),
    U32("attempt", start.attempt),
    TEXT("action", start.action),
    ENUM("class", start.class, effect_names),
    ITEM_IF("args", start.args),
    I64_IF("timeout_us", start.timeout_us),
    I64_IF("grace_us", start.grace_us),
    {"poll", FIELD_POLL, AT(start.poll), false, NULL},
    ITEM_IF("deps", start.deps),
    TEXT("digest", start.digest),
    I64_IF("item", start.item),
    TEXT_IF("session", start.session),
    BOOL_IF("sensitive", start.sensitive),
    ITEM_IF("rehearse", start.rehearse),
    ITEM_IF("shown", start.shown),
    END,
};
static const struct message_field stop[] = {
    U32("op", stop.op),
    ENUM("how", stop.how, stop_how_names),
    TEXT_IF("why", stop.why),
    END,
};
static const struct message_field ask[] = {
    U32("id", ask.id),
    TEXT("node", ask.node),
    TEXT_IF("step", ask.step),
    TEXT("prompt", ask.prompt),
    I64("by", ask.by),
    I64_IF("expires_us", ask.expires_us),
    TEXT("digest", ask.digest),
    ITEM_IF("actions", ask.actions),
    ENUM_IF("kind", ask.kind, ask_kind_names),
    ITEM_IF("inputs", ask.inputs),
    TEXT_IF("item", ask.item),
    ITEM_IF("agreed", ask.agreed),
    END,
};
static const struct message_field unask[] = {
    U32("id", unask.id),
    TEXT_IF("why", unask.why),
    END,
};
static const struct message_field acquire[] = {
    U32("id", lock.id),
    TEXT("lock", lock.lock),
    TEXT_IF("node", lock.node),
    TEXT_IF("step", lock.step),
    END,
};
static const struct message_field acquired[] = {
    U32("id", acquired.id),
    BOOL_IF("waited", acquired.waited),
    TEXT_IF("why", acquired.why),
    END,
};
static const struct message_field choose[] = {
    U32("id", choose.id),
    TEXT("node", choose.node),
    TEXT("what", choose.what),
    TEXT_IF("expr", choose.expr),
    ITEM_IF("deps", choose.deps),
    ITEM_IF("value", choose.value),
    END,
};
static const struct message_field decided[] = {
    TEXT("node", decided.node),
    TEXT_IF("step", decided.step),
    TEXT("what", decided.what),
    ITEM("value", decided.value),
    TEXT_IF("why", decided.why),
    ITEM_IF("deps", decided.deps),
    END,
};
static const struct message_field step_finished[] = {
    TEXT("node", step_finished.node),
    TEXT_IF("step", step_finished.step),
    ENUM("outcome", step_finished.outcome, outcome_names),
    BOOL_IF("allowed", step_finished.allowed),
    TEXT_IF("why", step_finished.why),
    I64("duration_us", step_finished.duration_us),
    ITEM_IF("outputs", step_finished.outputs),
    END,
};
static const struct message_field run_finished[] = {
    ENUM("outcome", run_finished.outcome, run_outcome_names),
    TEXT_IF("why", run_finished.why),
    I64("duration_us", run_finished.duration_us),
    END,
};
static const struct message_field run_started[] = {
    I64("format", run_started.format),
    TEXT("run", run_started.run),
    TEXT("mode", run_started.mode),
    TEXT("runbook", run_started.runbook),
    TEXT_IF("title", run_started.title),
    ITEM_IF("params", run_started.params),
    TEXT("seed", run_started.seed),
    ITEM_IF("program", run_started.program),
    ITEM_IF("host", run_started.host),
    ITEM_IF("sources", run_started.sources),
    TEXT_IF("dir", run_started.dir),
    I64_IF("jobs", run_started.jobs),
    TEXT_IF("signer", run_started.signer),
    ITEM_IF("follows", run_started.follows),
    {"on_divergence", FIELD_ENUM, AT(run_started.on_divergence), false, on_divergence_names},
    ENUM_IF("on_record_failure", run_started.on_record_failure, record_failure_names),
    ITEM_IF("rehearsal", run_started.rehearsal),
    ITEM_IF("alone", run_started.alone),
    ITEM_IF("alert", run_started.alert),
    ENUM_IF("origin", run_started.origin, origin_names),
    END,
};
static const struct message_field run_resumed[] = {
    ITEM_IF("program", run_resumed.program),
    ITEM_IF("host", run_resumed.host),
    ITEM_IF("sources", run_resumed.sources),
    I64_IF("torn_bytes", run_resumed.torn_bytes),
    TEXT_IF("torn_sha256", run_resumed.torn_sha256),
    TEXT_IF("signer", run_resumed.signer),
    ENUM_IF("on_record_failure", run_resumed.on_record_failure, record_failure_names),
    END,
};
static const struct message_field started[] = {
    U32("op", started.op),
    I64_IF("pid", started.pid),
    I64_IF("start_ticks", started.start_ticks),
    ENUM_IF("origin", started.origin, origin_names),
    BOOL_IF("confined", started.confined),
    TEXT_IF("unconfined", started.unconfined),
    END,
};
static const struct message_field finished[] = {
    U32("op", finished.op),
    ENUM("end", finished.end, op_end_names),
    BOOL("ok", finished.ok),
    BOOL_IF("unchanged", finished.unchanged),
    TEXT_IF("why", finished.why),
    TEXT_IF("advice", finished.advice),
    {"result", FIELD_RESULT, AT(finished.result), false, NULL},
    {"verdict", FIELD_VERDICT, AT(finished.verdict), true, NULL},
    ENUM("origin", finished.origin, origin_names),
    I64_IF("polls", finished.polls),
    I64_IF("now_us", finished.now_us),
    ITEM_IF("left", finished.left),
    END,
};
static const struct message_field answered[] = {
    U32("id", answered.id),
    ENUM("answer", answered.answer, answer_names),
    TEXT_IF("who", answered.who),
    TEXT_IF("digest", answered.digest),
    ITEM_IF("inputs", answered.inputs),
    ENUM_IF("origin", answered.origin, origin_names),
    ITEM_IF("person", answered.person),
    END,
};
static const struct message_field chosen[] = {
    U32("id", chosen.id),
    ITEM("value", chosen.value),
    TEXT_IF("why", chosen.why),
    ENUM_IF("origin", chosen.origin, origin_names),
    END,
};
static const struct message_field timer[] = {
    U32("id", timer.id),
    I64("due_us", timer.due_us),
    END,
};
static const struct message_field signal_[] = {
    TEXT("name", signal.name),
    END,
};
static const struct message_field record[] = {
    ENUM("state", record.state, record_state_names),
    TEXT_IF("why", record.why),
    END,
};
static const struct message_field diverged[] = {
    TEXT("node", diverged.node),
    TEXT_IF("step", diverged.step),
    U32_IF("op", diverged.op),
    TEXT("what", diverged.what),
    TEXT("recorded", diverged.recorded),
    TEXT("found", diverged.found),
    END,
};
static const struct message_field source[] = {
    TEXT("name", source.name),
    TEXT("sha256", source.sha256),
    I64("part", source.part),
    I64("parts", source.parts),
    {"text", FIELD_BYTES, AT(source.text), true, NULL},
    END,
};
static const struct message_field output[] = {
    U32("op", output.op),
    TEXT_IF("step", output.step),
    ENUM("stream", output.stream, output_stream_names),
    I64("offset", output.offset),
    {"text", FIELD_BYTES, AT(output.bytes), true, NULL},
    END,
};
static const struct message_field note[] = {
    TEXT_IF("who", note.who),
    TEXT("text", note.text),
    END,
};
static const struct message_field record_gap[] = {
    I64("lines", record_gap.lines),
    TEXT_IF("why", record_gap.why),
    END,
};
static const struct message_field seal[] = {
    TEXT_IF("signature", seal.signature),
    END,
};
static const struct message_field outlook[] = {
    ENUM("role", outlook.role, message_class_names),
    I64("expected_us", outlook.told.expected_us),
    I64("within_us", outlook.told.within_us),
    I64("percent", outlook.told.percent),
    I64_IF("from_us", outlook.told.from_us),
    I64_IF("waiting_us", outlook.told.waiting_us),
    I64_IF("runs", outlook.told.runs),
    I64_IF("ended", outlook.told.ended),
    I64_IF("failed", outlook.told.failed),
    I64_IF("steps", outlook.told.steps),
    I64_IF("estimated", outlook.told.estimated),
    I64_IF("unknown", outlook.told.unknown),
    ITEM_IF("estimates", outlook.told.estimates),
    ITEM_IF("unknowns", outlook.told.unknowns),
    I64_IF("questions", outlook.told.questions),
    I64_IF("questions_unknown", outlook.told.questions_unknown),
    BOOL_IF("whole", outlook.told.whole),
    I64_IF("rto_us", outlook.told.rto_us),
    I64_IF("rto_percent", outlook.told.rto_percent),
    END,
};

static const struct message_field *const tables[MESSAGE_TYPES] = {
    [MESSAGE_START] = start,
    [MESSAGE_STOP] = stop,
    [MESSAGE_ASK] = ask,
    [MESSAGE_UNASK] = unask,
    [MESSAGE_ACQUIRE] = acquire,
    [MESSAGE_RELEASE] = acquire,
    [MESSAGE_CHOOSE] = choose,
    [MESSAGE_DECIDED] = decided,
    [MESSAGE_STEP_FINISHED] = step_finished,
    [MESSAGE_RUN_FINISHED] = run_finished,
    [MESSAGE_RUN_STARTED] = run_started,
    [MESSAGE_RUN_RESUMED] = run_resumed,
    [MESSAGE_STARTED] = started,
    [MESSAGE_FINISHED] = finished,
    [MESSAGE_ACQUIRED] = acquired,
    [MESSAGE_ANSWERED] = answered,
    [MESSAGE_CHOSEN] = chosen,
    [MESSAGE_TIMER] = timer,
    [MESSAGE_SIGNAL] = signal_,
    [MESSAGE_RECORD] = record,
    [MESSAGE_DIVERGED] = diverged,
    [MESSAGE_SOURCE] = source,
    [MESSAGE_OUTPUT] = output,
    [MESSAGE_NOTE] = note,
    [MESSAGE_RECORD_GAP] = record_gap,
    [MESSAGE_SEAL] = seal,
    [MESSAGE_OUTLOOK] = outlook,
};

const struct message_field *message_fields(enum message_type type)
{
	assert((unsigned)type < MESSAGE_TYPES);
	assert(tables[type]); /* a new type needs its table */
	return tables[type];
}
