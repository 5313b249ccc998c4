/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include "base/mem.h"

/* Replies as the events they are. */

static void post(struct explorer *explorer, struct standing *standing, const struct message *in)
{
	struct before before;
	struct message effect;

	before_take(&before, standing->sched);
	sched_post(standing->sched, in);
	while (sched_next(standing->sched, &effect))
		if (explorer->listen)
			explorer->listen(explorer->listener, standing->sched, &effect);
	watch_post(explorer, standing, &before);
	before_done(&before);
}

static struct message finished(uint32_t op, enum op_end end, bool ok)
{
	struct message in = {.type = MESSAGE_FINISHED};

	in.finished.op = op;
	in.finished.end = end;
	in.finished.ok = in.finished.verdict.ok = ok;
	in.finished.verdict.retry = true;
	in.finished.polls = 1;
	return in;
}

static struct message of_action(
    struct explorer *explorer, const struct sched *sched, const struct reply *reply)
{
	static const enum op_end ends[] = {[REPLY_OK] = END_DONE,
	    [REPLY_FAILED] = END_DONE,
	    [REPLY_TIMED_OUT] = END_TIMED_OUT,
	    [REPLY_LOST] = END_LOST};
	const struct instance *instance = instance_at(sched, reply->instance);
	struct message in = finished(instance->op, ends[reply->kind], reply->kind == REPLY_OK);

	in.finished.verdict.retry = reply->retry;
	if (reply->kind == REPLY_OK)
		in.finished.verdict.outputs = outputs_if_ok(
		    explorer->moment, sched, reply->instance);
	if (reply->kind != REPLY_LOST)
		in.finished.result = result_unknown(explorer->moment,
		    step_of(sched, reply->instance)->action.spec, node_of(sched, reply->instance));
	return in;
}

static struct message of_check(const struct sched *sched, const struct reply *reply)
{
	struct message in = finished(
	    instance_at(sched, reply->instance)->op, END_DONE, reply->kind == REPLY_HOLDS);

	in.finished.verdict.abort = reply->abort;
	return in;
}

static struct message of_background(const struct sched *sched, const struct reply *reply)
{
	uint32_t op = instance_at(sched, reply->instance)->background;
	struct message in = {.type = MESSAGE_STARTED};

	if (reply->kind != REPLY_BEGUN)
		return finished(op, reply->kind == REPLY_ENDED ? END_DONE : END_ERROR, false);
	in.started.op = op;
	return in;
}

/* What a person would type. */
static const struct value *inputs_of(
    struct arena *arena, const struct manual *manual, const struct plan_node *node)
{
	struct map_builder map;

	if (!manual->input_count)
		return NULL;
	map_begin(&map, arena);
	for (size_t i = 0; i < manual->input_count; i++)
		map_add_str(&map, manual->inputs[i].name, value_unknown(arena, &node->index, 1));
	return map_end(&map);
}

/* One who is none of those who have agreed. */
static const struct value *another_person(
    struct arena *arena, const struct sched *sched, uint32_t index)
{
	const struct value *agreed = store_get(sched->store, instance_at(sched, index)->agreed);
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "uid", value_int(arena, agreed ? (int64_t)agreed->list.count : 0));
	return map_end(&map);
}

static struct message of_answer(
    struct explorer *explorer, struct sched *sched, const struct reply *reply)
{
	static const enum answer answers[] = {[REPLY_APPROVED] = ANSWER_APPROVED,
	    [REPLY_DENIED] = ANSWER_DENIED,
	    [REPLY_GONE] = ANSWER_UNAVAILABLE,
	    [REPLY_AGAIN] = ANSWER_AGAIN,
	    [REPLY_EXPIRED] = ANSWER_EXPIRED};
	const struct instance *instance = instance_at(sched, reply->instance);
	struct message in = {.type = MESSAGE_ANSWERED};

	in.answered.id = instance->ask;
	in.answered.answer = answers[reply->kind];
	in.answered.who = STR("somebody");
	if (instance->stage == STAGE_ACTION)
		in.answered.inputs = inputs_of(explorer->moment,
		    &step_of(sched, reply->instance)->manual, node_of(sched, reply->instance));
	if (instance->stage == STAGE_APPROVAL) {
		in.answered.digest = arena_str(
		    explorer->moment, approval_digest(sched, reply->instance, NULL));
		in.answered.person = another_person(explorer->moment, sched, reply->instance);
	}
	return in;
}

static struct message of_lock(const struct sched *sched, const struct reply *reply)
{
	struct message in = {.type = MESSAGE_ACQUIRED};

	in.acquired.id = instance_at(sched, reply->instance)->lock;
	if (reply->kind == REPLY_LOCKED_OUT)
		in.acquired.why = STR("it could not be taken");
	return in;
}

static struct message of_timer(struct sched *sched, uint32_t id)
{
	struct message in = {.type = MESSAGE_TIMER};

	timer_hurry(sched, id);
	in.timer.id = id;
	return in;
}

static struct message of_start(const struct explorer *explorer)
{
	struct message in = {.type = MESSAGE_RUN_STARTED};

	in.run_started.run = STR("explored");
	in.run_started.mode = STR("run");
	in.run_started.dir = STR("/run");
	in.run_started.seed = STR("0");
	in.run_started.params = explorer->params;
	return in;
}

static struct message message_of(
    struct explorer *explorer, struct sched *sched, const struct reply *reply)
{
	struct message in = {.type = MESSAGE_CHOSEN};

