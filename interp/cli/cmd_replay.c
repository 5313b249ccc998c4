/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "cli/replay_live.h"
#include "cli/replayed.h"

static const struct option_row options[] = {
    REPLAY_LIVE_OPTIONS,
    {0},
};

/* What came of it, in one line. */
static int tell(const struct replayed *replayed)
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

static int replay(const struct invocation *invocation)
{
	struct arena *arena = arena_new();
	struct replayed replayed;
	struct kept kept;
	int status = STATUS_WRONG;

	if (kept_find(arena, invocation->args[0], &kept)) {
		status = replayed_read(&replayed, kept.transcript, NULL, NULL);
		if (status == STATUS_OK)
			status = tell(&replayed);
		replayed_done(&replayed);
	}
	arena_free(arena);
	return status;
}

static int run(const struct invocation *invocation)
{
	const char *live_only = replay_live_only(invocation);

	if (option_given(invocation, "live"))
		return replay_live(invocation);
	if (live_only)
		complain("--%s means something with --live alone", live_only);
	return live_only ? (int)STATUS_WRONG : replay(invocation);
}

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
    "With --live it is done for real: the same runbook and parameters, and what people answered "
    "to\n"
    "steps that only read. Approvals are asked again. Status as of a run; 5: it was stopped where\n"
    "reality departs from the record.",
    .options = options,
    .run = run,
};
