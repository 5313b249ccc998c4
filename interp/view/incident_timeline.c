/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "view/items.h"
#include "view/markdown.h"
#include "view/text.h"

/* The template's milestones, and between them what happened: a list in the order of time. */

/* So much of a question is told here; the rest stands with the approvals. */
enum { PROMPT_COLUMNS = 100 };

struct entry {
	int64_t at_us;
	size_t number; /* of those of one moment the first stays first */
	bool milestone;
	bool open; /* when, nobody knows: `at_us` is only where it stands */
	struct buf text;
};

struct entries {
	struct incident *incident;
	struct entry *items;
	size_t count;
	size_t capacity;
};

static struct buf *add(struct entries *entries, int64_t at_us)
{
	struct entry *entry;

	entries->items = mem_grow(
	    entries->items, entries->count, &entries->capacity, sizeof(*entries->items));
	entry = &entries->items[entries->count];
	*entry = (struct entry){.at_us = at_us, .number = entries->count++};
	buf_init(&entry->text, BUF_UNBOUNDED);
	return &entry->text;
}

static struct buf *add_milestone(struct entries *entries, int64_t at_us, const char *name)
{
	struct buf *text = add(entries, at_us);

	entries->items[entries->count - 1].milestone = true;
	buf_text(text, name);
	return text;
}

static void put_why(struct buf *out, struct str why)
{
	if (str_trim(why).len == 0)
		return;
	buf_text(out, ": ");
	markdown_plain(out, why);
}

/* What a person says beside what the record knows: both are told. */
static void put_also_said(
    const struct entries *entries, enum incident_key key, int64_t known_us, struct buf *out)
{
	const struct incident *incident = entries->incident;
	int64_t said_us;

	if (!incident_time(incident_answer(incident, key), known_us, &said_us) ||
	    said_us / 60000000 == known_us / 60000000)
		return;
	buf_text(out, " (a person says ");
	incident_put_minute(incident, said_us, out);
	buf_byte(out, ')');
}

/* Where nothing in the record knows the moment: a person does, or nobody does yet. */
static struct buf *add_open(
    struct entries *entries, int64_t place_us, enum incident_key key, const char *name)
{
	const struct incident *incident = entries->incident;
	int64_t at_us = place_us;
	bool said = incident_time(
	    incident_answer(incident, key), incident->summary->began_at_us, &at_us);
	struct buf *text = add_milestone(entries, at_us, name);

	entries->items[entries->count - 1].open = !said;
	if (incident_is_wanted(incident, key))
		entries->incident->open[key] |= !said;
	else if (!said)
		buf_printf(text, ": none, it is a %s", incident_what(incident));
	return text;
}

static void add_detected(struct entries *entries)
{
	const struct incident *incident = entries->incident;
	struct buf *text;

	if (incident->detected.known != KNOWN_BY_RECORD) {
		add_open(
		    entries, incident->summary->began_at_us, ANSWER_DETECTED, "Issue detected");
		return;
	}
	text = add_milestone(entries, incident->detected.at_us, "Issue detected");
	buf_text(text, ": the alert ");
	incident_put_alert(incident, text);
	buf_text(text, " began to fire");
	put_also_said(entries, ANSWER_DETECTED, incident->detected.at_us, text);
}

static void add_began(struct entries *entries)
{
	const struct summary *summary = entries->incident->summary;
	struct buf *text = add_milestone(entries, summary->began_at_us, "Investigation started");

	buf_text(text, summary->rehearsal ? ": the rehearsal began" : ": the run began");
	if (summary->user.len) {
		buf_text(text, ", driven by ");
		markdown_plain(text, summary->user);
		buf_text(text, " on ");
		markdown_plain(text, summary->host);
	}
	put_also_said(entries, ANSWER_INVESTIGATED, summary->began_at_us, text);
}

/* Where a line stands whose time nobody knows: at the end, but before what it led to. */
static int64_t open_at_us(const struct incident *incident)
{
	return incident->restored.known == KNOWN_BY_RECORD ? incident->restored.at_us
							   : incident->chronicle->last_at_us;
}

static void add_cause(struct entries *entries)
{
	const struct incident *incident = entries->incident;
	int64_t place_us = incident->first_change_us;

	if (place_us == CHRONICLE_NEVER)
		place_us = open_at_us(incident);
	add_open(entries, place_us, ANSWER_CAUSE_KNOWN, "Root cause identified");
}

static void add_fixed(struct entries *entries)
{
	const struct incident *incident = entries->incident;
	struct buf *text;

	if (incident->fixed.known != KNOWN_BY_RECORD) {
		text = add_open(entries, open_at_us(incident), ANSWER_FIXED, "Fix deployed");
		if (incident->fix) {
			buf_text(text,
			    incident->summary->finished ? " (the last change of the run: "
							: " (the last change in the record: ");
			incident_put_step(incident, text, incident->fix);
			buf_byte(text, ')');
		} else if (incident->in_earnest && incident->summary->finished) {
			buf_text(text, " (the run changed nothing that stands)");
		}
		return;
	}
	text = add_milestone(entries, incident->fixed.at_us, "Fix deployed");
	buf_text(text, ": ");
	incident_put_step(incident, text, incident->fix);
	buf_printf(text, ": %s", text_outcome(incident->fix->outcome, incident->fix->answered));
	put_also_said(entries, ANSWER_FIXED, incident->fixed.at_us, text);
}

