/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "view/text.h"

enum { ASKED_LINES = 20 };

/* What a person is to approve is shown in full, as far as a screen can hold it. */
static void show_approved(struct terminal *terminal, struct str action)
{
	struct str rest = str_trim(action);
	struct str line;
	size_t more = 0;

	for (size_t i = 0; str_line(&rest, &line); i++) {
		if (i >= ASKED_LINES) {
			more++;
			continue;
		}
		buf_text(&terminal->out, "              ");
		text_harmless(&terminal->out, line);
		buf_byte(&terminal->out, '\n');
	}
	if (more)
		buf_printf(&terminal->out,
		    "              … %zu more line%s, reprise plan shows all …\n", more,
		    more == 1 ? "" : "s");
}

/* Several lines stand deeper than what is ours, so that none of them can be taken for it. */
static void show_prompt(struct terminal *terminal, struct str prompt)
{
	bool several = str_find(prompt, STR("\n")) >= 0;

	buf_text(&terminal->out, several ? "    " : "  ");
	terminal_paint(terminal, BOLD);
	text_lines(&terminal->out, prompt, 4);
	terminal_paint(terminal, PLAIN);
	buf_byte(&terminal->out, '\n');
}

void terminal_ask(struct terminal *terminal, const struct message *ask)
{
	const struct value *actions = ask->ask.actions;
	const struct step *step = terminal_step(terminal, ask->ask.node);

	bool manual = ask->ask.kind == ASK_MANUAL;

	buf_byte(&terminal->out, '\n');
	terminal_painted(terminal, YELLOW, manual ? "PLEASE DO THIS" : "APPROVAL NEEDED");
	buf_text(&terminal->out, " for ");
	terminal_paint(terminal, BOLD);
	text_harmless(&terminal->out, labels_of(terminal->labels, ask->ask.node));
	terminal_paint(terminal, PLAIN);
	buf_text(&terminal->out, ": ");
	if (step)
		text_harmless(&terminal->out, step->title);
	buf_byte(&terminal->out, '\n');
	if (!manual)
		buf_text(&terminal->out, "  What it will do:\n");
	for (size_t i = 0; actions && i < actions->list.count; i++) {
		const struct value *action = actions->list.items[i];
		bool destroys = str_is(value_text(value_get(action, "effect")), "destroy");

		buf_text(&terminal->out, "    ");
		terminal_painted(
		    terminal, destroys ? RED : YELLOW, destroys ? "DESTROYS" : "changes ");
		buf_text(&terminal->out, "  ");
		text_harmless(&terminal->out, value_text(value_get(action, "title")));
		buf_byte(&terminal->out, '\n');
		show_approved(terminal, value_text(value_get(action, "action")));
	}
	if (ask->ask.prompt.len) {
		show_prompt(terminal, ask->ask.prompt);
	}
	terminal_write(terminal);
}
