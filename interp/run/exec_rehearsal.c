/* SPDX-License-Identifier: Apache-2.0 */
#include "run/exec_rehearsal.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/exec_recorded.h"
#include "run/rehearsed_choice.h"
#include "run/rehearsed_end.h"

/* An answer that is posted once the loop has turned. */
struct reply {
	struct reply *next;
	struct arena *arena; /* what the message points to */
	struct message in;
};

/*
 * Of an operation: its start, while what is done in its place is under way, or while it is taken to go on beside its
 * block.
 */
struct standing {
	struct standing *next;
	enum rehearsed_by by;
	struct arena *arena;
	struct message start;
};

struct exec_rehearsal {
	struct executor executor; /* first: the two are cast into each other */
	struct exec_rehearsal_options options;
	struct executor *reader;
	struct exec_recorded *recorded; /* NULL: there is no record */
	struct reply *first;
	struct reply **last;
	bool replying;
	struct standing *under_way;
	struct standing *beside;
	struct arena *arena; /* of what the end of a dry run was made */
};

static struct exec_rehearsal *rehearsal_of(struct executor *executor)
{
	return (struct exec_rehearsal *)executor;
}

static const struct sched *sched_of(const struct exec_rehearsal *rehearsal)
{
	return engine_sched(rehearsal->options.engine);
}

/* Posts what waited when the loop turned; what follows from that waits for the next turn. */
static void reply_all(void *self)
{
	struct exec_rehearsal *rehearsal = self;
	struct reply *reply = rehearsal->first;

	rehearsal->first = NULL;
	rehearsal->last = &rehearsal->first;
	rehearsal->replying = false;
	while (reply) {
		struct reply *next = reply->next;

		if (!engine_is_over(rehearsal->options.engine))
			engine_post(rehearsal->options.engine, &reply->in);
		arena_free(reply->arena);
		free(reply);
		reply = next;
	}
}

/* Makes room for an answer, which is posted once the loop has turned. */
static struct reply *reply_soon(struct exec_rehearsal *rehearsal, enum message_type type)
{
	struct reply *reply = mem_alloc(sizeof(*reply));

	reply->arena = arena_new();
	reply->in = (struct message){.type = type};
	*rehearsal->last = reply;
	rehearsal->last = &reply->next;
	if (!rehearsal->replying)
		loop_defer(rehearsal->options.loop, reply_all, rehearsal);
	rehearsal->replying = true;
	return reply;
}

static void stand(struct standing **list, enum rehearsed_by by, const struct message *start)
{
	struct standing *standing = mem_alloc(sizeof(*standing));

	standing->by = by;
	standing->arena = arena_new();
	standing->start = message_copy(standing->arena, start);
	standing->next = *list;
	*list = standing;
}

/* Takes it out of the list; NULL when it is not there. */
static struct standing *fall(struct standing **list, uint32_t op)
{
	struct standing *standing;

	while (*list && (*list)->start.start.op != op)
		list = &(*list)->next;
	standing = *list;
	if (standing)
		*list = standing->next;
	return standing;
}

static void standing_free(struct standing *standing)
{
	arena_free(standing->arena);
	free(standing);
}

/* What somebody said of the step, or of the loop that it is an item of. */
static bool is_assumed(struct exec_rehearsal *rehearsal, struct arena *arena, struct str node,
    struct assumption *ret_assumption)
{
	const struct assumptions *assumptions = &rehearsal->options.assumptions;

	return assumptions->find &&
	    assumptions->find(assumptions->self, node, arena, ret_assumption);
}

static bool end_as_assumed(struct exec_rehearsal *rehearsal, const struct message *start)
{
	struct arena *arena = arena_new();
	struct assumption assumption = {0};
	struct reply *reply;

	if (start->start.what != START_ACTION ||
	    !is_assumed(rehearsal, arena, start->start.node, &assumption)) {
		arena_free(arena);
		return false;
	}
	reply = reply_soon(rehearsal, MESSAGE_FINISHED);
	reply->in = rehearsed_end(sched_of(rehearsal), reply->arena, start, &assumption);
	arena_free(arena);
	return true;
}

