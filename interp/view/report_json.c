/* SPDX-License-Identifier: Apache-2.0 */
#include "view/report_json.h"

#include <stdlib.h>

#include "base/mem.h"
#include "view/actual_path.h"
#include "view/objective.h"
#include "view/rendering.h"
#include "view/report_json_parts.h"

/* Of the shape: it goes up when a key goes away or means something else, not when one is added. */
enum { FORMAT = 1 };

struct shown_run {
	struct str id;
	struct str runbook;
	struct str title;
	struct str mode;
	struct str severity;
	int64_t began_at_us;
	int64_t ended_at_us;
	int64_t duration_us;
	int64_t recovered_us;
	int64_t open_us;
	enum shape_yesno finished;
	const char *outcome;
	struct str why;
	const char *origin;
	struct str dir;
	struct str seed;
	struct str signer;
	const struct value *params;
	const struct value *program;
	const struct value *host;
	const struct value *sources;
	const struct value *alert;
	const struct value *alone;
	const struct value *follows;
	const struct value *rehearsal;
};

static const struct shape_field run_fields[] = {
    ALWAYS("id", STR, shown_run, id, NULL),
    ALWAYS("runbook", STR, shown_run, runbook, "its id"),
    ROW("title", STR, shown_run, title, NULL),
    ROW("mode", STR, shown_run, mode, "run, rehearse, …"),
    ROW("severity", STR, shown_run, severity, NULL),
    ROW("began", TIME, shown_run, began_at_us, NULL),
    ROW("ended", TIME, shown_run, ended_at_us, NULL),
    ROW("duration_us", INT, shown_run, duration_us, NULL),
    ROW("recovered_us", INT, shown_run, recovered_us,
	"how long until it had recovered, of a run that has: the objective is for that"),
    ROW("open_us", INT, shown_run, open_us, "of that, how long a question was open"),
    ROW("finished", YESNO, shown_run, finished, NULL),
    WORD("outcome", shown_run, outcome, run_outcome_names,
	"left out when the record ends before the run does"),
    ROW("why", STR, shown_run, why, NULL),
    WORD("origin", shown_run, origin, origin_names,
	"not live: nothing in it counts as having really recovered"),
    ROW("dir", STR, shown_run, dir, "where what it keeps lies"),
    ROW("seed", STR, shown_run, seed, NULL),
    ROW("signer", STR, shown_run, signer, "SHA-256 of the public key"),
    ROW("params", VALUE, shown_run, params, NULL),
    ROW("program", VALUE, shown_run, program, "versions"),
    ROW("host", VALUE, shown_run, host, "name, user, uid, pid, boot_id, terminal"),
    ROW("sources", VALUE, shown_run, sources,
	"the files of the runbook: a list of {name, sha256, size, path}"),
    ROW("alert", VALUE, shown_run, alert, "that it answers: fingerprint, labels, starts_at"),
    ROW("alone", VALUE, shown_run, alone,
	"the step that was run alone, and what was given of others"),
    ROW("follows", VALUE, shown_run, follows, "the record that it was compared with: run, sha256"),
    ROW("rehearsal", VALUE, shown_run, rehearsal, "of a rehearsal: from, assume, inject"),
    {0},
};

static const struct shape run_shape = {"run", "The run, and how it ended.", run_fields};

struct shown_record {
	struct str path;
	const char *state;
	struct str state_text;
	int64_t missing;
	bool failed;
};

static const struct shape_field record_fields[] = {
    ALWAYS("path", STR, shown_record, path, NULL),
    WORD("state", shown_record, state, transcript_state_names, "what verifying it said"),
    ALWAYS("state_text", STR, shown_record, state_text, "the same for people"),
    ROW("missing_lines", INT, shown_record, missing, "so many could not be recorded"),
    ROW("failed", TRUE, shown_record, failed, "for some time it could not be written"),
    {0},
};

static const struct shape record_shape = {"record", "The transcript.", record_fields};

struct shown_objectives {
	int64_t rto_us;
	int64_t rpo_us;
	int64_t mttr_us;
	struct str availability;
	int64_t estimate_low_us;
	int64_t estimate_high_us;
	enum shape_yesno rto_met;
};

