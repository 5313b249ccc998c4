/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "cli/command.h"
#include "lang/load.h"
#include "stdlib/registry.h"
#include "view/plan_text.h"

static const struct option_row options[] = {
    OPTION_COLOR,
    {0},
};

static int run(const struct invocation *invocation)
{
	struct load load;
	struct buf out;
	bool ok = load_file(&load, invocation->args[0], &stdlib_vocabulary);

	buf_init(&out, BUF_UNBOUNDED);
	load_show(&load, wants_color(invocation, STDERR_FILENO), &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	buf_clear(&out);
	if (ok) {
		plan_text(load.plan, wants_color(invocation, STDOUT_FILENO), &out);
		print_text(STDOUT_FILENO, out.ptr, out.len);
	}
	buf_done(&out);
	load_done(&load);
	return ok ? STATUS_OK : STATUS_WRONG;
}

const struct command command_plan = {
    .name = "plan",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .summary = "show what a runbook would do: the order, what it destroys, who is asked, how long at most",
    .options = options,
    .run = run,
};
