/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "stdlib/registry.h"

/* 2026-01-01T00:00:00Z */
enum { EPOCH_S = 1767225600 };

bool feed_init(struct feed *feed, const char *path, unsigned jobs)
{
	struct sched_options options = {.jobs = jobs};
	struct buf out;

	memset(feed, 0, sizeof(*feed));
	if (!load_file(&feed->load, path, &stdlib_vocabulary)) {
		buf_init(&out, BUF_UNBOUNDED);
		load_show(&feed->load, false, &out);
		fprintf(stderr, "%.*s", STR_ARG(buf_view(&out)));
		buf_done(&out);
		load_done(&feed->load);
		return false;
	}
	feed->arena = arena_new();
	feed->store = store_new();
	feed->sched = sched_new(feed->load.plan, feed->store, &options);
	return true;
}

void feed_done(struct feed *feed)
{
	sched_free(feed->sched);
	store_free(feed->store);
	arena_free(feed->arena);
	load_done(&feed->load);
}

static void show_value(struct buf *out, const char *name, const struct value *value)
{
	struct json json;

	if (!value)
		return;
	buf_printf(out, " %s=", name);
	json_init(&json, out);
	value_to_json(&json, value);
}

static void show_time(struct buf *out, const char *name, int64_t us)
{
	if (us <= 0)
		return;
	buf_printf(out, " %s=", name);
	units_show_duration(out, us);
}

static void show_text(struct buf *out, struct str text)
{
	if (text.len)
		buf_printf(out, " \"%.*s\"", STR_ARG(text));
}

static void show_start(struct buf *out, const struct message *message)
{
	buf_printf(out, "start %u %.*s %s", message->start.op,
	    STR_ARG(message->start.node.len ? message->start.node : STR(".")),
	    start_what_names[message->start.what]);
	if (message->start.what != START_ACTION)
		buf_printf(out, "[%u]", message->start.index);
	if (message->start.item)
		buf_printf(out, " item=%lld", (long long)message->start.item);
	if (message->start.attempt > 1)
		buf_printf(out, " attempt=%u", message->start.attempt);
	buf_printf(out, " %.*s %s", STR_ARG(message->start.action),
	    effect_class_name(message->start.class));
	show_value(out, "args", message->start.args);
	show_time(out, "timeout", message->start.timeout_us);
	show_time(out, "within", message->start.poll.within_us);
	show_time(out, "for", message->start.poll.for_us);
	show_value(out, "deps", message->start.deps);
}

static void show_effect(struct buf *out, const struct message *message)
{
	switch (message->type) {
	case MESSAGE_START:
		show_start(out, message);
		break;
	case MESSAGE_STOP:
		buf_printf(out, "stop %u %s", message->stop.op, stop_how_names[message->stop.how]);
		show_text(out, message->stop.why);
		break;
	case MESSAGE_ASK:
		buf_printf(out, "ask %u %.*s%s", message->ask.id, STR_ARG(message->ask.node),
		    message->ask.kind == ASK_MANUAL         ? " manual"
			: message->ask.kind == ASK_LOST     ? " lost"
			: message->ask.kind == ASK_DIVERGED ? " diverged"
							    : "");
		if (message->ask.item.len)
			buf_printf(out, " (%.*s)", STR_ARG(message->ask.item));
		show_text(out, message->ask.prompt);
		show_value(out, "actions", message->ask.actions);
		show_value(out, "inputs", message->ask.inputs);
		if (message->ask.by > 1)
			buf_printf(out, " by=%lld", (long long)message->ask.by);
		show_value(out, "agreed", message->ask.agreed);
		show_time(out, "expires", message->ask.expires_us);
		break;
	case MESSAGE_UNASK:
		buf_printf(out, "unask %u", message->unask.id);
		show_text(out, message->unask.why);
		break;
	case MESSAGE_CHOOSE:
		buf_printf(out, "choose %u %.*s %.*s", message->choose.id,
		    STR_ARG(message->choose.node.len ? message->choose.node : STR(".")),
		    STR_ARG(message->choose.what));
		show_text(out, message->choose.expr);
		show_value(out, "value", message->choose.value);
		show_value(out, "deps", message->choose.deps);
		break;
	case MESSAGE_DECIDED:
		buf_printf(out, "decided %.*s %.*s",
		    STR_ARG(message->decided.node.len ? message->decided.node : STR(".")),
		    STR_ARG(message->decided.what));
		show_value(out, "value", message->decided.value);
		show_text(out, message->decided.why);
		break;
	case MESSAGE_STEP_FINISHED:
		buf_printf(out, "step %.*s %s%s", STR_ARG(message->step_finished.node),
		    outcome_names[message->step_finished.outcome],
		    message->step_finished.allowed ? " allowed" : "");
		show_text(out, message->step_finished.why);
		show_value(out, "outputs", message->step_finished.outputs);
		break;
	case MESSAGE_RUN_FINISHED:
		buf_printf(out, "run %s", run_outcome_names[message->run_finished.outcome]);
		show_text(out, message->run_finished.why);
		break;
	case MESSAGE_ACQUIRE:
	case MESSAGE_RELEASE:
		buf_printf(out, "%s %u %.*s %.*s", message_name(message->type), message->lock.id,
		    STR_ARG(message->lock.node), STR_ARG(message->lock.lock));
		break;
	default:
		buf_text(out, message_name(message->type));
	}
	buf_byte(out, '\n');
}

