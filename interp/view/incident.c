/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident_parts.h"

#include <string.h>

#include "base/units.h"
#include "lang/alert.h"
#include "view/items.h"
#include "view/markdown.h"
#include "view/text.h"

/* An hour, in microseconds. */
#define HOUR_US ((int64_t)60 * 60 * 1000000)

/* A line of the head ends so: what comes next stands on a line of its own. */
static const char BREAK[] = "  \n";

void incident_put_node(const struct incident *incident, struct buf *out, struct str node)
{
	struct buf items;

	if (node.len == 0)
		return;
	markdown_code(out, incident->labels ? labels_of(incident->labels, node) : node);
	buf_init(&items, BUF_UNBOUNDED);
	items_put(incident->summary, node, &items);
	buf_text(out, items.len ? " " : "");
	markdown_plain(out, buf_view(&items));
	buf_done(&items);
}

void incident_put_step(
    const struct incident *incident, struct buf *out, const struct summary_step *step)
{
	size_t index = (size_t)(step - incident->summary->steps);
	struct str title = incident->chronicle->steps[index].title;

	incident_put_node(incident, out, step->node);
	if (title.len == 0 || str_eq(title, step->step))
		return;
	buf_byte(out, ' ');
	markdown_plain(out, title);
}

void incident_put_alert(const struct incident *incident, struct buf *out)
{
	struct alert alert = {.labels = value_get(incident->chronicle->alert, "labels")};
	struct buf text;

	alert.name = value_text(value_get(alert.labels, "alertname"));
	buf_init(&text, BUF_UNBOUNDED);
	alert_show(&alert, &text);
	markdown_plain(out, buf_view(&text));
	buf_done(&text);
}

struct str incident_answer(const struct incident *incident, enum incident_key key)
{
	const struct incident_answers *answers = incident->about->answers;

	if (!answers || answers->by_key[key].count == 0)
		return (struct str){0};
	return answers->by_key[key].items[0];
}

void incident_put_answer(
    const struct incident *incident, enum incident_key key, size_t column, struct buf *out)
{
	text_lines(out, str_trim(incident_answer(incident, key)), column);
}

const char *incident_what(const struct incident *incident)
{
	return incident->summary->rehearsal ? "rehearsal" : incident->in_earnest ? "run" : "replay";
}

bool incident_is_wanted(const struct incident *incident, enum incident_key key)
{
	return incident->in_earnest || incident_rows[key].always;
}

void incident_put_blank(struct incident *incident, enum incident_key key, struct buf *out)
{
	if (!incident_is_wanted(incident, key)) {
		buf_printf(out, "none: it is a %s", incident_what(incident));
		return;
	}
	incident->open[key] = true;
	buf_printf(out, "**[to fill in: %s]**", incident_rows[key].hint);
}

size_t incident_blanks(const struct incident *incident)
{
	size_t count = 0;

	for (size_t i = 0; i < INCIDENT_KEYS; i++)
		count += incident->open[i];
	return count;
}

void incident_put_either(
    struct incident *incident, enum incident_key key, size_t column, struct buf *out)
{
	if (incident_answer(incident, key).len)
		incident_put_answer(incident, key, column, out);
	else
		incident_put_blank(incident, key, out);
}

void incident_put_day(const struct incident *incident, struct buf *out)
{
	text_day(out,
	    incident->detected.known ? incident->detected.at_us : incident->summary->began_at_us);
}

void incident_put_minute(const struct incident *incident, int64_t at_us, struct buf *out)
{
	struct buf of_report;
	struct buf day;
	struct buf clock;

	buf_init(&of_report, BUF_UNBOUNDED);
	buf_init(&day, BUF_UNBOUNDED);
	buf_init(&clock, BUF_UNBOUNDED);
	incident_put_day(incident, &of_report);
	text_day(&day, at_us);
	text_clock(&clock, at_us);
	if (!str_eq(buf_view(&of_report), buf_view(&day)))
		buf_printf(out, "%.*s ", STR_ARG(buf_view(&day)));
	buf_str(out, str_sub(buf_view(&clock), 0, sizeof("03:04") - 1));
	buf_done(&of_report);
	buf_done(&day);
	buf_done(&clock);
}

/* "03:19 (0.30 hours), UTC: 18m12s" */
static void put_span(
    const struct incident *incident, int64_t to_us, int64_t took_us, struct buf *out)
{
	incident_put_minute(incident, to_us, out);
	buf_printf(out, " (%.2f hours), UTC: ", (double)took_us / (double)HOUR_US);
	units_show_duration(out, took_us > 0 ? text_seconds(took_us) : 0);
}

