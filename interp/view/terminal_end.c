/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "base/units.h"
#include "view/text.h"

static bool was_destroyed(const struct summary *summary, const struct summary_step *step)
{
	(void)summary;
	return step->began && step->effect == EFFECT_DESTROY && step->acted;
}

static bool is_half_done(const struct summary *summary, const struct summary_step *step)
{
	(void)summary;
	return step_is_half_done(step);
}

static bool is_bad(const struct summary_step *step)
{
	return !step->allowed &&
	    (step->outcome == OUTCOME_FAILED || step->outcome == OUTCOME_TIMED_OUT ||
		step->outcome == OUTCOME_DENIED || step->outcome == OUTCOME_LOST);
}

/* A block fails as a step in it did; that step is the one to look at. */
static bool has_bad_part(const struct summary *summary, const struct summary_step *block)
{
	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if (is_bad(step) && step->node.len > block->node.len &&
		    str_starts(step->node, block->node) &&
		    (step->node.ptr[block->node.len] == '/' ||
			step->node.ptr[block->node.len] == '['))
			return true;
	}
	return false;
}

static bool went_wrong(const struct summary *summary, const struct summary_step *step)
{
	return is_bad(step) && !step_is_half_done(step) && !has_bad_part(summary, step);
}

/* "  restore/load (Load the backup): CANCELLED: interrupted by SIGINT" */
static void end_step(struct terminal *terminal, const struct summary_step *step)
{
	const struct step *known = terminal_step(terminal, step->node);

	buf_text(&terminal->out, "  ");
	text_harmless(&terminal->out, step->node);
	if (known && !str_eq(known->title, step->step)) {
		buf_text(&terminal->out, " (");
		text_harmless(&terminal->out, known->title);
		buf_byte(&terminal->out, ')');
	}
	if (step->outcome == OUTCOME_SUCCEEDED)
		return;
	buf_printf(&terminal->out, ": %s", text_outcome(step->outcome, step->allowed));
	if (step->why.len) {
		buf_text(&terminal->out, ": ");
		text_harmless(&terminal->out, step->why);
	}
}

static void end_steps(struct terminal *terminal, const char *title, enum paint color,
    bool (*wanted)(const struct summary *, const struct summary_step *))
{
	const struct summary *summary = &terminal->summary;
	bool first = true;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if (!wanted(summary, step))
			continue;
		if (first) {
			terminal_painted(terminal, color, title);
			buf_byte(&terminal->out, '\n');
		}
		first = false;
		end_step(terminal, step);
		buf_byte(&terminal->out, '\n');
	}
}

static void end_headline(struct terminal *terminal)
{
	static const char *const words[] = {
	    [RUN_RECOVERED] = "RECOVERED",
	    [RUN_FAILED] = "NOT RECOVERED",
	    [RUN_DENIED] = "NOT APPROVED",
	    [RUN_INTERRUPTED] = "INTERRUPTED",
	    [RUN_REHEARSED] = "REHEARSED",
	};
	const struct summary *summary = &terminal->summary;
	int64_t rto_us = terminal->options.plan->runbook->objectives.rto_us;

	buf_byte(&terminal->out, '\n');
	terminal_painted(
	    terminal, summary->outcome == RUN_RECOVERED ? GREEN : RED, words[summary->outcome]);
	terminal_duration(terminal, " after ", summary->duration_us);
	if (summary->outcome == RUN_RECOVERED && rto_us != UNSET_US) {
		terminal_duration(terminal, " (objective: ", rto_us);
		buf_byte(&terminal->out, ')');
	}
	if (summary->why.len) {
		buf_text(&terminal->out, ": ");
		text_harmless(&terminal->out, summary->why);
	}
	buf_byte(&terminal->out, '\n');
}

/* Blocked, or cancelled before their turn came. */
static size_t count_not_run(const struct summary *summary)
{
	size_t count = summary_count(summary, OUTCOME_BLOCKED, false);

	for (size_t i = 0; i < summary->step_count; i++)
		count += summary->steps[i].outcome == OUTCOME_CANCELLED &&
		    summary->steps[i].duration_us == 0;
	return count;
}

void terminal_end(struct terminal *terminal, const char *record_error)
{
	const struct summary *summary = &terminal->summary;
	bool is_well = summary->outcome == RUN_RECOVERED && !record_error;
	size_t not_run = count_not_run(summary);

	if (terminal->options.quiet && is_well)
		return;
	end_headline(terminal);
	end_steps(terminal, "Went wrong:", RED, went_wrong);
	end_steps(terminal, "May be half done, look before going on:", RED, is_half_done);
	end_steps(terminal, "Was destroyed:", YELLOW, was_destroyed);
	if (!is_well && not_run)
		buf_printf(
		    &terminal->out, "%zu step%s did not run\n", not_run, not_run == 1 ? "" : "s");
	if (record_error) {
		terminal_painted(terminal, RED, "the record is not whole: ");
		text_harmless(&terminal->out, str_from(record_error));
		buf_byte(&terminal->out, '\n');
	}
	buf_printf(&terminal->out, "record: %s\nreport: reprise report %s\n",
	    terminal->options.transcript, terminal->options.transcript);
	terminal_write(terminal);
	backlog_end(&terminal->backlog);
}
