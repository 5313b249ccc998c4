/* SPDX-License-Identifier: Apache-2.0 */
#include "view/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "sched/node_path.h"
#include "view/reason.h"
#include "view/text.h"

void summary_init(struct summary *summary)
{
	*summary = (struct summary){.arena = arena_new()};
	map_init(&summary->by_node);
}

void summary_done(struct summary *summary)
{
	map_done(&summary->by_node);
	arena_free(summary->arena);
	free(summary->steps);
	free(summary->approvals);
	free(summary->ops);
	*summary = (struct summary){0};
}

static struct str keep(struct summary *summary, struct str text)
{
	return arena_str(summary->arena, text);
}

/* The step that another is a part of; NULL at the top. *ret_undoes says that it is no part, but undoes it. */
static struct summary_step *parent_of(
    const struct summary *summary, const struct summary_step *step, bool *ret_undoes)
{
	struct str node = step->node;
	uintptr_t index = 0;

	while (!index && (node = node_above(node)).len)
		index = (uintptr_t)map_get(&summary->by_node, node);
	if (!index)
		return NULL;
	*ret_undoes = summary->steps[index - 1].rolling &&
	    (size_t)(step - summary->steps) >= summary->steps[index - 1].rolling_from;
	return &summary->steps[index - 1];
}

/* The step at a node; made when it is first heard of. */
static size_t step_at(
    struct summary *summary, const struct message *message, struct str node, struct str id)
{
	uintptr_t index = (uintptr_t)map_get(&summary->by_node, node);
	const struct summary_step *parent;
	struct summary_step *step;
	bool undoes = false;

	if (index)
		return index - 1;
	summary->steps = mem_grow(
	    summary->steps, summary->step_count, &summary->step_capacity, sizeof(*summary->steps));
	step = &summary->steps[summary->step_count++];
	*step = (struct summary_step){
	    .node = keep(summary, node),
	    .step = keep(summary, id),
	    .began_at_us = message->at_us,
	    .began_t_us = message->t_us,
	};
	map_put(&summary->by_node, step->node, (void *)(uintptr_t)summary->step_count);
	parent = parent_of(summary, step, &undoes);
	step->cleans = summary->ending || (parent && (parent->ending || parent->cleans));
	return summary->step_count - 1;
}

static void link_op(struct summary *summary, uint32_t op, size_t step, enum start_what what)
{
	while (op >= summary->op_capacity) {
		size_t old = summary->op_capacity;

		summary->ops = mem_grow(
		    summary->ops, old, &summary->op_capacity, sizeof(*summary->ops));
		memset(summary->ops + old, 0, (summary->op_capacity - old) * sizeof(*summary->ops));
	}
	summary->ops[op] = (struct summary_op){
	    (uint32_t)step + 1, what == START_ACTION, what == START_UNLESS};
}

const struct summary_step *summary_at(const struct summary *summary, struct str node)
{
	uintptr_t index = (uintptr_t)map_get(&summary->by_node, node);

	return index ? &summary->steps[index - 1] : NULL;
}

const struct summary_step *summary_by_op(const struct summary *summary, uint32_t op)
{
	if (op >= summary->op_capacity || summary->ops[op].step == 0)
		return NULL;
	return &summary->steps[summary->ops[op].step - 1];
}

bool summary_is_unless(const struct summary *summary, uint32_t op)
{
	return op < summary->op_capacity && summary->ops[op].is_unless;
}

static void see_start(struct summary *summary, const struct message *message)
{
	size_t index;
	struct summary_step *step;

	if (message->start.node.len == 0 && message->start.what == START_VERIFY)
		summary->verifying = message->start.op;
	if (message->start.node.len == 0)
		return;
	index = step_at(summary, message, message->start.node, message->start.step);
	step = &summary->steps[index];
	link_op(summary, message->start.op, index, message->start.what);
	if (message->start.what != START_ACTION)
		return;
	step->began = true;
	/* what was lost is begun again with the same number */
	step->was_intact = step->attempts == 0 || step->intact;
	step->acted = step->intact = false;
	step->effect = message->start.class;
	step->attempts = message->start.attempt;
}

