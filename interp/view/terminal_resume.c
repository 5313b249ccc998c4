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
	terminal->has_past = true;
}

static bool is_done(const struct summary_step *step)
{
	return step->outcome == OUTCOME_SUCCEEDED || step->outcome == OUTCOME_SKIPPED;
}

static bool went_wrong(const struct summary_step *step)
{
	return step->outcome != OUTCOME_NONE && !is_done(step) && !step_was_not_run(step);
}

/* Its action was begun and has no end. A block's are its parts'. */
static bool is_under_way(const struct summary_step *step)
{
	return step->outcome == OUTCOME_NONE && step->began;
}

/* "done before: stop, load and 3 more": a line of names, one after another. */
struct naming {
	const char *before;
	size_t count;
};

static void name(struct terminal *terminal, struct naming *naming, struct str node)
{
	if (naming->count++ >= NAMED)
		return;
	buf_text(&terminal->out, naming->count == 1 ? naming->before : ", ");
	text_harmless(&terminal->out, labels_of(terminal->labels, node));
	terminal_item(terminal, node);
}

static void name_end(struct terminal *terminal, const struct naming *naming)
{
	if (naming->count > NAMED)
		buf_printf(&terminal->out, " and %zu more", naming->count - NAMED);
	if (naming->count)
		buf_byte(&terminal->out, '\n');
}

static void tell_steps(
    struct terminal *terminal, const char *before, bool (*wanted)(const struct summary_step *step))
{
	const struct summary *summary = &terminal->summary;
	struct naming naming = {.before = before};

	for (size_t i = 0; i < summary->step_count; i++)
		if (wanted(&summary->steps[i]) && summary->steps[i].node.len)
			name(terminal, &naming, summary->steps[i].node);
	name_end(terminal, &naming);
}

static void tell_questions(struct terminal *terminal)
{
	const struct summary *summary = &terminal->summary;
	struct naming naming = {.before = "still asked: "};

	for (size_t i = 0; i < summary->approval_count; i++)
		if (!summary->approvals[i].closed)
			name(terminal, &naming, summary->approvals[i].node);
	name_end(terminal, &naming);
}

static void tell_past(struct terminal *terminal, int64_t cut_off_at_us, int64_t now_us)
{
	const struct summary *summary = &terminal->summary;

	terminal_paint(terminal, BOLD);
	text_harmless(&terminal->out, summary->title);
	terminal_paint(terminal, PLAIN);
	buf_printf(&terminal->out, " (%.*s)\n", STR_ARG(summary->runbook));
	terminal_painted(terminal, YELLOW, "goes on");
	buf_text(&terminal->out, " after it was cut off at ");
	text_clock(&terminal->out, cut_off_at_us);
	terminal_duration(terminal, " UTC, ", text_seconds(now_us - cut_off_at_us));
	buf_text(&terminal->out, " ago; begun at ");
	text_clock(&terminal->out, summary->began_at_us);
	buf_text(&terminal->out, " by ");
	text_harmless(&terminal->out, summary->user);
	buf_byte(&terminal->out, '\n');
	tell_steps(terminal, "done before: ", is_done);
	tell_steps(terminal, "went wrong before: ", went_wrong);
	tell_steps(terminal, "was under way: ", is_under_way);
	tell_questions(terminal);
	buf_printf(&terminal->out, "recorded in %s\n\n", terminal->options.transcript);
}

void terminal_tell_past(struct terminal *terminal, const struct message *next)
{
	if (!terminal->has_past)
		return;
	terminal->has_past = false;
	terminal->told_past = true;
	if (terminal->options.quiet)
		return;
	tell_past(terminal, terminal->summary.heard_at_us, next->at_us);
	terminal_write(terminal);
}

void terminal_run_resumed(struct terminal *terminal, const struct message *message)
{
	if (!terminal->told_past)
		tell_past(terminal, terminal->summary.cut_off_at_us, message->at_us);
	terminal->told_past = false;
	if (message->run_resumed.torn_bytes == 0)
		return;
	terminal_lead(terminal, message->at_us, (struct str){0});
	text_torn(&terminal->out, message);
	buf_byte(&terminal->out, '\n');
}

void terminal_decided_found_again(struct terminal *terminal, const struct message *message)
{
	const char *word = text_found_again(message);

	if (!word || summary_is_said_again(&terminal->summary, message))
		return;
	terminal_lead_of(terminal, message->at_us, message->decided.node);
	terminal_painted(terminal, YELLOW, word);
	if (message->decided.why.len) {
		buf_text(&terminal->out, ": ");
		terminal_why(terminal, message->decided.why);
	}
	buf_byte(&terminal->out, '\n');
}
