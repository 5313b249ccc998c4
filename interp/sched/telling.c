/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/telling_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sched/task.h"

/*
 * Who is told of the run, and when. Each step of the escalation is reached once: when its time has come, or earlier,
 * when the run ends without having recovered, or waits for a person and nobody was told before. Whoever stands in a
 * step that was reached knows of the incident, and is told whatever becomes of it: that it lasts, when his step comes;
 * that it waits, once until no question is open any more; how it ends. Nothing else is decided by any of that, and
 * nothing waits for it but the run's own last line.
 */

/* How long a question may be open before others than those who are asked hear of it. */
enum { PATIENCE_LEAST_US = 1000000, PATIENCE_US = 60000000 };

static const struct runbook *book_of(const struct sched *sched)
{
	return sched->plan->runbook;
}

/* One step alone is no recovery; and where something is only thought through, nobody is to know. */
static bool tells(const struct sched *sched)
{
	return book_of(sched)->escalation_count && !sched->options.tells_nobody &&
	    sched->run.only == NONE && telling_sender(sched);
}

/* --- to whom */

static void begin(struct sched *sched, uint32_t contact, const struct value *args, uint32_t attempt)
{
	const struct action_spec *spec = telling_sender(sched);
	struct operation operation = {
	    .instance = PLAN_ROOT,
	    .index = contact,
	    .item = NONE,
	    .what = START_NOTIFY,
	    .class = EFFECT_CHANGE,
	    .told = store_put(sched->store, args),
	    .attempt = attempt,
	};
	uint32_t op = operation_add(sched, operation);
	struct str digest = task_digest(sched, spec, args);
	struct message *out = emit(sched, MESSAGE_START);

	sched->telling->under_way++;
	out->start.op = op;
	out->start.what = START_NOTIFY;
	out->start.index = contact;
	out->start.attempt = attempt;
	out->start.action = str_from(spec->name);
	out->start.class = EFFECT_CHANGE;
	out->start.args = args;
	out->start.timeout_us = spec->timeout_us;
	out->start.digest = digest;
}

/* Behind the news that it is over there comes no other. */
static void overtake(struct sched *sched, uint32_t contact)
{
	for (uint32_t op = 1; op <= sched->op_count; op++) {
		const struct operation *operation = operation_at(sched, op);

		if (operation->what == START_NOTIFY && operation->instance != NONE &&
		    operation->index == contact)
			operation_stop(sched, op, STOP_KILL, STR("it is over"));
	}
}

static void tell(struct sched *sched, const struct contact *contact, enum reason reason)
{
	uint32_t index = (uint32_t)(contact - book_of(sched)->contacts);
	struct str why = {0};
	const struct value *args;

	if (index < sched->telling->mute_count && sched->telling->mute[index])
		return;
	args = telling_arguments(sched, contact, reason, &why);
	assert(args); /* they are made here */
	if (telling_is_over(sched, reason))
		overtake(sched, index);
	begin(sched, index, args, 1);
}

static bool is_in(const struct escalation *step, const struct contact *contact)
{
	for (size_t i = 0; i < step->count; i++)
		if (step->contacts[i] == contact)
			return true;
	return false;
}

/* All who know of the incident, in the order in which they were to hear of it, each once. */
static void tell_all(struct sched *sched, enum reason reason)
{
	const struct escalation *steps = book_of(sched)->escalation;

	for (uint32_t i = 0; i < sched->telling->reached; i++)
		for (size_t k = 0; k < steps[i].count; k++) {
			bool before = false;

			for (uint32_t earlier = 0; earlier < i && !before; earlier++)
				before = is_in(&steps[earlier], steps[i].contacts[k]);
			if (!before)
				tell(sched, steps[i].contacts[k], reason);
		}
}

