/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "view/text.h"

/* What is said of a rehearsal alone: what was not done, what hangs on that, and what it came to. */

/* A longer list hides the rest; the record has all. */
enum { LISTED = 20, NAMED = 10, DOUBT_COLUMNS = 160 };

static void show_words(struct terminal *terminal, const char *before, const struct value *words)
{
	for (size_t i = 0; words && words->type == VALUE_LIST && i < words->list.count; i++) {
		buf_text(&terminal->out, before);
		text_harmless(&terminal->out, value_text(words->list.items[i]));
		buf_byte(&terminal->out, '\n');
	}
}

void terminal_rehearsal_begins(struct terminal *terminal, const struct message *run_started)
{
	const struct value *facts = run_started->run_started.rehearsal;
	const struct value *from = value_get(facts, "from");

	terminal_painted(terminal, YELLOW, "REHEARSAL");
	buf_text(&terminal->out, ": what reads is done, what changes is not\n");
	if (from) {
		buf_text(&terminal->out, "what is not done is answered for by run ");
		text_harmless(&terminal->out, value_text(value_get(from, "run")));
		buf_byte(&terminal->out, '\n');
	}
	show_words(terminal, "assumed: ", value_get(facts, "assume"));
	show_words(terminal, "made to fail: ", value_get(facts, "inject"));
}

/* "when: steps.restart.failed: hangs on restart, which was not done"; of a check what is decided tells it. */
void terminal_chosen(struct terminal *terminal, const struct message *chosen)
{
	const struct message *choose = terminal->scorecard
	    ? scorecard_choose(terminal->scorecard, chosen->chosen.id)
	    : NULL;

	if (!choose ||
	    (!str_is(choose->choose.what, "when") &&
		str_find(choose->choose.what, STR("for_each")) < 0))
		return;
	terminal_lead(terminal, chosen->at_us, labels_of(terminal->labels, choose->choose.node));
	terminal_paint(terminal, DIM);
	buf_str(&terminal->out, choose->choose.what);
	terminal_paint(terminal, PLAIN);
	buf_text(&terminal->out, ": ");
	terminal_why(terminal, chosen->chosen.why);
	buf_byte(&terminal->out, '\n');
}

void terminal_unperformed(struct terminal *terminal, const struct message *finished)
{
	const struct summary_step *step = summary_by_op(&terminal->summary, finished->finished.op);

	if (finished->finished.origin == ORIGIN_LIVE || !step || !finished->finished.verdict.ok)
		return;
	if (!finished->finished.why.len && finished->finished.origin != ORIGIN_RECORDED)
		return;
	terminal_dim_line(terminal, step->node,
	    finished->finished.why.len ? "" : "not done: as the record has it",
	    finished->finished.why, "");
}

static void count(
    struct terminal *terminal, bool *first, size_t number, const char *one, const char *many)
{
	if (!number)
		return;
	buf_printf(
	    &terminal->out, "%s%zu %s", *first ? "" : ", ", number, number == 1 ? one : many);
	*first = false;
}

void terminal_card_line(struct terminal *terminal, enum paint paint, const char *name)
{
	buf_text(&terminal->out, "  ");
	terminal_painted(terminal, paint, name);
	for (size_t i = str_from(name).len; i < 20; i++)
		buf_byte(&terminal->out, ' ');
}

static void show_real(struct terminal *terminal, const struct scorecard_counts *counts)
{
	bool first = true;

	terminal_card_line(terminal, GREEN, "checked for real");
	count(terminal, &first, counts->held, "check holds", "checks hold");
	count(terminal, &first, counts->read, "reading", "readings");
	buf_text(&terminal->out, first ? "nothing\n" : "\n");
	if (!counts->failed)
		return;
	terminal_card_line(terminal, RED, "does not hold");
	first = true;
	count(terminal, &first, counts->failed, "check", "checks");
	buf_byte(&terminal->out, '\n');
}

static void show_assumed(struct terminal *terminal, const struct scorecard_counts *counts)
{
	bool first = true;

	if (!counts->not_yet && !counts->held_now && !counts->unread && !counts->unknown &&
	    !counts->recorded)
		return;
	terminal_card_line(terminal, YELLOW, "assumed");
	count(terminal, &first, counts->not_yet, "check that does not hold yet",
	    "checks that do not hold yet");
	count(terminal, &first, counts->held_now, "check that holds as things are",
	    "checks that hold as things are");
	count(terminal, &first, counts->unknown, "check that could not be asked",
	    "checks that could not be asked");
	count(terminal, &first, counts->recorded, "check as the record has it",
	    "checks as the record has them");
	count(terminal, &first, counts->unread, "reading that could not be done",
	    "readings that could not be done");
	buf_byte(&terminal->out, '\n');
}

