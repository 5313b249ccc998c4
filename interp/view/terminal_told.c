/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "view/text.h"

/* Who is told: a line when it is done, or what a person at the terminal must do himself. */

/* "on_call (pagerduty)" */
static void put_whom(struct terminal *terminal, const struct told_entry *entry)
{
	text_harmless(&terminal->out, entry->name);
	if (entry->way.len) {
		buf_text(&terminal->out, " (");
		text_harmless(&terminal->out, entry->way);
		buf_byte(&terminal->out, ')');
	}
}

static void put_what(struct terminal *terminal, const struct told_entry *entry)
{
	buf_text(&terminal->out, ": ");
	text_first_line(&terminal->out, entry->what);
	buf_byte(&terminal->out, '\n');
}

/* Nobody else does it. */
static void call(struct terminal *terminal, const struct told_entry *entry)
{
	terminal_lead(terminal, entry->at_us, labels_of(terminal->labels, entry->node));
	terminal_painted(terminal, YELLOW,
	    terminal->scorecard   ? "would ask you to call"
		: entry->resolves ? "PLEASE TELL"
				  : "PLEASE CALL");
	buf_byte(&terminal->out, ' ');
	text_harmless(&terminal->out, entry->title);
	buf_text(&terminal->out, ", ");
	text_harmless(&terminal->out, entry->way);
	put_what(terminal, entry);
}

void terminal_telling(struct terminal *terminal, uint32_t op)
{
	size_t count;
	const struct told_entry *entries = told_by_op(terminal->told_book, op, &count);

	for (size_t i = 0; i < count; i++)
		if (entries[i].by_hand)
			call(terminal, &entries[i]);
}

static void show_end(
    struct terminal *terminal, const struct told_entry *entry, const struct message *finished)
{
	terminal_lead(terminal, finished->at_us, labels_of(terminal->labels, entry->node));
	if (entry->delivered) {
		terminal_painted(terminal, DIM, entry->live ? "told " : "would tell ");
		put_whom(terminal, entry);
		put_what(terminal, entry);
		return;
	}
	terminal_painted(terminal, RED, entry->live ? "NOT TOLD " : "could not tell ");
	put_whom(terminal, entry);
	buf_text(&terminal->out, ": ");
	terminal_why(terminal, entry->why);
	buf_byte(&terminal->out, '\n');
}

void terminal_told(struct terminal *terminal, const struct message *finished)
{
	size_t count;
	const struct told_entry *entries = told_by_op(
	    terminal->told_book, finished->finished.op, &count);

	if (finished->finished.end == END_LOST) /* it is told again */
		return;
	for (size_t i = 0; i < count; i++)
		if (!entries[i].by_hand)
			show_end(terminal, &entries[i], finished);
}

void terminal_outcome(struct terminal *terminal, const struct message *decided)
{
	terminal->outcome_known = true;
	if (terminal->scorecard) /* nobody is */
		return;
	terminal_lead(terminal, decided->at_us, (struct str){0});
	text_harmless(&terminal->out, value_text(decided->decided.value));
	buf_text(&terminal->out, "; ");
	terminal_why(terminal, decided->decided.why);
	buf_text(&terminal->out, ", for half a minute at most (^C ends that)\n");
}

void terminal_end_told(struct terminal *terminal)
{
	size_t count;
	const struct told_entry *entries = told_entries(terminal->told_book, &count);
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = str_eq(entries[k].name, entries[i].name);
		if (again)
			continue;
		if (first)
			terminal_card_line(terminal, YELLOW, "nobody was told");
		buf_text(&terminal->out, first ? "it would have been " : ", ");
		put_whom(terminal, &entries[i]);
		first = false;
	}
	if (!first)
		buf_byte(&terminal->out, '\n');
}