static void see_finished(struct summary *summary, const struct message *message)
{
	uint32_t op = message->finished.op;
	struct summary_step *step;

	if (summary->verifying && op == summary->verifying)
		summary->recovered_us = message->t_us;
	if (op >= summary->op_capacity || !summary->ops[op].is_action)
		return;
	step = &summary->steps[summary->ops[op].step - 1];
	if (message->finished.end == END_NOT_BEGUN)
		step->began = !step->was_intact;
	step->rehearsed = message->finished.origin != ORIGIN_LIVE;
	step->acted = message->finished.end == END_DONE && message->finished.verdict.ok &&
	    message->finished.origin == ORIGIN_LIVE;
	if (message->finished.end == END_LOST)
		step->known = keep(summary, message->finished.verdict.why);
	step->intact = (message->finished.unchanged || message->finished.end == END_NOT_BEGUN ||
			   message->finished.origin != ORIGIN_LIVE) &&
	    step->was_intact;
}

static void see_step_finished(struct summary *summary, const struct message *message)
{
	size_t index = step_at(
	    summary, message, message->step_finished.node, message->step_finished.step);
	struct summary_step *step = &summary->steps[index];
	struct buf told;

	step->outcome = message->step_finished.outcome;
	step->allowed = message->step_finished.allowed;
	if (step->outcome ==
	    OUTCOME_SUCCEEDED) /* of what was lost, its verification or a person says so */
		step->acted = true;
	step->why = keep(summary, message->step_finished.why);
	buf_init(&told, BUF_UNBOUNDED);
	reason_put(summary, step, &told);
	step->told = str_eq(buf_view(&told), step->why) ? step->why
							: keep(summary, buf_view(&told));
	buf_done(&told);
	step->finished_at_us = message->at_us;
	step->duration_us = message->step_finished.duration_us;
	if (message->step_finished.outputs)
		step->outputs = value_copy(summary->arena, message->step_finished.outputs);
}

static void see_ask(struct summary *summary, const struct message *message)
{
	uintptr_t index = (uintptr_t)map_get(&summary->by_node, message->ask.node);

	if (summary->open_count++ == 0)
		summary->open_since_us = message->t_us;
	summary->approvals = mem_grow(summary->approvals, summary->approval_count,
	    &summary->approval_capacity, sizeof(*summary->approvals));
	summary->approvals[summary->approval_count++] = (struct summary_approval){
	    .id = message->ask.id,
	    .kind = message->ask.kind,
	    .node = keep(summary, message->ask.node),
	    .step = keep(summary, message->ask.step),
	    .prompt = keep(summary, message->ask.prompt),
	    .actions = message->ask.actions ? value_copy(summary->arena, message->ask.actions)
					    : NULL,
	    .at_us = message->at_us,
	    .asked_t_us = message->t_us,
	};
	if (message->ask.kind == ASK_LOST && index)
		summary->steps[index - 1].known = keep(summary, message->ask.prompt);
}

/* A question is answered, or withdrawn: whichever comes first. */
static void close_question(struct summary *summary, const struct message *message, uint32_t id)
{
	for (size_t i = 0; i < summary->approval_count; i++) {
		struct summary_approval *approval = &summary->approvals[i];

		if (approval->id != id || approval->closed)
			continue;
		approval->closed = true;
		approval->open_us = message->t_us - approval->asked_t_us;
		if (--summary->open_count == 0)
			summary->open_us += message->t_us - summary->open_since_us;
	}
}

static void see_unask(struct summary *summary, const struct message *message)
{
	close_question(summary, message, message->unask.id);
}

static void see_answered(struct summary *summary, const struct message *message)
{
	close_question(summary, message, message->answered.id);
	for (size_t i = 0; i < summary->approval_count; i++) {
		struct summary_approval *approval = &summary->approvals[i];

		if (approval->id != message->answered.id)
			continue;
		approval->answered = true;
		approval->taken = message->answered.origin != ORIGIN_LIVE;
		approval->answer = message->answered.answer;
		approval->who = keep(summary, message->answered.who);
		approval->digest = keep(summary, message->answered.digest);
		if (message->answered.inputs)
			approval->inputs = value_copy(summary->arena, message->answered.inputs);
		if (message->answered.person)
			approval->person = value_copy(summary->arena, message->answered.person);
		approval->at_us = message->at_us;
	}
}

static struct str text_of(struct summary *summary, const struct value *map, const char *key)
{
	const struct value *value = value_get(map, key);

