/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/launch.h"
#include "base/units.h"
#include "cli/answers.h"
#include "cli/approvals.h"
#include "cli/driver.h"
#include "cli/foretold.h"
#include "cli/kept.h"
#include "cli/key_file.h"
#include "cli/losses.h"
#include "cli/mistakes.h"
#include "cli/outcome.h"
#include "cli/replayed.h"
#include "cli/sources.h"
#include "record/transcript_file.h"
#include "run/control_socket.h"
#include "run/secret_marks.h"

/* So long the launchers of the earlier life have to write down what they go on with. */
enum { AWAIT_US = 10000000 };

static const struct option_row options[] = {
    OPTION_LOST,
    {"accept-change", 0, NULL,
	"go on with the runbook as it is now, if it would have decided the same so far"},
    DRIVER_OPTIONS,
    {0},
};

/* A run that goes on. What the record says of it lives in the arena. */
struct resume {
	const struct invocation *invocation;
	struct arena *arena;
	struct kept kept;
	int fd; /* of the transcript, locked; -1: not open, or the writer's by now */
	struct replayed replayed;
	struct unfinished unfinished;
	struct terminal *terminal; /* until it is the driver's */
	struct forecast *forecast; /* likewise */
	const struct value *params;
	const struct value *host; /* of whoever drove it last */
	int64_t started_at_us;
	bool finished;
	bool rehearses;
	enum run_outcome outcome;
	bool changed; /* the runbook, and that was accepted */
	struct place place;
	struct secrets *secrets;
	struct signing_key *sign_key;
	enum record_failure on_record_failure;
};

static const struct value *kept_value(struct resume *resume, const struct value *value)
{
	return value ? value_copy(resume->arena, value) : NULL;
}

static void see_begun(struct resume *resume, const struct message *message)
{
	resume->place.run = arena_cstr(resume->arena, message->run_started.run);
	resume->place.dir = message->run_started.dir.len
	    ? arena_cstr(resume->arena, message->run_started.dir)
	    : resume->kept.dir;
	resume->rehearses = message->run_started.rehearsal != NULL;
	resume->params = kept_value(resume, message->run_started.params);
	resume->host = kept_value(resume, message->run_started.host);
	resume->started_at_us = message->at_us;
	resume->terminal = driver_terminal(
	    resume->invocation, resume->replayed.load.plan, resume->kept.transcript);
	if (!message->run_started.rehearsal && !message->run_started.alone)
		resume->forecast = foretold_new(resume->replayed.load.plan, resume->params,
		    message->run_started.run, resume->invocation);
}

static void see(void *self, const struct line *line)
{
	struct resume *resume = self;
	const struct message *message = &line->message;

	if (!line->known)
		return;
	if (message->type == MESSAGE_RUN_STARTED)
		see_begun(resume, message);
	if (message->type == MESSAGE_RUN_RESUMED)
		resume->host = kept_value(resume, message->run_resumed.host);
	if (message->type == MESSAGE_RUN_FINISHED) {
		resume->finished = true;
		resume->outcome = message->run_finished.outcome;
	}
	unfinished_see(&resume->unfinished, message);
	terminal_see_past(resume->terminal, message);
	if (resume->forecast)
		forecast_see(resume->forecast, message);
}

static struct str host_text(const struct value *host, const char *name)
{
	const struct value *value = host && host->type == VALUE_MAP ? value_get(host, name) : NULL;

	return value && value->type == VALUE_STRING ? value_text(value) : STR("somebody");
}

