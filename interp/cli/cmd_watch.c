/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/loop.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/kept.h"
#include "cli/recorded.h"
#include "cli/screen.h"
#include "cli/tell.h"
#include "cli/watched.h"
#include "record/transcript_reader.h"
#include "run/control_socket.h"

/* The record is looked at so often; where nobody drives the run, one that has not begun so many times. */
enum { LOOK_US = 100000, LOOKS = 30 };

static const struct option_row options[] = {
    {"tail", 0, NULL, "leave out what was so far, but for the questions that are open"},
    OPTION_PLAIN,
    OPTION_COLOR,
    {0},
};

struct watch {
	const struct invocation *invocation;
	struct kept kept;
	struct reader *reader;
	struct arena *arena; /* of the line that is looked at */
	struct watched *watched;
	struct loop *loop;
	struct loop_timer *look; /* at the record, once more */
	bool looks;
	int control; /* a connection that lasts as long as its runner drives the run; -1: none does */
	bool connected; /* there was one */
};

static void connect_to(struct watch *watch)
{
	if (watch->control < 0)
		watch->control = control_connect(watch->kept.dir);
	watch->connected = watch->control >= 0;
}

static void look(void *self)
{
	struct watch *watch = self;

	watch->looks = true;
}

/* Lets some time pass: a person may answer meanwhile, the runner may leave. */
static void wait_a_little(struct watch *watch)
{
	char piece[64];
	ssize_t got;

	watch->looks = false;
	loop_timer_start(watch->look, LOOK_US);
	loop_run(watch->loop, &watch->looks);
	if (watch->control < 0)
		return;
	got = recv(watch->control, piece, sizeof(piece), MSG_DONTWAIT);
	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	close(watch->control);
	watch->control = -1;
}

/* Hands an answer to who drives the run. */
static bool give_answer(void *self, struct message *answered, struct buf *why)
{
	struct watch *watch = self;
	struct arena *arena = arena_new();
	const struct control_request request = {
	    .what = CONTROL_DO_ANSWER,
	    .terminal = str_from(console_name()),
	    .id = answered->answered.id,
	    .digest = answered->answered.digest,
	    .approved = answered->answered.answer == ANSWER_APPROVED,
	};
	struct control_answer answer = {0};
	bool heard = watch->control >= 0;

	assert(request.approved || answered->answered.answer == ANSWER_DENIED);
	if (!heard)
		buf_text(why, "nobody drives the run any more");
	else
		heard = tell_run(watch->control, arena, &request, &answer, why);
	if (heard && !answer.ok)
		buf_str(why, answer.why);
	arena_free(arena);
	return heard && answer.ok;
}

/* Whether there is a line behind the runbook's sources: then they are all there. */
static bool has_begun(struct watch *watch)
{
	struct line line;
	bool begun = false;

	while (!begun && reader_next(watch->reader, watch->arena, &line)) {
		begun = line.message.type != MESSAGE_RUN_STARTED &&
		    line.message.type != MESSAGE_SOURCE;
		arena_reset(watch->arena);
	}
	return begun;
}

/*
 * Waits until the run has begun, and connects to its runner. It makes its socket after the file and before the first
 * line: where there is a line, and no socket even then, nobody drives it.
 */
static bool await_begin(struct watch *watch)
{
	bool begun;

	reader_follow(watch->reader, true);
	for (int looks = 0; !(begun = has_begun(watch)); looks++) {
		if (reader_report(watch->reader)->state != TRANSCRIPT_INCOMPLETE)
			break;
		connect_to(watch);
		if (watch->control < 0 && looks >= LOOKS)
			break;
		wait_a_little(watch);
	}
	connect_to(watch);
	return begun;
}

/* Shows what there is, and what comes, until the run has ended or nobody drives it any more. */
static void follow(struct watch *watch)
{
	struct line line;
	bool driven;

	do {
		driven = watch->control >= 0;
		reader_follow(watch->reader, driven);
		while (reader_next(watch->reader, watch->arena, &line)) {
			if (line.known)
				watched_see(watch->watched, &line.message);
			arena_reset(watch->arena);
		}
		if (reader_report(watch->reader)->state != TRANSCRIPT_INCOMPLETE)
			break;
		watched_pause(watch->watched);
		if (driven)
			wait_a_little(watch);
	} while (driven);
}

