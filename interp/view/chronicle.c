/* SPDX-License-Identifier: Apache-2.0 */
#include "view/chronicle_parts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "view/text.h"

struct chronicle *chronicle_new(const struct plan *plan)
{
	struct chronicle *chronicle = mem_alloc(sizeof(*chronicle));

	chronicle->arena = arena_new();
	chronicle->plan = plan;
	summary_init(&chronicle->summary);
	chronicle->told = told_new(plan);
	chronicle->held_back = held_back_new();
	map_init(&chronicle->by_op);
	return chronicle;
}

void chronicle_free(struct chronicle *chronicle)
{
	if (!chronicle)
		return;
	summary_done(&chronicle->summary);
	told_free(chronicle->told);
	held_back_free(chronicle->held_back);
	map_done(&chronicle->by_op);
	free(chronicle->steps);
	free(chronicle->ops);
	free(chronicle->decisions);
	free(chronicle->choices);
	free(chronicle->questions);
	free(chronicle->locks);
	free(chronicle->events);
	arena_free(chronicle->arena);
	free(chronicle);
}

struct str chronicle_keep(struct chronicle *chronicle, struct str text)
{
	return text.len ? arena_str(chronicle->arena, text) : (struct str){0};
}

const struct value *chronicle_keep_value(struct chronicle *chronicle, const struct value *value)
{
	return value ? value_copy(chronicle->arena, value) : NULL;
}

size_t chronicle_at(const struct chronicle *chronicle, struct str node)
{
	const struct summary_step *step = node.len ? summary_at(&chronicle->summary, node) : NULL;

	return step ? (size_t)(step - chronicle->summary.steps) + 1 : 0;
}

/* The summary has met them, in the same order. */
static void add_steps(struct chronicle *chronicle)
{
	while (chronicle->step_count < chronicle->summary.step_count) {
		struct str node = chronicle->summary.steps[chronicle->step_count].node;
		struct chronicle_step *step;

		chronicle->steps = mem_grow(chronicle->steps, chronicle->step_count,
		    &chronicle->step_capacity, sizeof(*chronicle->steps));
		step = &chronicle->steps[chronicle->step_count++];
		*step = (struct chronicle_step){
		    .plan = chronicle->plan ? plan_at(chronicle->plan, node) : NULL,
		    .ended_t_us = CHRONICLE_NEVER,
		};
		if (step->plan && step->plan->step)
			step->title = step->plan->step->title;
	}
}

static void see_run_started(struct chronicle *chronicle, const struct message *message)
{
	chronicle->dir = chronicle_keep(chronicle, message->run_started.dir);
	chronicle->seed = chronicle_keep(chronicle, message->run_started.seed);
	chronicle->signer = chronicle_keep(chronicle, message->run_started.signer);
	chronicle->params = chronicle_keep_value(chronicle, message->run_started.params);
	chronicle->program = chronicle_keep_value(chronicle, message->run_started.program);
	chronicle->host = chronicle_keep_value(chronicle, message->run_started.host);
	chronicle->sources = chronicle_keep_value(chronicle, message->run_started.sources);
	chronicle->rehearsal = chronicle_keep_value(chronicle, message->run_started.rehearsal);
	chronicle->alone = chronicle_keep_value(chronicle, message->run_started.alone);
	chronicle->alert = chronicle_keep_value(chronicle, message->run_started.alert);
	chronicle->follows = chronicle_keep_value(chronicle, message->run_started.follows);
	chronicle->origin = message->run_started.origin;
}

static struct chronicle_event *add_event(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_event *event;

	chronicle->events = mem_grow(chronicle->events, chronicle->event_count,
	    &chronicle->event_capacity, sizeof(*chronicle->events));
	event = &chronicle->events[chronicle->event_count++];
	*event = (struct chronicle_event){
	    .type = message->type,
	    .at_us = message->at_us,
	    .t_us = message->t_us,
	};
	return event;
}

static void see_run_resumed(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_event *event = add_event(chronicle, message);
	const struct value *host = message->run_resumed.host;
	struct buf torn;

	if (message->run_resumed.sources)
		chronicle->sources = chronicle_keep_value(chronicle, message->run_resumed.sources);
	if (message->run_resumed.signer.len)
		chronicle->signer = chronicle_keep(chronicle, message->run_resumed.signer);
	event->who = chronicle_keep(chronicle, value_text(value_get(host, "user")));
	event->more = chronicle_keep(chronicle, value_text(value_get(host, "name")));
	event->number = chronicle->summary.cut_off_at_us;
	if (message->run_resumed.torn_bytes == 0)
		return;
	buf_init(&torn, BUF_UNBOUNDED);
	text_torn(&torn, message);
	event->text = chronicle_keep(chronicle, buf_view(&torn));
	buf_done(&torn);
}

