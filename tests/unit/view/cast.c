/* SPDX-License-Identifier: Apache-2.0 */
#include "cast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/golden.h"
#include "unit/lang/vocabulary.h"

enum { ROOM = 64, BEGAN_S = 1795316645 };

static void cast_begin(struct cast *cast)
{
	memset(cast, 0, sizeof(*cast));
	cast_load(&cast->load, "rescue.yaml");
	cast->arena = arena_new();
	cast->items = arena_array(cast->arena, ROOM, sizeof(*cast->items));
}

void cast_done(struct cast *cast)
{
	load_done(&cast->load);
	arena_free(cast->arena);
}

void cast_load(struct load *load, const char *name)
{
	char path[512];
	struct buf out;

	snprintf(path, sizeof(path), "%s/tests/unit/view/golden/%s", SOURCE_DIR, name);
	if (load_file(load, path, &test_vocabulary))
		return;
	buf_init(&out, BUF_UNBOUNDED);
	load_show(load, false, &out);
	fail_msg("%.*s", STR_ARG(buf_view(&out)));
}

static struct message *add(struct cast *cast, enum message_type type)
{
	struct message *message = &cast->items[cast->count];

	assert_true(cast->count < ROOM);
	message->type = type;
	message->seq = (int64_t)cast->count;
	message->t_us = (int64_t)cast->count * 1000000;
	message->at_us = BEGAN_S * INT64_C(1000000) + message->t_us;
	cast->count++;
	return message;
}

static const struct value *json(struct cast *cast, const char *text)
{
	struct str error = {0};
	const struct value *value = value_from_json(cast->arena, str_from(text), &error);

	if (!value)
		fail_msg("%.*s in %s", STR_ARG(error), text);
	return value;
}

static void run_started(struct cast *cast, const char *title)
{
	struct message *message = add(cast, MESSAGE_RUN_STARTED);

	message->run_started.format = 1;
	message->run_started.run = STR("20261122T030405Z-rescue-3f2a");
	message->run_started.mode = STR("run");
	message->run_started.runbook = STR("rescue");
	message->run_started.title = str_from(title);
	message->run_started.host = json(cast, "{\"name\":\"db1\",\"user\":\"alice\"}");
}

static void start(struct cast *cast, uint32_t op, const char *node, const char *step,
    enum start_what what, enum effect_class class, const char *args)
{
	struct message *message = add(cast, MESSAGE_START);

	message->start.op = op;
	message->start.node = str_from(node);
	message->start.step = str_from(step);
	message->start.what = what;
	message->start.class = class;
	message->start.attempt = 1;
	message->start.action = STR("run");
	message->start.args = json(cast, args);
}

static void output(
    struct cast *cast, uint32_t op, const char *step, enum output_stream stream, const char *bytes)
{
	struct message *message = add(cast, MESSAGE_OUTPUT);

	message->output.op = op;
	message->output.step = str_from(step);
	message->output.stream = stream;
	message->output.bytes = str_from(bytes);
}

static struct message *finished(struct cast *cast, uint32_t op, bool ok, const char *why)
{
	struct message *message = add(cast, MESSAGE_FINISHED);

	message->finished.op = op;
	message->finished.ok = message->finished.verdict.ok = ok;
	message->finished.why = message->finished.verdict.why = str_from(why);
	return message;
}

static struct message *step_finished(
    struct cast *cast, const char *node, const char *step, enum outcome outcome, const char *why)
{
	struct message *message = add(cast, MESSAGE_STEP_FINISHED);

	message->step_finished.node = str_from(node);
	message->step_finished.step = str_from(step);
	message->step_finished.outcome = outcome;
	message->step_finished.why = str_from(why);
	message->step_finished.duration_us = 2000000;
	return message;
}

static void decided(
    struct cast *cast, const char *node, const char *step, const char *what, const char *why)
{
	struct message *message = add(cast, MESSAGE_DECIDED);

	message->decided.node = str_from(node);
	message->decided.step = str_from(step);
	message->decided.what = str_from(what);
	message->decided.why = str_from(why);
	message->decided.value = value_duration_us(cast->arena, 5000000);
}