static void tell_cut_off(const struct watch *watch)
{
	const struct transcript_report *report = reader_report(watch->reader);
	struct buf said;

	buf_init(&said, BUF_UNBOUNDED);
	buf_text(&said,
	    watch->connected ? "the run was cut off"
			     : "nobody drives the run any more, or its socket could not be made");
	buf_printf(&said, ": its record ends with line %lld, at ", (long long)report->lines);
	units_show_time(&said, report->last_at_us);
	if (watched_is_rehearsal(watch->watched))
		complain("%.*s; it was a rehearsal, and has changed nothing: reprise rehearse "
			 "begins another",
		    STR_ARG(buf_view(&said)));
	else
		complain("%.*s; reprise resume %s goes on with it", STR_ARG(buf_view(&said)),
		    watch->invocation->args[0]);
	buf_done(&said);
}

/* The last words, and the exit status. */
static enum status end(struct watch *watch)
{
	const struct transcript_report *report = reader_report(watch->reader);

	if (report->state == TRANSCRIPT_SEALED)
		return watched_end(watch->watched);
	if (report->state == TRANSCRIPT_UNREADABLE)
		complain("%s: %s", watch->kept.transcript, report->why);
	else if (report->state == TRANSCRIPT_DAMAGED)
		complain("%s is damaged: line %lld: %s", watch->kept.transcript,
		    (long long)report->line, report->why);
	else
		tell_cut_off(watch);
	return STATUS_DAMAGED;
}

static bool reopen(struct watch *watch)
{
	struct buf error;

	reader_free(watch->reader);
	buf_init(&error, BUF_UNBOUNDED);
	watch->reader = reader_open(watch->kept.transcript, &error);
	if (!watch->reader)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return watch->reader != NULL;
}

static enum status show(struct watch *watch, const struct plan *plan)
{
	const struct watched_asks asks = {watch->loop, watch->invocation, {give_answer, watch}};
	bool tail = option_given(watch->invocation, "tail");
	const struct watched_options view = {
	    .plan = plan,
	    .transcript = watch->kept.transcript,
	    .color = wants_color(watch->invocation, STDOUT_FILENO),
	    .live = wants_live(watch->invocation, STDOUT_FILENO),
	    .loop = watch->loop,
	    .asks = !tail && watch->control >= 0 && console_is(STDOUT_FILENO) ? &asks : NULL,
	    .tail = tail,
	};
	enum status status = STATUS_DAMAGED;

	if (!reopen(watch))
		return status;
	watch->watched = watched_new(&view);
	follow(watch);
	if (reader_report(watch->reader)->state != TRANSCRIPT_SEALED)
		watched_cut_off(watch->watched);
	status = end(watch);
	watched_free(watch->watched);
	return status;
}

static enum status watch_run(struct watch *watch)
{
	enum status status = STATUS_DAMAGED;
	struct load load;
	bool loaded;

	if (!reopen(watch))
		return status;
	if (!await_begin(watch)) {
		complain("%s holds no run that has begun", watch->kept.transcript);
		return status;
	}
	loaded = recorded_load(watch->kept.transcript, &load);
	if (loaded && load.plan)
		status = show(watch, load.plan);
	else
		complain("%s does not hold the runbook it was made with: it cannot be shown, "
			 "reprise report can",
		    watch->kept.transcript);
	if (loaded)
		load_done(&load);
	return status;
}

static int run(const struct invocation *invocation)
{
	struct watch watch = {.invocation = invocation, .arena = arena_new(), .control = -1};
	struct arena *names = arena_new();
	int status = STATUS_WRONG;

	/* nothing is left behind: what is written is written, and the run knows nothing of us */
	screen_leave_on_interrupt();
	watch.loop = loop_new();
	watch.look = loop_timer_new(watch.loop, look, &watch);
	if (kept_find(names, invocation->args[0], &watch.kept))
		status = (int)watch_run(&watch);
	if (watch.control >= 0)
		close(watch.control);
	reader_free(watch.reader);
	loop_timer_free(watch.look);
	loop_free(watch.loop);
	arena_free(watch.arena);
	arena_free(names);
	return status;
}

static const struct example_row examples[] = {
    {"reprise watch RUN", "see a run that goes on elsewhere, and answer what it asks"},
    {0},
};

const struct command command_watch = {
    .name = "watch",
    .arguments = "RUN",
    .least = 1,
    .most = 1,
    .summary = "show a run as its own terminal does, from another one",
    .details = KEPT_RUN
    "\n"
    "All that was so far comes first, and then what happens, on standard output, until the run has "
    "ended. The status\n"
    "is the run's own, or 6 when it was cut off or its record is damaged. ^C ends the watching "
    "alone, with 0; the\n"
    "run is never disturbed.\n"
    "\n"
    "On a terminal, and without --tail, whoever watches can answer, too: an approval by the "
    "step's id typed out, what\n"
    "is done by hand by done. Other questions are answered where the run was started.",
    .options = options,
    .examples = examples,
    .run = run,
};
