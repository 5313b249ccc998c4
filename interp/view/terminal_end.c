/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "base/units.h"
#include "view/items.h"
#include "view/objective.h"
#include "view/text.h"

/* A list longer than a screen hides the others, and so does a loop with many items; the report has all. */
enum { LISTED = 20, ITEMS_LISTED = 5, ITEMS_BEFORE_MORE = 3 };

/* Of the machines with one outcome so many are named. */
enum { PLACES = 10 };

/* "  restore/load (Load the backup)" */
static void end_name(struct terminal *terminal, const struct summary_step *step)
{
	const struct step *known = terminal_step(terminal, step->node);

	buf_text(&terminal->out, "  ");
	text_harmless(&terminal->out, step->node);
	terminal_item(terminal, step->node);
	if (known && !str_eq(known->title, step->step)) {
		buf_text(&terminal->out, " (");
		text_harmless(&terminal->out, known->title);
		buf_byte(&terminal->out, ')');
	}
}

/* What was done; what became of the step after that is told further up. */
static void end_done(struct terminal *terminal, const struct summary_step *step)
{
	end_name(terminal, step);
	if (step->outcome != OUTCOME_SUCCEEDED)
		buf_printf(&terminal->out, ": its action was done; then %s",
		    text_outcome(step->outcome, step->answered));
	if (step->undone)
		buf_text(&terminal->out, ", rolled back");
}

/* "  restore/load (Load the backup): CANCELLED: interrupted by SIGINT" */
static void end_step(struct terminal *terminal, const struct summary_step *step)
{
	end_name(terminal, step);
	if (step->outcome != OUTCOME_SUCCEEDED && !step_was_not_run(step))
		buf_printf(&terminal->out, ": %s", text_outcome(step->outcome, step->answered));
	if (step->undone)
		buf_text(&terminal->out, ", rolled back");
	if (step->told.len) {
		buf_text(&terminal->out, ": ");
		text_lines(&terminal->out, step->told, 4);
	}
}

struct list {
	const char *title;
	enum paint color;
	bool of_failure; /* a run that went well does not show it */
	bool (*wanted)(const struct summary_step *step);
	void (*show)(struct terminal *terminal, const struct summary_step *step);
};

static const struct list lists[] = {
    {"Went wrong:", RED, false, step_went_wrong, end_step},
    {"May be half done, look before going on:", RED, false, step_is_half_done, end_step},
    {"These clean-up steps did NOT run:", RED, false, step_is_clean_up_left, end_step},
    {"Was not rolled back:", RED, false, step_is_left, end_step},
    {"Was allowed to fail, and may be half done:", YELLOW, false, step_is_half_done_allowed,
	end_step},
    {"Was destroyed:", YELLOW, false, step_destroyed, end_done},
    {"Was changed:", YELLOW, true, step_changed, end_done},
};

enum { LISTS = sizeof(lists) / sizeof(*lists) };

/* How each machine of a target that is many came out of it. */
static void end_places(struct terminal *terminal)
{
	const struct summary *summary = &terminal->summary;
	const char *title = "Place by place:\n";

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];
		struct buf text;

		if (!items_are_places(terminal->options.plan, step))
			continue;
		buf_text(&terminal->out, title);
		title = "";
		end_name(terminal, step);
		buf_init(&text, BUF_UNBOUNDED);
		items_put_outcomes(summary, step, PLACES, &text);
		buf_text(&terminal->out, "  ");
		text_harmless(&terminal->out, buf_view(&text));
		buf_byte(&terminal->out, '\n');
		buf_done(&text);
	}
}

/* What one step of the runbook did, for each of its items. */
struct same {
	const struct summary_step *steps[ITEMS_LISTED]; /* the first */
	size_t count;
};

/* The same step of the runbook, "deploy[0]/restart" and "deploy[7]/restart". */
static bool is_same(struct str left, struct str right)
{
	size_t a = 0;
	size_t b = 0;

	while (a < left.len && b < right.len && left.ptr[a] == right.ptr[b]) {
		bool item = left.ptr[a] == '[';

		for (a++, b++; item && a < left.len && left.ptr[a] != ']';)
			a++;
		while (item && b < right.len && right.ptr[b] != ']')
			b++;
	}
	return a == left.len && b == right.len;
}

/* Those of a list; what did not go as it should stands for itself. Returns how many there was no room for. */
static size_t gather_same(
    const struct summary *summary, const struct list *list, struct same *same, size_t *ret_count)
{
	size_t count = 0;
	size_t more = 0;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];
		bool folds = list->show == end_done && step->outcome == OUTCOME_SUCCEEDED &&
		    !step->undone;
		size_t at = folds ? 0 : count;

		if (!list->wanted(step))
			continue;
		while (at < count && !is_same(same[at].steps[0]->node, step->node))
			at++;
		if (at == LISTED) {
			more++;
			continue;
		}
		if (at == count)
			same[count++] = (struct same){0};
		if (same[at].count < ITEMS_LISTED)
			same[at].steps[same[at].count] = step;
		same[at].count++;
	}
	*ret_count = count;
	return more;
}

static void end_steps(struct terminal *terminal, const struct list *list)
{
	struct same same[LISTED];
	size_t count;
	size_t more = gather_same(&terminal->summary, list, same, &count);

	if (count) {
		terminal_painted(terminal, list->color, list->title);
		buf_byte(&terminal->out, '\n');
	}
	for (size_t i = 0; i < count; i++) {
		size_t shown = same[i].count > ITEMS_LISTED ? ITEMS_BEFORE_MORE : same[i].count;

		for (size_t k = 0; k < shown; k++) {
			list->show(terminal, same[i].steps[k]);
			buf_byte(&terminal->out, '\n');
		}
		if (same[i].count > shown)
			buf_printf(&terminal->out, "    and for %zu more items, see the report\n",
			    same[i].count - shown);
	}
	if (more)
		buf_printf(&terminal->out, "  and %zu more, see the report\n", more);
}