/* A question, or a choice, is not open any more. */
static void close_question(struct feed *feed, uint32_t id)
{
	for (size_t i = 0; i < feed->ask_count; i++)
		if (feed->asks[i].id == id)
			feed->asks[i--] = feed->asks[--feed->ask_count];
	for (size_t i = 0; i < feed->choice_count; i++)
		if (feed->choices[i].id == id)
			feed->choices[i--] = feed->choices[--feed->choice_count];
}

static struct feed_check *last_check(struct feed *feed, struct str node)
{
	for (size_t i = 0; i < feed->check_count; i++)
		if (str_eq(feed->checks[i].node, node))
			return &feed->checks[i];
	assert(feed->check_count < sizeof(feed->checks) / sizeof(*feed->checks));
	feed->checks[feed->check_count].node = arena_str(feed->arena, node);
	return &feed->checks[feed->check_count++];
}

static void note_check(struct feed *feed, const struct message *message)
{
	struct feed_check *last = last_check(feed, message->start.node);
	bool same;

	same = last->what == message->start.what && last->attempt == message->start.attempt;
	if (feed->lost)
		same = false;
	else if (message->start.item > 1)
		assert(same && last->index == message->start.index &&
		    last->item == message->start.item - 1);
	else if (message->start.what == START_VERIFY && same)
		assert(last->index < message->start.index);
	last->what = message->start.what;
	last->index = message->start.index;
	last->attempt = message->start.attempt;
	last->item = message->start.item;
}

/* Keeps the books of what is open, as an executor would. */
static void note_effect(struct feed *feed, const struct message *message)
{
	if (message->type == MESSAGE_START) {
		assert(feed->open_count < sizeof(feed->open) / sizeof(*feed->open));
		feed->open[feed->open_count++] = message->start.op;
		note_check(feed, message);
	} else if (message->type == MESSAGE_ASK) {
		assert(feed->ask_count < sizeof(feed->asks) / sizeof(*feed->asks));
		feed->asks[feed->ask_count++] = (struct feed_ask){message->ask.id,
		    arena_str(feed->arena, message->ask.digest), message->ask.kind == ASK_LOST};
	} else if (message->type == MESSAGE_CHOOSE) {
		assert(feed->choice_count < sizeof(feed->choices) / sizeof(*feed->choices));
		feed->choices[feed->choice_count++] = (struct feed_choice){
		    message->choose.id, str_find(message->choose.what, STR("for_each")) >= 0};
	} else if (message->type == MESSAGE_UNASK) {
		close_question(feed, message->unask.id);
	} else if (message->type == MESSAGE_ACQUIRE) {
		assert(feed->lock_count < sizeof(feed->locks) / sizeof(*feed->locks));
		feed->locks[feed->lock_count++] = (struct feed_lock){
		    message->lock.id, arena_str(feed->arena, message->lock.lock), false};
	} else if (message->type == MESSAGE_RELEASE) {
		for (size_t i = 0; i < feed->lock_count; i++)
			if (feed->locks[i].id == message->lock.id)
				feed->locks[i--] = feed->locks[--feed->lock_count];
	} else if (message->type == MESSAGE_RUN_FINISHED) {
		feed->finished = true;
		feed->outcome = message->run_finished.outcome;
	}
}

