/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "lang/load.h"
#include "lint/lint.h"
#include "stdlib/registry.h"

static const struct option_row options[] = {
    OPTION_COLOR,
    {"quiet", 'q', NULL, "say nothing of files without mistakes"},
    {"strict", 0, NULL, "take warnings for mistakes"},
    {0},
};

static bool check_one(const char *path, bool color, bool quiet, bool strict)
{
	struct load load;
	struct buf out;
	bool ok = load_file(&load, path, &stdlib_vocabulary);

	if (ok && load.plan)
		lint_run(&load);
	if (strict)
		ok = ok && load.diags.count == 0;
	buf_init(&out, BUF_UNBOUNDED);
	load_show(&load, color, &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	if (ok && !quiet && load.is_part)
		printf("%s: ok, to be included by runbooks\n", path);
	else if (ok && !quiet)
		printf("%s: ok, %zu step%s\n", path, load.plan->count - 1,
		    load.plan->count == 2 ? "" : "s");
	fflush(stdout);
	buf_done(&out);
	load_done(&load);
	return ok;
}

static int run(const struct invocation *invocation)
{
	bool color = wants_color(invocation, STDERR_FILENO);
	bool ok = true;

	for (size_t i = 0; i < invocation->arg_count; i++)
		ok = check_one(invocation->args[i], color, option_given(invocation, "quiet"),
			 option_given(invocation, "strict")) &&
		    ok;
	return ok ? STATUS_OK : STATUS_WRONG;
}

const struct command command_check = {
    .name = "check",
    .arguments = "FILE…",
    .least = 1,
    .most = (size_t)-1,
    .summary = "find every mistake and risk in runbooks, and change nothing",
    .options = options,
    .run = run,
};
