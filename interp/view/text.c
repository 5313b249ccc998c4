/* SPDX-License-Identifier: Apache-2.0 */
#include "view/text.h"

#include "base/units.h"
#include "base/utf8.h"
#include "lang/alert.h"
#include "lang/bind.h"
#include "value/target.h"

/* Longer than this nobody reads in passing. */
enum { SHORT_BYTES = 300 };

/* A shorter sentence is told again. */
enum { KNOWN_BYTES = 30 };

/* Of outputs so many are shown, and of each so much. */
enum { OUTPUTS = 4, OUTPUT_BYTES = 60 };

/* A longer text has more columns than a line for so many bytes each. */
enum { FIT_BYTES = 8 };

/* A shorter wait is none. */
enum { OPEN_US = 1000000 };

void text_harmless(struct buf *out, struct str text)
{
	while (text.len) {
		uint32_t code = 0xFFFD;
		size_t len = utf8_decode(text, &code);

		if (code == '\t')
			buf_text(out, "    ");
		else if (code < 0x20 || (code >= 0x7F && code < 0xA0))
			buf_printf(out, "\\x%02x", code);
		else if (len == 0 || utf8_steers(code))
			buf_text(out, "\xEF\xBF\xBD");
		else
			buf_append(out, text.ptr, len);
		text = str_sub(text, len ? len : 1, text.len);
	}
}

void text_fit(struct buf *out, struct str text, size_t columns)
{
	struct buf harmless;
	struct str rest;
	size_t fits = 0;

	buf_init(&harmless, BUF_UNBOUNDED);
	text_harmless(&harmless, str_sub(text, 0, columns * FIT_BYTES));
	rest = buf_view(&harmless);
	while (fits < rest.len) {
		size_t len = fits + utf8_decode(str_sub(rest, fits, rest.len), &(uint32_t){0});

		if (utf8_columns(str_sub(rest, 0, len)) + (len < rest.len) > columns)
			break;
		fits = len;
	}
	buf_append(out, rest.ptr, fits);
	if (fits < rest.len || text.len > columns * FIT_BYTES)
		buf_text(out, "…");
	buf_done(&harmless);
}

struct str text_word(struct str *text)
{
	struct str rest = str_trim(*text);
	size_t len = 0;

	while (len < rest.len && rest.ptr[len] != ' ' && rest.ptr[len] != '\n')
		len++;
	*text = str_sub(rest, len, rest.len);
	return str_sub(rest, 0, len);
}

void text_lines(struct buf *out, struct str text, size_t column)
{
	struct str line;
	bool first = true;

	while (text.len && text.ptr[text.len - 1] == '\n')
		text.len--;
	for (; str_line(&text, &line); first = false) {
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!first)
			buf_printf(out, "\n%*s", line.len ? (int)column : 0, "");
		text_harmless(out, line);
	}
}

void text_lines_but(struct buf *out, struct str text, struct str known, size_t column)
{
	int64_t at = known.len < KNOWN_BYTES ? -1 : str_find(text, known);

	if (at < 2 || text.ptr[at - 2] != ':') {
		text_lines(out, text, column);
		return;
	}
	text_lines(out, str_sub(text, 0, (size_t)at - 2), column);
	text_lines(out, str_sub(text, (size_t)at + known.len, text.len), column);
}

void text_day(struct buf *out, int64_t at_us)
{
	struct buf time;

	buf_init(&time, BUF_UNBOUNDED);
	units_show_time(&time, at_us);
	buf_printf(out, "%.10s", time.ptr);
	buf_done(&time);
}

void text_alert(struct buf *out, const struct message *started)
{
	const struct value *facts = started->run_started.alert;
	const struct value *since = facts ? value_get(facts, "starts_at") : NULL;
	struct alert alert = {.labels = facts ? value_get(facts, "labels") : NULL};
	const struct value *name = alert.labels ? value_get(alert.labels, "alertname") : NULL;
	int64_t early_us;

	if (!name || !since || since->type != VALUE_TIMESTAMP)
		return;
	alert.name = value_text(name);
	alert_show(&alert, out);
	alert_since(value_us(since), out);
	early_us = text_seconds(started->at_us - value_us(since));
	if (early_us <= 0)
		return;
	buf_text(out, ", ");
	units_show_duration(out, early_us);
	buf_text(out, " before the run began");
}

void text_alert_labels(struct buf *out, const struct value *alert)
{
	const struct value *labels = value_get(alert, "labels");

	for (size_t i = 0; labels && labels->type == VALUE_MAP && i < labels->map.count; i++)
		buf_printf(out, "%s%.*s=%.*s", i ? ", " : "",
		    STR_ARG(value_text(labels->map.entries[i].key)),
		    STR_ARG(value_text(labels->map.entries[i].value)));
}