static void drain(struct feed *feed, struct sched *sched, bool first, struct buf *out)
{
	struct message effect;

	while (sched_next(sched, &effect)) {
		show_effect(out, &effect);
		if (first)
			note_effect(feed, &effect);
	}
}

void feed_post(struct feed *feed, struct message *in, struct buf *out)
{
	struct sched *copy = sched_clone(feed->sched);
	struct buf said;
	struct buf copy_said;

	in->t_us = feed->t_us;
	in->at_us = EPOCH_S * INT64_C(1000000) + feed->t_us;
	assert(sched_hash(copy) == sched_hash(feed->sched));
	buf_init(&said, BUF_UNBOUNDED);
	buf_init(&copy_said, BUF_UNBOUNDED);
	sched_post(feed->sched, in);
	drain(feed, feed->sched, true, &said);
	sched_post(copy, in);
	drain(feed, copy, false, &copy_said);
	assert(str_eq(buf_view(&said), buf_view(&copy_said)));
	assert(sched_hash(copy) == sched_hash(feed->sched));
	assert(feed->finished == sched_finished(copy));
	sched_free(feed->sched);
	feed->sched = copy;
	buf_str(out, buf_view(&said));
	buf_done(&said);
	buf_done(&copy_said);
}

/* Parameters as they are without any given. */
void feed_started(struct feed *feed, struct buf *out)
{
	struct message in = {.type = MESSAGE_RUN_STARTED};

	in.run_started.run = STR("run-1");
	in.run_started.mode = STR("run");
	in.run_started.on_divergence = feed->on_divergence;
	in.run_started.seed = STR("00000000000000ab");
	in.run_started.dir = STR("/run");
	in.run_started.on_record_failure = feed->on_record_failure;
	in.run_started.params = model_params(
	    feed->arena, feed->load.runbook, NULL, 0, &feed->load.diags);
	assert(in.run_started.params);
	feed_post(feed, &in, out);
}

static void close_op(struct feed *feed, uint32_t op)
{
	size_t i = 0;

	while (i < feed->open_count && feed->open[i] != op)
		i++;
	assert(i < feed->open_count);
	memmove(&feed->open[i], &feed->open[i + 1], (--feed->open_count - i) * sizeof(*feed->open));
}

void feed_finished(struct feed *feed, uint32_t op, enum op_end end, bool ok, struct str why,
    const struct value *result, struct buf *out)
{
	struct message in = {.type = MESSAGE_FINISHED};

	close_op(feed, op);
	feed->lost = feed->lost || end == END_LOST;
	in.finished.op = op;
	in.finished.end = end;
	in.finished.ok = ok;
	in.finished.why = why;
	in.finished.result = result;
	in.finished.polls = 1;
	in.finished.now_us = EPOCH_S * INT64_C(1000000) + feed->t_us;
	in.finished.verdict = sched_judge(
	    feed->sched, op, feed->arena, ok, why, result, in.finished.now_us);
	feed_post(feed, &in, out);
}

void feed_assumed(struct feed *feed, uint32_t op, const struct value *outputs, struct buf *out)
{
	struct message in = {.type = MESSAGE_FINISHED};

	close_op(feed, op);
	in.finished.op = op;
	in.finished.end = END_DONE;
	in.finished.ok = true;
	in.finished.origin = outputs ? ORIGIN_ASSUMED : ORIGIN_UNKNOWN;
	in.finished.verdict.ok = true;
	in.finished.verdict.outputs = outputs;
	feed_post(feed, &in, out);
}

void feed_chosen(struct feed *feed, uint32_t id, const struct value *value, struct buf *out)
{
	struct message in = {.type = MESSAGE_CHOSEN};

	close_question(feed, id);
	in.chosen.id = id;
	in.chosen.value = value;
	feed_post(feed, &in, out);
}

static int64_t uid_of(struct str name)
{
	return str_is(name, "root") ? 0 : str_is(name, "alice") ? 1000 : 1001;
}