static void ask(struct cast *cast, const char *prompt, const char *actions)
{
	struct message *message = add(cast, MESSAGE_ASK);

	message->ask.id = 3;
	message->ask.node = STR("restore");
	message->ask.step = STR("restore");
	message->ask.prompt = str_from(prompt);
	message->ask.actions = json(cast, actions);
}

static void answered(struct cast *cast, enum answer answer, const char *who)
{
	struct message *message = add(cast, MESSAGE_ANSWERED);

	message->answered.id = 3;
	message->answered.answer = answer;
	message->answered.who = str_from(who);
	message->answered.digest = STR(
	    "1f3a5b7c9d2e4f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8");
}

static void note(struct cast *cast, const char *who, const char *text)
{
	struct message *message = add(cast, MESSAGE_NOTE);

	message->note.who = str_from(who);
	message->note.text = str_from(text);
}

static void run_finished(struct cast *cast, enum run_outcome outcome, const char *why)
{
	struct message *message = add(cast, MESSAGE_RUN_FINISHED);

	message->run_finished.outcome = outcome;
	message->run_finished.why = str_from(why);
	message->run_finished.duration_us = message->t_us;
	add(cast, MESSAGE_SEAL);
}

static void restart_fails(struct cast *cast)
{
	start(cast, 1, "restart", "restart", START_ACTION, EFFECT_CHANGE,
	    "{\"argv\":[\"docker\",\"restart\",\"pg main\"]}");
	output(cast, 1, "restart", STREAM_STDOUT, "restarting\n");
	finished(cast, 1, true, "");
	start(cast, 2, "restart", "restart", START_VERIFY, EFFECT_READ,
	    "{\"argv\":[\"pg_isready\"]}");
	cast->items[cast->count - 1].start.poll = (struct poll_spec){30000000, 1000000, 2000000};
	finished(cast, 2, false, "not within 30s: no response");
	decided(cast, "restart", "restart", "retry", "verify: no response");
	step_finished(cast, "restart", "restart", OUTCOME_FAILED, "verify: no response")
	    ->step_finished.allowed = true;
}

static const char actions[] =
    "[{\"step\":\"drop\",\"title\":\"Drop the volume\",\"effect\":\"destroy\",\"action\":\"docker "
    "volume rm data\"},"
    "{\"step\":\"load\",\"title\":\"load\",\"effect\":\"change\",\"action\":\"gunzip -c dump | "
    "psql\\nsecond line\"}]";

void cast_recovered(struct cast *cast)
{
	cast_begin(cast);
	run_started(cast, "A rescue");
	restart_fails(cast);
	ask(cast, "everything since the backup will be lost", actions);
	answered(cast, ANSWER_APPROVED, "alice on /dev/pts/3");
	decided(cast, "restore", "restore", "begin", "");
	start(cast, 3, "restore/drop", "drop", START_ACTION, EFFECT_DESTROY,
	    "{\"argv\":[\"docker\",\"volume\",\"rm\",\"data\"]}");
	finished(cast, 3, true, "");
	step_finished(cast, "restore/drop", "drop", OUTCOME_SUCCEEDED, "");
	start(cast, 4, "restore/load", "load", START_ACTION, EFFECT_CHANGE,
	    "{\"script\":\"gunzip -c dump |\\npsql\\n\"}");
	output(cast, 4, "load", STREAM_STDERR, "NOTICE: done\n");
	finished(cast, 4, true, "")->finished.left = json(
	    cast, "[{\"pid\":4711,\"command\":\"postgres: checkpointer\"}]");
	step_finished(cast, "restore/load", "load", OUTCOME_SUCCEEDED, "")
	    ->step_finished.outputs = json(cast, "{\"rows\":10000}");
	step_finished(cast, "restore", "restore", OUTCOME_SUCCEEDED, "");
	note(cast, "reprise", "waiting for the lock db, held by somebody else");
	note(cast, "bob on /dev/pts/4", "the shop is back,\ncarts are empty");
	start(cast, 5, "", "", START_VERIFY, EFFECT_READ, "{\"argv\":[\"smoke\"]}");
	finished(cast, 5, true, "");
	run_finished(cast, RUN_RECOVERED, "");
}