void text_clock(struct buf *out, int64_t at_us)
{
	struct buf full;

	buf_init(&full, BUF_UNBOUNDED);
	units_show_time(&full, at_us);
	buf_str(out, str_sub(buf_view(&full), 11, 8));
	buf_done(&full);
}

int64_t text_seconds(int64_t us)
{
	return us / 1000000 * 1000000;
}

void text_torn(struct buf *out, const struct message *resumed)
{
	int64_t bytes = resumed->run_resumed.torn_bytes;

	buf_printf(out, "a torn last line of the record was cut off, %lld byte%s", (long long)bytes,
	    bytes == 1 ? "" : "s");
}

void text_open(struct buf *out, int64_t open_us)
{
	if (open_us < OPEN_US)
		return;
	buf_text(out, ", ");
	units_show_duration(out, open_us);
	buf_text(out, " of it with a question open");
}

const char *text_outcome(enum outcome outcome, bool allowed)
{
	static const char *const words[] = {
	    [OUTCOME_NONE] = "not finished",
	    [OUTCOME_SUCCEEDED] = "succeeded",
	    [OUTCOME_FAILED] = "FAILED",
	    [OUTCOME_TIMED_OUT] = "TIMED OUT",
	    [OUTCOME_SKIPPED] = "skipped",
	    [OUTCOME_DENIED] = "DENIED",
	    [OUTCOME_CANCELLED] = "CANCELLED",
	    [OUTCOME_BLOCKED] = "blocked",
	    [OUTCOME_LOST] = "LOST",
	    [OUTCOME_REHEARSED] = "rehearsed",
	};

	/* that alone is what can be allowed; in a block or a loop that was, others ended otherwise */
	if (allowed && outcome == OUTCOME_FAILED)
		return "failed (allowed)";
	if (allowed && outcome == OUTCOME_TIMED_OUT)
		return "timed out (allowed)";
	return words[outcome];
}

/* Where nobody was asked. */
static const char *taken_as(enum ask_kind kind, enum answer answer)
{
	if (answer == ANSWER_APPROVED)
		return kind == ASK_MANUAL ? "taken as done: " : "taken as approved: ";
	if (answer == ANSWER_EXPIRED)
		return "taken as not done in time: ";
	return kind == ASK_MANUAL ? "taken as not done: " : "taken as denied: ";
}

void text_login(struct buf *out, const struct value *person)
{
	const struct value *login = person ? value_get(person, "login") : NULL;

	if (!login || value_equal(login, value_get(person, "uid")))
		return;
	buf_text(out, " (logged in as ");
	text_harmless(out, value_text(value_get(person, "name")));
	buf_byte(out, ')');
}

const char *text_answer(enum ask_kind kind, enum answer answer, bool taken)
{
	static const char *const words[][5] = {
	    [ASK_APPROVAL] =
		{
		    [ANSWER_APPROVED] = "approved by ",
		    [ANSWER_DENIED] = "denied by ",
		    [ANSWER_EXPIRED] = "not answered in time: ",
		    [ANSWER_UNAVAILABLE] = "nobody could be asked: ",
		    [ANSWER_AGAIN] = "asked for again by ",
		},
	    [ASK_MANUAL] =
		{
		    [ANSWER_APPROVED] = "done, says ",
		    [ANSWER_DENIED] = "could not be done, says ",
		    [ANSWER_EXPIRED] = "not done in time: ",
		    [ANSWER_UNAVAILABLE] = "nobody could be asked to do it: ",
		    [ANSWER_AGAIN] = "asked for again by ",
		},
	    [ASK_LOST] =
		{
		    [ANSWER_APPROVED] = "was done, says ",
		    [ANSWER_DENIED] = "left as it is by ",
		    [ANSWER_EXPIRED] = "not answered in time: ",
		    [ANSWER_UNAVAILABLE] = "nobody could be asked: ",
		    [ANSWER_AGAIN] = "to be done again, says ",
		},
	    [ASK_DIVERGED] =
		{
		    [ANSWER_APPROVED] = "to go on, says ",
		    [ANSWER_DENIED] = "to stop, says ",
		    [ANSWER_EXPIRED] = "not answered in time: ",
		    [ANSWER_UNAVAILABLE] = "nobody could be asked: ",
		    [ANSWER_AGAIN] = "asked for again by ",
		},
	};

	return taken ? taken_as(kind, answer) : words[kind][answer];
}

