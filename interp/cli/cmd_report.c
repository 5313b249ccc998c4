/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "lang/load.h"
#include "record/transcript_reader.h"
#include "stdlib/registry.h"
#include "view/report.h"

static const struct option_row options[] = {
    {"format", 'f', "FORMAT", "md (the default): Markdown"},
    {0},
};

/* A file as it is put together from its `source` lines. */
struct recorded {
	struct buf name;
	struct buf text;
};

struct recorded_files {
	struct recorded *items;
	size_t count;
	size_t capacity;
};

static void add_part(struct recorded_files *files, const struct message *source)
{
	struct recorded *last;

	if (source->source.part == 0) {
		files->items = mem_grow(
		    files->items, files->count, &files->capacity, sizeof(*files->items));
		last = &files->items[files->count++];
		buf_init(&last->name, BUF_UNBOUNDED);
		buf_init(&last->text, BUF_UNBOUNDED);
		buf_str(&last->name, source->source.name);
		buf_byte(&last->name, '\0');
	}
	if (files->count)
		buf_str(&files->items[files->count - 1].text, source->source.text);
}

/* The runbook that was run, with all that it includes and uses: from the record alone. */
static bool load_recorded(const struct recorded_files *files, struct load *load)
{
	struct file_text *texts = mem_alloc((files->count + 1) * sizeof(*texts));
	bool ok;

	texts[0].name = "";
	for (size_t i = 0; i < files->count; i++)
		texts[i] = (struct file_text){
		    files->items[i].name.ptr, buf_view(&files->items[i].text)};
	ok = load_texts(load, texts, files->count ? files->count : 1, &stdlib_vocabulary);
	free(texts);
	return ok;
}

static bool read_source(const char *path, struct load *load)
{
	struct arena *arena = arena_new();
	struct recorded_files files = {0};
	struct reader *reader;
	struct buf error;
	struct line line;
	bool ok;

	buf_init(&error, BUF_UNBOUNDED);
	reader = reader_open(path, &error);
	while (reader && reader_next(reader, arena, &line)) {
		if (line.known && line.message.type == MESSAGE_SOURCE)
			add_part(&files, &line.message);
		arena_reset(arena);
	}
	ok = load_recorded(&files, load);
	reader_free(reader);
	arena_free(arena);
	buf_done(&error);
	for (size_t i = 0; i < files.count; i++) {
		buf_done(&files.items[i].name);
		buf_done(&files.items[i].text);
	}
	free(files.items);
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
