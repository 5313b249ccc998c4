/* SPDX-License-Identifier: Apache-2.0 */
#include "history/episode.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/map.h"
#include "base/mem.h"
#include "lang/model.h"
#include "sched/node_path.h"

/* A longer path is none that a runbook can have: what it lies in is not looked for. */
enum { LONGEST_NODE = 4096 };

/* How long people were waited for. Questions may overlap: what counts is the time when at least one was open. */
struct waiting {
	size_t open; /* questions */
	int64_t since_us; /* the first of them */
	int64_t us; /* until then */
};

struct operation {
	uint32_t number;
	uint32_t step; /* its index */
	bool is_action;
};

struct question {
	uint32_t id;
	enum ask_kind kind;
	struct str node; /* empty: no step's */
	bool closed;
};

struct episode_step {
	struct past_step past; /* `path` is made at the end */
	struct waiting waiting;
	bool was_performed; /* until the attempt under way */
	bool finished;
};

struct episode {
	struct arena *arena;
	struct past_run run; /* without its steps */
	int64_t t_us; /* of the last line */
	uint32_t verifying; /* the runbook's own check that was begun last; 0: none was */
	struct waiting waiting;
	struct map by_node; /* node to index + 1 */
	struct episode_step *steps;
	size_t step_count;
	size_t step_capacity;
	struct map operations; /* by number */
	struct map questions; /* by id */
};

struct episode *episode_new(void)
{
	struct episode *episode = mem_alloc(sizeof(*episode));

	episode->arena = arena_new();
	episode->run.rto_us = UNSET_US;
	map_init(&episode->by_node);
	map_init(&episode->operations);
	map_init(&episode->questions);
	return episode;
}

void episode_free(struct episode *episode)
{
	if (!episode)
		return;
	map_done(&episode->by_node);
	map_done(&episode->operations);
	map_done(&episode->questions);
	free(episode->steps);
	arena_free(episode->arena);
	free(episode);
}

static struct str keep(struct episode *episode, struct str text)
{
	return arena_str(episode->arena, text);
}

static struct str number_key(const uint32_t *number)
{
	return (struct str){(const char *)number, sizeof(*number)};
}

static void waiting_begin(struct waiting *waiting, int64_t t_us)
{
	if (waiting->open++ == 0)
		waiting->since_us = t_us;
}

static void waiting_end(struct waiting *waiting, int64_t t_us)
{
	/* what was first heard of when the question was open already did not wait for it */
	if (waiting->open && --waiting->open == 0)
		waiting->us += t_us - waiting->since_us;
}

static int64_t waiting_until(const struct waiting *waiting, int64_t t_us)
{
	return waiting->us + (waiting->open ? t_us - waiting->since_us : 0);
}

/* NULL: nothing was heard of it yet. */
static struct episode_step *find(const struct episode *episode, struct str node)
{
	uintptr_t index = (uintptr_t)map_get(&episode->by_node, node);

	return index ? &episode->steps[index - 1] : NULL;
}

/* Made when it is first heard of. It may move when another one is made. */
static struct episode_step *step_at(
    struct episode *episode, const struct message *message, struct str node)
{
	struct episode_step *step = find(episode, node);

	if (step)
		return step;
	episode->steps = mem_grow(
	    episode->steps, episode->step_count, &episode->step_capacity, sizeof(*episode->steps));
	step = &episode->steps[episode->step_count++];
	*step = (struct episode_step){
	    .past = {.node = keep(episode, node), .began_us = message->t_us}};
	map_put(&episode->by_node, step->past.node, (void *)(uintptr_t)episode->step_count);
	return step;
}

/* What a node lies in, to be walked up to the empty one. */
static struct str above(struct str node)
{
	return node.len <= LONGEST_NODE ? node_above(node) : (struct str){0};
}

/* Of a part of something that is no more than assumed, the whole is not more. */
static void assume(struct episode *episode, struct str node)
{
	for (; node.len; node = above(node)) {
		struct episode_step *step = find(episode, node);

		if (step)
			step->past.assumed = true;
	}
}

static void see_start(struct episode *episode, const struct message *message)
{
	struct operation *operation;
	struct episode_step *step;

	if (!message->start.node.len && message->start.what == START_VERIFY)
		episode->verifying = message->start.op;
	if (!message->start.node.len || message->start.what == START_NOTIFY)
		return;
	step = step_at(episode, message, message->start.node);
	operation = arena_alloc(episode->arena, sizeof(*operation));
	*operation = (struct operation){.number = message->start.op,
	    .step = (uint32_t)(step - episode->steps),
	    .is_action = message->start.what == START_ACTION};
	map_put(&episode->operations, number_key(&operation->number), operation);
	step->past.checked |= message->start.what == START_VERIFY;
	if (message->start.what != START_ACTION)
		return;
	step->was_performed = step->past.performed;
	step->past.performed = true;
	step->past.attempts = message->start.attempt;
}

