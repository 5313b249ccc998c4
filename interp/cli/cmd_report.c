/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "cli/recorded.h"
#include "cli/report_answers.h"
#include "cli/written.h"
#include "record/signature.h"
#include "view/rendering.h"

/* Every form of the report; the first is the default. */
static const struct rendering *const renderings[] = {
    &rendering_markdown,
    &rendering_html,
    &rendering_json,
    &rendering_junit,
    &rendering_asciicast,
    &rendering_answers,
};

enum { RENDERINGS = sizeof(renderings) / sizeof(*renderings) };

static const struct option_row options[] = {
    {"format", 'f', "md|html|json|junit|asciicast|answers", "the form it has: md by default"},
    {"answers", 0, "FILE", "of md: what people know, put where it belongs"},
    {"output", 'o', "FILE", "write it to FILE, whole or not at all"},
    {0},
};

/* False when the record holds no run. */
static bool render(const struct rendering *rendering, const struct rendering_about *about,
    struct reader *reader, struct buf *out)
{
	void *fold = rendering->new (about);
	struct arena *arena = arena_new();
	bool began = false;
	struct line line;

	while (reader_next(reader, arena, &line)) {
		if (line.known) {
			began |= line.message.type == MESSAGE_RUN_STARTED;
			rendering->see(fold, &line.message);
		}
		arena_reset(arena);
	}
	if (began)
		rendering->put(fold, out);
	arena_free(arena);
	rendering->free(fold);
	return began;
}

static bool is_damaged(enum transcript_state state)
{
	return state == TRANSCRIPT_DAMAGED || state == TRANSCRIPT_UNREADABLE;
}

struct report {
	const struct rendering *rendering;
	const char *transcript;
	const struct plan *plan; /* NULL: the recorded runbook could not be read */
	const struct incident_answers *answers; /* NULL: people have said nothing */
	const char *output; /* NULL: standard output */
};

static int report_read(const struct report *report, struct reader *reader)
{
	struct rendering_about about = {
	    .plan = report->plan, .path = report->transcript, .answers = report->answers};
	struct buf state;
	struct buf out;
	int status = STATUS_OK;

	buf_init(&out, BUF_UNBOUNDED);
	buf_init(&state, BUF_UNBOUNDED);
	about.verified = transcript_verify(report->transcript, NULL, &state);
	about.state = buf_view(&state);
	if (report->rendering->needs_plan && !report->plan) {
		complain("%s does not hold a runbook that this version can read, which %s needs; "
			 "the default format does not",
		    report->transcript, report->rendering->format);
		status = STATUS_DAMAGED;
	} else if (!render(report->rendering, &about, reader, &out)) {
		complain("%s holds no run: %.*s", report->transcript, STR_ARG(about.state));
		status = STATUS_DAMAGED;
	} else if (!written(report->output, report->transcript, buf_view(&out))) {
		status = STATUS_WRONG;
	} else if (is_damaged(about.verified)) {
		complain(
		    "%s: %.*s; the report ends there", report->transcript, STR_ARG(about.state));
		status = STATUS_DAMAGED;
	}
	buf_done(&state);
	buf_done(&out);
	return status;
}

static int report_file(const struct report *report)
{
	struct reader *reader;
	struct buf error;
	int status = STATUS_DAMAGED;

	buf_init(&error, BUF_UNBOUNDED);
	reader = reader_open(report->transcript, &error);
	if (reader)
		status = report_read(report, reader);
	else
		complain("%.*s", STR_ARG(buf_view(&error)));
	reader_free(reader);
	buf_done(&error);
	return status;
}

static int report_run(
    const struct rendering *rendering, const struct invocation *invocation, struct arena *arena)
{
	struct report report = {
	    .rendering = rendering, .output = option_value(invocation, "output")};
	const char *path = option_value(invocation, "answers");
	struct incident_answers answers;
	struct kept kept;
	struct load load;
	bool loaded;
	int status;

	if (!kept_find(arena, invocation->args[0], &kept))
		return STATUS_WRONG;
	if (path && !rendering->takes_answers) {
		complain("--answers goes with --format md, not with %s", rendering->format);
		return STATUS_WRONG;
	}
	if (path && !report_answers_read(invocation, path, arena, &answers))
		return STATUS_WRONG;
	loaded = recorded_load(kept.transcript, &load);
	report.transcript = kept.transcript;
	report.plan = loaded ? load.plan : NULL;
	report.answers = path ? &answers : NULL;
	status = report_file(&report);
	if (loaded)
		load_done(&load);
	return status;
}

/* NULL: the default. The option's row has the same names. */
static const struct rendering *rendering_of(const char *format)
{
	size_t at = 0;

	while (format && at < RENDERINGS && strcmp(renderings[at]->format, format) != 0)
		at++;
	assert(at < RENDERINGS);
	return renderings[at];
}

static int run(const struct invocation *invocation)
{
	const char *format = option_value(invocation, "format");
	struct arena *arena;
	size_t choice;
	int status;

	if (!option_choice(invocation, "format", &choice))
		return STATUS_WRONG;
	arena = arena_new();
	status = report_run(rendering_of(format), invocation, arena);
	arena_free(arena);
	return status;
}

static const struct example_row examples[] = {
    {"reprise report RUN -o report.md", "the incident report, in Markdown"},
    {"reprise report RUN -f html -o report.html", "all of the run, as a page for a browser"},
    {"reprise report RUN -f answers -o answers.yaml", "what only people know, to be filled in"},
    {"reprise report RUN --answers answers.yaml -o report.md", "the report with what they know"},
    {0},
};

const struct command command_report = {
    .name = "report",
    .arguments = "RUN",
    .least = 1,
    .most = 1,
    .summary = "make the report of a run from its transcript",
    .details = KEPT_RUN
    "\n\n"
    "  md         the incident report, in Markdown, with blanks for people to fill\n"
    "  answers    a file that asks for what the blanks want; --answers puts it in\n"
    "  html       a page for browsers and for print\n"
    "  json       all of it, for programs; `reprise schema report` prints its schema\n"
    "  junit      for a CI server: a suite for the run, a case for each step\n"
    "  asciicast  the terminal as it was, for a player: asciinema play FILE",
    .options = options,
    .examples = examples,
    .run = run,
};
