/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident_parts.h"

#include "base/units.h"

/* What the record knows of an incident, seen together: when it was detected, mended and over. */

/* What a person says of a moment that the record does not know. */
static struct moment answered(const struct incident *incident, enum incident_key key)
{
	struct moment moment = {0};

	if (incident_time(
		incident_answer(incident, key), incident->summary->began_at_us, &moment.at_us))
		moment.known = KNOWN_BY_PERSON;
	return moment;
}

static void find_detected(struct incident *incident)
{
	const struct value *since = value_get(incident->chronicle->alert, "starts_at");

	incident->detected = answered(incident, ANSWER_DETECTED);
	if (since && since->type == VALUE_TIMESTAMP)
		incident->detected = (struct moment){KNOWN_BY_RECORD, value_us(since)};
}

/* When the last of its steps had ended: what the run did after that was to tell people of it. */
static int64_t last_step_at(const struct summary *summary)
{
	int64_t at_us = 0;

	for (size_t i = 0; i < summary->step_count; i++)
		if (summary->steps[i].finished_at_us > at_us)
			at_us = summary->steps[i].finished_at_us;
	return at_us ? at_us : summary->ended_at_us;
}

/* When the runbook's own checks held, the last of them; where it has none, when the run had ended well. */
static void find_restored(struct incident *incident)
{
	const struct chronicle *chronicle = incident->chronicle;
	const struct chronicle_op *last = NULL;
	bool hold = true;

	for (size_t i = 0; i < chronicle->op_count; i++) {
		const struct chronicle_op *op = chronicle->ops[i];

		if (op->node.len || op->what != START_VERIFY)
			continue;
		incident->verify_count++;
		if (!last || op->ended_t_us > last->ended_t_us)
			last = op;
		hold &= op->ended && op->holds && op->origin == ORIGIN_LIVE;
	}
	incident->verified = incident->verify_count && hold && incident->in_earnest;
	incident->restored = answered(incident, ANSWER_RESTORED);
	if (incident->in_earnest && incident->summary->finished &&
	    incident->summary->outcome == RUN_RECOVERED)
		incident->restored = (struct moment){
		    KNOWN_BY_RECORD, last ? last->ended_at_us : last_step_at(incident->summary)};
	incident->restored_t_us = last ? last->ended_t_us : incident->summary->duration_us;
}

static void take_fix(struct incident *incident, const struct summary_step *step, int64_t at_us)
{
	if (incident->fix && at_us < incident->fixed.at_us)
		return;
	incident->fix = step;
	incident->fixed.at_us = at_us;
}

/* Whether what a person is asked to do changes anything, as far as that is known. */
static bool changes(const struct incident *incident, struct str node)
{
	size_t at = chronicle_at(incident->chronicle, node);
	const struct plan_node *plan = at ? incident->chronicle->steps[at - 1].plan : NULL;

	return plan && plan->effect != EFFECT_READ;
}

/* Whether a step is part of undoing another. */
static bool undoes(const struct incident *incident, size_t index)
{
	const struct summary *summary = incident->summary;
	size_t parent;

	for (size_t at = index; (parent = incident->chronicle->steps[at].parent); at = parent - 1)
		if (summary->steps[parent - 1].rolling &&
		    index >= summary->steps[parent - 1].rolling_from)
			return true;
	return false;
}

/*
 * The last that changed anything and stands, of the steps and of what people did. It was the fix where the run has
 * recovered; else nobody can tell.
 */
static void find_fix(struct incident *incident)
{
	const struct summary *summary = incident->summary;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if ((step_changed(step) || step_destroyed(step)) && !step->cleans &&
		    !step->undone && !undoes(incident, i) && step->outcome == OUTCOME_SUCCEEDED)
			take_fix(incident, step, step->finished_at_us);
	}
	for (size_t i = 0; i < summary->approval_count; i++) {
		const struct summary_approval *approval = &summary->approvals[i];
		size_t at = chronicle_at(incident->chronicle, approval->node);

		if (changes(incident, approval->node) && approval->kind == ASK_MANUAL &&
		    approval->answered && !approval->taken && approval->answer == ANSWER_APPROVED &&
		    !summary->steps[at - 1].cleans)
			take_fix(incident, &summary->steps[at - 1], approval->at_us);
	}
	if (incident->fix && incident->restored.known == KNOWN_BY_RECORD)
		incident->fixed.known = KNOWN_BY_RECORD;
}

static void find_first_change(struct incident *incident)
{
	const struct summary *summary = incident->summary;
	int64_t first_us = INT64_MAX;

	for (size_t i = 0; i < summary->step_count; i++)
		if (summary->steps[i].began && summary->steps[i].effect != EFFECT_READ &&
		    summary->steps[i].began_at_us < first_us)
			first_us = summary->steps[i].began_at_us;
	for (size_t i = 0; i < summary->approval_count; i++) {
		const struct summary_approval *approval = &summary->approvals[i];

		bool asks = approval->kind == ASK_APPROVAL ||
		    (approval->kind == ASK_MANUAL && changes(incident, approval->node));

		if (asks && approval->at_us - approval->open_us < first_us)
			first_us = approval->at_us - approval->open_us;
	}
	incident->first_change_us = first_us == INT64_MAX ? CHRONICLE_NEVER : first_us;
}

bool incident_is_impossible(const struct incident *incident)
{
	return incident->restored.known && incident->detected.known &&
	    incident->restored.at_us < incident->detected.at_us;
}

bool incident_may_have_destroyed(const struct summary_step *step)
{
	return step_destroyed(step) ||
	    (step->began && step->effect == EFFECT_DESTROY && !step->intact && !step->rehearsed);
}

bool incident_restored_as_of(const struct incident *incident, int64_t *ret_us)
{
	for (size_t i = incident->summary->step_count; i-- > 0;) {
		const struct value *told = value_get(
		    incident->summary->steps[i].outputs, "restored_as_of");

		if (told && told->type == VALUE_TIMESTAMP) {
			*ret_us = value_us(told);
			return true;
		}
		if (told && units_time(value_text(told), ret_us))
			return true;
	}
	return false;
}

void incident_find(struct incident *incident)
{
	find_detected(incident);
	find_restored(incident);
	find_fix(incident);
	find_first_change(incident);
}
