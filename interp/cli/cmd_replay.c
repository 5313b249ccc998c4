/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/against.h"
#include "cli/command.h"
#include "cli/kept.h"
#include "cli/played.h"
#include "cli/replay_live.h"
#include "cli/replayed.h"

static const struct option_row options[] = {
    {"against", 0, "FILE", "say how the run would have gone under the runbook of FILE"},
    {"speed", 0, "N", "show the run as it was, N times as fast; 0 or max: without pauses"},
    REPLAY_LIVE_OPTIONS,
    {0},
};

/* What came of it, in one line. */
static enum status tell(const struct replayed *replayed)
{
	const struct replayer *replayer = replayed->replayer;
	const struct transcript_report *report = reader_report(replayed->reader);

	printf("%s: ", replayed->path);
	if (!replayed->same) {
		printf("DIVERGED: %.*s\n", STR_ARG(replayer_why(replayer)));
		return STATUS_DIVERGED;
	}
	printf("the same: %lld decisions, %lld results judged again",
	    (long long)replayer_effects(replayer), (long long)replayer_verdicts(replayer));
	puts(report->state == TRANSCRIPT_SEALED ? "" : "; the record ends before the run does");
	return STATUS_OK;
}

static enum status decide_again(const struct invocation *invocation, const char *transcript)
{
	const char *text = option_value(invocation, "speed");
	struct replayed replayed;
	enum status status;
	double speed;

	if (text && !played_speed(text, &speed))
		return STATUS_WRONG;
	status = text ? played_read(&replayed, transcript, speed, invocation)
		      : replayed_read(&replayed, transcript, NULL, NULL);
	if (status == STATUS_OK)
		status = tell(&replayed);
	replayed_done(&replayed);
	return status;
}

static int replay(const struct invocation *invocation)
{
	const char *file = option_value(invocation, "against");
	struct arena *arena = arena_new();
	struct kept kept;
	enum status status = STATUS_WRONG;

	if (file && option_given(invocation, "speed"))
		complain("--speed shows the run as it was: it does not go with --against");
	else if (kept_find(arena, invocation->args[0], &kept))
		status = file ? against(invocation, kept.transcript, file)
			      : decide_again(invocation, kept.transcript);
	arena_free(arena);
	return (int)status;
}

static int run(const struct invocation *invocation)
{
	const char *live_only = replay_live_only(invocation);

	if (option_given(invocation, "live") &&
	    (option_given(invocation, "against") || option_given(invocation, "speed"))) {
		complain("--live does it for real: it goes with neither --against nor --speed");
		return STATUS_WRONG;
	}
	if (option_given(invocation, "live"))
		return replay_live(invocation);
	if (live_only)
		complain("--%s means something with --live alone", live_only);
	return live_only ? (int)STATUS_WRONG : replay(invocation);
}

static const struct example_row examples[] = {
    {"reprise replay RUN", "whether this version decides as the record has it"},
    {"reprise replay --speed 10 RUN", "see it as it was, ten times as fast"},
    {"reprise replay --against changed.yaml RUN",
	"what the changed runbook would have done in that run"},
    {0},
};

const struct command command_replay = {
    .name = "replay",
    .arguments = "RUN",
    .least = 1,
    .most = 1,
    .summary = "decide everything again from a transcript, and say where it would differ",
    .details = KEPT_RUN
    "\n"
    "Nothing is performed. Status 0: the same decisions; 5: they part, and where.\n"
    "\n"
    "--against FILE answers a changed runbook from the record: which steps would have gone "
    "another\n"
    "way in that run, which would have been called otherwise, and what nobody can know. Status 0: "
    "the\n"
    "same way to the same end; 5: another way, or it cannot be told; 2: FILE has mistakes.\n"
    "\n"
    "--speed N shows the run on standard output meanwhile; ^C ends that, with 0.\n"
    "\n"
    "With --live it is done for real: the same runbook and parameters, and what people answered "
    "to\n"
    "steps that only read. Approvals are asked again. Status as of a run; 5: it was stopped where\n"
    "reality departs from the record.",
    .options = options,
    .examples = examples,
    .run = run,
};