static void show_undone(struct terminal *terminal, const struct scorecard_counts *counts)
{
	bool first = true;

	terminal_card_line(terminal, YELLOW, "not done");
	if (!counts->changes && !counts->asked) {
		buf_text(&terminal->out, "nothing would have to be changed or destroyed\n");
		return;
	}
	count(terminal, &first, counts->changes - counts->destructions, "change", "changes");
	count(terminal, &first, counts->destructions, "destruction", "destructions");
	count(terminal, &first, counts->asked, "answer of a person", "answers of people");
	buf_byte(&terminal->out, '\n');
}

/* Steps that were not come to: the outermost of them. */
static void show_unreached(struct terminal *terminal)
{
	const struct plan *plan = terminal->options.plan;
	size_t named = 0;

	for (uint32_t i = 1; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (scorecard_reached(terminal->scorecard, i) ||
		    (node->parent != PLAN_ROOT &&
			!scorecard_reached(terminal->scorecard, node->parent)) ||
		    node->part == PART_ROLLBACK)
			continue;
		if (named == 0)
			terminal_card_line(terminal, YELLOW, "never reached");
		if (named < NAMED) {
			buf_text(&terminal->out, named ? ", " : "");
			text_harmless(&terminal->out, node->step->id);
		}
		named++;
	}
	if (named > NAMED)
		buf_printf(&terminal->out, " and %zu more", named - NAMED);
	if (named)
		buf_byte(&terminal->out, '\n');
}

/* Short: the lines above have all of it. */
static void show_doubt(struct terminal *terminal, const struct scorecard_doubt *doubt)
{
	const struct plan *plan = terminal->options.plan;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_printf(&text, "%.*s: %.*s: %.*s",
	    STR_ARG(doubt->node.len ? labels_of(terminal->labels, doubt->node) : plan->runbook->id),
	    STR_ARG(doubt->what), STR_ARG(doubt->why));
	buf_text(&terminal->out, "  ");
	text_fit(&terminal->out, buf_view(&text), DOUBT_COLUMNS);
	if (doubt->more)
		buf_printf(&terminal->out, " (and %zu more item%s)", doubt->more,
		    doubt->more == 1 ? "" : "s");
	buf_byte(&terminal->out, '\n');
	buf_done(&text);
}

static void show_doubts(struct terminal *terminal)
{
	size_t total;
	const struct scorecard_doubt *doubts = scorecard_doubts(terminal->scorecard, &total);

	if (!total)
		return;
	terminal_painted(terminal, YELLOW, "What a rehearsal cannot know:");
	buf_byte(&terminal->out, '\n');
	for (size_t i = 0; i < total && i < LISTED; i++)
		show_doubt(terminal, &doubts[i]);
	if (total > LISTED)
		buf_printf(&terminal->out, "  and %zu more, see the record\n", total - LISTED);
}

/* Failures that the runbook takes for answers: what else went wrong may hang on them. */
static void show_allowed(struct terminal *terminal)
{
	const struct summary *summary = &terminal->summary;
	bool first = true;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if (!step->allowed || step->rehearsed)
			continue;
		if (first) {
			terminal_painted(terminal, YELLOW, "Failed, as it may:");
			buf_byte(&terminal->out, '\n');
		}
		first = false;
		buf_text(&terminal->out, "  ");
		text_harmless(&terminal->out, labels_of(terminal->labels, step->node));
		terminal_item(terminal, step->node);
		buf_text(&terminal->out, ": ");
		text_fit(&terminal->out, step->why, DOUBT_COLUMNS);
		buf_byte(&terminal->out, '\n');
	}
}

void terminal_end_rehearsal(struct terminal *terminal)
{
	const struct scorecard_counts *counts = scorecard_counts(terminal->scorecard);

	show_real(terminal, counts);
	show_assumed(terminal, counts);
	show_undone(terminal, counts);
	terminal_end_told(terminal);
	terminal_end_unconfined(terminal);
	show_unreached(terminal);
	show_allowed(terminal);
	show_doubts(terminal);
}