/* Somebody else has the lock: the record says who. */
static void complain_of_driver(struct resume *resume)
{
	const struct value *host = NULL;
	const struct value *pid;
	struct arena *arena = arena_new();
	struct reader *reader;
	struct buf error;
	struct line line;

	buf_init(&error, BUF_UNBOUNDED);
	reader = reader_open(resume->kept.transcript, &error);
	while (reader && reader_next(reader, arena, &line)) {
		if (line.known && line.message.type == MESSAGE_RUN_STARTED)
			host = kept_value(resume, line.message.run_started.host);
		if (line.known && line.message.type == MESSAGE_RUN_RESUMED)
			host = kept_value(resume, line.message.run_resumed.host);
		arena_reset(arena);
	}
	pid = host && host->type == VALUE_MAP ? value_get(host, "pid") : NULL;
	complain("%s is being driven by process %lld of %.*s on %.*s; reprise watch shows it",
	    resume->kept.transcript, (long long)(pid && pid->type == VALUE_INT ? pid->integer : 0),
	    STR_ARG(host_text(host, "user")), STR_ARG(host_text(host, "name")));
	reader_free(reader);
	buf_done(&error);
	arena_free(arena);
}

static enum status lock(struct resume *resume)
{
	struct buf error;
	bool driven;

	buf_init(&error, BUF_UNBOUNDED);
	resume->fd = transcript_file_open(resume->kept.transcript, &driven, &error);
	if (driven)
		complain_of_driver(resume);
	else if (resume->fd < 0)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return resume->fd < 0 ? STATUS_WRONG : STATUS_OK;
}

/* Reads the record from its beginning, with its own runbook or, against one that was changed, with that. */
static enum status read_record(struct resume *resume, const char *against)
{
	struct line_watcher watcher = {see, resume};
	enum status status;

	unfinished_init(&resume->unfinished);
	status = replayed_read(&resume->replayed, resume->kept.transcript, against, &watcher);
	if (status == STATUS_OK && !resume->replayed.same) {
		complain("cannot go on with %s: %s%.*s", resume->kept.transcript,
		    against ? "the runbook as it is now would have decided otherwise so far: " : "",
		    STR_ARG(replayer_why(resume->replayed.replayer)));
		status = STATUS_DIVERGED;
	}
	return status;
}

static void forget_record(struct resume *resume)
{
	replayed_done(&resume->replayed);
	unfinished_done(&resume->unfinished);
	terminal_free(resume->terminal);
	resume->terminal = NULL;
	forecast_free(resume->forecast);
	resume->forecast = NULL;
}

/* A runbook that was changed since is another one, unless somebody says that this is meant. */
static enum status check_change(struct resume *resume)
{
	const struct load *load = &resume->replayed.load;
	const struct source *changed = sources_changed(load);
	const char *runbook;

	if (!changed)
		return STATUS_OK;
	if (!option_given(resume->invocation, "accept-change")) {
		complain(
		    "%s was changed since the run began. --accept-change goes on with it as it is "
		    "now, if all that was decided so far would have been decided the same",
		    changed->path);
		return STATUS_WRONG;
	}
	runbook = load->files.items[0]->source->path;
	runbook = runbook ? arena_cstr(resume->arena, str_from(runbook)) : NULL;
	forget_record(resume);
	resume->changed = true;
	return read_record(resume, runbook);
}

/* What those who died left in the folder of a run that has finished. */
static void clear_folder(const struct resume *resume)
{
	int folder = control_folder(resume->place.dir);

	launch_forget_all(resume->place.dir);
	secret_marks_remove(resume->place.dir);
	if (folder >= 0) {
		control_unbind(folder);
		close(folder);
	}
	rmdir(resume->place.dir); /* where nothing is left in it */
}

static int tell_finished(const struct resume *resume)
{
	static const char *const words[] = {
	    [RUN_RECOVERED] = "recovered",
	    [RUN_FAILED] = "not recovered",
	    [RUN_DENIED] = "denied",
	    [RUN_INTERRUPTED] = "interrupted",
	    [RUN_REHEARSED] = "rehearsed",
	    [RUN_ALONE] = "one step of it was run alone",
	};
	const struct transcript_report *report = reader_report(resume->replayed.reader);
	struct buf at;

	buf_init(&at, BUF_UNBOUNDED);
	units_show_time(&at, report->last_at_us);
	complain("%s%s has finished: %s, at %.*s; there is nothing to go on with",
	    resume->rehearses ? "the rehearsal " : "", resume->kept.transcript,
	    words[resume->outcome], STR_ARG(buf_view(&at)));
	buf_done(&at);
	return (int)outcome_status(resume->outcome, true);
}