static void see_note(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_event *event = add_event(chronicle, message);

	event->who = chronicle_keep(chronicle, message->note.who);
	event->text = chronicle_keep(chronicle, message->note.text);
}

static void see_signal(struct chronicle *chronicle, const struct message *message)
{
	add_event(chronicle, message)->who = chronicle_keep(chronicle, message->signal.name);
}

static void see_record(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_event *event = add_event(chronicle, message);

	event->failed = message->record.state == RECORD_FAILED;
	event->text = chronicle_keep(chronicle, message->record.why);
}

static void see_record_gap(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_event *event = add_event(chronicle, message);

	event->number = message->record_gap.lines;
	event->text = chronicle_keep(chronicle, message->record_gap.why);
	chronicle->lost_lines += message->record_gap.lines;
}

static void see_diverged(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_event *event = add_event(chronicle, message);

	event->node = chronicle_keep(chronicle, message->diverged.node);
	event->who = chronicle_keep(chronicle, message->diverged.what);
	event->text = chronicle_keep(chronicle, message->diverged.found);
	event->more = chronicle_keep(chronicle, message->diverged.recorded);
	event->number = message->diverged.op;
}

static void see_decided(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_decision *decision = arena_alloc(chronicle->arena, sizeof(*decision));

	*decision = (struct chronicle_decision){
	    .at_us = message->at_us,
	    .t_us = message->t_us,
	    .node = chronicle_keep(chronicle, message->decided.node),
	    .step = chronicle_keep(chronicle, message->decided.step),
	    .what = chronicle_keep(chronicle, message->decided.what),
	    .value = chronicle_keep_value(chronicle, message->decided.value),
	    .why = chronicle_keep(chronicle, message->decided.why),
	    .deps = message_deps(chronicle->arena, message->decided.deps),
	};
	chronicle->decisions = mem_grow(chronicle->decisions, chronicle->decision_count,
	    &chronicle->decision_capacity, sizeof(*chronicle->decisions));
	chronicle->decisions[chronicle->decision_count++] = decision;
}

static void see_choose(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_choice *choice = arena_alloc(chronicle->arena, sizeof(*choice));

	*choice = (struct chronicle_choice){
	    .id = message->choose.id,
	    .at_us = message->at_us,
	    .t_us = message->t_us,
	    .node = chronicle_keep(chronicle, message->choose.node),
	    .what = chronicle_keep(chronicle, message->choose.what),
	    .expr = chronicle_keep(chronicle, message->choose.expr),
	    .deps = message_deps(chronicle->arena, message->choose.deps),
	    .guess = chronicle_keep_value(chronicle, message->choose.value),
	};
	chronicle->choices = mem_grow(chronicle->choices, chronicle->choice_count,
	    &chronicle->choice_capacity, sizeof(*chronicle->choices));
	chronicle->choices[chronicle->choice_count++] = choice;
}

static void see_chosen(struct chronicle *chronicle, const struct message *message)
{
	for (size_t i = chronicle->choice_count; i-- > 0;) {
		struct chronicle_choice *choice = chronicle->choices[i];

		if (choice->id != message->chosen.id)
			continue;
		choice->chosen = true;
		choice->value = chronicle_keep_value(chronicle, message->chosen.value);
		choice->why = chronicle_keep(chronicle, message->chosen.why);
		choice->origin = message->chosen.origin;
		return;
	}
}

static void see_ask(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_question *question = arena_alloc(chronicle->arena, sizeof(*question));

	*question = (struct chronicle_question){
	    .item = chronicle_keep(chronicle, message->ask.item),
	    .by = message->ask.by,
	    .asked_at_us = message->at_us,
	    .expires_t_us = message->ask.expires_us,
	    .digest = chronicle_keep(chronicle, message->ask.digest),
	    .inputs = chronicle_keep_value(chronicle, message->ask.inputs),
	    .agreed = chronicle_keep_value(chronicle, message->ask.agreed),
	    .closed_at_us = CHRONICLE_NEVER,
	    .closed_t_us = CHRONICLE_NEVER,
	};
	chronicle->questions = mem_grow(chronicle->questions, chronicle->question_count,
	    &chronicle->question_capacity, sizeof(*chronicle->questions));
	chronicle->questions[chronicle->question_count++] = question;
}

