/* SPDX-License-Identifier: Apache-2.0 */
#include "view/report_json_parts.h"

static const struct shape_field decision_fields[] = {
    ROW("at", TIME, chronicle_decision, at_us, NULL),
    ALWAYS("t_us", INT, chronicle_decision, t_us, NULL),
    ROW("node", STR, chronicle_decision, node, "left out of the runbook's own"),
    ALWAYS("what", STR, chronicle_decision, what,
	"when, for_each, unless, begin, retry, verify, rollback, …"),
    ROW("value", VALUE, chronicle_decision, value,
	"null: taken to hold, for what it depends on was not done"),
    ROW("why", STR, chronicle_decision, why, NULL),
    ROW("depends_on", STR, chronicle_decision, deps, "steps that were not really done"),
    {0},
};

const struct shape report_json_decision = {"decision", "What was decided.", decision_fields};

void report_json_put_decisions(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->decision_count; i++)
		shape_put(json, &report_json_decision, chronicle->decisions[i]);
}

struct shown_choice {
	int64_t at_us;
	int64_t t_us;
	struct str node;
	struct str what;
	struct str expr;
	struct str deps;
	const struct value *guess;
	const struct value *value;
	struct str why;
	const char *origin;
};

static const struct shape_field choice_fields[] = {
    ROW("at", TIME, shown_choice, at_us, NULL),
    ALWAYS("t_us", INT, shown_choice, t_us, NULL),
    ROW("node", STR, shown_choice, node, NULL),
    ALWAYS("what", STR, shown_choice, what, "as in decisions"),
    ROW("expr", STR, shown_choice, expr, "as it is written"),
    ROW("depends_on", STR, shown_choice, deps, "steps that were not really done"),
    ROW("guess", VALUE, shown_choice, guess, "what it gives as things are"),
    ROW("value", VALUE, shown_choice, value, "what was chosen; null: nobody knows"),
    ROW("why", STR, shown_choice, why, NULL),
    WORD("origin", shown_choice, origin, origin_names, "left out when nothing was chosen"),
    {0},
};

const struct shape report_json_choice = {
    "choice", "What could not be decided, for what it hangs on was not done.", choice_fields};

void report_json_put_choices(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->choice_count; i++) {
		const struct chronicle_choice *choice = chronicle->choices[i];
		struct shown_choice shown = {
		    .at_us = choice->at_us,
		    .t_us = choice->t_us,
		    .node = choice->node,
		    .what = choice->what,
		    .expr = choice->expr,
		    .deps = choice->deps,
		    .guess = choice->guess,
		    .value = choice->chosen ? choice->value : NULL,
		    .why = choice->why,
		    .origin = choice->chosen ? origin_names[choice->origin] : NULL,
		};

		shape_put(json, &report_json_choice, &shown);
	}
}

struct shown_answer {
	int64_t at_us;
	const char *answer;
	bool taken;
	struct str who;
	const struct value *person;
	struct str digest;
	const struct value *inputs;
};

static const struct shape_field answer_fields[] = {
    ROW("at", TIME, shown_answer, at_us, NULL),
    WORD("answer", shown_answer, answer, answer_names, "of something manual: approved means done"),
    ROW("taken", TRUE, shown_answer, taken, "nobody was asked: it was taken to be answered so"),
    ROW("who", STR, shown_answer, who,
	"alice on /dev/pts/3, or what gave it beforehand, or why nobody could be asked"),
    ROW("person", VALUE, shown_answer, person, "whose answer it is: user and login"),
    ROW("digest", STR, shown_answer, digest, "of what was approved"),
    ROW("inputs", VALUE, shown_answer, inputs, "what was typed"),
    {0},
};

static const struct shape answer_shape = {"answer", "What was answered.", answer_fields};

struct shown_question {
	int64_t id;
	const char *kind;
	struct str node;
	struct str item;
	struct str prompt;
	int64_t by;
	int64_t asked_at_us;
	int64_t asked_t_us;
	int64_t expires_t_us;
	int64_t closed_at_us;
	int64_t closed_t_us;
	struct str withdrawn;
	struct str digest;
	const struct value *actions;
	const struct value *inputs;
	const struct value *agreed;
	const struct shown_answer *answer;
};

