/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "cli/recorded.h"
#include "record/signature.h"
#include "view/rendering.h"

/* Every form of the report; the first is the default. */
static const struct rendering *const renderings[] = {
    &rendering_markdown,
};

enum { RENDERINGS = sizeof(renderings) / sizeof(*renderings) };

static const struct option_row options[] = {
    {"format", 'f', "FORMAT", "md (the default): Markdown"},
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

static int report_file(const struct rendering *rendering, const char *path, const struct plan *plan)
{
	struct rendering_about about = {.plan = plan, .path = path};
	struct reader *reader;
	struct buf state;
	struct buf out;
	int status = STATUS_OK;

	buf_init(&out, BUF_UNBOUNDED);
	reader = reader_open(path, &out);
	if (!reader) {
		complain("%.*s", STR_ARG(buf_view(&out)));
		buf_done(&out);
		return STATUS_DAMAGED;
	}
	buf_init(&state, BUF_UNBOUNDED);
	about.verified = transcript_verify(path, NULL, &state);
	about.state = buf_view(&state);
	if (!render(rendering, &about, reader, &out)) {
		complain("%s holds no run: %.*s", path, STR_ARG(about.state));
		status = STATUS_DAMAGED;
	} else {
		fwrite(out.ptr, 1, out.len, stdout);
		if (is_damaged(about.verified)) {
			complain("%s: %.*s; the report ends there", path, STR_ARG(about.state));
			status = STATUS_DAMAGED;
		}
	}
	buf_done(&state);
	buf_done(&out);
	reader_free(reader);
	return status;
}

static int report_run(
    const struct rendering *rendering, const struct invocation *invocation, struct arena *arena)
{
	struct kept kept;
	struct load load;
	bool loaded;
	int status;

	if (!kept_find(arena, invocation->args[0], &kept))
		return STATUS_WRONG;
	loaded = recorded_load(kept.transcript, &load);
	status = report_file(rendering, kept.transcript, loaded ? load.plan : NULL);
	if (loaded)
		load_done(&load);
	return status;
}

static int run(const struct invocation *invocation)
{
	const char *formats[RENDERINGS + 1] = {0};
	struct arena *arena;
	size_t format;
	int status;

	for (size_t i = 0; i < RENDERINGS; i++)
		formats[i] = renderings[i]->format;
	if (!option_choice(invocation, "format", formats, &format))
		return STATUS_WRONG;
	arena = arena_new();
	status = report_run(renderings[format], invocation, arena);
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
