/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

/*
 * The panel beneath the lines. The cursor stands on a blank line above it, and not at its end: wherever a window that
 * is made smaller puts the lines, what is below the cursor is the panel and nothing else; and what somebody else
 * writes, the echo of a key or the shell's word on a run that was killed, does not begin in its midst.
 */

void terminal_sample(struct terminal *terminal, const struct sample *sample)
{
	if (terminal->panel)
		panel_sample(terminal->panel, sample);
}

void terminal_hear(struct terminal *terminal, const struct saying *saying)
{
	if (terminal->panel)
		panel_hear(terminal->panel, saying);
}

void terminal_expect(struct terminal *terminal, struct str sentence)
{
	if (terminal->panel)
		panel_expect(terminal->panel, sentence);
}

void terminal_answered(struct terminal *terminal, uint32_t node)
{
	if (terminal->panel)
		panel_answered(terminal->panel, node);
}

/* Moves through the panel and writes what is other than before; all of it where it does not stand there. */
static void put_drawing(struct buf *out, struct str panel, struct str before, size_t lines)
{
	struct str line;
	struct str old = {0};

	buf_text(out,
	    "\033[?7l"); /* no line goes on in the next one, whatever its width turns out to be */
	while (str_line(&panel, &line)) {
		bool stood = str_line(&before, &old);

		buf_byte(out, '\n');
		if (stood && str_eq(line, old))
			continue;
		buf_str(out, line);
		buf_text(out, "\033[K");
	}
	if (before.len) {
		buf_text(out, "\n\033[J");
		lines++;
	}
	buf_printf(out, "\033[%zuA\r\033[?7h", lines);
}

void terminal_draw(struct terminal *terminal, const struct terminal_window *window)
{
	const struct panel_frame frame = {
	    window->columns, window->rows, window->now_us, terminal->options.color};
	bool resized = window->columns != terminal->window.columns ||
	    window->rows != terminal->window.rows;
	struct buf panel;
	struct buf drawing;
	size_t lines;

	if (!terminal->panel || terminal->options.quiet)
		return;
	buf_init(&panel, BUF_UNBOUNDED);
	buf_init(&drawing, BUF_UNBOUNDED);
	lines = panel_draw(terminal->panel, &frame, &panel);
	if (resized || !lines)
		backlog_take_foot(&terminal->backlog);
	if (!terminal->backlog.footed)
		buf_clear(&terminal->drawn);
	if (lines && !str_eq(buf_view(&panel), buf_view(&terminal->drawn))) {
		put_drawing(&drawing, buf_view(&panel), buf_view(&terminal->drawn), lines);
		if (backlog_foot(&terminal->backlog, buf_view(&drawing))) {
			buf_clear(&terminal->drawn);
			buf_str(&terminal->drawn, buf_view(&panel));
			terminal->window = *window;
		}
	}
	buf_done(&panel);
	buf_done(&drawing);
}

void terminal_put_away(struct terminal *terminal)
{
	backlog_take_foot(&terminal->backlog);
	backlog_push(&terminal->backlog);
}

void terminal_ring(struct terminal *terminal, const struct message *ask)
{
	if (terminal->options.live && terminal->rung != ask->ask.id + 1)
		terminal_say(terminal, STR("\a"));
	terminal->rung = ask->ask.id + 1;
}