static const struct shape_field objective_fields[] = {
    ROW("rto_us", INT, shown_objectives, rto_us, NULL),
    ROW("rto_met", YESNO, shown_objectives, rto_met,
	"of a run that has recovered, and was no rehearsal"),
    ROW("rpo_us", INT, shown_objectives, rpo_us, NULL),
    ROW("mttr_us", INT, shown_objectives, mttr_us, NULL),
    ROW("availability", STR, shown_objectives, availability, "as written"),
    ROW("estimate_low_us", INT, shown_objectives, estimate_low_us, NULL),
    ROW("estimate_high_us", INT, shown_objectives, estimate_high_us, NULL),
    {0},
};

static const struct shape objectives_shape = {
    "objectives", "What the recovery must achieve, as the runbook says.", objective_fields};

struct shown_summary {
	struct shape_list went_wrong;
	struct shape_list half_done;
	struct shape_list half_done_allowed;
	struct shape_list clean_up_left;
	struct shape_list not_rolled_back;
	struct shape_list destroyed;
	struct shape_list changed;
	struct shape_list not_run;
};

static const struct shape_field summary_fields[] = {
    OF("went_wrong", LIST, shown_summary, went_wrong, NULL, "what went wrong, and changed nothing"),
    OF("half_done", LIST, shown_summary, half_done, NULL,
	"begun, and perhaps done in part: look before going on"),
    OF("half_done_allowed", LIST, shown_summary, half_done_allowed, NULL,
	"the same of failures that are answers"),
    OF("clean_up_left", LIST, shown_summary, clean_up_left, NULL,
	"finally steps that were not run"),
    OF("not_rolled_back", LIST, shown_summary, not_rolled_back, NULL,
	"what should have been undone, and was not"),
    OF("destroyed", LIST, shown_summary, destroyed, NULL, "what has destroyed something"),
    OF("changed", LIST, shown_summary, changed, NULL, "what has changed something"),
    OF("not_run", LIST, shown_summary, not_run, NULL, "blocked, or cancelled before they began"),
    {0},
};

static const struct shape summary_shape = {
    "summary", "What the steps came to: lists of their nodes.", summary_fields};

static const struct shape_field outlook_fields[] = {
    ALWAYS("from_us", INT, outlook, from_us,
	"on the run's own clock: what follows is the time left from there"),
    ALWAYS("expected_us", INT, outlook, expected_us, "as likely longer as shorter"),
    ALWAYS(
	"within_us", INT, outlook, within_us, "no longer than that, in so many of a hundred runs:"),
    ALWAYS("percent", INT, outlook, percent, NULL),
    ALWAYS("waiting_us", INT, outlook, waiting_us, "of the expected: people"),
    ALWAYS("runs", INT, outlook, runs, "earlier ones that it rests on"),
    ALWAYS("ended", INT, outlook, ended, "the latest that recovered or failed"),
    ALWAYS("failed", INT, outlook, failed, "of them"),
    ALWAYS("steps", INT, outlook, steps, "that are counted"),
    ALWAYS("estimated", INT, outlook, estimated, "of them: which rest on the runbook's estimates"),
    ALWAYS(
	"unknown", INT, outlook, unknown, "of them: which rest on nothing, and count as no time"),
    ALWAYS("rto_percent", INT, outlook, rto_percent,
	"in so many of a hundred runs the objective is met"),
    {0},
};

static const struct shape outlook_shape = {
    "forecast", "What was to be expected when the run began, or last went on.", outlook_fields};

struct shown_part {
	struct str node;
	int64_t from_t_us;
	int64_t to_t_us;
	int64_t people_us;
};

static const struct shape_field part_fields[] = {
    ROW("node", STR, shown_part, node, "left out of the runbook's own checks"),
    ALWAYS("from_t_us", INT, shown_part, from_t_us, "when what it waited for had ended"),
    ALWAYS("to_t_us", INT, shown_part, to_t_us, NULL),
    ROW("people_us", INT, shown_part, people_us, "of that a question was open"),
    {0},
};

static const struct shape part_shape = {
    "part", "A part of the path: had it been faster, the run would have been.", part_fields};

struct shown_report {
	int64_t format;
	const struct shown_run *run;
	const struct shown_record *record;
	const struct shown_objectives *objectives;
	const struct outlook *forecast;
	const struct shown_summary *summary;
	struct shape_list critical_path;
	struct shape_list steps;
	struct shape_list verify;
	struct shape_list decisions;
	struct shape_list choices;
	struct shape_list questions;
	struct shape_list told;
	struct shape_list notes;
	struct shape_list locks;
	struct shape_list events;
};

