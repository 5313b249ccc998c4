/* SPDX-License-Identifier: Apache-2.0 */
#include "view/report.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "view/markdown.h"
#include "view/summary.h"
#include "view/text.h"

/* So many digits of a digest are told; `grep` finds the others in the record. */
enum { DIGEST_SHOWN = 12 };

struct report {
	const struct plan *plan;
	struct summary summary;
	struct buf timeline; /* finished lines of Markdown */
	struct buf verified; /* the same, of the runbook's own checks */
	uint32_t verifying; /* the op of the one under way, or 0 */
	struct buf about; /* paths and parameters, from run.started */
};

struct report *report_new(const struct plan *plan)
{
	struct report *report = mem_alloc(sizeof(*report));

	report->plan = plan;
	summary_init(&report->summary);
	buf_init(&report->timeline, BUF_UNBOUNDED);
	buf_init(&report->verified, BUF_UNBOUNDED);
	buf_init(&report->about, BUF_UNBOUNDED);
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	summary_done(&report->summary);
	buf_done(&report->timeline);
	buf_done(&report->verified);
	buf_done(&report->about);
	free(report);
}

static void entry(struct report *report, const struct message *message, struct str step)
{
	buf_text(&report->timeline, "- ");
	text_clock(&report->timeline, message->at_us);
	buf_text(&report->timeline, " ");
	if (step.len) {
		buf_text(&report->timeline, "**");
		markdown_plain(&report->timeline, step);
		buf_text(&report->timeline, "** ");
	}
}

static void entry_end(struct report *report, struct str why)
{
	if (why.len) {
		buf_text(&report->timeline, ": ");
		markdown_plain(&report->timeline, why);
	}
	buf_byte(&report->timeline, '\n');
}

static const struct step *step_at(const struct report *report, struct str path)
{
	const struct plan_node *node = report->plan ? plan_at(report->plan, path) : NULL;

	return node ? node->step : NULL;
}

static void see_run_started(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline, "the run began");
	entry_end(report, (struct str){0});
}

static void put_action(const struct report *report, const struct message *start, struct buf *out)
{
	struct buf shown;

	buf_init(&shown, BUF_UNBOUNDED);
	if (report->plan)
		text_action(&shown, start, report->plan->runbook->vocabulary);
	else
		buf_str(&shown, start->start.action);
	markdown_code(out, buf_view(&shown));
	buf_done(&shown);
}

static void see_start(struct report *report, const struct message *message)
{
	const struct step *step = step_at(report, message->start.node);

	if (message->start.node.len == 0) {
		report->verifying = message->start.op;
		buf_text(&report->verified, "- ");
		put_action(report, message, &report->verified);
		return;
	}
	if (message->start.what != START_ACTION)
		return;
	entry(report, message, message->start.node);
	if (message->start.attempt > 1)
		buf_printf(&report->timeline, "attempt %u, ", message->start.attempt);
	buf_printf(&report->timeline, "%s: ", effect_class_name(message->start.class));
	if (step)
		markdown_plain(&report->timeline, step->title);
	entry_end(report, (struct str){0});
	if (report->plan) {
		buf_text(&report->timeline, "  ");
		put_action(report, message, &report->timeline);
		buf_byte(&report->timeline, '\n');
	}
}

static void see_finished(struct report *report, const struct message *message)
{
	const struct verdict *verdict = &message->finished.verdict;

	if (report->verifying == 0 || message->finished.op != report->verifying)
		return;
	report->verifying = 0;
	buf_text(&report->verified, verdict->ok ? " holds" : " **does not hold**");
	if (!verdict->ok)
		markdown_told(&report->verified, verdict->why);
	buf_byte(&report->verified, '\n');
}

static void see_decided(struct report *report, const struct message *message)
{
	if (str_is(message->decided.what, "begin")) {
		const struct step *step = step_at(report, message->decided.node);

		entry(report, message, message->decided.node);
		buf_text(&report->timeline, "begins");
		entry_end(report, step ? step->title : (struct str){0});
	} else if (str_is(message->decided.what, "retry")) {
		entry(report, message, message->decided.node);
		buf_text(&report->timeline, "is tried again");
		entry_end(report, message->decided.why);
	} else if (str_is(message->decided.what, "for_each")) {
		entry(report, message, message->decided.node);
		buf_printf(&report->timeline, "for each of %zu items",
		    message->decided.value ? message->decided.value->list.count : 0);
		entry_end(report, message->decided.why);
	} else if (str_is(message->decided.what, "rollback")) {
		entry(report, message, message->decided.node);
		buf_text(&report->timeline,
		    summary_is_refusal(message) ? "is not rolled back" : "is rolled back");
		entry_end(report, message->decided.why);
	}
}