static void set_timer(struct sched *sched)
{
	const struct runbook *book = book_of(sched);
	uint32_t next = sched->telling->reached;

	sched->telling->timer = NONE;
	if (next < book->escalation_count)
		sched->telling->timer = timer_add(
		    sched, PLAN_ROOT, TIMER_ESCALATION, book->escalation[next].after_us);
}

/* The next step, without a word. */
static void reach(struct sched *sched)
{
	if (sched->telling->reached < book_of(sched)->escalation_count)
		sched->telling->reached++;
	set_timer(sched);
}

static void tell_step(struct sched *sched, enum reason reason)
{
	const struct escalation *step = &book_of(sched)->escalation[sched->telling->reached];

	reach(sched);
	for (size_t i = 0; i < step->count; i++)
		tell(sched, step->contacts[i], reason);
}

/* --- when */

void telling_begin(struct sched *sched, const struct message *in)
{
	struct telling *telling = sched->telling;
	struct str fingerprint = value_text(value_get(in->run_started.alert, "fingerprint"));

	if (!tells(sched))
		return;
	/* what answers an alert again is about the same incident */
	telling->key = store_put(sched->store,
	    value_string(sched->scratch,
		fingerprint.len ? say(sched, "reprise/%.*s/%.*s", STR_ARG(book_of(sched)->id),
				      STR_ARG(fingerprint))
				: say(sched, "reprise/%.*s", STR_ARG(in->run_started.run))));
	set_timer(sched);
	if (book_of(sched)->escalation[0].after_us == 0)
		tell_step(sched, REASON_BEGUN);
}

void telling_due(struct sched *sched)
{
	tell_step(sched, REASON_LASTS);
}

void telling_unanswered(struct sched *sched)
{
	sched->telling->waits_told = true;
	if (sched->telling->reached == 0)
		reach(sched);
	tell_all(sched, REASON_WAITS);
}

static int64_t patience_us(const struct sched *sched)
{
	const struct severity_decl *decl = runbook_severity(book_of(sched));
	int64_t us = decl && decl->response_us != UNSET_US ? decl->response_us : PATIENCE_US;

	if (us < PATIENCE_LEAST_US) /* what was said beforehand is an answer too */
		return PATIENCE_LEAST_US;
	return us < PATIENCE_US ? us : PATIENCE_US;
}

static void question_open(struct sched *sched, const struct message *ask)
{
	struct telling *telling = sched->telling;

	telling->questions = mem_grow(telling->questions, telling->question_count,
	    &telling->question_capacity, sizeof(*telling->questions));
	telling->questions[telling->question_count++] = (struct question){.id = ask->ask.id,
	    .kind = (uint8_t)ask->ask.kind,
	    .node = store_put(sched->store, value_string(sched->scratch, ask->ask.node))};
}

static void question_close(struct sched *sched, uint32_t id)
{
	struct telling *telling = sched->telling;
	size_t kept = 0;

	for (size_t i = 0; i < telling->question_count; i++)
		if (telling->questions[i].id != id)
			telling->questions[kept++] = telling->questions[i];
	telling->question_count = kept;
}

void telling_watch(struct sched *sched, const struct message *in)
{
	struct telling *telling = sched->telling;

	if (telling->ended || sched->instance_count == 0 || !tells(sched))
		return;
	if (in->type == MESSAGE_ANSWERED)
		question_close(sched, in->answered.id);
	for (size_t i = 0; i < sched->out_count; i++) {
		if (sched->out[i].type == MESSAGE_ASK)
			question_open(sched, &sched->out[i]);
		else if (sched->out[i].type == MESSAGE_UNASK)
			question_close(sched, sched->out[i].unask.id);
	}
	if (telling->question_count == 0) {
		telling->patience = NONE;
		telling->waits_told = false;
	} else if (telling->patience == NONE && !telling->waits_told) {
		telling->patience = timer_add(
		    sched, PLAN_ROOT, TIMER_PATIENCE, sched->t_us + patience_us(sched));
	}
}