static void see_finished(struct episode *episode, const struct message *message)
{
	const struct operation *operation = map_get(
	    &episode->operations, number_key(&message->finished.op));
	struct episode_step *step;

	if (episode->verifying && message->finished.op == episode->verifying)
		episode->run.recovered_us = message->t_us;
	if (!operation)
		return;
	step = &episode->steps[operation->step];
	if (message->finished.origin != ORIGIN_LIVE)
		assume(episode, step->past.node);
	if (!operation->is_action)
		return;
	if (message->finished.end == END_NOT_BEGUN || message->finished.origin != ORIGIN_LIVE)
		step->past.performed = step->was_performed;
	if (message->finished.end == END_NOT_BEGUN && step->past.attempts)
		step->past.attempts--;
}

static void see_step_finished(struct episode *episode, const struct message *message)
{
	bool heard = find(episode, message->step_finished.node);
	struct episode_step *step = step_at(episode, message, message->step_finished.node);

	step->finished = true;
	step->past.outcome = message->step_finished.outcome;
	step->past.allowed = message->step_finished.allowed;
	step->past.duration_us = message->step_finished.duration_us;
	if (!heard)
		step->past.began_us = message->t_us - step->past.duration_us;
}

/* A block, or a loop, is never started itself: that it began is a decision. */
static void see_decided(struct episode *episode, const struct message *message)
{
	struct str node = message->decided.node;
	struct str what = message->decided.what;

	if (!node.len)
		return;
	if (str_is(what, "for_each") && message->decided.value)
		step_at(episode, message, node)->past.is_loop = true;
	if (str_is(what, "begin") || (str_is(what, "for_each") && message->decided.value))
		step_at(episode, message, node)->past.is_block = true;
	else if (str_is(what, "action") && message->decided.deps)
		assume(episode, step_at(episode, message, node)->past.node);
}

/* The same moment of the questions of a step, of what it is a part of, and of the run. */
static void wait_at(struct episode *episode, struct str node, int64_t t_us,
    void (*change)(struct waiting *waiting, int64_t t_us))
{
	change(&episode->waiting, t_us);
	for (; node.len; node = above(node)) {
		struct episode_step *step = find(episode, node);

		if (step)
			change(&step->waiting, t_us);
	}
}

static void see_ask(struct episode *episode, const struct message *message)
{
	struct str node = message->ask.node;
	struct question *question = arena_alloc(episode->arena, sizeof(*question));

	if (node.len) {
		struct episode_step *step = step_at(episode, message, node);

		node = step->past.node;
		step->past.is_manual |= message->ask.kind == ASK_MANUAL;
		step->past.attempts += message->ask.kind == ASK_MANUAL;
	}
	*question = (struct question){message->ask.id, message->ask.kind, node, false};
	map_put(&episode->questions, number_key(&question->id), question);
	wait_at(episode, node, message->t_us, waiting_begin);
}

/* A question is answered, or withdrawn: whichever comes first. */
static struct question *close_question(
    struct episode *episode, const struct message *message, uint32_t id)
{
	struct question *question = map_get(&episode->questions, number_key(&id));

	if (question && !question->closed)
		wait_at(episode, question->node, message->t_us, waiting_end);
	if (question)
		question->closed = true;
	return question;
}

static void see_unask(struct episode *episode, const struct message *message)
{
	close_question(episode, message, message->unask.id);
}

static void see_answered(struct episode *episode, const struct message *message)
{
	const struct question *question = close_question(episode, message, message->answered.id);
	struct episode_step *step;

	if (!question || question->kind != ASK_MANUAL)
		return;
	step = find(episode, question->node);
	if (message->answered.origin != ORIGIN_LIVE)
		assume(episode, question->node);
	else if (message->answered.answer == ANSWER_APPROVED ||
	    message->answered.answer == ANSWER_DENIED)
		step->past.performed = true;
}

static struct str text_of(struct episode *episode, const struct value *map, const char *key)
{
	const struct value *value = map && map->type == VALUE_MAP ? value_get(map, key) : NULL;

	return value && value->type == VALUE_STRING ? keep(episode, value_text(value))
						    : (struct str){0};
}

