/* SPDX-License-Identifier: Apache-2.0 */
#include "run/comparator.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/tally.h"
#include "run/comparator_words.h"

/* What was begun in this run, and what stands for it in the record. */
struct begun {
	struct str node;
	struct str step;
	enum start_what what;
	uint32_t index;
	int64_t item;
	uint32_t attempt;
	bool sensitive;
	const struct recorded_op *then; /* NULL: the record does not have it */
};

struct comparator {
	struct comparator_options options;
	struct arena *arena;
	struct begun **begun; /* by op - 1; NULL: none of ours */
	size_t begun_count;
	size_t begun_capacity;
	struct tally asked; /* how often each thing was asked for */
	const struct plan_node **departed; /* each once it is told */
	size_t departed_count;
	size_t departed_capacity;
	const struct plan_node **rehearsed; /* what was not really done then */
	size_t rehearsed_count;
	bool beyond; /* it was told that the record ends where this run goes on */
	bool over; /* a person denied what was done then: from there on it is another run */
};

/* --- what follows from an earlier departure --- */

static const struct plan_node *parent_of(const struct plan *plan, const struct plan_node *node)
{
	return node->parent == PLAN_NONE ? NULL : &plan->nodes[node->parent];
}

/* Whether it stands in the finally steps, or in what undoes, of something that holds `inner`. */
static bool tidies_up(
    const struct plan *plan, const struct plan_node *node, const struct plan_node *inner)
{
	for (; node && node->parent != PLAN_NONE; node = parent_of(plan, node))
		if (node->part != PART_STEPS && plan_within(plan, inner->index, node->parent))
			return true;
	return false;
}

/* Whether it comes behind something, or behind a block that holds it. */
static bool comes_behind(
    const struct plan *plan, const struct plan_node *node, const struct plan_node *before)
{
	for (; before && before->parent != PLAN_NONE; before = parent_of(plan, before))
		if (plan_needs(plan, node->index, before->index))
			return true;
	return false;
}

static bool follows_from(
    const struct plan *plan, const struct plan_node *node, const struct plan_node *before)
{
	return plan_within(plan, node->index, before->index) ||
	    plan_within(plan, before->index, node->index) || comes_behind(plan, node, before) ||
	    tidies_up(plan, node, before);
}

/* The way that a node takes may be another one, because of what was told already, or was not done then. */
static bool is_explained(const struct comparator *comparator, const struct plan_node *node)
{
	const struct plan *plan = comparator->options.plan;

	if (comparator->departed_count && plan->runbook->on_failure != FAILURE_CONTINUE)
		return true; /* a failure anywhere keeps everything from beginning */
	for (size_t i = 0; i < comparator->departed_count; i++)
		if (follows_from(plan, node, comparator->departed[i]))
			return true;
	for (size_t i = 0; i < comparator->rehearsed_count; i++)
		if (follows_from(plan, node, comparator->rehearsed[i]))
			return true;
	return false;
}

/* Of a rehearsal's record: a step that was taken to go as it went. */
static bool was_rehearsed(const struct recorded_step *step)
{
	if (step->finished && step->finished->step_finished.outcome == OUTCOME_REHEARSED)
		return true;
	for (const struct recorded_op *op = step->ops; op; op = op->next)
		if (op->finished && op->finished->finished.origin != ORIGIN_LIVE)
			return true;
	return step->choices != NULL;
}

static void find_rehearsed(struct comparator *comparator)
{
	const struct recording *recording = comparator->options.recording;

	comparator->rehearsed = arena_array(
	    comparator->arena, recording->step_count, sizeof(*comparator->rehearsed));
	for (size_t i = 0; i < recording->step_count; i++) {
		const struct plan_node *node = plan_at(
		    comparator->options.plan, recording->steps[i]->node);

		if (node && node->index != PLAN_ROOT && was_rehearsed(recording->steps[i]))
			comparator->rehearsed[comparator->rehearsed_count++] = node;
	}
}

/* --- what is told --- */

static bool tell(struct comparator *comparator, struct str node, struct str step,
    const struct departure *departure, struct message *ret_diverged)
{
	const struct plan_node *at = plan_at(comparator->options.plan, node);
	struct arena *arena = comparator->arena;

	comparator->departed = mem_grow(comparator->departed, comparator->departed_count,
	    &comparator->departed_capacity, sizeof(const struct plan_node *));
	comparator->departed[comparator->departed_count++] = at;
	*ret_diverged = (struct message){.type = MESSAGE_DIVERGED};
	ret_diverged->diverged.node = arena_str(arena, node);
	ret_diverged->diverged.step = arena_str(arena, step);
	ret_diverged->diverged.op = departure->op;
	ret_diverged->diverged.what = departure->what;
	ret_diverged->diverged.recorded = departure->recorded;
	ret_diverged->diverged.found = departure->found;
	return true;
}