static void see_step_finished(struct report *report, const struct message *message)
{
	bool not_run = summary_was_not_run(message);

	entry(report, message, message->step_finished.node);
	buf_text(&report->timeline,
	    not_run ? "was not run"
		    : text_outcome(message->step_finished.outcome, message->step_finished.allowed));
	if (message->step_finished.outcome != OUTCOME_SKIPPED && !not_run) {
		buf_text(&report->timeline, " after ");
		units_show_duration(&report->timeline, message->step_finished.duration_us);
		text_open(&report->timeline,
		    summary_open_us(&report->summary, message->step_finished.node));
	}
	entry_end(report, message->step_finished.why);
}

static void see_ask(struct report *report, const struct message *message)
{
	entry(report, message, message->ask.node);
	buf_text(&report->timeline,
	    message->ask.kind == ASK_MANUAL         ? "a person was told"
		: message->ask.kind == ASK_LOST     ? "a person was asked whether it was done"
		: message->ask.kind == ASK_DIVERGED ? "a person was asked whether the run goes on"
						    : "approval asked");
	entry_end(
	    report, message->ask.kind == ASK_DIVERGED ? (struct str){0} : message->ask.prompt);
}

static void see_answered(struct report *report, const struct message *message)
{
	const struct summary *summary = &report->summary;

	for (size_t i = 0; i < summary->approval_count; i++)
		if (summary->approvals[i].id == message->answered.id) {
			entry(report, message, summary->approvals[i].node);
			buf_text(&report->timeline,
			    text_answer(summary->approvals[i].kind, message->answered.answer));
			markdown_plain(&report->timeline, message->answered.who);
			entry_end(report, (struct str){0});
		}
}

static void see_diverged(struct report *report, const struct message *message)
{
	entry(report, message, message->diverged.node);
	buf_text(&report->timeline, "was not as recorded: ");
	markdown_plain(&report->timeline, message->diverged.found);
	buf_text(&report->timeline, "; recorded: ");
	markdown_plain(&report->timeline, message->diverged.recorded);
	entry_end(report, (struct str){0});
}

static void see_signal(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline, "signal ");
	markdown_plain(&report->timeline, message->signal.name);
	entry_end(report, (struct str){0});
}

static void see_run_resumed(struct report *report, const struct message *message)
{
	const struct value *host = message->run_resumed.host;
	const struct value *user = host && host->type == VALUE_MAP ? value_get(host, "user") : NULL;

	entry(report, message, (struct str){0});
	buf_text(&report->timeline, "the run goes on after it was cut off");
	if (user && user->type == VALUE_STRING) {
		buf_text(&report->timeline, ", driven by ");
		markdown_plain(&report->timeline, value_text(user));
	}
	if (message->run_resumed.sources)
		buf_text(&report->timeline, ", with the runbook as it was changed meanwhile");
	entry_end(report, (struct str){0});
}

static void see_note(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline, "note");
	if (!text_is_own_note(message)) {
		buf_text(&report->timeline, " by ");
		markdown_plain(&report->timeline, message->note.who);
	}
	markdown_told(&report->timeline, message->note.text);
	buf_byte(&report->timeline, '\n');
}

static void see_record(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline,
	    message->record.state != RECORD_FAILED ? "the record was written again"
		: report->summary.on_record_failure == RECORD_FAILURE_CONTINUE
		? "the record failed: the run went on, and lines may be missing"
		: "the record failed: nothing new that changes was begun");
	entry_end(report, message->record.why);
}

static void see_run_finished(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_printf(&report->timeline, "the run ended: %s",
	    run_outcome_names[message->run_finished.outcome]);
	entry_end(report, message->run_finished.why);
}

void report_see(struct report *report, const struct message *message)
{
	static void (*const see[MESSAGE_TYPES])(struct report *, const struct message *) = {
	    [MESSAGE_RUN_STARTED] = see_run_started,
	    [MESSAGE_START] = see_start,
	    [MESSAGE_FINISHED] = see_finished,
	    [MESSAGE_DECIDED] = see_decided,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	    [MESSAGE_ASK] = see_ask,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_SIGNAL] = see_signal,
	    [MESSAGE_RECORD] = see_record,
	    [MESSAGE_RUN_RESUMED] = see_run_resumed,
	    [MESSAGE_DIVERGED] = see_diverged,
	    [MESSAGE_NOTE] = see_note,
	    [MESSAGE_RUN_FINISHED] = see_run_finished,
	};

	summary_see(&report->summary, message);
	if (see[message->type])
		see[message->type](report, message);
}

static void row(struct buf *out, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	buf_printf(out, "| %s | ", name);
	markdown_plain(out, value);
	buf_text(out, " |\n");
}