/* The digests of the runbook's files, as `sources` has them, the runbook first. */
static void see_sources(struct episode *episode, const struct value *sources)
{
	struct digest *digest;
	char hex[DIGEST_HEX_MAX + 1];

	if (!sources || sources->type != VALUE_LIST || !sources->list.count)
		return;
	digest = digest_new();
	for (size_t i = 0; i < sources->list.count; i++) {
		struct str one = text_of(episode, sources->list.items[i], "sha256");

		if (i == 0)
			episode->run.sha256 = one;
		digest_add(digest, one.ptr, one.len);
	}
	digest_hex(digest, hex);
	digest_free(digest);
	episode->run.texts = keep(episode, str_from(hex));
}

static void see_run_started(struct episode *episode, const struct message *message)
{
	const struct value *alone = message->run_started.alone;
	struct past_run *run = &episode->run;

	run->run = keep(episode, message->run_started.run);
	run->runbook = keep(episode, message->run_started.runbook);
	run->mode = keep(episode, message->run_started.mode);
	run->rehearsal = message->run_started.rehearsal != NULL;
	run->follows = text_of(episode, message->run_started.follows, "run");
	run->alone = text_of(episode, alone, "step");
	if (alone && !run->alone.len)
		run->alone = STR("verify");
	run->began_at_us = message->at_us;
	see_sources(episode, message->run_started.sources);
}

static void see_run_resumed(struct episode *episode, const struct message *message)
{
	episode->run.resumed = true;
	see_sources(episode, message->run_resumed.sources);
}

static void see_run_finished(struct episode *episode, const struct message *message)
{
	episode->run.finished = true;
	episode->run.outcome = message->run_finished.outcome;
	episode->run.why = keep(episode, message->run_finished.why);
	episode->run.duration_us = message->run_finished.duration_us;
}

static void (*const see[MESSAGE_TYPES])(struct episode *, const struct message *) = {
    [MESSAGE_RUN_STARTED] = see_run_started,
    [MESSAGE_RUN_RESUMED] = see_run_resumed,
    [MESSAGE_START] = see_start,
    [MESSAGE_FINISHED] = see_finished,
    [MESSAGE_STEP_FINISHED] = see_step_finished,
    [MESSAGE_DECIDED] = see_decided,
    [MESSAGE_ASK] = see_ask,
    [MESSAGE_UNASK] = see_unask,
    [MESSAGE_ANSWERED] = see_answered,
    [MESSAGE_RUN_FINISHED] = see_run_finished,
};

bool episode_wants(enum message_type type)
{
	return see[type] != NULL;
}

void episode_heard(struct episode *episode, int64_t at_us, int64_t t_us)
{
	episode->run.heard_at_us = at_us;
	episode->t_us = t_us;
}

void episode_see(struct episode *episode, const struct message *message)
{
	if (see[message->type])
		see[message->type](episode, message);
	if (message->type != MESSAGE_SEAL)
		episode_heard(episode, message->at_us, message->t_us);
}

static struct past_step past_of_step(
    const struct episode *episode, const struct episode_step *step, struct arena *arena)
{
	struct past_step past = step->past;

	past.node = arena_str(arena, past.node);
	past.path = node_written(arena, past.node);
	if (!step->finished)
		past.duration_us = episode->t_us - past.began_us;
	past.open_us = waiting_until(&step->waiting, episode->t_us);
	if (past.is_manual || past.open_us > past.duration_us)
		past.open_us = past.duration_us;
	return past;
}

/* What a step is a part of stands before it where both began at once: its path is the shorter one. */
static int by_beginning(const void *a, const void *b)
{
	const struct past_step *one = a;
	const struct past_step *other = b;

	if (one->began_us != other->began_us)
		return one->began_us < other->began_us ? -1 : 1;
	return str_cmp(one->node, other->node);
}

struct past_run episode_past(const struct episode *episode, struct arena *arena)
{
	struct past_run run = episode->run;

	run.run = arena_str(arena, run.run);
	run.runbook = arena_str(arena, run.runbook);
	run.sha256 = arena_str(arena, run.sha256);
	run.texts = arena_str(arena, run.texts);
	run.mode = arena_str(arena, run.mode);
	run.alone = arena_str(arena, run.alone);
	run.follows = arena_str(arena, run.follows);
	run.why = arena_str(arena, run.why);
	if (!run.finished)
		run.duration_us = episode->t_us;
	if (!episode->verifying)
		run.recovered_us = run.duration_us;
	run.open_us = waiting_until(&episode->waiting, episode->t_us);
	run.step_count = episode->step_count;
	run.steps = arena_array(arena, run.step_count, sizeof(*run.steps));
	for (size_t i = 0; i < run.step_count; i++)
		run.steps[i] = past_of_step(episode, &episode->steps[i], arena);
	if (run.step_count)
		qsort(run.steps, run.step_count, sizeof(*run.steps), by_beginning);
	return run;
}