const char *text_found_again(const struct message *decided)
{
	static const struct {
		const char *what;
		const char *open; /* of a decision without a value: it is still to be found out */
		const char *no;
		const char *yes;
	} rows[] = {
	    {"lost", "may be lost", "is not lost", "is lost"},
	    {"again", "is done again", "is not done again", "is done again"},
	    {"recall", "what it gave is fetched again", "what it gave could not be fetched again",
		"what it gave was fetched again"},
	};
	const struct value *value = decided->decided.value;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (str_is(decided->decided.what, rows[i].what))
			return !value || value->type != VALUE_BOOL ? rows[i].open
			    : value->boolean                       ? rows[i].yes
								   : rows[i].no;
	return NULL;
}

bool text_is_own_note(const struct message *note)
{
	return str_is(note->note.who, "reprise");
}

const char *text_purpose(enum start_what what)
{
	static const char *const words[] = {
	    [START_ACTION] = "action",
	    [START_UNLESS] = "unless",
	    [START_PRECONDITION] = "precondition",
	    [START_VERIFY] = "verify",
	    [START_BACKGROUND] = "beside it",
	    [START_READY] = "ready",
	    [START_NOTIFY] = "notify",
	};

	return words[what];
}

void text_short(struct buf *out, struct str text)
{
	struct str cut = str_sub(text, 0, SHORT_BYTES);

	while (cut.len < text.len && cut.len && ((unsigned char)text.ptr[cut.len] & 0xC0) == 0x80)
		cut.len--;
	text_harmless(out, cut);
	if (cut.len < text.len)
		buf_text(out, " …");
}

void text_first_line(struct buf *out, struct str text)
{
	struct str rest = str_trim(text);
	struct str line = {0};
	size_t more = 0;

	str_line(&rest, &line);
	text_short(out, str_trim(line));
	while (str_line(&rest, &line))
		more++;
	if (more)
		buf_printf(out, " … (%zu more line%s)", more, more == 1 ? "" : "s");
}

/* The action of a step that a start begins, as it is written; NULL: the plan has no such step. */
static const struct action *action_at(const struct plan *plan, const struct message *start)
{
	const struct plan_node *node = plan_at(plan, start->start.node);
	const struct checks *checks;

	if (!node)
		return NULL;
	if (start->start.what == START_ACTION)
		return &node->step->action;
	if (start->start.what == START_BACKGROUND)
		return &node->step->background;
	checks = checks_of(node->step, start->start.what);
	return start->start.index < checks->count ? &checks->items[start->start.index].action
						  : NULL;
}

void text_action_whole(struct buf *out, const struct message *start, const struct plan *plan)
{
	const struct action_spec *spec = plan
	    ? vocabulary_action(plan->runbook->vocabulary, start->start.action)
	    : NULL;
	const struct value *args = start->start.shown ? start->start.shown : start->start.args;
	bool known = args && args->type != VALUE_UNKNOWN;
	const struct action *action = known || !plan ? NULL : action_at(plan, start);

	if (action && action->spec)
		action_show_written(action->spec, action->args, out);
	else if (spec)
		action_show(spec, args, out);
	else
		buf_str(out, start->start.action);
}

void text_action(struct buf *out, const struct message *start, const struct plan *plan)
{
	struct buf shown;

	buf_init(&shown, BUF_UNBOUNDED);
	text_action_whole(&shown, start, plan);
	text_first_line(out, buf_view(&shown));
	buf_done(&shown);
}

void text_at(struct buf *out, const struct message *start)
{
	const struct value *args = start->start.shown ? start->start.shown : start->start.args;
	const struct value *target = target_of(args);
	struct arena *arena;
	struct str machine;

	if (!target)
		return;
	arena = arena_new();
	machine = target_short(arena, target);
	buf_text(out, str_starts(machine, STR("here")) ? " " : " at ");
	text_harmless(out, machine);
	arena_free(arena);
}

void text_outputs(struct buf *out, const struct value *outputs)
{
	size_t count = outputs->map.count;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < count && i < OUTPUTS; i++) {
		buf_printf(&text, "%s%.*s: ", i ? ", " : "",
		    STR_ARG(value_text(outputs->map.entries[i].key)));
		value_brief(outputs->map.entries[i].value, OUTPUT_BYTES, &text);
	}
	if (count > OUTPUTS)
		buf_printf(&text, " and %zu more", count - OUTPUTS);
	text_harmless(out, buf_view(&text));
	buf_done(&text);
}

void text_items_left(struct buf *out, const struct each *each)
{
	bool tried = each->canary.number;
	bool all_may = each_keeps_going(each);

	if (!each->list || (all_may && !tried))
		return;
	buf_text(out, "; no further item is begun");
	if (!each->max_failures.number)
		return;
	buf_text(out, tried ? " where this is a canary" : "");
	if (all_may)
		return;
	buf_text(out, tried ? ", or once more than " : " once more than ");
	quota_show(out, &each->max_failures);
	buf_text(out, " have failed");
}