/* Why a step ended that the lists below name, and the run with it; empty when there is none. */
static struct str listed_why(const struct summary *summary)
{
	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if ((step_went_wrong(step) || step_is_half_done(step)) && step->why.len &&
		    str_find(summary->why, step->why) >= 0)
			return step->why;
	}
	return (struct str){0};
}

static bool ended_well(enum run_outcome outcome)
{
	return outcome == RUN_RECOVERED || outcome == RUN_REHEARSED || outcome == RUN_ALONE;
}

static void end_headline(struct terminal *terminal)
{
	static const char *const words[] = {
	    [RUN_RECOVERED] = "RECOVERED",
	    [RUN_FAILED] = "NOT RECOVERED",
	    [RUN_DENIED] = "NOT APPROVED",
	    [RUN_INTERRUPTED] = "INTERRUPTED",
	    [RUN_REHEARSED] = "REHEARSED",
	    [RUN_ALONE] = "ONE STEP ALONE",
	};
	static const char *const rehearsed[] = {
	    [RUN_RECOVERED] = "REHEARSED",
	    [RUN_FAILED] = "REHEARSAL FAILED",
	    [RUN_DENIED] = "REHEARSED TO A DENIAL",
	    [RUN_INTERRUPTED] = "REHEARSAL INTERRUPTED",
	    [RUN_REHEARSED] = "REHEARSED",
	    [RUN_ALONE] = "REHEARSED",
	};
	const struct summary *summary = &terminal->summary;
	int64_t rto_us = terminal->options.plan->runbook->objectives.rto_us;
	bool is_good = ended_well(summary->outcome);

	buf_byte(&terminal->out, '\n');
	terminal_painted(terminal, is_good ? GREEN : RED,
	    terminal->scorecard ? rehearsed[summary->outcome] : words[summary->outcome]);
	terminal_duration(terminal, " after ", summary->duration_us);
	text_open(&terminal->out, summary->open_us);
	if (summary->outcome == RUN_RECOVERED && !terminal->scorecard)
		objective_put(summary, rto_us, &terminal->out);
	if (summary->why.len) {
		buf_text(&terminal->out, ": ");
		text_lines_but(&terminal->out, summary->why, listed_why(summary), 2);
	}
	buf_byte(&terminal->out, '\n');
}

/* What held nothing back, and what never came to its turn. */
static void end_live(struct terminal *terminal, bool is_well)
{
	size_t not_run = summary_count(&terminal->summary, step_was_not_run);

	terminal_end_unconfined(terminal);
	terminal_end_bare(terminal);
	if (!is_well && not_run)
		buf_printf(
		    &terminal->out, "%zu step%s did not run\n", not_run, not_run == 1 ? "" : "s");
}

void terminal_record(struct terminal *terminal, const struct message *message)
{
	bool goes_on = terminal->summary.on_record_failure == RECORD_FAILURE_CONTINUE;

	if (message->record.state != RECORD_FAILED) {
		terminal_painted(terminal, YELLOW, "the record is back");
		buf_text(&terminal->out,
		    goes_on ? "\n" : ": what changes is begun again, but for what was refused\n");
		return;
	}
	terminal_painted(terminal, RED, "THE RECORD FAILED: ");
	text_harmless(&terminal->out, message->record.why);
	buf_text(&terminal->out,
	    goes_on ? "\n  The run goes on, as --on-record-failure continue says; what it does "
		      "from now on may "
		      "be missing from the record.\n"
		    : "\n  Nothing new that changes is begun until it can be written again. What "
		      "has begun goes "
		      "on, and so does what reads.\n");
}

/* What is wrong with the record, and what can be done where the run did not go on for that. */
static void end_record(struct terminal *terminal, const char *record_error)
{
	const struct summary *summary = &terminal->summary;

	if (record_error) {
		terminal_painted(terminal, RED, "the record is not whole: ");
		text_harmless(&terminal->out, str_from(record_error));
		buf_byte(&terminal->out, '\n');
	}
	if (summary->record_failed && summary->on_record_failure == RECORD_FAILURE_STOP &&
	    !ended_well(summary->outcome))
		buf_text(&terminal->out,
		    "nothing that changes was begun while the record failed: make room where it is "
		    "and run again,\n"
		    "or keep it on another disk (--transcript PATH), or go on without a whole one "
		    "(--on-record-failure continue)\n");
}

void terminal_end(struct terminal *terminal, const char *record_error)
{
	const struct summary *summary = &terminal->summary;
	bool is_well = ended_well(summary->outcome) && !record_error &&
	    terminal->departures.count == 0;

	if (terminal->options.quiet && is_well)
		return;
	summary_weigh(&terminal->summary);
	end_headline(terminal);
	terminal_end_departures(terminal);
	for (size_t i = 0; i < LISTS; i++)
		if (!lists[i].of_failure || !is_well)
			end_steps(terminal, &lists[i]);
	end_places(terminal);
	if (!is_well)
		terminal_end_suspects(terminal);
	if (terminal->scorecard)
		terminal_end_rehearsal(terminal);
	else
		end_live(terminal, is_well);
	end_record(terminal, record_error);
	buf_printf(&terminal->out, "record: %s\nreport: reprise report %s\n",
	    terminal->options.transcript, terminal->options.transcript);
	if (terminal->followed)
		buf_printf(&terminal->out, "compare: reprise diff %s %s\n", terminal->followed_path,
		    terminal->options.transcript);
	terminal_write(terminal);
	backlog_end(&terminal->backlog);
	if (terminal->apart)
		backlog_end(&terminal->person);
}