	return value ? keep(summary, value_text(value)) : (struct str){0};
}

static void see_run_started(struct summary *summary, const struct message *message)
{
	struct buf alert;

	summary->run = keep(summary, message->run_started.run);
	summary->runbook = keep(summary, message->run_started.runbook);
	summary->title = keep(summary, message->run_started.title);
	summary->rehearsal = message->run_started.rehearsal != NULL;
	summary->mode = keep(summary, message->run_started.mode);
	if (message->run_started.follows && message->run_started.follows->type == VALUE_MAP)
		summary->follows = text_of(summary, message->run_started.follows, "run");
	buf_init(&alert, BUF_UNBOUNDED);
	text_alert(&alert, message);
	summary->alert = keep(summary, buf_view(&alert));
	buf_done(&alert);
	summary->alone = text_of(summary, message->run_started.alone, "step");
	if (message->run_started.alone && !summary->alone.len)
		summary->alone = STR("no step: what the runbook's `verify` asks");
	summary->user = text_of(summary, message->run_started.host, "user");
	summary->host = text_of(summary, message->run_started.host, "name");
	summary->on_record_failure = message->run_started.on_record_failure;
	summary->began_at_us = message->at_us;
}

static void see_run_resumed(struct summary *summary, const struct message *message)
{
	summary->on_record_failure = message->run_resumed.on_record_failure;
	summary->record_fails = false;
	summary->cut_off_at_us = summary->heard_at_us;
}

static void see_record(struct summary *summary, const struct message *message)
{
	summary->record_fails = message->record.state == RECORD_FAILED;
	summary->record_failed = summary->record_failed || summary->record_fails;
}

static void see_outlook(struct summary *summary, const struct message *message)
{
	summary->foretold = true;
	summary->outlook = outlook_copy(summary->arena, &message->outlook.told);
}

static void see_run_finished(struct summary *summary, const struct message *message)
{
	summary->finished = true;
	summary->outcome = message->run_finished.outcome;
	summary->why = keep(summary, message->run_finished.why);
	summary->duration_us = message->run_finished.duration_us;
	if (!summary->verifying)
		summary->recovered_us = summary->duration_us;
	summary->ended_at_us = message->at_us;
}

bool summary_is_refusal(const struct message *decided)
{
	const struct value *value = decided->decided.value;

	return value && value->type == VALUE_BOOL && !value->boolean;
}

static void see_decided(struct summary *summary, const struct message *message)
{
	struct str what = message->decided.what;
	bool is_list = str_is(what, "for_each") && message->decided.value;
	bool is_lost = str_is(what, "lost");
	struct summary_step *step;
	size_t index;

	if (message->decided.node.len == 0) {
		summary->ending |= str_is(what, "finally");
		return;
	}
	/* a block, or a loop, is never started itself: that it began is a decision */
	if (!is_list && !is_lost && !str_is(what, "begin") && !str_is(what, "finally") &&
	    !str_is(what, "rollback"))
		return;
	index = step_at(summary, message, message->decided.node, message->decided.step);
	step = &summary->steps[index];
	if (is_list)
		step->items = value_copy(summary->arena, message->decided.value);
	step->ending |= str_is(what, "finally");
	step->lost |= is_lost;
	if (!str_is(what, "rollback"))
		return;
	step->left = summary_is_refusal(message);
	step->rolling = !step->left;
	step->rolling_from = summary->step_count;
}

void summary_see(struct summary *summary, const struct message *message)
{
	static void (*const see[MESSAGE_TYPES])(struct summary *, const struct message *) = {
	    [MESSAGE_RUN_STARTED] = see_run_started,
	    [MESSAGE_RUN_RESUMED] = see_run_resumed,
	    [MESSAGE_RECORD] = see_record,
	    [MESSAGE_START] = see_start,
	    [MESSAGE_FINISHED] = see_finished,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	    [MESSAGE_DECIDED] = see_decided,
	    [MESSAGE_ASK] = see_ask,
	    [MESSAGE_UNASK] = see_unask,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_RUN_FINISHED] = see_run_finished,
	    [MESSAGE_OUTLOOK] = see_outlook,
	};

	if (message->type == MESSAGE_SEAL)
		summary->sealed = true;
	else if (see[message->type])
		see[message->type](summary, message);
	if (message->type != MESSAGE_SEAL && message_class(message->type) != CLASS_OUT)
		summary->heard_at_us = message->at_us;
}