static const struct shape_field question_fields[] = {
    ALWAYS("id", INT, shown_question, id, NULL),
    WORD("kind", shown_question, kind, ask_kind_names,
	"may it be done, please do it, was it done, shall it go on"),
    ROW("node", STR, shown_question, node, NULL),
    ROW("item", STR, shown_question, item, "of the loops around it"),
    ROW("prompt", STR, shown_question, prompt, NULL),
    ROW("by", INT, shown_question, by, "how many different people"),
    ROW("asked", TIME, shown_question, asked_at_us, NULL),
    ALWAYS("asked_t_us", INT, shown_question, asked_t_us, "the same on the run's own clock"),
    ROW("expires_t_us", INT, shown_question, expires_t_us, NULL),
    ROW("closed", TIME, shown_question, closed_at_us,
	"when it was answered or withdrawn; left out while it is open"),
    ROW("closed_t_us", INT, shown_question, closed_t_us, NULL),
    ROW("withdrawn", STR, shown_question, withdrawn, "why it needed no answer any more"),
    ROW("digest", STR, shown_question, digest, "of what will be done"),
    ROW("actions", VALUE, shown_question, actions, "what will be done, as it was shown"),
    ROW("inputs", VALUE, shown_question, inputs, "what is to be typed"),
    ROW("agreed", VALUE, shown_question, agreed,
	"who had agreed when it was asked: a list of {who, person}"),
    OF("answer", OBJECT, shown_question, answer, &answer_shape, "left out when there was none"),
    {0},
};

const struct shape report_json_question = {"question", "What a person was asked.", question_fields};

static void put_question(struct json *json, const struct chronicle_question *question)
{
	const struct summary_approval *asked = question->approval;
	struct shown_answer answer = {
	    .at_us = asked->at_us,
	    .answer = answer_names[asked->answer],
	    .taken = asked->taken,
	    .who = asked->who,
	    .person = asked->person,
	    .digest = asked->digest,
	    .inputs = asked->inputs,
	};
	struct shown_question shown = {
	    .id = asked->id,
	    .kind = ask_kind_names[asked->kind],
	    .node = asked->node,
	    .item = question->item,
	    .prompt = asked->prompt,
	    .by = asked->kind == ASK_APPROVAL && question->by ? question->by : -1,
	    .asked_at_us = question->asked_at_us,
	    .asked_t_us = asked->asked_t_us,
	    .expires_t_us = question->expires_t_us ? question->expires_t_us : -1,
	    .closed_at_us = question->closed_at_us,
	    .closed_t_us = question->closed_t_us,
	    .withdrawn = question->withdrawn,
	    .digest = question->digest,
	    .actions = asked->actions,
	    .inputs = question->inputs,
	    .agreed = question->agreed,
	    .answer = asked->answered ? &answer : NULL,
	};

	shape_put(json, &report_json_question, &shown);
}

void report_json_put_questions(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->question_count; i++)
		put_question(json, chronicle->questions[i]);
}

static const struct shape_field lock_fields[] = {
    ROW("node", STR, chronicle_lock, node, NULL),
    ALWAYS("lock", STR, chronicle_lock, lock, "its name"),
    ROW("wanted", TIME, chronicle_lock, wanted_at_us, NULL),
    ROW("wanted_t_us", INT, chronicle_lock, wanted_t_us, NULL),
    ROW("acquired", TIME, chronicle_lock, acquired_at_us, NULL),
    ROW("acquired_t_us", INT, chronicle_lock, acquired_t_us, NULL),
    ROW("released", TIME, chronicle_lock, released_at_us, NULL),
    ROW("released_t_us", INT, chronicle_lock, released_t_us, NULL),
    ROW("waited", TRUE, chronicle_lock, waited, "somebody else had it"),
    ROW("why", STR, chronicle_lock, why, "why it could not be taken"),
    {0},
};

const struct shape report_json_lock = {"lock", "A lock, and when it was held.", lock_fields};

void report_json_put_locks(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->lock_count; i++)
		shape_put(json, &report_json_lock, chronicle->locks[i]);
}

static const struct shape_field told_fields[] = {
    ROW("at", TIME, told_entry, at_us, NULL),
    ROW("node", STR, told_entry, node, "of the step that told it; left out of the escalation"),
    ALWAYS("name", STR, told_entry, name, "of the contact"),
    ROW("title", STR, told_entry, title, NULL),
    ROW("way", STR, told_entry, way, "pagerduty, or of a person the number or address"),
    ROW("by_hand", TRUE, told_entry, by_hand, "by somebody who reads this"),
    ROW("resolves", TRUE, told_entry, resolves, "that it is over"),
    ROW("what", STR, told_entry, what, NULL),
    ROW("ended", TRUE, told_entry, finished, "else nobody knows whether it was told"),
    ROW("live", TRUE, told_entry, live, "else it was not really told"),
    ROW("delivered", TRUE, told_entry, delivered, NULL),
    ROW("tries", INT, told_entry, tries, NULL),
    ROW("why", STR, told_entry, why, "why it was not delivered"),
    {0},
};