/* --- operations --- */

/* The last of its kind: what a step that tries again came to. */
static const struct recorded_op *last_op(
    const struct comparator *comparator, const struct message *start)
{
	const struct recorded_step *step = recording_step(
	    comparator->options.recording, start->start.node);
	const struct recorded_op *found = NULL;

	for (const struct recorded_op *op = step ? step->ops : NULL; op; op = op->next)
		if (op->start->start.what == start->start.what &&
		    op->start->start.index == start->start.index &&
		    op->start->start.item == start->start.item)
			found = op;
	return found;
}

static bool tries_again(const struct comparator *comparator, struct str node)
{
	return plan_at(comparator->options.plan, node)->step->retry.attempts > 1;
}

static const struct recorded_op *find_op(struct comparator *comparator, const struct message *start)
{
	struct op_key key = op_key_met(start, &comparator->asked);
	const struct recorded_op *op = NULL;

	if (!tries_again(comparator, start->start.node))
		op = recording_op_at(comparator->options.recording, &key);
	return op ? op : last_op(comparator, start);
}

static void keep_begun(
    struct comparator *comparator, const struct message *start, const struct recorded_op *then)
{
	struct begun *begun = arena_alloc(comparator->arena, sizeof(*begun));

	*begun = (struct begun){
	    .node = arena_str(comparator->arena, start->start.node),
	    .step = arena_str(comparator->arena, start->start.step),
	    .what = start->start.what,
	    .index = start->start.index,
	    .item = start->start.item,
	    .attempt = start->start.attempt,
	    .sensitive = start->start.sensitive,
	    .then = then,
	};
	while (comparator->begun_count < start->start.op) {
		comparator->begun = mem_grow(comparator->begun, comparator->begun_count,
		    &comparator->begun_capacity, sizeof(struct begun *));
		comparator->begun[comparator->begun_count++] = NULL;
	}
	comparator->begun[start->start.op - 1] = begun;
}

/* Something begins that the record does not have. */
static bool sees_start(
    struct comparator *comparator, const struct message *start, struct message *ret_diverged)
{
	const struct recording *recording = comparator->options.recording;
	const struct recorded_step *step = recording_step(recording, start->start.node);
	const struct recorded_op *then;
	struct departure departure;

	if (start->start.what == START_NOTIFY) /* whom it tells decides nothing */
		return false;
	then = find_op(comparator, start);
	keep_begun(comparator, start, then);
	if (then || comparator->beyond || (!step && comparator->options.changed) ||
	    is_explained(comparator, plan_at(comparator->options.plan, start->start.node)))
		return false;
	comparator->beyond = !recording->run_finished && !(step && step->finished);
	departure = (struct departure){
	    .what = STR("begin"),
	    .recorded = words_not_begun(comparator->arena, recording, step),
	    .found = words_begins(comparator->arena, start),
	};
	return tell(comparator, start->start.node, start->start.step, &departure, ret_diverged);
}

/* It came to this by itself: nobody ended it, nor was it assumed. */
static bool has_own_end(const struct message *finished)
{
	enum op_end end = finished->finished.end;

	return finished->finished.origin == ORIGIN_LIVE &&
	    (end == END_DONE || end == END_TIMED_OUT || end == END_ERROR);
}

/* It has failed, and will be tried again: it has not come to anything yet. */
static bool may_be_repeated(
    const struct comparator *comparator, const struct begun *begun, const struct message *finished)
{
	const struct step *step = plan_at(comparator->options.plan, begun->node)->step;
	const struct verdict *verdict = &finished->finished.verdict;

	if (verdict->ok || begun->attempt >= step->retry.attempts)
		return false;
	return begun->what == START_ACTION ? verdict->retry
					   : begun->what == START_VERIFY && !verdict->abort;
}

/* A process beside others is ended when its time has come. */
static bool is_compared(const struct begun *begun)
{
	return begun->what != START_BACKGROUND;
}

bool comparator_finished(
    struct comparator *comparator, const struct message *finished, struct message *ret_diverged)
{
	uint32_t op = finished->finished.op;
	const struct begun *begun = op && op <= comparator->begun_count ? comparator->begun[op - 1]
									: NULL;
	const struct message *then;
	struct departure departure;