/* "03:01 - 03:19 (0.30 hours), UTC: 18m12s from the alert to the recovery" */
static void put_duration(struct incident *incident, struct buf *out)
{
	const struct summary *summary = incident->summary;
	bool is_detected = incident->detected.known != KNOWN_NOT;
	int64_t from_us = is_detected ? incident->detected.at_us : summary->began_at_us;
	int64_t took_us = incident->restored.at_us - from_us;

	buf_text(out, "**Duration:** ");
	incident_put_minute(incident, from_us, out);
	buf_text(out, " - ");
	if (!incident->in_earnest && summary->finished) {
		put_span(incident, summary->ended_at_us, summary->duration_us, out);
		buf_printf(out, " of a %s", incident_what(incident));
	} else if (incident->restored.known == KNOWN_NOT) {
		incident_put_blank(incident, ANSWER_RESTORED, out);
		buf_text(out, ", UTC");
	} else if (took_us < 0) {
		incident_put_minute(incident, incident->restored.at_us, out);
		buf_text(out,
		    is_detected ? ", UTC: that cannot be right"
				: ", UTC: restored before the run began");
	} else {
		put_span(incident, incident->restored.at_us, took_us, out);
		buf_text(out,
		    incident->detected.known == KNOWN_BY_RECORD ? " from the start of the alert"
			: is_detected                           ? " from its detection"
								: " from the begin of the run");
		buf_text(out, " to the recovery");
	}
	buf_text(out, BREAK);
}

static void put_severity(struct incident *incident, struct buf *out)
{
	const struct plan *plan = incident->about->plan;
	struct str severity = plan ? plan->runbook->severity : (struct str){0};
	struct str said = str_trim(incident_answer(incident, ANSWER_SEVERITY));

	buf_text(out, "**Severity:** ");
	if (severity.len == 0) {
		incident_put_either(incident, ANSWER_SEVERITY, 0, out);
	} else {
		markdown_plain(out, severity);
		if (said.len && !str_eq(said, severity)) {
			buf_text(out, " by the runbook; by a person: ");
			incident_put_answer(incident, ANSWER_SEVERITY, 0, out);
		}
	}
	buf_text(out, BREAK);
}

/* What the record knows of it: what the runbook is for, and how the alert was labelled. */
static void put_evidence(const struct incident *incident, struct buf *out)
{
	const struct plan *plan = incident->about->plan;
	struct buf text;

	for (size_t i = 0; plan && i < plan->runbook->symptom_count; i++) {
		buf_text(out, i ? "; " : "\nThe runbook is for: ");
		markdown_plain(out, plan->runbook->symptoms[i]);
	}
	if (plan && plan->runbook->symptom_count)
		buf_byte(out, '\n');
	buf_init(&text, BUF_UNBOUNDED);
	text_alert_labels(&text, incident->chronicle->alert);
	if (text.len)
		buf_text(out, "\nThe alert was labelled: ");
	markdown_plain(out, buf_view(&text));
	buf_text(out, text.len ? "\n" : "");
	buf_done(&text);
}

static void put_head(struct incident *incident, struct buf *out)
{
	buf_text(out, "**Date:** ");
	incident_put_day(incident, out);
	buf_text(out, BREAK);
	put_duration(incident, out);
	put_severity(incident, out);
	buf_text(out, "**Impact:** ");
	incident_put_either(incident, ANSWER_IMPACT, 0, out);
	buf_byte(out, '\n');
	if (incident->open[ANSWER_IMPACT])
		put_evidence(incident, out);
}

/* Of what a person says of times: what nobody may sign. */
static void put_impossible(const struct incident *incident, struct buf *out)
{
	if (!incident_is_impossible(incident))
		return;
	buf_text(out, "> **THE TIMES CANNOT BE RIGHT: the service was restored at ");
	incident_put_minute(incident, incident->restored.at_us, out);
	buf_text(out, ", and the issue detected after that, at ");
	incident_put_minute(incident, incident->detected.at_us, out);
	buf_text(out, "**. Mend the answers.\n>\n");
}