	switch (reply->kind) {
	case REPLY_BEGIN:
		return of_start(explorer);
	case REPLY_OK:
	case REPLY_FAILED:
	case REPLY_TIMED_OUT:
	case REPLY_LOST:
		return of_action(explorer, sched, reply);
	case REPLY_HOLDS:
	case REPLY_FAILS:
		return of_check(sched, reply);
	case REPLY_BEGUN:
	case REPLY_NOT_BEGUN:
	case REPLY_ENDED:
		return of_background(sched, reply);
	case REPLY_LOCKED:
	case REPLY_LOCKED_OUT:
		return of_lock(sched, reply);
	case REPLY_DEADLINE:
		return of_timer(sched, instance_at(sched, reply->instance)->deadline);
	case REPLY_CHOSEN:
		in.chosen.id = instance_at(sched, reply->instance)->ask;
		in.chosen.value = reply->value;
		return in;
	default:
		return of_answer(explorer, sched, reply);
	}
}

static void add_fact(struct standing *standing, struct fact fact)
{
	size_t at = standing->fact_count;

	standing->facts = mem_grow(standing->facts, standing->fact_count, &standing->fact_capacity,
	    sizeof(*standing->facts));
	standing->fact_count++;
	for (; at > 0 && standing->facts[at - 1].atom > fact.atom; at--)
		standing->facts[at] = standing->facts[at - 1];
	standing->facts[at] = fact;
}

static void add_mark(struct standing *standing, const struct reply *reply)
{
	standing->marks = mem_grow(standing->marks, standing->mark_count, &standing->mark_capacity,
	    sizeof(*standing->marks));
	standing->marks[standing->mark_count++] = (struct mark){
	    reply->instance, reply->by, reply->kind};
}

/* What they waited for has come, or cannot any more. */
static void drop_marks(struct standing *standing, const struct reply *reply)
{
	bool stopped = standing->sched->stopper != NONE;
	bool came = reply->kind == REPLY_DEADLINE || reply->kind == REPLY_ENDED;
	size_t kept = 0;

	for (size_t i = 0; i < standing->mark_count; i++) {
		struct mark mark = standing->marks[i];

		if ((mark.kind == REPLY_UNTIL_STOP && stopped) ||
		    (came && mark.by == reply->instance) || mark.instance == reply->instance ||
		    !is_pending(standing, mark.instance))
			continue;
		standing->marks[kept++] = mark;
	}
	standing->mark_count = kept;
}

/* The attempts between the first and the last are like the first. */
static void skip_attempts(struct sched *sched, uint32_t index)
{
	struct instance *instance = instance_at(sched, index);
	int64_t attempts = step_of(sched, index)->retry.attempts;

	if (instance->attempt + 1 < attempts)
		instance->attempt = (uint32_t)attempts - 1;
}

/* What can go on in one way only: another attempt begins, what was told to end ends. */
static bool go_on(struct explorer *explorer, struct standing *standing)
{
	struct sched *sched = standing->sched;

	for (uint32_t i = 0; i < sched->instance_count; i++) {
		const struct instance *instance = instance_at(sched, i);
		struct message in;

		if (instance->stage == STAGE_DELAY) {
			skip_attempts(sched, i);
			in = of_timer(sched, instance->timer);
		} else if (instance->op != NONE && (instance->cancelled || instance->bg_lost)) {
			in = finished(instance->op, END_STOPPED, false);
		} else if (instance->background != NONE && instance->bg_stopping) {
			in = finished(instance->background, END_STOPPED, false);
		} else {
			continue;
		}
		post(explorer, standing, &in);
		return true;
	}
	return false;
}

static void look(struct explorer *explorer, struct standing *standing, const struct reply *reply)
{
	const struct instance *instance = instance_at(standing->sched, reply->instance);
	const struct step *step = step_of(standing->sched, reply->instance);
	bool chosen = reply->kind == REPLY_CHOSEN && reply->value->type == VALUE_BOOL &&
	    reply->value->boolean && instance->stage != STAGE_CHOICE;
	/* that it is not so yet was looked at too */
	bool needed = reply->kind == REPLY_FAILS && instance->stage == STAGE_UNLESS;

	if (reply->kind == REPLY_HOLDS || needed || chosen)
		watch_look(explorer, standing, instance->node, true);
	else if (reply->kind == REPLY_OK && step->effect == EFFECT_READ)
		watch_look(explorer, standing, instance->node, step_checks(step));
}

void standing_reply(struct explorer *explorer, struct standing *standing, const struct reply *reply)
{
	struct message in;

	if (reply->kind >= REPLY_UNTIL_DEADLINE) {
		add_mark(standing, reply);
		return;
	}
	for (size_t i = 0; i < reply->fact_count; i++)
		add_fact(standing, reply->facts[i]);
	if (reply->kind != REPLY_BEGIN)
		look(explorer, standing, reply);
	standing->watch.died |= reply->kind == REPLY_LOST;
	in = message_of(explorer, standing->sched, reply);
	post(explorer, standing, &in);
	while (go_on(explorer, standing))
		continue;
	drop_marks(standing, reply);
	/* what it needed for this is not needed until the next */
	arena_free(standing->sched->scratch);
	standing->sched->scratch = arena_new();
	standing->sched->memo = NULL;
	standing->sched->hangs = NULL;
}