static void head(const struct report *report, const char *path, struct str state, struct buf *out)
{
	const struct summary *summary = &report->summary;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(out, "# ");
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
		if (report->plan && report->plan->runbook->objectives.rto_us != UNSET_US) {
			buf_text(&text, " (objective: ");
			units_show_duration(&text, report->plan->runbook->objectives.rto_us);
			buf_byte(&text, ')');
		}
		row(out, "Duration", buf_view(&text));
		buf_clear(&text);
	}
	if (report->plan)
		row(out, "Severity", report->plan->runbook->severity);
	row(out, "Runbook", summary->runbook);
	row(out, "Run", summary->run);
	row(out, "Done again, as in", summary->follows);
	buf_printf(&text, "%.*s on %.*s", STR_ARG(summary->user), STR_ARG(summary->host));
	row(out, "Run by", buf_view(&text));
	row(out, "Record", str_from(path));
	row(out, "Its state", state);
	buf_done(&text);
}

static void list_steps(const struct report *report, const char *title,
    bool (*wanted)(const struct summary_step *), struct buf *out)
{
	const struct summary *summary = &report->summary;
	bool first = true;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct summary_step *step = &summary->steps[i];

		if (!wanted(step))
			continue;
		if (first)
			buf_printf(out, "\n## %s\n\n", title);
		first = false;
		buf_text(out, "- **");
		markdown_plain(out, step->node);
		buf_printf(out, "** %s%s",
		    step_was_not_run(step) ? "was not run"
					   : text_outcome(step->outcome, step->answered),
		    step->undone ? ", rolled back" : "");
		markdown_told(out, step->why);
		buf_byte(out, '\n');
	}
}

/* As people read it where that loses nothing they need, else as JSON. */
static void put_value(struct buf *out, const struct value *value)
{
	struct json json;

	if (value->type == VALUE_DURATION) {
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
	if (!approval->answered ||
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

static void list_asked(
    const struct report *report, enum ask_kind kind, const char *title, struct buf *out)
{
	const struct summary *summary = &report->summary;
	bool first = true;

	for (size_t i = 0; i < summary->approval_count; i++) {
		const struct summary_approval *approval = &summary->approvals[i];

		if (approval->kind != kind)
			continue;
		if (first)
			buf_printf(out, "\n## %s\n\n", title);
		first = false;
		buf_text(out, "- **");
		markdown_plain(out, approval->node);
		buf_printf(out, "** %s",
		    approval->answered ? text_answer(kind, approval->answer) : "not answered");
		markdown_plain(out, approval->who);
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

static void list_outputs(const struct report *report, struct buf *out)
{
	const struct summary *summary = &report->summary;
	bool first = true;

	for (size_t i = 0; i < summary->step_count; i++) {
		const struct value *outputs = summary->steps[i].outputs;

		for (size_t k = 0; outputs && k < outputs->map.count; k++) {
			struct buf text;

			if (first)
				buf_text(out, "\n## What was found out\n\n");
			first = false;
			buf_text(out, "- ");
			markdown_plain(out, summary->steps[i].node);
			buf_byte(out, '.');
			markdown_plain(out, value_text(outputs->map.entries[k].key));
			buf_text(out, ": ");
			buf_init(&text, BUF_UNBOUNDED);
			put_value(&text, outputs->map.entries[k].value);
			markdown_code(out, str_sub(buf_view(&text), 0, 400));
			buf_done(&text);
			buf_byte(out, '\n');
		}
	}
}

bool report_is_empty(const struct report *report)
{
	return report->summary.run.len == 0;
}

void report_markdown(struct report *report, const char *path, struct str state, struct buf *out)
{
	summary_weigh(&report->summary);
	head(report, path, state, out);
	if (report->verified.len) {
		buf_text(out, "\n## Whether it has recovered\n\n");
		buf_str(out, buf_view(&report->verified));
	}
	list_steps(report, "May be half done", step_is_half_done, out);
	list_steps(report, "These clean-up steps did NOT run", step_is_clean_up_left, out);
	list_steps(report, "Not rolled back", step_is_left, out);
	list_steps(report, "Allowed to fail, and may be half done", step_is_half_done_allowed, out);
	list_steps(report, "Destroyed", step_destroyed, out);
	list_steps(report, "Changed", step_changed, out);
	list_asked(report, ASK_APPROVAL, "Approvals", out);
	list_asked(report, ASK_MANUAL, "Done by hand", out);
	list_asked(report, ASK_LOST, "What nobody knew", out);
	list_asked(report, ASK_DIVERGED, "Asked about, because it was not as recorded", out);
	list_outputs(report, out);
	buf_text(out, "\n## Timeline (UTC)\n\n");
	buf_str(out, buf_view(&report->timeline));
}