/* False where the record does not tell. */
static bool end_as_recorded(struct exec_rehearsal *rehearsal, const struct message *start)
{
	struct prospect prospect;
	struct reply *reply;

	if (!rehearsal->recorded || start->start.what == START_BACKGROUND ||
	    start->start.what == START_NOTIFY)
		return false;
	prospect = exec_recorded_expect(rehearsal->recorded, start);
	if (prospect.coming == COMES_NEVER || prospect.basis == BASIS_UNKNOWN || !prospect.line)
		return false;
	reply = reply_soon(rehearsal, MESSAGE_FINISHED);
	reply->in = exec_recorded_answer(sched_of(rehearsal), reply->arena, &prospect);
	if (reply->in.finished.origin == ORIGIN_LIVE)
		reply->in.finished.origin = ORIGIN_RECORDED;
	return true;
}

static void end_unknown(struct exec_rehearsal *rehearsal, const struct message *start)
{
	struct reply *reply = reply_soon(rehearsal, MESSAGE_FINISHED);

	reply->in.finished.now_us = loop_wall_us();
	unknown_end(sched_of(rehearsal), reply->arena, start, &reply->in);
	if (start->start.class == EFFECT_READ)
		reply->in.finished.why = STR("not done, for what it needs is not known");
}

/* A process that would go on beside its block: it is taken to, until it is stopped. */
static struct message began_beside(struct exec_rehearsal *rehearsal, const struct message *start)
{
	struct message in = {.type = MESSAGE_STARTED};

	in.started.op = start->start.op;
	in.started.origin = ORIGIN_UNKNOWN;
	stand(&rehearsal->beside, REHEARSED_LOOK, start);
	return in;
}

static void begin_beside(struct exec_rehearsal *rehearsal, const struct message *start)
{
	struct reply *reply = reply_soon(rehearsal, MESSAGE_STARTED);

	reply->in = began_beside(rehearsal, start);
}

static void run_dry(struct exec_rehearsal *rehearsal, const struct message *start)
{
	struct message dry = *start;

	stand(&rehearsal->under_way, REHEARSED_DRY, start);
	dry.start.action = STR("run");
	dry.start.args = start->start.rehearse;
	dry.start.class = EFFECT_READ;
	dry.start.session = (struct str){0};
	rehearsal->reader->ops->start(rehearsal->reader, &dry);
}

static void look(struct exec_rehearsal *rehearsal, const struct message *start)
{
	stand(&rehearsal->under_way, REHEARSED_LOOK, start);
	rehearsal->reader->ops->look(rehearsal->reader, start);
}

/* What hangs on what was not done is not waited for. */
static void read_now(struct exec_rehearsal *rehearsal, const struct message *start)
{
	struct message once = *start;

	if (start->start.deps)
		once.start.poll = (struct poll_spec){0};
	rehearsal->reader->ops->start(rehearsal->reader, &once);
}

static void start(struct executor *executor, const struct message *effect)
{
	struct exec_rehearsal *rehearsal = rehearsal_of(executor);
	bool known = effect->start.args->type == VALUE_MAP;
	bool reads = known && effect->start.class == EFFECT_READ;

	if (end_as_assumed(rehearsal, effect))
		return;
	if ((!reads || effect->start.deps) && end_as_recorded(rehearsal, effect))
		return;
	if (reads)
		read_now(rehearsal, effect);
	else if (effect->start.rehearse)
		run_dry(rehearsal, effect);
	else if (known)
		look(rehearsal, effect);
	else if (effect->start.what == START_BACKGROUND)
		begin_beside(rehearsal, effect);
	else
		end_unknown(rehearsal, effect);
}

static void adopt(
    struct executor *executor, const struct unfinished_op *earlier, const struct output_store *said)
{
	(void)executor;
	(void)earlier;
	(void)said;
	assert(false); /* a rehearsal that was cut off is begun anew */
}

