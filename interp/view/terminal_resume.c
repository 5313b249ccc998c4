/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "view/text.h"

/* A run that goes on: what was before is known and not told again, but for a few lines about it. */

/* Of steps in a row so many are named. */
enum { NAMED = 12 };

void terminal_see_past(struct terminal *terminal, const struct message *message)
{
	terminal_note(terminal, message);
	if (message->type == MESSAGE_START && message->start.node.len == 0)
		terminal->last_check = message->start.op;
	if (message->type == MESSAGE_FINISHED && message->finished.op == terminal->last_check)
		terminal->last_check = 0;
	if (message->type == MESSAGE_SIGNAL && !str_is(message->signal.name, "SIGHUP"))
		terminal->interrupts++;
	if (message->type != MESSAGE_SEAL)
		terminal->caught_up_at_us = message->at_us;
}

static bool is_done(const struct summary_step *step)
{
	return step->outcome == OUTCOME_SUCCEEDED || step->outcome == OUTCOME_SKIPPED;
}

static bool went_wrong(const struct summary_step *step)
{
	return step->outcome != OUTCOME_NONE && !is_done(step);
}

/* Its action was begun and has no end. A block's are its parts'. */
static bool is_under_way(const struct summary_step *step)
{
	return step->outcome == OUTCOME_NONE && step->began;
}

static void tell_steps(struct terminal *terminal, const char *before,
    bool (*wanted)(const struct summary_step *step))
{
	const struct summary *summary = &terminal->summary;
	size_t count = 0;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if (!wanted(step) || step->node.len == 0)
			continue;
		if (count++ < NAMED) {
			buf_text(&terminal->out, count == 1 ? before : ", ");
			text_harmless(&terminal->out, labels_of(terminal->labels, step->node));
		}
	}
	if (count > NAMED)
		buf_printf(&terminal->out, " and %zu more", count - NAMED);
	if (count)
		buf_byte(&terminal->out, '\n');
}

void terminal_run_resumed(struct terminal *terminal, const struct message *message)
{
	const struct summary *summary = &terminal->summary;

	terminal_paint(terminal, BOLD);
	text_harmless(&terminal->out, summary->title);
	terminal_paint(terminal, PLAIN);
	buf_printf(&terminal->out, " (%.*s)\n", STR_ARG(summary->runbook));
	terminal_painted(terminal, YELLOW, "goes on");
	buf_text(&terminal->out, " after it was cut off at ");
	text_clock(&terminal->out, terminal->caught_up_at_us);
	terminal_duration(
	    terminal, " UTC, ", (message->at_us - terminal->caught_up_at_us) / 1000000 * 1000000);
	buf_text(&terminal->out, " ago; begun at ");
	text_clock(&terminal->out, summary->began_at_us);
	buf_text(&terminal->out, " by ");
	text_harmless(&terminal->out, summary->user);
	buf_byte(&terminal->out, '\n');
	tell_steps(terminal, "done before: ", is_done);
	tell_steps(terminal, "went wrong before: ", went_wrong);
	tell_steps(terminal, "was under way: ", is_under_way);
	buf_printf(&terminal->out, "recorded in %s\n\n", terminal->options.transcript);
}
