/* SPDX-License-Identifier: Apache-2.0 */
#include "view/report_parts.h"

#include "base/units.h"
#include "record/text_cut.h"
#include "view/items.h"
#include "view/markdown.h"
#include "view/objective.h"
#include "view/text.h"

/* So many digits of a digest are told; `grep` finds the others in the record. */
enum { DIGEST_SHOWN = 12 };

/* So much of an output; the record has all of it. */
enum { OUTPUT_SHOWN = 400 };

static void row(struct buf *out, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	buf_printf(out, "| %s | ", name);
	markdown_plain(out, value);
	buf_text(out, " |\n");
}

static void head(const struct report *report, struct buf *out)
{
	const struct summary *summary = report->summary;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(out, summary->rehearsal ? "\n## Record of the rehearsal: " : "\n## Record: ");
	markdown_plain(out, summary->title.len ? summary->title : summary->runbook);
	buf_text(out, "\n\n| | |\n|---|---|\n");
	row(out, "Outcome",
	    str_from(summary->finished ? run_outcome_names[summary->outcome] : "not finished"));
	row(out, "Why", summary->why);
	units_show_time(&text, summary->began_at_us);
	row(out, "Began", buf_view(&text));
	buf_clear(&text);
	if (summary->finished) {
		units_show_time(&text, summary->ended_at_us);
		row(out, "Ended", buf_view(&text));
		buf_clear(&text);
		units_show_duration(&text, summary->duration_us);
		text_open(&text, summary->open_us);
		if (report->plan)
			objective_put(summary, report->plan->runbook->objectives.rto_us, &text);
		row(out, "Duration", buf_view(&text));
		buf_clear(&text);
	}
	if (report->plan)
		row(out, "Severity", report->plan->runbook->severity);
	row(out, "Runbook", summary->runbook);
	row(out, "Run", summary->run);
	row(out, "Alert", summary->alert);
	text_alert_labels(&text, report->chronicle->alert);
	row(out, "Its labels", buf_view(&text));
	buf_clear(&text);
	row(out, "Alone", summary->alone);
	row(out, "Done again, as in", summary->follows);
	if (summary->rehearsal)
		row(out, "Changed",
		    STR("nothing: it is a rehearsal, which does what reads and no more"));
	held_back_put_free(report->chronicle->held_back, &text);
	row(out, "Not confined", buf_view(&text));
	buf_clear(&text);
	held_back_put_bare(report->chronicle->held_back, &text);
	row(out, "By a shell's means alone", buf_view(&text));
	buf_clear(&text);
	held_back_put_suspects(report->chronicle->held_back, summary, &text);
	row(out, "Failed while confined to reading", buf_view(&text));
	buf_clear(&text);
	buf_printf(&text, "%.*s on %.*s", STR_ARG(summary->user), STR_ARG(summary->host));
	row(out, "Run by", buf_view(&text));
	row(out, "Record", str_from(report->about.path));
	row(out, "Its state", report->about.state);
	buf_done(&text);
}

static void list_steps(const struct report *report, const char *title,
    bool (*wanted)(const struct summary_step *), struct buf *out)
{
	const struct summary *summary = report->summary;
	bool first = true;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if (!wanted(step))
			continue;
		if (first)
			buf_printf(out, "\n### %s\n\n", title);
		first = false;
		buf_text(out, "- ");
		report_put_node(report, out, step->node);
		buf_printf(out, "%s%s",
		    step_was_not_run(step) ? "was not run"
					   : text_outcome(step->outcome, step->answered),
		    step->undone ? ", rolled back" : "");
		markdown_told(out, step->told);
		buf_byte(out, '\n');
	}
}

/* As people read it where that loses nothing they need, else as JSON. */
static void put_value(struct buf *out, const struct value *value)
{
	struct json json;

	if (value->type == VALUE_UNKNOWN) {
		buf_text(out, "not known");
	} else if (value->type == VALUE_DURATION) {
		units_show_duration(out, value_us(value));
	} else if (value->type == VALUE_TIMESTAMP) {
		units_show_time(out, value_us(value));
	} else {
		json_init(&json, out);
		value_to_json(&json, value);
	}
}