static void stop(struct executor *executor, const struct message *effect)
{
	struct exec_rehearsal *rehearsal = rehearsal_of(executor);
	struct standing *standing = fall(&rehearsal->beside, effect->stop.op);
	struct reply *reply;

	if (!standing) {
		rehearsal->reader->ops->stop(rehearsal->reader, effect);
		return;
	}
	reply = reply_soon(rehearsal, MESSAGE_FINISHED);
	reply->in.finished.op = effect->stop.op;
	reply->in.finished.end = END_STOPPED;
	reply->in.finished.origin = ORIGIN_UNKNOWN;
	reply->in.finished.polls = 1;
	reply->in.finished.now_us = loop_wall_us();
	standing_free(standing);
}

static void ask(struct executor *executor, const struct message *effect)
{
	struct exec_rehearsal *rehearsal = rehearsal_of(executor);
	struct reply *reply = reply_soon(rehearsal, MESSAGE_ANSWERED);
	struct assumption assumption = {0};
	bool assumed = is_assumed(rehearsal, reply->arena, effect->ask.node, &assumption);

	reply->in = rehearsed_answer(
	    sched_of(rehearsal), reply->arena, effect, assumed ? &assumption : NULL);
}

/* It is answered already. */
static void unask(struct executor *executor, const struct message *effect)
{
	(void)executor;
	(void)effect;
}

static void acquire(struct executor *executor, const struct message *effect)
{
	struct reply *reply = reply_soon(rehearsal_of(executor), MESSAGE_ACQUIRED);

	reply->in.acquired.id = effect->lock.id;
}

static void release(struct executor *executor, const struct message *effect)
{
	(void)executor;
	(void)effect;
}

static void choose(struct executor *executor, const struct message *effect)
{
	struct exec_rehearsal *rehearsal = rehearsal_of(executor);
	struct reply *reply = reply_soon(rehearsal, MESSAGE_CHOSEN);
	struct assumption assumption = {0};
	bool skipped = is_assumed(rehearsal, reply->arena, effect->choose.node, &assumption) &&
	    assumption.outcome == OUTCOME_SKIPPED;

	reply->in = rehearsed_chosen(
	    sched_of(rehearsal), reply->arena, effect, skipped ? assumption.said : (struct str){0});
}

static const struct executor_ops ops = {
    .start = start,
    .adopt = adopt,
    .stop = stop,
    .ask = ask,
    .unask = unask,
    .acquire = acquire,
    .release = release,
    .choose = choose,
};

struct exec_rehearsal *exec_rehearsal_new(const struct exec_rehearsal_options *options)
{
	struct exec_rehearsal *rehearsal = mem_alloc(sizeof(*rehearsal));

	rehearsal->executor.ops = &ops;
	rehearsal->options = *options;
	rehearsal->last = &rehearsal->first;
	rehearsal->arena = arena_new();
	if (options->from)
		rehearsal->recorded = exec_recorded_new(options->from);
	return rehearsal;
}

static void free_all(struct standing *standing)
{
	while (standing) {
		struct standing *next = standing->next;

		standing_free(standing);
		standing = next;
	}
}

void exec_rehearsal_free(struct exec_rehearsal *rehearsal)
{
	if (!rehearsal)
		return;
	assert(!rehearsal->first);
	free_all(rehearsal->under_way);
	free_all(rehearsal->beside);
	exec_recorded_free(rehearsal->recorded);
	arena_free(rehearsal->arena);
	free(rehearsal);
}

void exec_rehearsal_read_by(struct exec_rehearsal *rehearsal, struct executor *reader)
{
	rehearsal->reader = reader;
}

void exec_rehearsal_amend(void *self, struct message *finished)
{
	struct exec_rehearsal *rehearsal = self;
	struct standing *standing = fall(&rehearsal->under_way, finished->finished.op);

	if (!standing)
		return;
	rehearsed_instead(
	    sched_of(rehearsal), rehearsal->arena, &standing->start, standing->by, finished);
	if (standing->start.start.what == START_BACKGROUND &&
	    finished->finished.origin == ORIGIN_UNKNOWN)
		*finished = began_beside(rehearsal, &standing->start);
	standing_free(standing);
}

struct executor *exec_rehearsal_executor(struct exec_rehearsal *rehearsal)
{
	return &rehearsal->executor;
}