/* "root/alice": the user, and who logged in. */
static const struct value *person_of(struct feed *feed, struct str named)
{
	ptrdiff_t slash = str_find(named, STR("/"));
	struct str user = str_sub(named, 0, slash < 0 ? named.len : (size_t)slash);
	struct str login = str_sub(named, slash < 0 ? named.len : (size_t)slash + 1, named.len);
	struct map_builder map;

	map_begin(&map, feed->arena);
	map_add(&map, "name", value_string(feed->arena, login.len ? login : user));
	map_add(&map, "uid", value_int(feed->arena, uid_of(user)));
	if (login.len)
		map_add(&map, "login", value_int(feed->arena, uid_of(login)));
	return map_end(&map);
}

void feed_answered(
    struct feed *feed, uint32_t id, enum answer answer, const struct value *inputs, struct buf *out)
{
	struct message in = {.type = MESSAGE_ANSWERED};

	for (size_t i = 0; i < feed->ask_count; i++)
		if (feed->asks[i].id == id)
			in.answered.digest = feed->asks[i].digest;
	close_question(feed, id);
	if (feed->answered.len)
		in.answered.digest = feed->answered;
	feed->answered = (struct str){0};
	in.answered.id = id;
	in.answered.answer = answer;
	in.answered.who = feed->person.len ? feed->person : STR("alice");
	in.answered.person = person_of(feed, in.answered.who);
	in.answered.inputs = inputs;
	feed->person = (struct str){0};
	feed_post(feed, &in, out);
}

void feed_begun(struct feed *feed, uint32_t op, struct buf *out)
{
	struct message in = {.type = MESSAGE_STARTED};

	in.started.op = op;
	in.started.pid = 1000 + op;
	feed_post(feed, &in, out);
}

void feed_acquired(struct feed *feed, uint32_t id, bool waited, struct str why, struct buf *out)
{
	struct message in = {.type = MESSAGE_ACQUIRED};
	struct feed_lock *taken = NULL;

	for (size_t i = 0; i < feed->lock_count; i++)
		if (feed->locks[i].id == id)
			taken = &feed->locks[i];
	assert(taken && !taken->held);
	for (size_t i = 0; i < feed->lock_count && !why.len; i++)
		assert(!feed->locks[i].held || !str_eq(feed->locks[i].name, taken->name));
	if (why.len)
		*taken = feed->locks[--feed->lock_count];
	else
		taken->held = true;
	in.acquired.id = id;
	in.acquired.waited = waited;
	in.acquired.why = why;
	feed_post(feed, &in, out);
}

void feed_signal(struct feed *feed, const char *name, struct buf *out)
{
	struct message in = {.type = MESSAGE_SIGNAL};

	in.signal.name = str_from(name);
	feed_post(feed, &in, out);
}

void feed_resumed(struct feed *feed, struct buf *out)
{
	struct message in = {.type = MESSAGE_RUN_RESUMED};

	in.run_resumed.on_record_failure = feed->on_record_failure;
	feed_post(feed, &in, out);
}

void feed_diverged(struct feed *feed, struct str node, uint32_t op, struct buf *out)
{
	struct message in = {.type = MESSAGE_DIVERGED};

	in.diverged.node = node;
	in.diverged.step = node;
	in.diverged.op = op;
	in.diverged.what = op ? STR("action") : STR("when");
	in.diverged.recorded = op ? STR("its action succeeded") : STR("when was true (x)");
	in.diverged.found = op ? STR("its action failed: no") : STR("when was false (x)");
	feed_post(feed, &in, out);
}

void feed_record(struct feed *feed, enum record_state state, struct buf *out)
{
	struct message in = {.type = MESSAGE_RECORD};

	in.record.state = state;
	feed_post(feed, &in, out);
}

bool feed_timer(struct feed *feed, struct buf *out)
{
	struct message in = {.type = MESSAGE_TIMER};

	if (!sched_due(feed->sched, &in.timer.due_us, &in.timer.id))
		return false;
	if (in.timer.due_us > feed->t_us)
		feed->t_us = in.timer.due_us;
	feed_post(feed, &in, out);
	return true;
}
