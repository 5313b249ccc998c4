/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/replayed.h"

#include <unistd.h>

#include "cli/mistakes.h"
#include "cli/recorded.h"
#include "record/signature.h"
#include "stdlib/registry.h"

/* A record that does not say how many operations ran at once was made with so many. */
enum { JOBS_UNSAID = 16, JOBS_MOST = 1 << 20 };

/* Its sources are not to be had: because it was changed, or because it ends before they do. */
static void complain_of_record(const char *path)
{
	enum transcript_state state;
	struct buf said;

	buf_init(&said, BUF_UNBOUNDED);
	state = transcript_verify(path, NULL, &said);
	if (state == TRANSCRIPT_DAMAGED || state == TRANSCRIPT_UNREADABLE)
		complain("%s: %.*s", path, STR_ARG(buf_view(&said)));
	else
		complain(
		    "%s ends before it holds the runbook whole: it tells of nothing that was begun",
		    path);
	buf_done(&said);
}

static bool load(struct replayed *replayed, const char *against)
{
	if (against) {
		load_file(&replayed->load, against, &stdlib_vocabulary);
	} else if (!recorded_load(replayed->path, &replayed->load)) {
		complain_of_record(replayed->path);
		return false;
	}
	replayed->loaded = true;
	if (replayed->load.plan && replayed->load.diags.errors == 0)
		return true;
	mistakes_show(&replayed->load, false);
	complain("%s %s", against ? against : replayed->path,
	    against ? "is no runbook that could be run"
		    : "holds a runbook in which this version finds mistakes");
	return false;
}

unsigned jobs_of(const struct message *run_started)
{
	int64_t jobs = run_started->run_started.jobs;

	return jobs > 0 && jobs <= JOBS_MOST ? (unsigned)jobs : JOBS_UNSAID;
}

/* The scheduler as the run had it. */
static void begin(struct replayed *replayed, const struct message *run_started)
{
	struct sched_options options = {.jobs = jobs_of(run_started)};

	replayed->jobs = options.jobs;
	replayed->store = store_new();
	replayed->sched = sched_new(replayed->load.plan, replayed->store, &options);
	replayed->replayer = replayer_new(replayed->sched);
}

static enum status see_lines(struct replayed *replayed, const struct line_watcher *watcher)
{
	const struct transcript_report *report = reader_report(replayed->reader);
	struct arena *arena = arena_new();
	struct line line;

	replayed->same = true;
	replayed->event = arena_new();
	while (replayed->same && reader_next(replayed->reader, arena, &line)) {
		if (!replayed->replayer)
			begin(replayed, &line.message);
		if (watcher)
			watcher->see(watcher->self, &line);
		replayed->same = replayer_see(replayed->replayer, &line);
		if (line.class == CLASS_IN) {
			struct arena *before = replayed->event;

			replayed->event = arena;
			arena = before;
		}
		arena_reset(arena);
	}
	arena_free(arena);
	if (replayed->same && replayed->replayer && report->state == TRANSCRIPT_SEALED)
		replayed->same = replayer_end(replayed->replayer);
	if (!replayed->same)
		return STATUS_OK;
	if (report->state == TRANSCRIPT_DAMAGED)
		complain("%s: damaged: line %lld: %s", replayed->path, (long long)report->line,
		    report->why);
	else if (report->state == TRANSCRIPT_UNREADABLE)
		complain("%s: %s", replayed->path, report->why);
	else if (!replayed->replayer)
		complain("%s holds no run: there is no line in it", replayed->path);
	else
		return STATUS_OK;
	return STATUS_DAMAGED;
}

enum status replayed_read(struct replayed *replayed, const char *path, const char *against,
    const struct line_watcher *watcher)
{
	struct buf error;

	*replayed = (struct replayed){.path = path};
	buf_init(&error, BUF_UNBOUNDED);
	replayed->reader = reader_open(path, &error);
	if (!replayed->reader)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	if (!replayed->reader)
		return STATUS_DAMAGED;
	reader_keep_outputs(replayed->reader);
	if (!load(replayed, against))
		return against ? STATUS_WRONG : STATUS_DAMAGED;
	return see_lines(replayed, watcher);
}

void replayed_done(struct replayed *replayed)
{
	replayer_free(replayed->replayer);
	sched_free(replayed->sched);
	if (replayed->store)
		store_free(replayed->store);
	reader_free(replayed->reader);
	arena_free(replayed->event);
	if (replayed->loaded)
		load_done(&replayed->load);
}
