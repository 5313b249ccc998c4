/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "cli/recorded.h"
#include "record/signature.h"
#include "view/report.h"

static const struct option_row options[] = {
    {"format", 'f', "FORMAT", "md (the default): Markdown"},
    {0},
};

static int report_file(const char *path, const struct plan *plan)
{
	struct report *report;
	struct buf out;
	struct buf state;
	struct reader *reader;
	struct arena *arena;
	struct line line;
	enum transcript_state verified;

	buf_init(&out, BUF_UNBOUNDED);
	reader = reader_open(path, &out);
	if (!reader) {
		complain("%.*s", STR_ARG(buf_view(&out)));
		buf_done(&out);
		return STATUS_DAMAGED;
	}
	report = report_new(plan);
	arena = arena_new();
	while (reader_next(reader, arena, &line)) {
		if (line.known)
			report_see(report, &line.message);
		arena_reset(arena);
	}
	buf_init(&state, BUF_UNBOUNDED);
	verified = transcript_verify(path, NULL, &state);
	if (report_is_empty(report)) {
		complain("%s holds no run: %.*s", path, STR_ARG(buf_view(&state)));
		verified = TRANSCRIPT_UNREADABLE;
	} else {
		report_markdown(report, path, buf_view(&state), &out);
		fwrite(out.ptr, 1, out.len, stdout);
		if (verified == TRANSCRIPT_DAMAGED || verified == TRANSCRIPT_UNREADABLE)
			complain(
			    "%s: %.*s; the report ends there", path, STR_ARG(buf_view(&state)));
	}
	buf_done(&state);
	buf_done(&out);
	arena_free(arena);
	reader_free(reader);
	report_free(report);
	return verified == TRANSCRIPT_DAMAGED || verified == TRANSCRIPT_UNREADABLE ? STATUS_DAMAGED
										   : STATUS_OK;
}

static int report_run(const struct invocation *invocation, struct arena *arena)
{
	struct kept kept;
	struct load load;
	bool loaded;
	int status;

	if (!kept_find(arena, invocation->args[0], &kept))
		return STATUS_WRONG;
	loaded = recorded_load(kept.transcript, &load);
	status = report_file(kept.transcript, loaded ? load.plan : NULL);
	if (loaded)
		load_done(&load);
	return status;
}

static int run(const struct invocation *invocation)
{
	const char *format = option_value(invocation, "format");
	struct arena *arena;
	int status;

	if (format && strcmp(format, "md") != 0) {
		complain("there is no report in the format %s; there is md", format);
		return STATUS_WRONG;
	}
	arena = arena_new();
	status = report_run(invocation, arena);
	arena_free(arena);
	return status;
}

const struct command command_report = {
    .name = "report",
    .arguments = "RUN",
    .least = 1,
    .most = 1,
    .summary = "make the report of a run from its transcript",
    .details = KEPT_RUN,
    .options = options,
    .run = run,
};
