/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "view/items.h"
#include "view/text.h"

/* What the lines of a run say of its steps: that they begin, what was decided about them, how they ended. */

/* A longer item is cut, and a loop's list behind so many bytes. */
enum { ITEM_BYTES = 40, LIST_BYTES = 60 };

void terminal_item(struct terminal *terminal, struct str node)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	items_put(&terminal->summary, node, &text);
	text_harmless(&terminal->out, buf_view(&text));
	buf_done(&text);
}

void terminal_put_name(const struct terminal *terminal, struct str node, struct buf *out)
{
	buf_str(out, labels_of(terminal->labels, node));
	items_put(&terminal->summary, node, out);
}

void terminal_lead_of(struct terminal *terminal, int64_t at_us, struct str node)
{
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	terminal_put_name(terminal, node, &name);
	terminal_lead(terminal, at_us, buf_view(&name));
	buf_done(&name);
}

bool terminal_title(struct terminal *terminal, const struct message *message, struct str node)
{
	const struct step *step = terminal_step(terminal, node);
	bool is_item = node.len && node.ptr[node.len - 1] == ']';

	if (!step || (str_eq(step->title, step->id) && !is_item))
		return false;
	terminal_lead(terminal, message->at_us, labels_of(terminal->labels, node));
	text_harmless(&terminal->out, step->title);
	if (is_item)
		terminal_item(terminal, node);
	buf_byte(&terminal->out, '\n');
	return true;
}

static void show_word(struct terminal *terminal, const struct message *message, const char *word)
{
	terminal_lead(terminal, message->at_us, labels_of(terminal->labels, message->decided.node));
	buf_text(&terminal->out, word);
	buf_byte(&terminal->out, '\n');
}

/* "for each of 3 items: db1, db2, db3" */
static void show_loop(struct terminal *terminal, const struct message *message)
{
	const struct value *list = message->decided.value;
	bool is_titled = terminal_title(terminal, message, message->decided.node);
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < list->list.count; i++) {
		if (text.len > LIST_BYTES) {
			buf_text(&text, ", …");
			break;
		}
		buf_text(&text, i ? ", " : ": ");
		value_brief(list->list.items[i], ITEM_BYTES, &text);
	}
	terminal_lead(terminal, is_titled ? 0 : message->at_us,
	    labels_of(terminal->labels, message->decided.node));
	buf_printf(&terminal->out, "for each of %zu item%s", list->list.count,
	    list->list.count == 1 ? "" : "s");
	text_harmless(&terminal->out, buf_view(&text));
	buf_byte(&terminal->out, '\n');
	buf_done(&text);
}

/* A step's check that does not hold is why the step fails, or is tried again; the runbook's own are told here. */
static bool is_told_later(const struct message *decided)
{
	return decided->decided.node.len && summary_is_refusal(decided);
}

void terminal_decided(struct terminal *terminal, const struct message *message)
{
	struct str what = message->decided.what;
	struct str node = message->decided.node;

	if (str_is(what, "begin")) {
		if (!terminal_title(terminal, message, message->decided.node))
			show_word(terminal, message, "begins");
	} else if (str_is(what, "for_each")) {
		show_loop(terminal, message);
	} else if (str_is(what, "rollback") && !summary_is_refusal(message)) {
		terminal_lead_of(terminal, message->at_us, node);
		terminal_painted(terminal, YELLOW,
		    terminal->scorecard ? "would be rolled back" : "rolling back");
		buf_byte(&terminal->out, '\n');
	} else if (str_is(what, "retry")) {
		terminal_lead_of(terminal, message->at_us, node);
		terminal_painted(terminal, YELLOW, "again");
		terminal_duration(terminal, " in ", value_us(message->decided.value));
		buf_text(&terminal->out, ": ");
		terminal_why(terminal, message->decided.why);
		buf_byte(&terminal->out, '\n');
	} else if (((str_is(what, "precondition") || str_is(what, "verify") ||
			str_is(what, "ready")) &&
		       !is_told_later(message)) ||
	    ((str_is(what, "action") || str_is(what, "outputs")) && message->decided.why.len) ||
	    (str_is(what, "unless") && message->decided.why.len)) {
		terminal_lead_of(terminal, message->at_us, node);
		terminal_paint(terminal, DIM);
		buf_str(&terminal->out, what);
		terminal_paint(terminal, PLAIN);
		buf_text(&terminal->out, ": ");
		terminal_why(terminal, message->decided.why);
		buf_byte(&terminal->out, '\n');
	} else if (str_is(what, "outcome")) {
		terminal_outcome(terminal, message);
	} else if (str_is(what, "diverged")) {
		terminal_decided_departure(terminal, message);
	} else if (str_is(what, "approve")) {
		terminal_lead_of(terminal, message->at_us, node);
		buf_text(&terminal->out, "approval: ");
		terminal_why(terminal, message->decided.why);
		buf_byte(&terminal->out, '\n');
	} else {
		terminal_decided_found_again(terminal, message);
	}
}

