/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "record/transcript_reader.h"

/* Says what a transcript is; false when it is not to be trusted. */
static bool verify(const char *path)
{
	enum transcript_state state;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	buf_printf(&out, "%s: ", path);
	state = transcript_verify(path, &out);
	buf_byte(&out, '\n');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	return state != TRANSCRIPT_DAMAGED && state != TRANSCRIPT_UNREADABLE;
}

static int run(const struct invocation *invocation)
{
	struct arena *arena = arena_new();
	struct kept kept;
	bool found = true;
	bool ok = true;

	for (size_t i = 0; i < invocation->arg_count; i++) {
		if (kept_find(arena, invocation->args[i], &kept))
			ok = verify(kept.transcript) && ok;
		else
			found = false;
	}
	arena_free(arena);
	if (!ok)
		return STATUS_DAMAGED;
	return found ? STATUS_OK : STATUS_WRONG;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "RUN…",
    .least = 1,
    .most = (size_t)-1,
    .summary = "check that a transcript is whole and unchanged",
    .details = KEPT_RUN
    "\n"
    "Every line holds the SHA-256 of the line before it. By hand, for line 8:\n"
    "  sed -n 7p TRANSCRIPT | sha256sum        must give the `prev` of line 8.\n"
    "A run that has not finished is incomplete, which is no damage: the status is 0 then.",
    .options = NULL,
    .run = run,
};