/* The folder of the runbook: what the record says, or where it is found now. */
static const char *folder_of(struct resume *resume)
{
	const struct source *source = resume->replayed.load.files.items[0]->source;
	const char *path = source->path ? source->path : source->name;
	const char *slash = strrchr(path, '/');

	return slash ? arena_cstr(resume->arena,
			   (struct str){path, (size_t)(slash - path) + !(slash > path)})
		     : ".";
}

/* All that can be wrong before anything is done. */
static bool prepare(struct resume *resume)
{
	struct load *load = &resume->replayed.load;
	struct buf error;
	bool ok;

	resume->place.transcript = resume->kept.transcript;
	resume->place.folder = folder_of(resume);
	buf_init(&error, BUF_UNBOUNDED);
	ok = driver_record_failure(resume->invocation, &resume->on_record_failure) &&
	    approvals_check(resume->invocation, load->plan, resume->params) &&
	    answers_check(resume->invocation, load->plan, resume->params) &&
	    losses_check(resume->invocation, load->plan, resume->params) &&
	    key_file_private(resume->invocation, "sign-key", &resume->sign_key);
	if (ok && !place_again(&resume->place, resume->arena, &error)) {
		complain("%.*s", STR_ARG(buf_view(&error)));
		ok = false;
	}
	if (ok)
		resume->secrets = driver_secrets(load, resume->params, resume->place.folder);
	buf_done(&error);
	mistakes_show(load, wants_color(resume->invocation, STDERR_FILENO));
	return ok && resume->secrets;
}

/* Process numbers of another boot, or another machine, are somebody else's by now. */
static void forget_processes(struct resume *resume)
{
	if (str_is(host_text(resume->host, "boot_id"), place_boot(resume->arena)))
		return;
	for (size_t i = 0; i < resume->unfinished.op_count; i++)
		resume->unfinished.ops[i].pid = 0;
}

static struct message resumed_message(struct resume *resume)
{
	const struct transcript_report *report = reader_report(resume->replayed.reader);
	struct message message = {.type = MESSAGE_RUN_RESUMED};

	message.run_resumed.program = place_program(resume->arena);
	message.run_resumed.host = place_host(&resume->place, resume->arena);
	if (resume->changed)
		message.run_resumed.sources = sources_facts(resume->arena, &resume->replayed.load);
	message.run_resumed.on_record_failure = resume->on_record_failure;
	message.run_resumed.torn_bytes = report->torn_bytes;
	if (report->torn_bytes)
		message.run_resumed.torn_sha256 = str_from(report->torn_sha256);
	message.run_resumed.signer = key_file_digest(resume->sign_key, resume->arena);
	return message;
}

/* The run's own clock went on while nobody drove it. */
static int64_t clock_now(const struct resume *resume)
{
	const struct transcript_report *report = reader_report(resume->replayed.reader);
	int64_t since_us = loop_wall_us() - resume->started_at_us;

	return since_us > report->last_t_us ? since_us : report->last_t_us;
}

/* A record that was to be signed ends without, or as another's: nobody can mend that once it is sealed. */
static void warn_signer(const struct resume *resume)
{
	const struct transcript_report *report = reader_report(resume->replayed.reader);
	struct str signer = key_file_digest(resume->sign_key, resume->arena);

	if (!*report->signer || str_is(signer, report->signer))
		return;
	if (signer.len)
		complain("this record was to be signed with the key of SHA-256 %s; it will be with "
			 "that of SHA-256 %.*s",
		    report->signer, STR_ARG(signer));
	else
		complain("this record was to be signed, with the key of SHA-256 %s; without "
			 "--sign-key it will end without a signature",
		    report->signer);
}