static enum paint paint_of_outcome(enum outcome outcome, bool allowed)
{
	if (outcome == OUTCOME_SUCCEEDED)
		return GREEN;
	if (outcome == OUTCOME_SKIPPED || outcome == OUTCOME_BLOCKED ||
	    outcome == OUTCOME_REHEARSED)
		return DIM;
	return allowed ? YELLOW : RED;
}

/* It does nothing and asks nobody: what it is for is what it finds out. */
static bool computes(const struct step *step)
{
	return step && !step->action.spec && !step->manual.text && !step->is_block;
}

/* "choose     seed: db2", below its title where it has one. */
static void show_computed(struct terminal *terminal, const struct message *message)
{
	struct str node = message->step_finished.node;

	if (terminal_title(terminal, message, node))
		terminal_lead(terminal, 0, labels_of(terminal->labels, node));
	else
		terminal_lead_of(terminal, message->at_us, node);
	text_outputs(&terminal->out, message->step_finished.outputs);
	buf_byte(&terminal->out, '\n');
}

/* In full, but what a part of it has just said; of a condition that skipped it the condition alone. */
static void show_reason(struct terminal *terminal, const struct message *message)
{
	struct str recorded = message->step_finished.why;
	struct str why = summary_at(&terminal->summary, message->step_finished.node)->told;
	int64_t held = str_find(why, STR(" does not hold ("));

	if (why.len == 0)
		return;
	if (message->step_finished.outcome == OUTCOME_SKIPPED && held >= 0)
		why = str_sub(why, 0, (size_t)held);
	buf_text(&terminal->out, ": ");
	text_lines_but(&terminal->out, why, buf_view(&terminal->told), terminal_column(terminal));
	/* which is what the sentence of what it is a part of has in it */
	if (terminal->told.len == 0 || str_find(recorded, buf_view(&terminal->told)) < 0) {
		buf_clear(&terminal->told);
		buf_str(&terminal->told, recorded);
	}
}

void terminal_step_finished(struct terminal *terminal, const struct message *message)
{
	enum outcome outcome = message->step_finished.outcome;
	const struct value *outputs = message->step_finished.outputs;
	struct str node = message->step_finished.node;

	if (outcome == OUTCOME_SUCCEEDED && outputs && outputs->map.count &&
	    computes(terminal_step(terminal, message->step_finished.node))) {
		show_computed(terminal, message);
		return;
	}
	terminal_lead_of(terminal, message->at_us, node);
	terminal_painted(terminal, paint_of_outcome(outcome, message->step_finished.allowed),
	    text_outcome(outcome, message->step_finished.allowed));
	if (outcome != OUTCOME_SKIPPED && outcome != OUTCOME_REHEARSED &&
	    message->step_finished.duration_us >= 1000) {
		terminal_duration(terminal, " in ", message->step_finished.duration_us);
		terminal_recorded_duration(terminal, message);
		text_open(&terminal->out,
		    summary_open_us(&terminal->summary, message->step_finished.node));
	}
	if (outcome == OUTCOME_SUCCEEDED && outputs && outputs->map.count) {
		buf_text(&terminal->out, "; ");
		text_outputs(&terminal->out, outputs);
	}
	show_reason(terminal, message);
	buf_byte(&terminal->out, '\n');
	if (outcome == OUTCOME_FAILED)
		terminal_advice(terminal, message->step_finished.node);
}
