/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"
#include "cli/beginning.h"
#include "cli/given.h"
#include "cli/key_file.h"
#include "stdlib/registry.h"

enum { JOBS = 16, JOBS_MAX = 1000 };

static const struct option_row options[] = {
    OPTION_PARAMS,
    {"jobs", 'j', "N", "at most N operations at once (16)"},
    {"transcript", 0, "PATH", "where to keep the record (a new file)"},
    DRIVER_OPTIONS,
    {0},
};

static bool read_jobs(const struct invocation *invocation, unsigned *ret_jobs)
{
	const char *text = option_value(invocation, "jobs");
	int64_t jobs = JOBS;

	if (text && (!units_int(str_from(text), &jobs) || jobs < 1 || jobs > JOBS_MAX)) {
		complain("--jobs wants a number from 1 to %d, not %s", JOBS_MAX, text);
		return false;
	}
	*ret_jobs = (unsigned)jobs;
	return true;
}

static bool is_runbook(const struct beginning *run)
{
	if (run->load.is_part)
		complain("%s is a file to include, not a runbook", run->invocation->args[0]);
	return !run->load.is_part;
}

static bool read_params(struct beginning *run)
{
	run->params = given_params(run->invocation, &run->load, run->arena);
	return run->params && beginning_check_params(run);
}

/* Everything that can be wrong before anything runs. Says what is. */
static bool prepare(struct beginning *run)
{
	const char *path = run->invocation->args[0];
	bool ok = key_file_private(run->invocation, "sign-key", &run->sign_key) &&
	    load_file(&run->load, path, &stdlib_vocabulary) && is_runbook(run) &&
	    read_params(run) && beginning_prepare(run, path);

	beginning_show(run);
	return ok;
}

static int run_runbook(const struct invocation *invocation)
{
	struct beginning run = {.invocation = invocation, .arena = arena_new()};
	int status = STATUS_WRONG;

	if (read_jobs(invocation, &run.jobs) && prepare(&run))
		status = beginning_run(&run);
	beginning_done(&run);
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
