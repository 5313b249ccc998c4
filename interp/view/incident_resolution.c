/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident_parts.h"

#include "base/units.h"
#include "view/items.h"
#include "view/markdown.h"
#include "view/text.h"

/* So much of what was found out is shown where it points to the cause, and so much of one. */
enum { FINDINGS = 12, FINDING_BYTES = 120 };

/* So many digits of a digest are told; `grep` finds the others in the record. */
enum { DIGEST_SHOWN = 12 };

/* A list whose title comes before its first entry, and not without one. */
struct list {
	struct incident *incident;
	struct buf *out;
	const char *title;
	size_t count;
};

static struct buf *next(struct list *list)
{
	if (list->count++ == 0)
		buf_printf(list->out, "\n%s\n\n", list->title);
	buf_text(list->out, "- ");
	return list->out;
}

static void put_why(struct buf *out, struct str why)
{
	if (str_trim(why).len == 0)
		return;
	buf_text(out, ": ");
	markdown_plain(out, why);
}

static bool is_item(struct str node)
{
	return str_find(node, STR("[")) >= 0;
}

/* A block, or the use of a template: what it has is told of its parts. */
static bool is_made_of_parts(const struct chronicle *chronicle, const struct summary_step *step)
{
	const struct plan_node *plan = chronicle->steps[step - chronicle->summary.steps].plan;

	return plan ? plan->step->is_block || plan->step->use.book : !step->began && !step->items;
}

/* What a step that only reads found out before anything was changed. */
static void put_findings(struct list *list, const struct summary_step *step)
{
	const struct incident *incident = list->incident;
	struct buf value;

	if (!step->outputs || is_made_of_parts(incident->chronicle, step) ||
	    (step->began && step->effect != EFFECT_READ) || is_item(step->node) ||
	    (incident->first_change_us != CHRONICLE_NEVER &&
		step->finished_at_us > incident->first_change_us))
		return;
	for (size_t i = 0; i < step->outputs->map.count && list->count < FINDINGS; i++) {
		struct buf *out = next(list);

		incident_put_node(incident, out, step->node);
		buf_text(out, " found ");
		markdown_plain(out, value_text(step->outputs->map.entries[i].key));
		buf_text(out, ": ");
		buf_init(&value, BUF_UNBOUNDED);
		value_brief(step->outputs->map.entries[i].value, FINDING_BYTES, &value);
		markdown_code(out, buf_view(&value));
		buf_done(&value);
		buf_byte(out, '\n');
	}
}

/* What looked and did not find what it should have. */
static void put_not_well(struct list *list, const struct summary_step *step)
{
	struct buf *out;

	if ((step->outcome != OUTCOME_FAILED && step->outcome != OUTCOME_TIMED_OUT) ||
	    (step->by_part && !step->items) || is_item(step->node))
		return;
	out = next(list);
	incident_put_step(list->incident, out, step);
	buf_printf(out, ": %s", text_outcome(step->outcome, step->allowed));
	put_why(out, step->told);
	buf_byte(out, '\n');
}

static bool is_true(const struct value *value)
{
	return value && value->type == VALUE_BOOL && value->boolean;
}

void incident_put_cause(struct incident *incident, struct buf *out)
{
	const struct chronicle *chronicle = incident->chronicle;
	struct list list = {
	    incident, out, "What the record shows, before anybody has judged it:", 0};

	incident_put_either(incident, ANSWER_ROOT_CAUSE, 0, out);
	buf_byte(out, '\n');
	if (incident->summary->alert.len) {
		buf_text(next(&list), "the alert that it answers: ");
		incident_put_alert(incident, out);
		buf_byte(out, '\n');
	}
	for (size_t i = 0; i < chronicle->step_count; i++)
		put_not_well(&list, &incident->summary->steps[i]);
	for (size_t i = 0; i < chronicle->step_count; i++)
		put_findings(&list, &incident->summary->steps[i]);
}