	if (comparator->over || !begun || !begun->then || !begun->then->finished ||
	    !is_compared(begun))
		return false;
	then = begun->then->finished;
	if (begun->then->start->start.deps) /* it hung on what was not done then */
		return false;
	if (!has_own_end(finished) || !has_own_end(then) ||
	    may_be_repeated(comparator, begun, finished))
		return false;
	departure = (struct departure){
	    .op = op, .what = words_op(comparator->arena, begun->what, begun->index, begun->item)};
	if (!words_ends_differ(
		comparator->arena, begun->what, begun->sensitive, then, finished, &departure))
		return false;
	return tell(comparator, begun->node, begun->step, &departure, ret_diverged);
}

/* --- decisions --- */

static bool is_compared_decision(struct comparator *comparator, const struct message *decided)
{
	static const char *const once[] = {"when", "for_each"};
	static const char *const checks[] = {"unless", "precondition", "ready", "verify",
	    "unless.for_each", "precondition.for_each", "ready.for_each", "verify.for_each"};
	struct str what = decided->decided.what;

	for (size_t i = 0; i < sizeof(once) / sizeof(*once); i++)
		if (str_is(what, once[i]))
			return true;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (str_is(what, checks[i]))
			return !tries_again(comparator, decided->decided.node);
	return false;
}

static bool sees_decided(
    struct comparator *comparator, const struct message *decided, struct message *ret_diverged)
{
	const struct recording *recording = comparator->options.recording;
	struct departure departure = {.what = decided->decided.what};
	const struct message *then;

	if (!is_compared_decision(comparator, decided))
		return false;
	then = recording_decided(recording, decided->decided.node, decided->decided.what,
	    tally_meet_text(&comparator->asked, "%.*s %.*s", STR_ARG(decided->decided.what),
		STR_ARG(decided->decided.node)));
	if (!then || value_equal(then->decided.value, decided->decided.value) ||
	    is_explained(comparator, plan_at(comparator->options.plan, decided->decided.node)))
		return false;
	departure.what = arena_str(comparator->arena, departure.what);
	departure.recorded = words_decision(comparator->arena, then);
	departure.found = words_decision(comparator->arena, decided);
	return tell(
	    comparator, decided->decided.node, decided->decided.step, &departure, ret_diverged);
}

/* What was kept from running, or ended early, follows from something else; a denial is what a person wants. */
static bool is_own_outcome(enum outcome outcome)
{
	return outcome == OUTCOME_SUCCEEDED || outcome == OUTCOME_FAILED ||
	    outcome == OUTCOME_TIMED_OUT || outcome == OUTCOME_SKIPPED;
}

static bool sees_step_finished(
    struct comparator *comparator, const struct message *finished, struct message *ret_diverged)
{
	const struct recorded_step *step = recording_step(
	    comparator->options.recording, finished->step_finished.node);
	const struct message *then = step ? step->finished : NULL;
	struct departure departure = {.what = STR("outcome")};

	comparator->over = finished->step_finished.outcome == OUTCOME_DENIED && then &&
	    then->step_finished.outcome != OUTCOME_DENIED;
	if (!then || !is_own_outcome(finished->step_finished.outcome) ||
	    then->step_finished.outcome == finished->step_finished.outcome ||
	    is_explained(
		comparator, plan_at(comparator->options.plan, finished->step_finished.node)))
		return false;
	departure.recorded = words_outcome(comparator->arena, then);
	departure.found = words_outcome(comparator->arena, finished);
	return tell(comparator, finished->step_finished.node, finished->step_finished.step,
	    &departure, ret_diverged);
}

bool comparator_decided(
    struct comparator *comparator, const struct message *effect, struct message *ret_diverged)
{
	if (comparator->over)
		return false;
	switch (effect->type) {
	case MESSAGE_START:
		return sees_start(comparator, effect, ret_diverged);
	case MESSAGE_DECIDED:
		return sees_decided(comparator, effect, ret_diverged);
	case MESSAGE_STEP_FINISHED:
		return sees_step_finished(comparator, effect, ret_diverged);
	default:
		return false;
	}
}

struct comparator *comparator_new(const struct comparator_options *options)
{
	struct comparator *comparator = mem_alloc(sizeof(*comparator));

	comparator->options = *options;
	comparator->arena = arena_new();
	tally_init(&comparator->asked, comparator->arena);
	find_rehearsed(comparator);
	return comparator;
}

void comparator_free(struct comparator *comparator)
{
	if (!comparator)
		return;
	tally_done(&comparator->asked);
	arena_free(comparator->arena);
	free(comparator->begun);
	free(comparator->departed);
	free(comparator);
}