static int go_on(struct resume *resume)
{
	const struct transcript_report *report = reader_report(resume->replayed.reader);
	const struct load *load = &resume->replayed.load;
	struct writer_tail tail = {.fd = resume->fd,
	    .lines = report->lines,
	    .t_us = report->last_t_us,
	    .size = report->size};
	struct driver_options driven = {
	    .invocation = resume->invocation,
	    .plan = load->plan,
	    .sched = resume->replayed.sched,
	    .secrets = resume->secrets,
	    .signer = resume->sign_key,
	    .place = &resume->place,
	    .terminal = resume->terminal,
	    .forecast = resume->forecast,
	    .jobs = resume->replayed.jobs,
	    .tail = &tail,
	    .t_us = clock_now(resume),
	    .earlier = &resume->unfinished,
	};
	struct message message = resumed_message(resume);
	struct message forecast;
	struct driver *driver;
	int status = STATUS_WRONG;

	warn_signer(resume);
	memcpy(tail.prev, report->last_sha256, sizeof(tail.prev));
	resume->fd = -1;
	resume->terminal = NULL;
	resume->forecast = NULL;
	driver = driver_new(&driven);
	if (driver) {
		driver_retake(driver);
		engine_resume(driver_engine(driver), &message,
		    resume->changed ? sources_of(resume->arena, load) : NULL,
		    resume->changed ? load->source_count : 0, &resume->unfinished);
		if (driver_forecast(driver, engine_now(driver_engine(driver)), &forecast))
			engine_aside(driver_engine(driver), &forecast);
		status = driver_run(driver);
	}
	driver_free(driver);
	if (status != STATUS_WRONG)
		clear_folder(resume);
	return status;
}

static int resume_run(struct resume *resume)
{
	int status = (int)lock(resume);

	if (status == STATUS_OK)
		status = (int)read_record(resume, NULL);
	if (status == STATUS_OK && resume->finished) {
		if (strcmp(resume->place.dir, resume->kept.dir) == 0) /* else this is a copy */
			clear_folder(resume);
		return tell_finished(resume);
	}
	if (status == STATUS_OK && resume->rehearses) {
		if (launch_await_earlier(resume->place.dir, 0))
			clear_folder(resume);
		complain("%s is a rehearsal that was cut off: it has changed nothing, and nothing "
			 "goes on "
			 "with it; reprise rehearse begins another",
		    resume->kept.transcript);
		return STATUS_WRONG;
	}
	if (status == STATUS_OK)
		status = (int)check_change(resume);
	if (status != STATUS_OK)
		return status;
	if (!prepare(resume))
		return STATUS_WRONG;
	forget_processes(resume);
	if (!launch_await_earlier(resume->place.dir, AWAIT_US)) {
		complain("what the run began is still being taken note of; try again in a moment");
		return STATUS_WRONG;
	}
	return go_on(resume);
}

static int run(const struct invocation *invocation)
{
	struct resume resume = {.invocation = invocation, .arena = arena_new(), .fd = -1};
	int status = STATUS_WRONG;

	if (kept_find(resume.arena, invocation->args[0], &resume.kept))
		status = resume_run(&resume);
	forget_record(&resume);
	secrets_free(resume.secrets);
	signing_key_free(resume.sign_key);
	if (resume.fd >= 0)
		close(resume.fd);
	arena_free(resume.arena);
	return status;
}

static const struct example_row examples[] = {
    {"reprise resume RUN", "go on where it was cut off"},
    {"reprise resume --lost restart=again RUN",
	"do the step `restart` again, whose end nobody knows"},
    {0},
};

const struct command command_resume = {
    .name = "resume",
    .arguments = "RUN",
    .least = 1,
    .most = 1,
    .summary = "go on with a run whose interpreter died",
    .details = KEPT_RUN
    "\n"
    "What is done stays done. What was under way is found again, or its own verification tells\n"
    "whether it was done; else a person is asked. The record goes on in the same file.",
    .options = options,
    .examples = examples,
    .run = run,
};
