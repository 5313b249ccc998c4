/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "record/transcript_reader.h"

static int run(const struct invocation *invocation)
{
	enum transcript_state state;
	bool ok = true;

	for (size_t i = 0; i < invocation->arg_count; i++) {
		struct buf out;

		buf_init(&out, BUF_UNBOUNDED);
		buf_printf(&out, "%s: ", invocation->args[i]);
		state = transcript_verify(invocation->args[i], &out);
		buf_byte(&out, '\n');
		fwrite(out.ptr, 1, out.len, stdout);
		buf_done(&out);
		ok = ok && state != TRANSCRIPT_DAMAGED && state != TRANSCRIPT_UNREADABLE;
	}
	return ok ? STATUS_OK : STATUS_DAMAGED;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "TRANSCRIPT…",
    .least = 1,
    .most = (size_t)-1,
    .summary = "check that a transcript is whole and unchanged",
    .details =
	"Every line holds the SHA-256 of the line before it. By hand, for line 8:\n"
	"  sed -n 7p TRANSCRIPT | sha256sum        must give the `prev` of line 8.\n"
	"A run that has not finished is incomplete, which is no damage: the status is 0 then.",
    .options = NULL,
    .run = run,
};
