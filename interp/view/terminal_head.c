/* SPDX-License-Identifier: Apache-2.0 */
#include "view/outlook.h"
#include "view/terminal_parts.h"
#include "view/text.h"

/* The first lines of a run: what it is, what it answers, where it is recorded, and how long it will take. */

void terminal_run_started(struct terminal *terminal, const struct message *message)
{
	const struct objectives *objectives = &terminal->options.plan->runbook->objectives;

	terminal_paint(terminal, BOLD);
	text_harmless(&terminal->out, message->run_started.title);
	terminal_paint(terminal, PLAIN);
	buf_text(&terminal->out, " (");
	text_harmless(&terminal->out, message->run_started.runbook);
	buf_text(&terminal->out, ")\n");
	if (objectives->rto_us != UNSET_US) {
		terminal_duration(terminal, "to be recovered within ", objectives->rto_us);
		buf_byte(&terminal->out, '\n');
	}
	if (terminal->summary.alert.len) {
		buf_text(&terminal->out, "answers the alert ");
		text_harmless(&terminal->out, terminal->summary.alert);
		buf_byte(&terminal->out, '\n');
	}
	if (terminal->summary.alone.len) {
		buf_text(&terminal->out, "ALONE: ");
		text_harmless(&terminal->out, terminal->summary.alone);
		buf_text(&terminal->out, "; the rest of the runbook is not run\n");
	}
	if (terminal->scorecard)
		terminal_rehearsal_begins(terminal, message);
	if (terminal->followed)
		buf_printf(&terminal->out, "done again for real, as recorded in %s\n",
		    terminal->followed_path);
	buf_printf(&terminal->out, "recorded in %s\n", terminal->options.transcript);
	terminal->in_head = true;
}

/* In front, or where a run goes on. */
void terminal_outlook(struct terminal *terminal, const struct message *message)
{
	if (!terminal->in_head)
		terminal_lead(terminal, message->at_us, (struct str){0});
	outlook_put(&terminal->out, &message->outlook.told);
	buf_byte(&terminal->out, '\n');
}

void terminal_end_head(struct terminal *terminal, const struct message *next)
{
	const struct objectives *objectives = &terminal->options.plan->runbook->objectives;

	if (!terminal->in_head || next->type == MESSAGE_SOURCE || next->type == MESSAGE_OUTLOOK)
		return;
	terminal->in_head = false;
	if (!terminal->summary.foretold && objectives->estimate_low_us != UNSET_US) {
		terminal_duration(terminal, "it usually takes ", objectives->estimate_low_us);
		terminal_duration(terminal, " to ", objectives->estimate_high_us);
		buf_byte(&terminal->out, '\n');
	}
	buf_byte(&terminal->out, '\n');
}

/* A question takes the place of what else tells it. */
void terminal_objective(struct terminal *terminal, const struct message *ask, int64_t now_us)
{
	int64_t rto_us = terminal->options.plan->runbook->objectives.rto_us;
	int64_t left_us = rto_us - now_us;

	if (rto_us == UNSET_US || terminal->summary.rehearsal)
		return;
	terminal_duration(terminal, "  The RTO of ", rto_us);
	buf_text(&terminal->out, left_us > 0 ? " is over at " : " was MISSED at ");
	text_clock(&terminal->out, ask->at_us + rto_us - ask->t_us);
	buf_text(&terminal->out, " UTC");
	if (left_us > 0)
		terminal_duration(terminal, ", ", text_seconds(left_us));
	buf_text(&terminal->out, left_us > 0 ? " from now.\n" : ".\n");
}
