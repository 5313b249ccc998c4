/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/beginning.h"

#include <unistd.h>

#include "cli/answers.h"
#include "cli/approvals.h"
#include "cli/sources.h"

enum { PARAMS_MAX = 800 << 10 };

void beginning_show(const struct beginning *beginning)
{
	struct load load = beginning->load;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	load_show(&load, wants_color(beginning->invocation, STDERR_FILENO), &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	buf_done(&out);
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
	    !answers_check(invocation, load->plan, beginning->params))
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

/* The name of the key that will sign; empty where none will. */
static struct str signer_digest(struct beginning *beginning)
{
	char *hex = arena_alloc(beginning->arena, DIGEST_HEX + 1);

	if (beginning->sign_key)
		signing_key_digest(beginning->sign_key, hex);
	return (struct str){hex, beginning->sign_key ? DIGEST_HEX : 0};
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
	message.run_started.signer = signer_digest(beginning);
	message.run_started.on_record_failure = beginning->on_record_failure;
	message.run_started.on_divergence = followed->on_divergence;
	if (followed->recording)
		message.run_started.follows = followed_facts(followed, beginning->arena);
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
	};
	struct message started = started_message(beginning);
	struct driver *driver;
	int status = STATUS_WRONG;

	beginning->store = store_new();
	beginning->sched = driven.sched = sched_new(load->plan, beginning->store, &sched);
	driver = driver_new(&driven);
	if (driver) {
		engine_begin(driver_engine(driver), &started, sources_of(beginning->arena, load),
		    load->source_count);
		status = driver_run(driver);
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
	if (beginning->place.made)
		rmdir(beginning->place.dir); /* where nothing was left in it */
	arena_free(beginning->arena);
	load_done(&beginning->load);
}
