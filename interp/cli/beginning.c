/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/beginning.h"
#include "cli/mistakes.h"

#include <unistd.h>

#include "act/launch.h"
#include "cli/alone.h"
#include "cli/answers.h"
#include "cli/approvals.h"
#include "cli/assumptions.h"
#include "cli/foretold.h"
#include "cli/given.h"
#include "cli/key_file.h"
#include "cli/losses.h"
#include "cli/sources.h"

enum { PARAMS_MAX = 800 << 10, JOBS = 16, JOBS_MAX = 1000 };

bool beginning_read_jobs(struct beginning *beginning)
{
	int64_t jobs;

	if (!option_number(beginning->invocation, "jobs", JOBS_MAX, JOBS, &jobs))
		return false;
	beginning->jobs = (unsigned)jobs;
	return true;
}

bool beginning_is_runbook(const struct beginning *beginning)
{
	return load_is_runbook(&beginning->load, beginning->invocation->args[0]);
}

bool beginning_read_params(struct beginning *beginning)
{
	beginning->params = given_params(beginning->invocation, &beginning->load, beginning->arena);
	return beginning->params && beginning_check_params(beginning);
}

void beginning_show(const struct beginning *beginning)
{
	struct load load = beginning->load;
	mistakes_show(&load, wants_color(beginning->invocation, STDERR_FILENO));
}

bool beginning_check_params(const struct beginning *beginning)
{
	if (value_fits(beginning->params, PARAMS_MAX))
		return true;
	complain("the parameters are too large to be recorded: more than %d KiB together",
	    PARAMS_MAX >> 10);
	return false;
}

bool beginning_prepare(struct beginning *beginning, const char *runbook)
{
	const struct invocation *invocation = beginning->invocation;
	struct load *load = &beginning->load;
	struct buf error;
	bool ok;

	if (!driver_record_failure(invocation, &beginning->on_record_failure) ||
	    !approvals_check(invocation, load->plan, beginning->params) ||
	    !answers_check(invocation, load->plan, beginning->params) ||
	    !losses_check(invocation, load->plan, beginning->params) ||
	    !assumptions_check(invocation, load->plan, beginning->params) ||
	    !alone_read(invocation, load->plan, beginning->arena, &beginning->alone) ||
	    !account_prepare(invocation))
		return false;
	buf_init(&error, BUF_UNBOUNDED);
	ok = place_make(&beginning->place, beginning->arena, runbook,
	    arena_cstr(beginning->arena, load->runbook->id), option_value(invocation, "transcript"),
	    &error);
	if (!ok)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	if (ok)
		beginning->secrets = driver_secrets(
		    load, beginning->params, beginning->place.folder);
	return ok && beginning->secrets;
}

static const struct value *rehearsal_facts(struct beginning *beginning)
{
	struct map_builder map;

	map_begin(&map, beginning->arena);
	if (beginning->from)
		map_add(&map, "from", recording_facts(beginning->from, beginning->arena));
	assumptions_facts(beginning->invocation, beginning->arena, &map);
	return map_end(&map);
}

static struct message started_message(struct beginning *beginning)
{
	const struct followed *followed = &beginning->followed;
	struct message message = {.type = MESSAGE_RUN_STARTED};

	message.run_started.format = 1;
	message.run_started.run = str_from(beginning->place.run);
	message.run_started.mode = followed->recording ? STR("replay") : STR("run");
	message.run_started.runbook = beginning->load.runbook->id;
	message.run_started.title = beginning->load.runbook->title;
	message.run_started.params = beginning->params;
	message.run_started.seed = str_from(beginning->place.seed);
	message.run_started.program = place_program(beginning->arena);
	message.run_started.host = place_host(&beginning->place, beginning->arena);
	message.run_started.sources = sources_facts(beginning->arena, &beginning->load);
	message.run_started.dir = str_from(beginning->place.dir);
	message.run_started.jobs = beginning->jobs;
	message.run_started.signer = key_file_digest(beginning->sign_key, beginning->arena);
	message.run_started.on_record_failure = beginning->on_record_failure;
	message.run_started.on_divergence = followed->on_divergence;
	message.run_started.alone = beginning->alone;
	if (beginning->alert) /* it came from outside */
		message.run_started.alert = redact_value(
		    secrets_redactor(beginning->secrets), beginning->arena, beginning->alert);
	if (beginning->rehearses) {
		message.run_started.mode = STR("rehearse");
		message.run_started.rehearsal = rehearsal_facts(beginning);
		message.run_started.origin = ORIGIN_ASSUMED;
	}
	if (followed->recording)
		message.run_started.follows = recording_facts(
		    followed->recording, beginning->arena);
	return message;
}

int beginning_run(struct beginning *beginning)
{
	const struct load *load = &beginning->load;
	struct sched_options sched = {.jobs = beginning->jobs};
	struct driver_options driven = {
	    .invocation = beginning->invocation,
	    .plan = load->plan,
	    .secrets = beginning->secrets,
	    .signer = beginning->sign_key,
	    .place = &beginning->place,
	    .terminal = driver_terminal(
		beginning->invocation, load->plan, beginning->place.transcript),
	    .jobs = beginning->jobs,
	    .followed = &beginning->followed,
	    .rehearses = beginning->rehearses,
	    .from = beginning->from,
	};
	struct message started = started_message(beginning);
	struct message forecast;
	struct driver *driver;
	int status = STATUS_WRONG;

	beginning->store = store_new();
	beginning->sched = driven.sched = sched_new(load->plan, beginning->store, &sched);
	if (!beginning->rehearses && !beginning->alone)
		driven.forecast = foretold_new(load->plan, beginning->params,
		    str_from(beginning->place.run), beginning->invocation);
	driver = driver_new(&driven);
	if (driver) {
		engine_begin(driver_engine(driver), &started, sources_of(beginning->arena, load),
		    load->source_count, driver_forecast(driver, 0, &forecast) ? &forecast : NULL);
		status = driver_run(driver);
		if (!account_write(beginning->invocation, beginning->sched, beginning->alone) &&
		    status == STATUS_OK)
			status = STATUS_FAILED;
	}
	driver_free(driver);
	return status;
}

void beginning_done(struct beginning *beginning)
{
	sched_free(beginning->sched);
	store_free(beginning->store);
	secrets_free(beginning->secrets);
	signing_key_free(beginning->sign_key);
	if (beginning->place.made) {
		launch_forget_all(beginning->place.dir); /* of launchers that were killed */
		rmdir(beginning->place.dir); /* where nothing was left in it */
	}
	arena_free(beginning->arena);
	load_done(&beginning->load);
}