/* The first word closes it. */
static void close_question(
    struct chronicle *chronicle, const struct message *message, uint32_t id, struct str withdrawn)
{
	for (size_t i = chronicle->question_count; i-- > 0;) {
		struct chronicle_question *question = chronicle->questions[i];

		if (chronicle->summary.approvals[i].id != id)
			continue;
		if (question->closed_t_us == CHRONICLE_NEVER) {
			question->closed_at_us = message->at_us;
			question->closed_t_us = message->t_us;
			question->withdrawn = chronicle_keep(chronicle, withdrawn);
		}
		return;
	}
}

static void see_unask(struct chronicle *chronicle, const struct message *message)
{
	close_question(chronicle, message, message->unask.id,
	    message->unask.why.len ? message->unask.why : STR("it was no longer needed"));
}

static void see_answered(struct chronicle *chronicle, const struct message *message)
{
	close_question(chronicle, message, message->answered.id, (struct str){0});
}

static void see_acquire(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_lock *lock = arena_alloc(chronicle->arena, sizeof(*lock));

	*lock = (struct chronicle_lock){
	    .id = message->lock.id,
	    .node = chronicle_keep(chronicle, message->lock.node),
	    .lock = chronicle_keep(chronicle, message->lock.lock),
	    .wanted_at_us = message->at_us,
	    .wanted_t_us = message->t_us,
	    .acquired_at_us = CHRONICLE_NEVER,
	    .acquired_t_us = CHRONICLE_NEVER,
	    .released_at_us = CHRONICLE_NEVER,
	    .released_t_us = CHRONICLE_NEVER,
	};
	chronicle->locks = mem_grow(chronicle->locks, chronicle->lock_count,
	    &chronicle->lock_capacity, sizeof(*chronicle->locks));
	chronicle->locks[chronicle->lock_count++] = lock;
}

static struct chronicle_lock *lock_of(const struct chronicle *chronicle, uint32_t id)
{
	for (size_t i = chronicle->lock_count; i-- > 0;)
		if (chronicle->locks[i]->id == id)
			return chronicle->locks[i];
	return NULL;
}

static void see_acquired(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_lock *lock = lock_of(chronicle, message->acquired.id);

	if (!lock)
		return;
	lock->acquired_at_us = message->at_us;
	lock->acquired_t_us = message->t_us;
	lock->waited = message->acquired.waited;
	lock->why = chronicle_keep(chronicle, message->acquired.why);
}

static void see_release(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_lock *lock = lock_of(chronicle, message->lock.id);

	if (!lock)
		return;
	lock->released_at_us = message->at_us;
	lock->released_t_us = message->t_us;
}

static void see_step_finished(struct chronicle *chronicle, const struct message *message)
{
	size_t index = chronicle_at(chronicle, message->step_finished.node);

	if (index)
		chronicle->steps[index - 1].ended_t_us = message->t_us;
}

void chronicle_see(struct chronicle *chronicle, const struct message *message)
{
	static void (*const see[MESSAGE_TYPES])(struct chronicle *, const struct message *) = {
	    [MESSAGE_RUN_STARTED] = see_run_started,
	    [MESSAGE_RUN_RESUMED] = see_run_resumed,
	    [MESSAGE_START] = chronicle_see_start,
	    [MESSAGE_STARTED] = chronicle_see_started,
	    [MESSAGE_STOP] = chronicle_see_stop,
	    [MESSAGE_OUTPUT] = chronicle_see_output,
	    [MESSAGE_FINISHED] = chronicle_see_finished,
	    [MESSAGE_DECIDED] = see_decided,
	    [MESSAGE_CHOOSE] = see_choose,
	    [MESSAGE_CHOSEN] = see_chosen,
	    [MESSAGE_ASK] = see_ask,
	    [MESSAGE_UNASK] = see_unask,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_ACQUIRE] = see_acquire,
	    [MESSAGE_ACQUIRED] = see_acquired,
	    [MESSAGE_RELEASE] = see_release,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	    [MESSAGE_NOTE] = see_note,
	    [MESSAGE_SIGNAL] = see_signal,
	    [MESSAGE_RECORD] = see_record,
	    [MESSAGE_RECORD_GAP] = see_record_gap,
	    [MESSAGE_DIVERGED] = see_diverged,
	};

	summary_see(&chronicle->summary, message);
	told_see(chronicle->told, message);
	held_back_see(chronicle->held_back, message);
	add_steps(chronicle);
	if (message->type != MESSAGE_SEAL) {
		chronicle->last_t_us = message->t_us;
		chronicle->last_at_us = message->at_us;
	}
	if (see[message->type])
		see[message->type](chronicle, message);
}
