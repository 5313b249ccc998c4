/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"
#include "view/text.h"

/* What is said of processes: that one may write though it reads, what may come of one that cannot, what lives on. */

void terminal_held_back_news(struct terminal *terminal, uint32_t op)
{
	const struct summary_step *step = summary_by_op(&terminal->summary, op);
	struct held_back_news news = held_back_news(terminal->held_back);
	struct str node = step ? step->node : (struct str){0};

	if (news.free.len)
		terminal_dim_line(terminal, node, "not confined: ", news.free, "");
	else if (news.bare.len)
		terminal_dim_line(terminal, node, "by a shell's means alone: ", news.bare, "");
}

void terminal_started(struct terminal *terminal, const struct message *started)
{
	terminal_held_back_news(terminal, started->started.op);
}

void terminal_advice(struct terminal *terminal, struct str node)
{
	struct str advice = held_back_advice(terminal->held_back, node);

	if (advice.len && held_back_tell(terminal->held_back, advice))
		terminal_dim_line(terminal, node, "(", advice, ")");
}

/* In a rehearsal a line of its card, which says of what was not done that nothing was. */
void terminal_end_unconfined(struct terminal *terminal)
{
	if (held_back_free_count(terminal->held_back) == 0)
		return;
	if (terminal->scorecard) {
		terminal_card_line(terminal, YELLOW, "not confined");
	} else {
		terminal_painted(terminal, YELLOW, "not confined");
		buf_text(&terminal->out, ": ");
	}
	held_back_put_free(terminal->held_back, &terminal->out);
	buf_byte(&terminal->out, '\n');
}

void terminal_left(struct terminal *terminal, const struct value *left)
{
	for (size_t i = 0; left && i < left->list.count; i++) {
		const struct value *pid = value_get(left->list.items[i], "pid");

		terminal_lead(terminal, 0, (struct str){0});
		buf_text(&terminal->out, "left running: ");
		text_harmless(
		    &terminal->out, value_text(value_get(left->list.items[i], "command")));
		buf_printf(&terminal->out, " (pid %lld)\n", (long long)(pid ? pid->integer : 0));
	}
}

/* What was run where only a shell's means were. */
void terminal_end_bare(struct terminal *terminal)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	held_back_put_bare(terminal->held_back, &text);
	if (text.len) {
		terminal_painted(terminal, YELLOW, "by a shell's means alone");
		buf_text(&terminal->out, ": ");
		buf_str(&terminal->out, buf_view(&text));
		buf_byte(&terminal->out, '\n');
	}
	buf_done(&text);
}

void terminal_end_suspects(struct terminal *terminal)
{
	struct buf names;

	buf_init(&names, BUF_UNBOUNDED);
	held_back_put_suspects(terminal->held_back, &terminal->summary, &names);
	if (names.len) {
		buf_text(&terminal->out, "confined to reading when it failed: ");
		buf_str(&terminal->out, buf_view(&names));
		buf_text(&terminal->out, "; `--no-confine` tells whether that is why\n");
	}
	buf_done(&names);
}