static const struct shape_field report_fields[] = {
    ALWAYS("format", INT, shown_report, format, "1: of this shape"),
    OF("run", OBJECT, shown_report, run, &run_shape, NULL),
    OF("record", OBJECT, shown_report, record, &record_shape, NULL),
    OF("objectives", OBJECT, shown_report, objectives, &objectives_shape,
	"left out when the recorded runbook could not be read"),
    OF("forecast", OBJECT, shown_report, forecast, &outlook_shape, "left out when there was none"),
    OF("summary", OBJECT, shown_report, summary, &summary_shape, NULL),
    OF("critical_path", LIST, shown_report, critical_path, &part_shape,
	"what the run waited for, in order"),
    OF("steps", LIST, shown_report, steps, &report_json_step,
	"in the order in which they were first heard of"),
    OF("verify", LIST, shown_report, verify, &report_json_op,
	"the runbook's own checks: whether it has recovered"),
    OF("decisions", LIST, shown_report, decisions, &report_json_decision, NULL),
    OF("choices", LIST, shown_report, choices, &report_json_choice, NULL),
    OF("questions", LIST, shown_report, questions, &report_json_question, NULL),
    OF("told", LIST, shown_report, told, &report_json_told, NULL),
    OF("notes", LIST, shown_report, notes, &report_json_note, NULL),
    OF("locks", LIST, shown_report, locks, &report_json_lock, NULL),
    OF("events", LIST, shown_report, events, &report_json_event, NULL),
    {0},
};

static const struct shape report_shape = {"report", "The report of a run.", report_fields};

struct report_json {
	struct rendering_about about;
	struct chronicle *chronicle;
};

static void *new (const struct rendering_about *about)
{
	struct report_json *report = mem_alloc(sizeof(*report));

	report->about = *about;
	report->chronicle = chronicle_new(about->plan);
	return report;
}

static void release(void *self)
{
	struct report_json *report = self;

	chronicle_free(report->chronicle);
	free(report);
}

static void see(void *self, const struct message *message)
{
	struct report_json *report = self;

	chronicle_see(report->chronicle, message);
}

static struct shown_run run_of(const struct report_json *report)
{
	const struct chronicle *chronicle = report->chronicle;
	const struct summary *summary = &chronicle->summary;

	return (struct shown_run){
	    .id = summary->run,
	    .runbook = summary->runbook,
	    .title = summary->title,
	    .mode = summary->mode,
	    .severity = report->about.plan ? report->about.plan->runbook->severity
					   : (struct str){0},
	    .began_at_us = summary->began_at_us,
	    .ended_at_us = summary->ended_at_us,
	    .duration_us = summary->finished ? summary->duration_us : -1,
	    .recovered_us = summary->finished && summary->outcome == RUN_RECOVERED &&
		    !summary->rehearsal
		? summary->recovered_us
		: -1,
	    .open_us = summary->finished && summary->open_us ? summary->open_us : -1,
	    .finished = summary->finished ? SHAPE_YES : SHAPE_NO,
	    .outcome = summary->finished ? run_outcome_names[summary->outcome] : NULL,
	    .why = summary->why,
	    .origin = origin_names[chronicle->origin],
	    .dir = chronicle->dir,
	    .seed = chronicle->seed,
	    .signer = chronicle->signer,
	    .params = chronicle->params,
	    .program = chronicle->program,
	    .host = chronicle->host,
	    .sources = chronicle->sources,
	    .alert = chronicle->alert,
	    .alone = chronicle->alone,
	    .follows = chronicle->follows,
	    .rehearsal = chronicle->rehearsal,
	};
}

static struct shown_objectives objectives_of(const struct report_json *report)
{
	const struct objectives *objectives = &report->about.plan->runbook->objectives;
	const struct summary *summary = &report->chronicle->summary;
	struct shown_objectives shown = {
	    .rto_us = objectives->rto_us,
	    .rpo_us = objectives->rpo_us,
	    .mttr_us = objectives->mttr_us,
	    .availability = objectives->availability,
	    .estimate_low_us = objectives->estimate_low_us,
	    .estimate_high_us = objectives->estimate_high_us,
	};

	if (objectives->rto_us != UNSET_US && summary->finished &&
	    summary->outcome == RUN_RECOVERED && !summary->rehearsal)
		shown.rto_met = objective_met(summary, objectives->rto_us) ? SHAPE_YES : SHAPE_NO;
	return shown;
}