static bool is_bad(const struct summary_step *step)
{
	return step->outcome == OUTCOME_FAILED || step->outcome == OUTCOME_TIMED_OUT ||
	    step->outcome == OUTCOME_DENIED || step->outcome == OUTCOME_LOST;
}

static bool is_well(const struct summary_step *step)
{
	return step->outcome == OUTCOME_SUCCEEDED || step->outcome == OUTCOME_SKIPPED ||
	    step->allowed;
}

static bool was_not_run(enum outcome outcome, int64_t duration_us)
{
	return outcome == OUTCOME_BLOCKED || (outcome == OUTCOME_CANCELLED && duration_us == 0);
}

bool summary_was_not_run(const struct message *finished)
{
	return was_not_run(finished->step_finished.outcome, finished->step_finished.duration_us);
}

bool step_was_not_run(const struct summary_step *step)
{
	return was_not_run(step->outcome, step->duration_us);
}

bool step_is_clean_up_left(const struct summary_step *step)
{
	return step->cleans && step_was_not_run(step);
}

bool step_was_not_reached(const struct summary_step *step)
{
	return step_was_not_run(step) && !step->cleans && str_find(step->node, STR("[")) < 0;
}

static void weigh(struct summary *summary, struct summary_step *step)
{
	bool undoes = false;
	struct summary_step *parent = parent_of(summary, step, &undoes);
	bool apart = undoes;

	if (undoes && !is_well(step))
		parent->undone = false;
	step->answered = step->allowed;
	for (struct summary_step *at = parent; at && !undoes && !step->answered;
	     at = parent_of(summary, at, &undoes))
		step->answered = at->allowed;
	if (step->answered || !is_bad(step))
		return;
	undoes = apart;
	for (struct summary_step *at = parent; at && !undoes && !at->by_part;
	     at = parent_of(summary, at, &undoes))
		at->by_part = true;
}

void summary_weigh(struct summary *summary)
{
	for (size_t i = 0; i < summary->step_count; i++) {
		struct summary_step *step = &summary->steps[i];

		step->answered = step->by_part = false;
		step->undone = step->rolling;
	}
	for (size_t i = 0; i < summary->step_count; i++)
		weigh(summary, &summary->steps[i]);
}

bool step_went_wrong(const struct summary_step *step)
{
	return is_bad(step) && !step->answered && !step->by_part && !step_is_half_done(step);
}

static bool is_half_done(const struct summary_step *step)
{
	return step->began && step->effect != EFFECT_READ && !step->acted && !step->intact &&
	    !step->undone;
}

bool step_is_half_done(const struct summary_step *step)
{
	return is_half_done(step) && !step->answered;
}

bool step_is_half_done_allowed(const struct summary_step *step)
{
	return is_half_done(step) && step->answered;
}

bool step_is_left(const struct summary_step *step)
{
	return step->left;
}

bool step_changed(const struct summary_step *step)
{
	return step->began && step->acted && step->effect == EFFECT_CHANGE;
}

bool step_destroyed(const struct summary_step *step)
{
	return step->began && step->acted && step->effect == EFFECT_DESTROY;
}

int64_t summary_open_us(const struct summary *summary, struct str node)
{
	int64_t open_us = 0;

	for (size_t i = 0; i < summary->approval_count; i++)
		if (summary->approvals[i].kind == ASK_APPROVAL &&
		    str_eq(summary->approvals[i].node, node))
			open_us += summary->approvals[i].open_us;
	return open_us;
}

bool summary_is_said_again(const struct summary *summary, const struct message *decided)
{
	if (!str_is(decided->decided.what, "again"))
		return false;
	for (size_t i = 0; i < summary->approval_count; i++)
		if (summary->approvals[i].kind == ASK_LOST &&
		    str_eq(summary->approvals[i].node, decided->decided.node))
			return true;
	return false;
}

size_t summary_count(const struct summary *summary, bool (*wanted)(const struct summary_step *))
{
	size_t count = 0;

	for (size_t i = 0; i < summary->step_count; i++)
		count += wanted(&summary->steps[i]);
	return count;
}
