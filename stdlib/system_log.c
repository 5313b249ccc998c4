/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"
#include "stdlib/registry.h"

/* system.log: a line for whoever watches or reads the record later. It is output, masked and kept as all output is. */

static const char *const levels[] = {"info", "warning", "error", NULL};

static const struct param params[] = {{.name = "message",
					  .kind = PARAM_STRING,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "What to say; values arrive by ${{ }}."},
    {.name = "level",
	.kind = PARAM_STRING,
	.preset = "info",
	.choices = levels,
	.doc = "A warning or an error says so before the message; neither fails the step."},
    {0}};

static const struct field results[] = {{0}};

const struct action_spec system_log_spec = {
    .name = "system.log",
    .summary = "Says something on the screen and in the record.",
    .params = params,
    .results = results,
    .success_doc = "always",
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 1000000,
};

static void start(struct attempt *attempt)
{
	struct arena *arena = attempt->arena;
	struct map_builder nothing;
	struct str message, level;
	struct args args;

	args_init(&args, attempt->args, arena);
	message = args_text(&args, "message");
	level = args_text(&args, "level");
	if (args.wrong.len) {
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
		return;
	}
	if (str_is(level, "warning") || str_is(level, "error"))
		message = arena_printf(arena, "%.*s: %.*s", STR_ARG(level), STR_ARG(message));
	attempt_output(attempt, ATTEMPT_STDOUT, arena_printf(arena, "%.*s\n", STR_ARG(message)));
	map_begin(&nothing, arena);
	attempt_succeed(attempt, map_end(&nothing));
}

/* It has ended before anybody could want it to. */
static void cancel(struct attempt *attempt, enum cancel_how how)
{
	(void)attempt;
	(void)how;
}

const struct action_impl system_log = {.spec = &system_log_spec, .start = start, .cancel = cancel};