/* " at 03:04:05 UTC, digest 1f3a5b7c9d2e": when it was answered, and of an approval what it was for. */
static void put_answered(const struct summary_approval *approval, struct buf *out)
{
	if (!approval->answered || approval->taken ||
	    (approval->answer != ANSWER_APPROVED && approval->answer != ANSWER_DENIED))
		return;
	buf_text(out, " at ");
	text_clock(out, approval->at_us);
	buf_text(out, " UTC");
	if (approval->kind == ASK_APPROVAL && approval->answer == ANSWER_APPROVED &&
	    approval->digest.len)
		buf_printf(
		    out, ", digest %.*s", STR_ARG(str_sub(approval->digest, 0, DIGEST_SHOWN)));
}

/* Behind the title the lines, if there are any, then what a person was asked. */
static void list_asked(const struct report *report, enum ask_kind kind, const char *title,
    struct str lines, struct buf *out)
{
	const struct summary *summary = report->summary;
	bool first = lines.len == 0;

	if (!first) {
		buf_printf(out, "\n### %s\n\n", title);
		buf_str(out, lines);
	}
	for (size_t i = 0; i < summary->approval_count; i++) {
		const struct summary_approval *approval = &summary->approvals[i];

		if (approval->kind != kind)
			continue;
		if (first)
			buf_printf(out, "\n### %s\n\n", title);
		first = false;
		buf_text(out, "- ");
		report_put_node(report, out, approval->node);
		buf_text(out,
		    approval->answered ? text_answer(kind, approval->answer, approval->taken)
				       : "not answered");
		markdown_plain(out, approval->who);
		text_login(out, approval->person);
		put_answered(approval, out);
		for (size_t k = 0; approval->inputs && k < approval->inputs->map.count; k++) {
			const struct value_entry *entry = &approval->inputs->map.entries[k];

			buf_text(out, k ? ", " : "; ");
			markdown_plain(out, value_text(entry->key));
			buf_text(out, " is ");
			put_value(out, entry->value);
		}
		markdown_told(out, approval->prompt);
		buf_byte(out, '\n');
	}
}

/* "- 03:04:05 **on_call** (pagerduty): has not recovered after 15m – delivered" */
static void put_told(const struct report *report, const struct told_entry *entry, struct buf *out)
{
	buf_text(out, "- ");
	text_clock(out, entry->at_us);
	buf_text(out, " **");
	markdown_plain(out, entry->name);
	buf_text(out, "** (");
	markdown_plain(out, entry->way.len ? entry->way : STR("no way"));
	buf_byte(out, ')');
	if (entry->node.len) {
		buf_text(out, ", by ");
		markdown_plain(out, entry->node);
	}
	markdown_told(out, entry->what);
	buf_text(out, " – ");
	if (!entry->finished)
		buf_text(out, "nobody knows whether it was told");
	else if (report->summary->rehearsal)
		buf_text(out, "not told: it is a rehearsal");
	else if (entry->by_hand)
		buf_text(out, "to be told by hand");
	else
		buf_text(out, entry->delivered ? "delivered" : "**not delivered**");
	/* why it was not has them already */
	if (entry->tries > 1 && !entry->why.len)
		buf_printf(out, ", after %lld tries", (long long)entry->tries);
	if (entry->why.len)
		markdown_told(out, entry->why);
	buf_byte(out, '\n');
}

static void list_told(const struct report *report, struct buf *out)
{
	size_t count;
	const struct told_entry *entries = told_entries(report->chronicle->told, &count);

	if (count)
		buf_printf(out, "\n### %s\n\n",
		    report->summary->rehearsal ? "Who would have been told" : "Who was told");
	for (size_t i = 0; i < count; i++)
		put_told(report, &entries[i], out);
}

