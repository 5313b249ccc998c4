/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "lang/load.h"
#include "record/transcript_reader.h"
#include "stdlib/registry.h"
#include "view/report.h"

static const struct option_row options[] = {
    {"format", 'f', "FORMAT", "md (the default): Markdown"},
    {0},
};

/* The recorded runbook, put together from its `source` lines. */
static bool read_source(const char *path, struct load *load)
{
	struct buf error;
	struct buf text;
	struct buf name;
	struct reader *reader;
	struct arena *arena = arena_new();
	struct line line;
	bool ok;

	buf_init(&error, BUF_UNBOUNDED);
	buf_init(&text, SOURCE_MAX);
	buf_init(&name, BUF_UNBOUNDED);
	reader = reader_open(path, &error);
	while (reader && reader_next(reader, arena, &line)) {
		if (line.known && line.message.type == MESSAGE_SOURCE) {
			if (name.len == 0)
				buf_str(&name, line.message.source.name);
			buf_str(&text, line.message.source.text);
		}
		arena_reset(arena);
	}
	buf_byte(&name, '\0');
	ok = load_text(load, name.ptr, buf_view(&text), &stdlib_vocabulary);
	reader_free(reader);
	arena_free(arena);
	buf_done(&error);
	buf_done(&text);
	buf_done(&name);
	return ok;
}

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
	verified = transcript_verify(path, &state);
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

static int run(const struct invocation *invocation)
{
	const char *format = option_value(invocation, "format");
	struct load load;
	bool loaded;
	int status;

	if (format && strcmp(format, "md") != 0) {
		complain("there is no report in the format %s; there is md", format);
		return STATUS_WRONG;
	}
	loaded = read_source(invocation->args[0], &load);
	status = report_file(invocation->args[0], loaded ? load.plan : NULL);
	load_done(&load);
	return status;
}

const struct command command_report = {
    .name = "report",
    .arguments = "TRANSCRIPT",
    .least = 1,
    .most = 1,
    .summary = "make the report of a run from its transcript",
    .options = options,
    .run = run,
};