bool telling_end(struct sched *sched, enum run_outcome outcome, struct str why)
{
	struct telling *telling = sched->telling;
	struct message *out;

	telling->ended = true;
	telling->outcome = outcome;
	telling->why = store_put(sched->store, value_string(sched->scratch, why));
	telling->ended_us = sched->t_us;
	telling->question_count = 0;
	if (tells(sched)) {
		if (!telling_is_over(sched, REASON_ENDED))
			reach(sched);
		tell_all(sched, REASON_ENDED);
	}
	telling->timer = telling->patience = NONE;
	if (!telling->under_way)
		return false;
	out = emit(sched, MESSAGE_DECIDED);
	out->decided.what = STR("outcome");
	out->decided.value = value_string(sched->scratch, str_from(run_outcome_names[outcome]));
	out->decided.why = telling->under_way == 1
	    ? STR("somebody is still being told")
	    : say(sched, "%u are still being told", telling->under_way);
	return true;
}

/* It has not come to a single try: there is no key, or no address. */
static bool was_not_tried(const struct message *in)
{
	const struct value *result = in->finished.result;
	const struct value *tries = result && result->type == VALUE_MAP
	    ? value_get(result, "attempts")
	    : NULL;

	if (in->finished.ok || (in->finished.end != END_DONE && in->finished.end != END_ERROR))
		return false;
	return !tries || (tries->type == VALUE_LIST && tries->list.count == 0);
}

static void silence(struct telling *telling, uint32_t contact, size_t count)
{
	if (!telling->mute_count)
		telling->mute = mem_alloc(count * sizeof(*telling->mute));
	telling->mute_count = count;
	telling->mute[contact] = true;
}

void telling_resumed(struct sched *sched)
{
	free(sched->telling->mute);
	sched->telling->mute = NULL;
	sched->telling->mute_count = 0;
}

bool telling_finished(
    struct sched *sched, const struct operation *operation, const struct message *in)
{
	const struct value *args = store_get(sched->store, operation->told);
	bool resolves = str_is(value_text(value_get(args, "event")), "resolve");

	sched->telling->under_way--;
	if (was_not_tried(in))
		silence(sched->telling, operation->index, book_of(sched)->contact_count);
	/* told twice of one incident, a service has it once; but what is over is not told any more */
	if (in->finished.end == END_LOST && telling_is_over(sched, REASON_ENDED) <= resolves)
		begin(sched, operation->index, args, operation->attempt + 1);
	return sched->telling->ended && !sched->telling->under_way;
}

void telling_stop(struct sched *sched, struct str why)
{
	for (uint32_t op = 1; op <= sched->op_count; op++)
		if (operation_at(sched, op)->what == START_NOTIFY &&
		    operation_at(sched, op)->instance != NONE)
			operation_stop(sched, op, STOP_KILL, why);
}

/* --- the state */

struct telling *telling_new(void)
{
	struct telling *telling = mem_alloc(sizeof(*telling));

	telling->timer = telling->patience = NONE;
	return telling;
}

struct telling *telling_clone(const struct telling *telling)
{
	struct telling *copy = mem_alloc(sizeof(*copy));

	*copy = *telling;
	copy->mute = NULL;
	if (telling->mute_count) {
		copy->mute = mem_alloc(telling->mute_count * sizeof(*copy->mute));
		memcpy(copy->mute, telling->mute, telling->mute_count * sizeof(*copy->mute));
	}
	copy->questions = NULL;
	copy->question_count = copy->question_capacity = 0;
	for (size_t i = 0; i < telling->question_count; i++) {
		copy->questions = mem_grow(copy->questions, copy->question_count,
		    &copy->question_capacity, sizeof(*copy->questions));
		copy->questions[copy->question_count++] = telling->questions[i];
	}
	return copy;
}

void telling_free(struct telling *telling)
{
	free(telling->questions);
	free(telling->mute);
	free(telling);
}
