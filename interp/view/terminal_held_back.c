/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

/* What is said of processes that read: that one may write all the same, and what may come of one that cannot. */

void terminal_started(struct terminal *terminal, const struct message *started)
{
	const struct summary_step *step = summary_by_op(&terminal->summary, started->started.op);
	struct str why = held_back_news(terminal->held_back);

	if (why.len)
		terminal_dim_line(terminal,
		    labels_of(terminal->labels, step ? step->node : (struct str){0}),
		    "not confined: ", why, "");
}

void terminal_advice(struct terminal *terminal, struct str node)
{
	struct str advice = held_back_advice(terminal->held_back, node);

	if (advice.len && held_back_tell(terminal->held_back, advice))
		terminal_dim_line(terminal, labels_of(terminal->labels, node), "(", advice, ")");
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