/* `docker volume rm data` at db1: what it did, the last time. */
static void put_action(const struct chronicle_step *step, struct buf *out)
{
	const struct chronicle_op *op = NULL;

	for (const struct chronicle_op *at = step->first; at; at = at->next)
		op = at->what == START_ACTION ? at : op;
	if (!op)
		return;
	markdown_code(out, op->action);
	buf_text(out, op->place.len ? " " : "");
	markdown_plain(out, op->place);
}

/* "1. 03:05 **look** Is there a lock?: succeeded, 2s" */
static void put_done(
    struct incident *incident, const struct summary_step *step, size_t number, struct buf *out)
{
	bool acts = step->began && step->effect != EFFECT_READ;
	struct buf items;

	buf_printf(out, "%zu. ", number);
	incident_put_minute(incident, step->began_at_us, out);
	buf_byte(out, ' ');
	incident_put_step(incident, out, step);
	if (acts)
		buf_printf(out, " (%s%s)", incident->summary->rehearsal ? "would " : "",
		    effect_class_name(step->effect));
	buf_printf(out, ": %s", text_outcome(step->outcome, step->answered));
	if (step->outcome != OUTCOME_NONE) {
		buf_text(out, ", ");
		units_show_duration(out, step->duration_us);
	}
	if (step->attempts > 1)
		buf_printf(out, ", %u attempts", step->attempts);
	buf_text(out, step->undone ? ", rolled back" : "");
	if (step->items) {
		buf_init(&items, BUF_UNBOUNDED);
		items_put_outcomes(incident->summary, step, SIZE_MAX, &items);
		put_why(out, buf_view(&items));
		buf_done(&items);
	} else {
		put_why(out, step->told);
	}
	buf_byte(out, '\n');
	if (acts) {
		buf_text(out, "   ");
		put_action(&incident->chronicle->steps[step - incident->summary->steps], out);
		buf_byte(out, '\n');
	}
}

/* A block is told by its parts, an item of a loop by the loop. */
static bool is_done(const struct chronicle *chronicle, const struct summary_step *step)
{
	if (is_item(step->node) || step->outcome == OUTCOME_SKIPPED || step_was_not_run(step))
		return false;
	return step->began || step->items || !is_made_of_parts(chronicle, step);
}

static void put_steps(struct incident *incident, struct buf *out)
{
	const struct chronicle *chronicle = incident->chronicle;
	size_t count = 0;

	for (size_t i = 0; i < chronicle->step_count; i++) {
		if (!is_done(chronicle, &incident->summary->steps[i]))
			continue;
		if (count == 0)
			buf_printf(out, "\n%s\n\n",
			    incident->summary->rehearsal
				? "What was gone through, in the order in which it began:"
				: "What was done, in the order in which it began:");
		put_done(incident, &incident->summary->steps[i], ++count, out);
	}
}

/* What was left undone, for whoever goes on. */
static void put_not_done(struct incident *incident, struct buf *out)
{
	struct list list = {incident, out, "What was not done:", 0};

	for (size_t i = 0; i < incident->chronicle->step_count; i++) {
		const struct summary_step *step = &incident->summary->steps[i];

		if (!step_was_not_reached(step))
			continue;
		incident_put_step(incident, next(&list), step);
		put_why(out, step->told);
		buf_byte(out, '\n');
	}
}

static void put_decisions(struct incident *incident, struct buf *out)
{
	const struct chronicle *chronicle = incident->chronicle;
	struct list list = {incident, out, "Which way it went, and why:", 0};

	for (size_t i = 0; i < chronicle->decision_count; i++) {
		const struct chronicle_decision *decision = chronicle->decisions[i];

		if (is_item(decision->node) || !decision->node.len)
			continue;
		if (str_is(decision->what, "when") && is_true(decision->value)) {
			incident_put_node(incident, next(&list), decision->node);
			buf_text(out, " was done, because ");
			markdown_code(out, decision->why);
		} else if (str_is(decision->what, "retry") || str_is(decision->what, "rollback")) {
			incident_put_node(incident, next(&list), decision->node);
			buf_text(out,
			    str_is(decision->what, "retry") ? " was tried again"
				: is_true(decision->value) || !decision->value ||
				    decision->value->type != VALUE_BOOL
				? " was rolled back"
				: " was not rolled back");
			put_why(out, decision->why);
		} else {
			continue;
		}
		buf_byte(out, '\n');
	}
	for (size_t i = 0; i < chronicle->step_count; i++) {
		const struct summary_step *step = &incident->summary->steps[i];

		if (step->outcome != OUTCOME_SKIPPED || is_item(step->node))
			continue;
		incident_put_node(incident, next(&list), step->node);
		buf_text(out, " was skipped");
		put_why(out, step->told);
		buf_byte(out, '\n');
	}
}