static void add_restored(struct entries *entries)
{
	const struct incident *incident = entries->incident;
	struct buf *text;

	if (incident->restored.known != KNOWN_BY_RECORD) {
		add_open(
		    entries, incident->chronicle->last_at_us, ANSWER_RESTORED, "Service restored");
		return;
	}
	text = add_milestone(entries, incident->restored.at_us, "Service restored");
	buf_text(text,
	    incident->verified
		? ": what the runbook asks of the recovered service holds"
		: ": the run ended, recovered; the runbook has no `verify` of its own");
	put_also_said(entries, ANSWER_RESTORED, incident->restored.at_us, text);
}

/* What an item of a loop did is told with the loop. */
static bool is_item(struct str node)
{
	return str_find(node, STR("[")) >= 0;
}

static void add_loop(struct entries *entries, const struct summary_step *step)
{
	struct buf *text = add(entries, step->finished_at_us);
	struct buf items;

	incident_put_step(entries->incident, text, step);
	buf_printf(text, " (%zu items): ", step->items->list.count);
	buf_init(&items, BUF_UNBOUNDED);
	items_put_outcomes(entries->incident->summary, step, 8, &items);
	markdown_plain(text, buf_view(&items));
	buf_done(&items);
}

static void add_step(struct entries *entries, const struct summary_step *step)
{
	const struct incident *incident = entries->incident;
	bool acts = step->began && step->effect != EFFECT_READ;
	bool bad = step->outcome != OUTCOME_SUCCEEDED && step->outcome != OUTCOME_SKIPPED &&
	    step->outcome != OUTCOME_REHEARSED && !step->by_part && !step_was_not_run(step);
	struct buf *text;

	if (is_item(step->node) || step->outcome == OUTCOME_NONE ||
	    (step == incident->fix && incident->fixed.known == KNOWN_BY_RECORD) ||
	    (step->outcome == OUTCOME_CANCELLED && !step->began) || step->outcome == OUTCOME_DENIED)
		return;
	if (step->items) {
		add_loop(entries, step);
		return;
	}
	if (!acts && !bad)
		return;
	text = add(entries, step->finished_at_us);
	incident_put_step(incident, text, step);
	if (acts)
		buf_printf(text, " (%s%s)", incident->summary->rehearsal ? "would " : "",
		    effect_class_name(step->effect));
	buf_printf(text, ": %s", text_outcome(step->outcome, step->answered));
	if (step->attempts > 1)
		buf_printf(text, " at attempt %u", step->attempts);
	if (step->undone)
		buf_text(text, ", and rolled back");
	put_why(text, step->told);
}

static void add_decision(struct entries *entries, const struct chronicle_decision *decision)
{
	const struct incident *incident = entries->incident;
	bool yes = decision->value && decision->value->type == VALUE_BOOL &&
	    decision->value->boolean;
	bool no = decision->value && decision->value->type == VALUE_BOOL &&
	    !decision->value->boolean;
	size_t at = chronicle_at(incident->chronicle, decision->node);
	const struct plan_node *plan = at ? incident->chronicle->steps[at - 1].plan : NULL;
	struct buf *text;

	if (is_item(decision->node) || at == 0)
		return;
	if (str_is(decision->what, "when") && yes && (!plan || plan->effect != EFFECT_READ)) {
		text = add(entries, decision->at_us);
		buf_text(text, "decided: ");
		incident_put_node(incident, text, decision->node);
		buf_text(text, " is done, because ");
		markdown_code(text, decision->why);
	} else if (str_is(decision->what, "rollback")) {
		text = add(entries, decision->at_us);
		buf_text(text, "decided: ");
		incident_put_node(incident, text, decision->node);
		buf_text(text, no ? " is not rolled back" : " is rolled back");
		put_why(text, decision->why);
	}
}

static void add_answer(struct entries *entries, const struct chronicle_question *question)
{
	const struct incident *incident = entries->incident;
	const struct summary_approval *approval = question->approval;
	struct buf *text = add(entries, approval->at_us);
	struct buf prompt;

	incident_put_node(incident, text, approval->node);
	buf_text(text, ": ");
	if (!approval->answered) {
		buf_text(
		    text, approval->closed ? "asked, and withdrawn" : "asked, and not answered");
		put_why(text, question->withdrawn.len ? question->withdrawn : approval->prompt);
		return;
	}
	buf_text(text, text_answer(approval->kind, approval->answer, approval->taken));
	markdown_plain(text, approval->who);
	text_login(text, approval->person);
	if (approval->open_us >= 1000000) {
		buf_text(text, ", asked ");
		units_show_duration(text, text_seconds(approval->open_us));
		buf_text(text, " before");
	}
	if (approval->kind != ASK_DIVERGED) {
		buf_init(&prompt, BUF_UNBOUNDED);
		text_fit(&prompt, str_trim(approval->prompt), PROMPT_COLUMNS);
		put_why(text, buf_view(&prompt));
		buf_done(&prompt);
	}
}