const struct shape report_json_told = {"told", "Who was told what.", told_fields};

void report_json_put_told(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;
	size_t count;
	const struct told_entry *entries = told_entries(chronicle->told, &count);

	for (size_t i = 0; i < count; i++)
		shape_put(json, &report_json_told, &entries[i]);
}

static const struct shape_field note_fields[] = {
    ROW("at", TIME, chronicle_event, at_us, NULL),
    ALWAYS("t_us", INT, chronicle_event, t_us, NULL),
    ROW("who", STR, chronicle_event, who, "reprise: the runner itself"),
    ALWAYS("text", STR, chronicle_event, text, NULL),
    {0},
};

const struct shape report_json_note = {"note", "A note in the record.", note_fields};

void report_json_put_notes(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->event_count; i++)
		if (chronicle->events[i].type == MESSAGE_NOTE)
			shape_put(json, &report_json_note, &chronicle->events[i]);
}

struct shown_event {
	const char *type;
	int64_t at_us;
	int64_t t_us;
	struct str name;
	struct str user;
	struct str host;
	struct str torn;
	int64_t cut_off_at_us;
	const char *state;
	int64_t lines;
	struct str node;
	struct str what;
	struct str found;
	struct str recorded;
	struct str why;
};

static const char *const event_names[] = {
    "signal", "record", "record.gap", "diverged", "run.resumed", NULL};

static const struct shape_field event_fields[] = {
    WORD("type", shown_event, type, event_names, NULL),
    ROW("at", TIME, shown_event, at_us, NULL),
    ALWAYS("t_us", INT, shown_event, t_us, NULL),
    ROW("name", STR, shown_event, name, "signal: its name"),
    ROW("user", STR, shown_event, user, "run.resumed: who goes on"),
    ROW("host", STR, shown_event, host, "run.resumed: where"),
    ROW("cut_off", TIME, shown_event, cut_off_at_us,
	"run.resumed: when something was last heard of before"),
    ROW("torn", STR, shown_event, torn, "run.resumed: what was cut off the record"),
    WORD("state", shown_event, state, record_state_names, "record: whether it can be written"),
    ROW("lines", INT, shown_event, lines, "record.gap: how many could not be recorded"),
    ROW("node", STR, shown_event, node, "diverged: of which step"),
    ROW("what", STR, shown_event, what,
	"diverged: what departs from the record that the run follows"),
    ROW("found", STR, shown_event, found, "diverged: how it is"),
    ROW("recorded", STR, shown_event, recorded, "diverged: how it was then"),
    ROW("why", STR, shown_event, why, "record, record.gap"),
    {0},
};

const struct shape report_json_event = {"event", "What else happened.", event_fields};

static struct shown_event event_of(const struct chronicle_event *event)
{
	struct shown_event shown = {.type = message_name(event->type),
	    .at_us = event->at_us,
	    .t_us = event->t_us,
	    .lines = -1};

	if (event->type == MESSAGE_SIGNAL) {
		shown.name = event->who;
	} else if (event->type == MESSAGE_RECORD) {
		shown.state = record_state_names[event->failed ? RECORD_FAILED : RECORD_WRITABLE];
		shown.why = event->text;
	} else if (event->type == MESSAGE_RECORD_GAP) {
		shown.lines = event->number;
		shown.why = event->text;
	} else if (event->type == MESSAGE_DIVERGED) {
		shown.node = event->node;
		shown.what = event->who;
		shown.found = event->text;
		shown.recorded = event->more;
	} else if (event->type == MESSAGE_RUN_RESUMED) {
		shown.user = event->who;
		shown.host = event->more;
		shown.torn = event->text;
		shown.cut_off_at_us = event->number;
	}
	return shown;
}

void report_json_put_events(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;

	for (size_t i = 0; i < chronicle->event_count; i++) {
		struct shown_event shown = event_of(&chronicle->events[i]);

		if (chronicle->events[i].type != MESSAGE_NOTE)
			shape_put(json, &report_json_event, &shown);
	}
}
