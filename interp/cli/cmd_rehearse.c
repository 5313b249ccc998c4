/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/alone.h"
#include "cli/assumptions.h"
#include "cli/beginning.h"
#include "cli/explore.h"
#include "cli/given.h"
#include "cli/kept.h"
#include "cli/key_file.h"
#include "stdlib/registry.h"

static const struct option_row options[] = {
    OPTION_PARAMS,
    {"from", 0, "RUN", "answer for what is not performed with what an earlier run saw"},
    OPTION_ASSUMPTIONS,
    OPTION_ALONE,
    OPTION_JOBS,
    OPTION_TRANSCRIPT,
    OPTION_NO_CONFINE,
    {"on-record-failure", 0, "stop|continue",
	"when the record cannot be written; stop is the default"},
    {"sign-key", 0, "FILE", "sign the record's seal with this private key (Ed25519, PEM)"},
    {"quiet", 'q', NULL, "say nothing while all is well"},
    OPTION_EXPLORE,
    OPTION_PLAIN,
    OPTION_COLOR,
    {0},
};

/* The record that answers: of the same runbook, and whole as far as it goes. */
static bool read_from(const struct beginning *run, struct recording **ret_recording)
{
	const char *word = option_value(run->invocation, "from");
	struct str id = run->load.runbook->id;
	struct recording *recording;
	struct kept kept;
	struct buf error;
	bool ok = true;

	if (!word)
		return true;
	if (!kept_find(run->arena, word, &kept))
		return false;
	buf_init(&error, BUF_UNBOUNDED);
	recording = recording_read(kept.transcript, &error);
	if (!recording)
		complain("%.*s", STR_ARG(buf_view(&error)));
	else if (recording->damaged)
		complain("%s: %.*s", kept.transcript, STR_ARG(recording->state));
	else if (!str_eq(recording->run_started->run_started.runbook, id))
		complain("%s is a run of %.*s, not of %.*s", kept.transcript,
		    STR_ARG(recording->run_started->run_started.runbook), STR_ARG(id));
	else
		*ret_recording = recording;
	ok = *ret_recording != NULL;
	if (!ok)
		recording_free(recording);
	buf_done(&error);
	return ok;
}

static bool prepare(struct beginning *run, struct recording **ret_from)
{
	const char *path = run->invocation->args[0];
	bool ok = key_file_private(run->invocation, "sign-key", &run->sign_key) &&
	    load_file(&run->load, path, &stdlib_vocabulary) && beginning_is_runbook(run) &&
	    beginning_read_params(run) && read_from(run, ret_from) && beginning_prepare(run, path);

	run->from = *ret_from;
	beginning_show(run);
	return ok;
}

int runbook_rehearse(const struct invocation *invocation, const struct value *alert)
{
	struct beginning run = {
	    .invocation = invocation, .arena = arena_new(), .alert = alert, .rehearses = true};
	struct recording *from = NULL;
	int status = STATUS_WRONG;

	if (beginning_read_jobs(&run) && prepare(&run, &from))
		status = beginning_run(&run);
	beginning_done(&run);
	recording_free(from);
	return status;
}

static int run(const struct invocation *invocation)
{
	if (!explore_options_fit(invocation))
		return STATUS_WRONG;
	return option_given(invocation, "explore") ? explore_runbook(invocation)
						   : runbook_rehearse(invocation, NULL);
}

static const struct example_row examples[] = {
    {"reprise rehearse database-failure.yaml",
	"what reads is done, what changes is not: what is missing is found today"},
    {"reprise rehearse --explore database-failure.yaml", "every way it can go; nothing runs"},
    {"reprise rehearse --inject restart=failed database-failure.yaml",
	"what becomes of it when the step `restart` fails"},
    {0},
};

const struct command command_rehearse = {
    .name = "rehearse",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .summary = "rehearse a runbook: what reads is really done, what changes is not",
    .details = "Every check holds, does not hold, or is assumed: what hangs on something that was "
	       "not done "
	       "cannot fail\nthe rehearsal. What is missing for real does, and is found today; so "
	       "is a change that could "
	       "not\neven begin.",
    .options = options,
    .examples = examples,
    .run = run,
};