static void put_approvals(struct incident *incident, struct buf *out)
{
	struct list list = {incident, out, "Who approved what:", 0};

	for (size_t i = 0; i < incident->summary->approval_count; i++) {
		const struct summary_approval *approval = &incident->summary->approvals[i];

		if (approval->kind != ASK_APPROVAL)
			continue;
		incident_put_node(incident, next(&list), approval->node);
		buf_byte(out, ' ');
		if (!approval->answered) {
			buf_text(out, "not answered\n");
			continue;
		}
		buf_text(out, text_answer(approval->kind, approval->answer, approval->taken));
		markdown_plain(out, approval->who);
		text_login(out, approval->person);
		if (!approval->taken &&
		    (approval->answer == ANSWER_APPROVED || approval->answer == ANSWER_DENIED)) {
			buf_text(out, " at ");
			incident_put_minute(incident, approval->at_us, out);
		}
		if (approval->answer == ANSWER_APPROVED && approval->digest.len)
			buf_printf(out, ", digest `%.*s`",
			    STR_ARG(str_sub(approval->digest, 0, DIGEST_SHOWN)));
		put_why(out, approval->prompt);
		buf_byte(out, '\n');
	}
}

static void put_destroyed(struct incident *incident, struct buf *out)
{
	struct list list = {incident, out, "What was destroyed:", 0};

	for (size_t i = 0; i < incident->chronicle->step_count; i++) {
		const struct summary_step *step = &incident->summary->steps[i];

		if (!incident_may_have_destroyed(step))
			continue;
		incident_put_step(incident, next(&list), step);
		buf_text(out, ": ");
		put_action(&incident->chronicle->steps[i], out);
		if (!step->acted)
			buf_printf(out, ": %s, and may be half done",
			    text_outcome(step->outcome, step->answered));
		buf_byte(out, '\n');
	}
	if (list.count == 0 && incident->in_earnest && incident->summary->finished)
		buf_text(out, "\nNothing was destroyed.\n");
}

static void put_deviations(struct incident *incident, struct buf *out)
{
	struct list list = {incident, out, "Where it was not as in the run that it follows:", 0};

	for (size_t i = 0; i < incident->chronicle->event_count; i++) {
		const struct chronicle_event *event = &incident->chronicle->events[i];

		if (event->type != MESSAGE_DIVERGED)
			continue;
		next(&list);
		incident_put_minute(incident, event->at_us, out);
		buf_byte(out, ' ');
		incident_put_node(incident, out, event->node);
		put_why(out, event->text);
		buf_text(out, "; recorded: ");
		markdown_plain(out, event->more);
		buf_byte(out, '\n');
	}
	if (incident->summary->follows.len && list.count == 0) {
		buf_text(out, "\nIt went as in the run that it follows, ");
		markdown_plain(out, incident->summary->follows);
		buf_text(out, ".\n");
	}
}

void incident_put_resolution(struct incident *incident, struct buf *out)
{
	if (incident_answer(incident, ANSWER_RESOLUTION).len) {
		incident_put_answer(incident, ANSWER_RESOLUTION, 0, out);
		buf_byte(out, '\n');
	}
	put_steps(incident, out);
	put_not_done(incident, out);
	put_decisions(incident, out);
	put_approvals(incident, out);
	put_destroyed(incident, out);
	put_deviations(incident, out);
	incident_put_objectives(incident, out);
}