/* The steps that a question of the summary is answered with yes for. */
#define CHOSEN(name, wanted)                                                                       \
	static void put_##name(struct json *json, const void *self)                                \
	{                                                                                          \
		put_nodes(json, self, wanted);                                                     \
	}

static void put_nodes(struct json *json, const struct summary *summary,
    bool (*wanted)(const struct summary_step *step))
{
	for (size_t i = 0; i < summary->step_count; i++)
		if (wanted(&summary->steps[i]))
			json_str(json, summary->steps[i].node);
}

CHOSEN(went_wrong, step_went_wrong)
CHOSEN(half_done, step_is_half_done)
CHOSEN(half_done_allowed, step_is_half_done_allowed)
CHOSEN(clean_up_left, step_is_clean_up_left)
CHOSEN(left, step_is_left)
CHOSEN(destroyed, step_destroyed)
CHOSEN(changed, step_changed)
CHOSEN(not_run, step_was_not_run)

static void put_path(struct json *json, const void *self)
{
	const struct chronicle *chronicle = self;
	struct actual_path path;

	actual_path_init(&path, chronicle);
	for (size_t i = 0; i < path.count; i++) {
		const struct actual_part *part = &path.parts[i];
		struct shown_part shown = {
		    .from_t_us = part->from_t_us,
		    .to_t_us = part->to_t_us,
		    .people_us = part->people_us ? part->people_us : -1,
		};

		if (part->step)
			shown.node = chronicle->summary.steps[part->step - 1].node;
		shape_put(json, &part_shape, &shown);
	}
	actual_path_done(&path);
}

static void put(void *self, struct buf *out)
{
	struct report_json *report = self;
	struct chronicle *chronicle = report->chronicle;
	const struct summary *summary = &chronicle->summary;
	struct shown_run run = run_of(report);
	struct shown_objectives objectives = {0};
	struct shown_record record = {
	    .path = str_from(report->about.path),
	    .state = transcript_state_names[report->about.verified],
	    .state_text = report->about.state,
	    .missing = chronicle->lost_lines ? chronicle->lost_lines : -1,
	    .failed = summary->record_failed,
	};
	struct shown_summary came_to = {{put_went_wrong, summary}, {put_half_done, summary},
	    {put_half_done_allowed, summary}, {put_clean_up_left, summary}, {put_left, summary},
	    {put_destroyed, summary}, {put_changed, summary}, {put_not_run, summary}};
	struct shown_report shown = {
	    .format = FORMAT,
	    .run = &run,
	    .record = &record,
	    .forecast = summary->foretold ? &summary->outlook : NULL,
	    .summary = &came_to,
	    .critical_path = {put_path, chronicle},
	    .steps = {report_json_put_steps, chronicle},
	    .verify = {report_json_put_verify, chronicle},
	    .decisions = {report_json_put_decisions, chronicle},
	    .choices = {report_json_put_choices, chronicle},
	    .questions = {report_json_put_questions, chronicle},
	    .told = {report_json_put_told, chronicle},
	    .notes = {report_json_put_notes, chronicle},
	    .locks = {report_json_put_locks, chronicle},
	    .events = {report_json_put_events, chronicle},
	};
	struct json json;

	chronicle_weigh(chronicle);
	if (report->about.plan) {
		objectives = objectives_of(report);
		shown.objectives = &objectives;
	}
	json_init_shown(&json, out, true);
	shape_put(&json, &report_shape, &shown);
	buf_byte(out, '\n');
}

const struct rendering rendering_json = {
    .format = "json",
    .new = new,
    .see = see,
    .put = put,
    .free = release,
};

void report_json_schema(struct buf *out)
{
	struct json json;

	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_text(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_text(&json, "title", "The report of a run of Reprise, format 1");
	json_put_text(&json, "description",
	    "What is not known, or not so, is left out; lists are always there. More keys may come "
	    "with later "
	    "versions.");
	json_put_text(&json, "$ref", "#/$defs/report");
	json_key(&json, "properties");
	json_open_map(&json);
	json_key(&json, "format");
	json_open_map(&json);
	json_put_int(&json, "const", FORMAT);
	json_close_map(&json);
	json_close_map(&json);
	json_key(&json, "$defs");
	json_open_map(&json);
	shape_define(&json, &report_shape);
	json_close_map(&json);
	json_close_map(&json);
	buf_byte(out, '\n');
}
