/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/answers.h"
#include "cli/approvals.h"
#include "cli/driver.h"
#include "cli/given.h"
#include "cli/key_file.h"
#include "cli/sources.h"
#include "stdlib/registry.h"

enum { JOBS = 16, JOBS_MAX = 1000, PARAMS_MAX = 800 << 10 };

static const struct option_row options[] = {
    OPTION_PARAMS,
    {"jobs", 'j', "N", "at most N operations at once (16)"},
    {"transcript", 0, "PATH", "where to keep the record (a new file)"},
    DRIVER_OPTIONS,
    {0},
};

/* What a run is made of before it begins. */
struct run {
	const struct invocation *invocation;
	struct load load;
	struct arena *arena;
	const struct value *params;
	struct secrets *secrets;
	struct signing_key *sign_key; /* NULL: the record is not signed */
	enum record_failure on_record_failure;
	struct place place;
	struct store *store;
	struct sched *sched;
};

static void show_diags(struct run *run)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	load_show(&run->load, wants_color(run->invocation, STDERR_FILENO), &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	buf_done(&out);
}

static bool read_params(struct run *run)
{
	run->params = given_params(run->invocation, &run->load, run->arena);
	if (run->params && !value_fits(run->params, PARAMS_MAX)) {
		complain("the parameters are too large to be recorded: more than %d KiB together",
		    PARAMS_MAX >> 10);
		run->params = NULL;
	}
	return run->params != NULL;
}

static bool read_jobs(const struct run *run, unsigned *ret_jobs)
{
	const char *text = option_value(run->invocation, "jobs");
	int64_t jobs = JOBS;

	if (text && (!units_int(str_from(text), &jobs) || jobs < 1 || jobs > JOBS_MAX)) {
		complain("--jobs wants a number from 1 to %d, not %s", JOBS_MAX, text);
		return false;
	}
	*ret_jobs = (unsigned)jobs;
	return true;
}

static bool read_secrets(struct run *run)
{
	struct buf told;
	struct json json;

	buf_init(&told, BUF_UNBOUNDED);
	for (size_t i = 0; i < run->load.source_count; i++) {
		const struct source *source = run->load.files.items[i]->source;

		buf_append(&told, source->bytes, source->len);
		buf_byte(&told, '\n');
	}
	json_init(&json, &told);
	value_to_json(&json, run->params);
	run->secrets = secrets_read(
	    run->load.runbook, run->place.folder, buf_view(&told), &run->load.diags);
	buf_done(&told);
	return run->secrets != NULL;
}

static bool is_runbook(const struct run *run)
{
	if (run->load.is_part)
		complain("%s is a file to include, not a runbook", run->invocation->args[0]);
	return !run->load.is_part;
}

/* Everything that can be wrong before anything runs. Says what is. */
static bool prepare(struct run *run)
{
	struct buf error;
	bool ok = driver_record_failure(run->invocation, &run->on_record_failure) &&
	    key_file_private(run->invocation, "sign-key", &run->sign_key) &&
	    load_file(&run->load, run->invocation->args[0], &stdlib_vocabulary) &&
	    is_runbook(run) && read_params(run) &&
	    approvals_check(run->invocation, run->load.plan, run->params) &&
	    answers_check(run->invocation, run->load.plan, run->params);
	char *id;

	if (ok) {
		buf_init(&error, BUF_UNBOUNDED);
		id = arena_cstr(run->arena, run->load.runbook->id);
		ok = place_make(&run->place, run->arena, run->invocation->args[0], id,
		    option_value(run->invocation, "transcript"), &error);
		if (!ok)
			complain("%.*s", STR_ARG(buf_view(&error)));
		buf_done(&error);
	}
	ok = ok && read_secrets(run);
	show_diags(run);
	return ok;
}

/* The name of the key that will sign; empty where none will. */
static struct str signer_digest(struct run *run)
{
	char *hex = arena_alloc(run->arena, DIGEST_HEX + 1);

	if (run->sign_key)
		signing_key_digest(run->sign_key, hex);
	return (struct str){hex, run->sign_key ? DIGEST_HEX : 0};
}

static struct message started_message(struct run *run, unsigned jobs)
{
	struct message message = {.type = MESSAGE_RUN_STARTED};

	message.run_started.format = 1;
	message.run_started.run = str_from(run->place.run);
	message.run_started.mode = STR("run");
	message.run_started.runbook = run->load.runbook->id;
	message.run_started.title = run->load.runbook->title;
	message.run_started.params = run->params;
	message.run_started.seed = str_from(run->place.seed);
	message.run_started.program = place_program(run->arena);
	message.run_started.host = place_host(&run->place, run->arena);
	message.run_started.sources = sources_facts(run->arena, &run->load);
	message.run_started.dir = str_from(run->place.dir);
	message.run_started.jobs = jobs;
	message.run_started.signer = signer_digest(run);
	message.run_started.on_record_failure = run->on_record_failure;
	return message;
}

static int perform(struct run *run, unsigned jobs)
{
	struct sched_options sched = {.jobs = jobs};
	struct driver_options driven = {
	    .invocation = run->invocation,
	    .plan = run->load.plan,
	    .secrets = run->secrets,
	    .signer = run->sign_key,
	    .place = &run->place,
	    .terminal = driver_terminal(run->invocation, run->load.plan, run->place.transcript),
	    .jobs = jobs,
	};
	struct message started = started_message(run, jobs);
	struct driver *driver;
	int status = STATUS_WRONG;

	run->store = store_new();
	run->sched = driven.sched = sched_new(run->load.plan, run->store, &sched);
	driver = driver_new(&driven);
	if (driver) {
		engine_begin(driver_engine(driver), &started, sources_of(run->arena, &run->load),
		    run->load.source_count);
		status = driver_run(driver);
	}
	driver_free(driver);
	return status;
}

static void done(struct run *run)
{
	sched_free(run->sched);
	store_free(run->store);
	secrets_free(run->secrets);
	signing_key_free(run->sign_key);
	if (run->place.made)
		rmdir(run->place.dir); /* where nothing was left in it */
	arena_free(run->arena);
	load_done(&run->load);
}

static int run_runbook(const struct invocation *invocation)
{
	struct run run = {.invocation = invocation, .arena = arena_new()};
	int status = STATUS_WRONG;
	unsigned jobs;

	if (read_jobs(&run, &jobs) && prepare(&run))
		status = perform(&run, jobs);
	done(&run);
	return status;
}

const struct command command_run = {
    .name = "run",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .summary = "run a runbook for real, and record it",
    .details = "Progress goes to standard error, the transcript's path to standard output. The "
	       "first ^C ends what\n"
	       "runs and goes on to the finally steps, the second ends those too. Runs are kept in "
	       "$REPRISE_HOME,\n"
	       "by default ~/.local/state/reprise.",
    .options = options,
    .run = run_runbook,
};