/* What whoever reads no more than the first lines must know. */
static void put_notices(const struct incident *incident, struct buf *out)
{
	const struct summary *summary = incident->summary;
	const struct rendering_about *about = incident->about;

	if (summary->rehearsal)
		buf_text(out,
		    "> **THIS IS A REHEARSAL: there was no incident, and nothing was changed.** It "
		    "does "
		    "what reads and no more.\n>\n");
	else if (!incident->in_earnest)
		buf_text(out, "> **THIS IS A REPLAY: nothing of it was really done.**\n>\n");
	if (summary->follows.len) {
		buf_text(out, "> **DONE AGAIN, as it was recorded in the run ");
		markdown_plain(out, summary->follows);
		buf_text(out, "**, and compared with it.\n>\n");
	}
	if (summary->alone.len) {
		buf_text(out, "> **One step alone was run:** ");
		markdown_plain(out, summary->alone);
		buf_text(out, "\n>\n");
	}
	if (!summary->finished) {
		buf_text(out, "> **NOT FINISHED: the record ends at ");
		text_clock(out, incident->chronicle->last_at_us);
		buf_text(out, " UTC**, and nobody knows from it how the incident ended.\n>\n");
	} else if (incident->in_earnest && summary->outcome != RUN_RECOVERED &&
	    summary->outcome != RUN_ALONE) {
		buf_printf(out, "> **NOT RECOVERED: the run ended, %s**",
		    run_outcome_names[summary->outcome]);
		buf_text(out, summary->why.len ? ": " : "");
		markdown_plain(out, summary->why);
		buf_text(out, "\n>\n");
	}
	put_impossible(incident, out);
	if (about->verified == TRANSCRIPT_DAMAGED || about->verified == TRANSCRIPT_UNREADABLE) {
		buf_text(out, "> **THE RECORD IS DAMAGED, and the report ends there:** ");
		markdown_plain(out, about->state);
		buf_text(out, "\n>\n");
	}
}

static void put_blanks(const struct incident *incident, struct buf *out)
{
	size_t blanks = incident_blanks(incident);
	struct buf command;

	if (blanks == 0)
		return;
	buf_printf(out, "> %zu blank%s for a person to fill in: ", blanks,
	    blanks == 1 ? " is left" : "s are left");
	buf_init(&command, BUF_UNBOUNDED);
	buf_printf(
	    &command, "reprise report --format answers %s >answers.yaml", incident->about->path);
	markdown_code(out, buf_view(&command));
	buf_clear(&command);
	buf_printf(&command, "reprise report --answers answers.yaml %s", incident->about->path);
	buf_text(out, " writes a file that asks for them, ");
	markdown_code(out, buf_view(&command));
	buf_text(out, " puts the answers in.\n>\n");
	buf_done(&command);
}

static void put_title(const struct incident *incident, struct buf *out)
{
	const struct summary *summary = incident->summary;

	buf_text(out, "## Incident Report: ");
	buf_text(out, summary->rehearsal ? "REHEARSAL of " : "");
	markdown_plain(out, summary->title.len ? summary->title : summary->runbook);
	buf_text(out, "\n\n");
}

static void put_body(struct incident *incident, struct buf *out)
{
	put_head(incident, out);
	buf_text(out, "\n### Timeline\n");
	incident_put_timeline(incident, out);
	buf_text(out, "\n### Root Cause\n");
	incident_put_cause(incident, out);
	buf_text(out, "\n### Resolution\n");
	incident_put_resolution(incident, out);
	buf_text(out, "\n### Action Items\n");
	incident_put_actions(incident, out);
	buf_text(out, "\n### Lessons Learned\n");
	incident_put_either(incident, ANSWER_LESSONS, 0, out);
	buf_text(out, "\n\n### Post-Incident Checklist\n\n");
	incident_put_checklist(incident, out);
}

void incident_put(const struct rendering_about *about, const struct chronicle *chronicle,
    bool *ret_open, struct buf *out)
{
	struct incident incident = {
	    .about = about,
	    .chronicle = chronicle,
	    .summary = &chronicle->summary,
	    .objectives = about->plan ? &about->plan->runbook->objectives : NULL,
	    .outlook = chronicle->summary.foretold ? &chronicle->summary.outlook : NULL,
	    .in_earnest = !chronicle->summary.rehearsal && chronicle->origin == ORIGIN_LIVE,
	};
	struct buf body;
	struct buf notices;

	incident_find(&incident);
	if (about->plan)
		incident.labels = labels_new(about->plan);
	buf_init(&body, BUF_UNBOUNDED);
	buf_init(&notices, BUF_UNBOUNDED);
	put_body(&incident, &body);
	put_notices(&incident, &notices);
	put_blanks(&incident, &notices);
	put_title(&incident, out);
	if (notices.len) {
		buf_str(out, str_sub(buf_view(&notices), 0, notices.len - sizeof(">\n") + 1));
		buf_byte(out, '\n');
	}
	buf_str(out, buf_view(&body));
	if (ret_open)
		memcpy(ret_open, incident.open, sizeof(incident.open));
	buf_done(&notices);
	buf_done(&body);
	labels_free(incident.labels);
}