void cast_failed(struct cast *cast)
{
	cast_begin(cast);
	run_started(cast, "A rescue");
	restart_fails(cast);
	ask(cast, "everything since the backup will be lost", actions);
	answered(cast, ANSWER_APPROVED, "--approve restore, given by alice");
	decided(cast, "restore", "restore", "begin", "");
	start(cast, 3, "restore/drop", "drop", START_ACTION, EFFECT_DESTROY,
	    "{\"argv\":[\"docker\",\"volume\",\"rm\",\"data\"]}");
	add(cast, MESSAGE_SIGNAL)->signal.name = STR("SIGINT");
	add(cast, MESSAGE_SIGNAL)->signal.name = STR("SIGHUP");
	add(cast, MESSAGE_SIGNAL)->signal.name = STR("SIGINT");
	finished(cast, 3, false, "stopped");
	step_finished(cast, "restore/drop", "drop", OUTCOME_CANCELLED, "interrupted by SIGINT");
	step_finished(
	    cast, "restore/load", "load", OUTCOME_BLOCKED, "it needs drop, which was cancelled");
	step_finished(cast, "restore", "restore", OUTCOME_CANCELLED, "interrupted by SIGINT");
	step_finished(cast, "app", "app", OUTCOME_BLOCKED, "it needs restore, which was cancelled");
	add(cast, MESSAGE_RECORD)->record.state = RECORD_FAILED;
	cast->items[cast->count - 1].record.why = STR(
	    "cannot write to t.jsonl: No space left on device");
	run_finished(cast, RUN_INTERRUPTED, "interrupted by SIGINT");
}

static void found_again(
    struct cast *cast, const char *node, const char *what, const char *value, const char *why)
{
	decided(cast, node, node, what, why);
	cast->items[cast->count - 1].decided.value = value ? json(cast, value) : NULL;
}

/* It dies with all kinds of steps behind it; what it decided last, a check, is not in its record. */
void cast_resumed(struct cast *cast)
{
	cast_begin(cast);
	run_started(cast, "A rescue");
	start(cast, 1, "restart", "restart", START_ACTION, EFFECT_CHANGE, "{\"argv\":[\"true\"]}");
	finished(cast, 1, true, "");
	step_finished(cast, "restart", "restart", OUTCOME_SUCCEEDED, "");
	decided(cast, "restore", "restore", "begin", "");
	start(cast, 2, "restore/drop", "drop", START_ACTION, EFFECT_DESTROY,
	    "{\"argv\":[\"false\"]}");
	finished(cast, 2, false, "exit status 1");
	step_finished(cast, "restore/drop", "drop", OUTCOME_FAILED, "exit status 1");
	step_finished(cast, "restore/load", "load", OUTCOME_BLOCKED, "it needs drop, which failed");
	ask(cast, "everything since the backup will be lost", actions);
	start(cast, 3, "app", "app", START_ACTION, EFFECT_CHANGE, "{\"argv\":[\"up\"]}");
	add(cast, MESSAGE_STARTED)->started.op = 3;
	cast->past = cast->count;
	start(cast, 4, "restore", "restore", START_PRECONDITION, EFFECT_READ,
	    "{\"argv\":[\"test\",\"-e\",\"dump\"]}");
	add(cast, MESSAGE_RUN_RESUMED)->run_resumed.torn_bytes = 7;
	cast->items[cast->count - 1].run_resumed.host = json(cast, "{\"user\":\"bob\"}");
	found_again(cast, "restart", "recall", NULL, "no record has it");
	found_again(cast, "restart", "recall", "true", "");
	finished(cast, 3, false, "")->finished.end = END_LOST;
	found_again(cast, "app", "lost", NULL, "no launcher is left; its verification decides");
	found_again(cast, "app", "again", "true", "its verification does not hold");
	start(cast, 5, "app", "app", START_ACTION, EFFECT_CHANGE, "{\"argv\":[\"up\"]}");
	finished(cast, 5, false, "")->finished.end = END_LOST;
	found_again(cast, "app", "lost", NULL, "no launcher is left; its verification decides");
	found_again(cast, "app", "lost", "false", "its verification holds: it was done");
	step_finished(cast, "app", "app", OUTCOME_SUCCEEDED, "");
	answered(cast, ANSWER_DENIED, "bob on /dev/pts/4");
	step_finished(cast, "restore", "restore", OUTCOME_DENIED, "denied by bob on /dev/pts/4");
	run_finished(cast, RUN_DENIED, "step restore: denied");
}