static void add_told(struct entries *entries)
{
	size_t count;
	const struct told_entry *told = told_entries(entries->incident->chronicle->told, &count);

	for (size_t i = 0; i < count; i++) {
		struct buf *text = add(entries, told[i].at_us);

		markdown_code(text, told[i].name);
		buf_text(text,
		    entries->incident->summary->rehearsal ? " would have been told"
			: told[i].by_hand                 ? " is to be told by hand"
			: told[i].delivered               ? " was told"
							  : " could not be told");
		if (told[i].by_hand && told[i].way.len) {
			buf_text(text, " (");
			markdown_plain(text, told[i].way);
			buf_byte(text, ')');
		}
		put_why(text, told[i].delivered || told[i].by_hand ? told[i].what : told[i].why);
	}
}

static void add_event(struct entries *entries, const struct chronicle_event *event)
{
	struct buf *text = add(entries, event->at_us);

	switch (event->type) {
	case MESSAGE_NOTE:
		markdown_plain(text, event->who);
		buf_text(text, " noted");
		put_why(text, event->text);
		break;
	case MESSAGE_SIGNAL:
		buf_text(text, "signal ");
		markdown_plain(text, event->who);
		break;
	case MESSAGE_RUN_RESUMED:
		buf_text(text, "the run goes on after it was cut off at ");
		incident_put_minute(entries->incident, event->number, text);
		buf_text(text, event->who.len ? ", driven by " : "");
		markdown_plain(text, event->who);
		break;
	case MESSAGE_DIVERGED:
		incident_put_node(entries->incident, text, event->node);
		buf_text(text, " was not as recorded");
		put_why(text, event->text);
		break;
	case MESSAGE_RECORD:
		buf_text(
		    text, event->failed ? "the record failed" : "the record was written again");
		put_why(text, event->text);
		break;
	default:
		buf_printf(text, "%lld lines of the record are missing", (long long)event->number);
		put_why(text, event->text);
	}
}

static void add_end(struct entries *entries)
{
	const struct incident *incident = entries->incident;
	const struct summary *summary = incident->summary;
	struct buf *text;

	if (!summary->finished)
		return;
	text = add(entries, summary->ended_at_us);
	buf_printf(text, "the %s ended, %s", summary->rehearsal ? "rehearsal" : "run",
	    run_outcome_names[summary->outcome]);
	put_why(text, summary->why);
}

/* What people add. */
static void add_said(struct entries *entries)
{
	const struct incident *incident = entries->incident;
	const struct incident_answers *answers = incident->about->answers;
	struct str what;
	int64_t at_us;

	for (size_t i = 0; answers && i < answers->by_key[ANSWER_TIMELINE].count; i++)
		if (incident_event(answers->by_key[ANSWER_TIMELINE].items[i],
			incident->summary->began_at_us, &at_us, &what))
			text_lines(add(entries, at_us), what, 4);
}

static int in_time(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

static void gather(struct entries *entries)
{
	const struct chronicle *chronicle = entries->incident->chronicle;

	add_detected(entries);
	add_began(entries);
	for (size_t i = 0; i < chronicle->decision_count; i++)
		if (chronicle->decisions[i]->at_us <= entries->incident->first_change_us)
			add_decision(entries, chronicle->decisions[i]);
	add_cause(entries);
	for (size_t i = 0; i < chronicle->decision_count; i++)
		if (chronicle->decisions[i]->at_us > entries->incident->first_change_us)
			add_decision(entries, chronicle->decisions[i]);
	for (size_t i = 0; i < chronicle->question_count; i++)
		add_answer(entries, chronicle->questions[i]);
	for (size_t i = 0; i < chronicle->step_count; i++)
		add_step(entries, &entries->incident->summary->steps[i]);
	add_told(entries);
	for (size_t i = 0; i < chronicle->event_count; i++)
		if (chronicle->events[i].type != MESSAGE_NOTE ||
		    !str_is(chronicle->events[i].who, "reprise"))
			add_event(entries, &chronicle->events[i]);
	add_said(entries);
	add_fixed(entries);
	add_restored(entries);
	add_end(entries);
}

void incident_put_timeline(struct incident *incident, struct buf *out)
{
	struct entries entries = {.incident = incident};

	gather(&entries);
	if (entries.count)
		qsort(entries.items, entries.count, sizeof(*entries.items), in_time);
	for (size_t i = 0; i < entries.count; i++) {
		struct entry *entry = &entries.items[i];

		buf_text(out, entry->milestone ? "- " : "  - ");
		if (entry->open)
			buf_text(out, incident->in_earnest ? "**[to fill in: HH:MM]**" : "--:--");
		else
			incident_put_minute(incident, entry->at_us, out);
		buf_text(out, " - ");
		buf_str(out, buf_view(&entry->text));
		buf_byte(out, '\n');
		buf_done(&entry->text);
	}
	free(entries.items);
}
