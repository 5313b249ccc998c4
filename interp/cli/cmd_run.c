/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/alone.h"
#include "cli/beginning.h"
#include "cli/given.h"
#include "cli/key_file.h"
#include "cli/losses.h"
#include "stdlib/registry.h"

static const struct option_row options[] = {
    OPTION_PARAMS,
    OPTION_ALONE,
    OPTION_JOBS,
    OPTION_TRANSCRIPT,
    OPTION_LOST,
    DRIVER_OPTIONS,
    {0},
};

/* Everything that can be wrong before anything runs. Says what is. */
static bool prepare(struct beginning *run)
{
	const char *path = run->invocation->args[0];
	bool ok = key_file_private(run->invocation, "sign-key", &run->sign_key) &&
	    load_file(&run->load, path, &stdlib_vocabulary) && beginning_is_runbook(run) &&
	    beginning_read_params(run) && beginning_prepare(run, path);

	beginning_show(run);
	return ok;
}

int runbook_run(const struct invocation *invocation, const struct value *alert)
{
	struct beginning run = {.invocation = invocation, .arena = arena_new(), .alert = alert};
	int status = STATUS_WRONG;

	if (beginning_read_jobs(&run) && prepare(&run))
		status = beginning_run(&run);
	beginning_done(&run);
	return status;
}

static int run(const struct invocation *invocation)
{
	return runbook_run(invocation, NULL);
}

static const struct example_row examples[] = {
    {"reprise run database-failure.yaml", "it asks before it destroys anything"},
    {"reprise run -p backup=/srv/backups/monday.sql.gz database-failure.yaml",
	"with a parameter: this dump, and not the newest"},
    {"reprise run -p part=logs --approve remove_logs daily-checks.yaml",
	"approved beforehand: it does not ask for that step"},
    {"reprise run --non-interactive -q daily-checks.yaml", "unattended: what would ask is denied"},
    {0},
};

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
    .examples = examples,
    .run = run,
};
