/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/surroundings.h"

#include <stddef.h>

const char overall_usage[] = "reprise COMMAND [OPTIONS] [ARGUMENTS]";
const char overall_summary[] = "run runbooks, and keep a record that can be trusted";
const char overall_details[] =
    "Runs runbooks: step graphs with preconditions, commands, verifications and timeouts,\n"
    "recorded so that the record can be trusted.";

const struct example_row overall_examples[] = {
    {"reprise check FILE", "before anything else: what is wrong with a runbook"},
    {"reprise plan FILE", "what it would do, and destroy"},
    {"reprise run FILE", "perform it; it asks before it destroys anything"},
    {"reprise resume RUN", "go on with a run whose process died"},
    {"reprise report RUN", "what happened"},
    {0},
};

/* In the order of enum status. */
const struct surrounding exit_statuses[] = {
    {"0", "recovered, or rehearsed; nothing wrong"},
    {"1",
	"the runbook ran, or was rehearsed, and did not succeed; of `diff`: the runs differ; of "
	"`match`: no runbook answers; with --max-age: something was not exercised, or did not go "
	"well"},
    {"2", "the invocation or the runbook is wrong, and nothing ran"},
    {"3", "an approval was missing or denied"},
    {"4", "interrupted"},
    {"5", "a replay diverged from its record"},
    {"6", "a transcript is damaged or unreadable"},
    {"70", "a bug of reprise"},
    {NULL, NULL},
};

const struct surrounding environment[] = {
    {"REPRISE_HOME",
	"where runs are kept; by default $XDG_STATE_HOME/reprise, else ~/.local/state/reprise"},
    {"REPRISE_RUNBOOKS",
	"folders of runbooks for `match` and `history`, a colon between two; by default "
	"./runbooks"},
    {"REPRISE_LOCKS",
	"where the locks between runs lie; by default /run/lock/reprise, else /tmp/reprise-UID"},
    {"NO_COLOR", "no colours unless --color asks for them"},
    {"TERM", "`dumb`: no colours, and lines alone"},
    {NULL, NULL},
};

const struct surrounding files[] = {
    {"~/.local/state/reprise/runs/RUN.jsonl",
	"the transcript of a run, a line of JSON for each event"},
    {"~/.local/state/reprise/runs/RUN/",
	"what the run keeps beside it: outputs that are long, what `resume` needs"},
    {"~/.local/state/reprise/history.sqlite",
	"a cache of what the transcripts say, for `history` and forecasts; made anew where it is "
	"gone"},
    {"/run/lock/reprise/", "locks between the runs of all users"},
    {"share/reprise/runbooks/", "runbooks to adapt, beside the bin/ that reprise is installed in"},
    {"share/doc/reprise/language.md", "the manual of runbooks, for their authors"},
    {"share/doc/reprise/examples/", "units and a crontab that run runbooks unattended"},
    {NULL, NULL},
};