/* What is a block's output too was handed up by the block: it is told there. */
static bool is_handed_up(const struct report *report, size_t index, const struct value_entry *entry)
{
	const struct chronicle_step *steps = report->chronicle->steps;
	struct str key = value_text(entry->key);

	for (size_t at = steps[index].parent; at; at = steps[at - 1].parent) {
		const struct value *outputs = report->summary->steps[at - 1].outputs;
		const struct value_entry *end = outputs ? outputs->map.entries + outputs->map.count
							: NULL;

		for (const struct value_entry *up = outputs ? outputs->map.entries : NULL;
		     up != end; up++)
			if (str_eq(value_text(up->key), key) &&
			    value_equal(up->value, entry->value))
				return true;
	}
	return false;
}

static void put_output(
    const struct report *report, struct str node, const struct value_entry *entry, struct buf *out)
{
	struct buf text;
	size_t shown;

	buf_text(out, "- ");
	markdown_plain(out, node);
	buf_byte(out, '.');
	markdown_plain(out, value_text(entry->key));
	report_put_item(report, out, node);
	buf_text(out, ": ");
	buf_init(&text, BUF_UNBOUNDED);
	put_value(&text, entry->value);
	shown = text_cut(buf_view(&text), OUTPUT_SHOWN);
	markdown_code(out, str_sub(buf_view(&text), 0, shown));
	if (shown < text.len)
		buf_printf(out, " and %zu bytes more", text.len - shown);
	buf_done(&text);
	buf_byte(out, '\n');
}

static void list_outputs(const struct report *report, struct buf *out)
{
	const struct summary *summary = report->summary;
	bool first = true;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct value *outputs = summary->steps[i].outputs;

		for (size_t k = 0; outputs && k < outputs->map.count; k++) {
			if (is_handed_up(report, i, &outputs->map.entries[k]))
				continue;
			buf_text(out, first ? "\n### What was found out\n\n" : "");
			first = false;
			put_output(report, summary->steps[i].node, &outputs->map.entries[k], out);
		}
	}
}

/* How each machine of a target that is many came out of it. */
static void list_places(const struct report *report, struct buf *out)
{
	const struct summary *summary = report->summary;
	bool first = true;

	for (size_t i = 0; report->plan && i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];
		struct buf text;

		if (!items_are_places(report->plan, step))
			continue;
		buf_text(out, first ? "\n### Place by place\n\n- " : "- ");
		first = false;
		report_put_node(report, out, step->node);
		buf_init(&text, BUF_UNBOUNDED);
		items_put_outcomes(summary, step, SIZE_MAX, &text);
		markdown_plain(out, buf_view(&text));
		buf_byte(out, '\n');
		buf_done(&text);
	}
}

void report_put_record(const struct report *report, struct buf *out)
{
	head(report, out);
	if (report->verified.len) {
		buf_text(out, "\n### Whether it has recovered\n\n");
		buf_str(out, buf_view(&report->verified));
	}
	list_steps(report, "Went wrong", step_went_wrong, out);
	list_steps(report, "May be half done", step_is_half_done, out);
	list_steps(report, "These clean-up steps did NOT run", step_is_clean_up_left, out);
	list_steps(report, "Not rolled back", step_is_left, out);
	list_steps(report, "Allowed to fail, and may be half done", step_is_half_done_allowed, out);
	list_steps(report, "Destroyed", step_destroyed, out);
	list_steps(report, "Changed", step_changed, out);
	list_steps(report, "Not run", step_was_not_reached, out);
	list_places(report, out);
	if (report->left.len) {
		buf_text(out, "\n### Left running\n\n");
		buf_str(out, buf_view(&report->left));
	}
	list_asked(report, ASK_APPROVAL, "Approvals", (struct str){0}, out);
	list_asked(report, ASK_MANUAL, "Done by hand", (struct str){0}, out);
	list_asked(report, ASK_LOST, "What nobody knew", buf_view(&report->settled), out);
	list_asked(report, ASK_DIVERGED, "Asked about, because it was not as recorded",
	    (struct str){0}, out);
	list_told(report, out);
	list_outputs(report, out);
	buf_text(out, "\n### Second by second (UTC)\n\n");
	buf_str(out, buf_view(&report->timeline));
}