/* Escape sequences, marks that turn text, markup and ill-formed bytes, wherever the outside can put them. */
#define EVIL                                                                                       \
	"\x1b[2J\x1b]0;x\a\xE2\x80\xAE`|` ``` **b** <script>&amp;[l](http://x)\xFF\x9b\r\n# "      \
	"head\tz"
#define EVIL_JSON "\\u001b[2J\\u202e`|` ``` **b** <script>&amp;[l](http://x)\\r\\n# head\\tz"

void cast_hostile(struct cast *cast)
{
	struct message *message;

	cast_begin(cast);
	run_started(cast, EVIL);
	cast->items[0].run_started.host = json(
	    cast, "{\"name\":\"" EVIL_JSON "\",\"user\":\"" EVIL_JSON "\"}");
	cast->items[0].run_started.run = STR(EVIL);
	cast->items[0].run_started.alert = json(cast,
	    "{\"starts_at\":{\"$timestamp\":\"2026-11-22T03:01:05Z\"},\"labels\":{\"alertname\":"
	    "\"" EVIL_JSON "\",\"instance\":\"" EVIL_JSON "\",\"" EVIL_JSON "\":\"" EVIL_JSON
	    "\"}}");
	decided(cast, "restart", "restart", "when", EVIL);
	cast->items[cast->count - 1].decided.value = value_bool(true);
	start(cast, 1, "restart", "restart", START_ACTION, EFFECT_CHANGE,
	    "{\"argv\":[\"echo\",\"" EVIL_JSON "\"]}");
	output(cast, 1, "restart", STREAM_STDOUT, EVIL "\n" EVIL);
	message = finished(cast, 1, false, EVIL);
	message->finished.left = json(cast, "[{\"pid\":1,\"command\":\"" EVIL_JSON "\"}]");
	decided(cast, "restart", "restart", "retry", EVIL);
	decided(cast, "restart", "restart", "verify", EVIL);
	decided(cast, "restart", "restart", "approve", EVIL);
	ask(cast, EVIL,
	    "[{\"step\":\"drop\",\"title\":\"" EVIL_JSON
	    "\",\"effect\":\"destroy\",\"action\":\"" EVIL_JSON "\"}]");
	answered(cast, ANSWER_DENIED, EVIL);
	message = step_finished(cast, "restart", "restart", OUTCOME_FAILED, EVIL);
	message->step_finished.outputs = json(cast, "{\"" EVIL_JSON "\":\"" EVIL_JSON "\"}");
	start(cast, 2, "", "", START_VERIFY, EFFECT_READ, "{\"argv\":[\"" EVIL_JSON "\"]}");
	finished(cast, 2, false, EVIL);
	add(cast, MESSAGE_DIVERGED)->diverged.node = STR(EVIL);
	cast->items[cast->count - 1].diverged.found = STR(EVIL);
	cast->items[cast->count - 1].diverged.recorded = STR(EVIL);
	add(cast, MESSAGE_RECORD)->record.why = STR(EVIL);
	cast->items[cast->count - 1].record.state = RECORD_FAILED;
	note(cast, EVIL, EVIL);
	run_finished(cast, RUN_FAILED, EVIL);
}

void golden(const char *name, struct str text)
{
	golden_in("view", name, text);
}
