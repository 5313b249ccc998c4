/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/process_look.h"

#include <string.h>

#include "act/launch.h"
#include "base/buf.h"
#include "stdlib/far_look.h"
#include "stdlib/heard.h"
#include "stdlib/process_request.h"
#include "stdlib/process_result.h"

struct look {
	struct attempt *attempt;
	struct launch **slot;
	struct launch_request request;
	const char *bash[5];
	const char *const *stages[1];
	struct heard heard;
};

static void on_output(void *self, enum attempt_stream stream, struct str bytes)
{
	struct look *look = self;

	if (stream == ATTEMPT_STDERR)
		heard_add(&look->heard, bytes);
}

static void on_ended(void *self, const struct launch_end *end)
{
	struct look *look = self;
	struct attempt *attempt = look->attempt;
	struct str said = heard_line(&look->heard);

	*look->slot = NULL;
	if (end->how == LAUNCH_RAN && status_succeeded(end->status, end->stage_count))
		attempt_succeed(attempt, NULL);
	else if (end->how == LAUNCH_RAN && said.len)
		attempt_error(attempt, "%.*s", STR_ARG(said));
	else
		attempt_error(attempt, "bash cannot read the script: %.*s",
		    STR_ARG(process_why(attempt->arena, &look->request, end)));
}

static const struct launch_events events = {.output = on_output, .ended = on_ended};

/*
 * The script, where bash can say whether it is one without running it. What turns a part of its grammar on while it
 * runs is not turned on when it is only read.
 */
static const char *readable_script(const struct look *look)
{
	const struct value *args = look->attempt->args;
	const struct value *shell = value_get(args, "shell");
	struct str script = value_text(value_get(args, "script"));

	if (!script.len || (shell && shell->type != VALUE_NULL) ||
	    str_find(script, STR("shopt")) >= 0 || str_find(script, STR("alias")) >= 0)
		return NULL;
	return arena_cstr(look->attempt->arena, script);
}

static void read_script(struct look *look, const char *script)
{
	const char *const argv[] = {"bash", "-n", "-c", script, NULL};

	memcpy(look->bash, argv, sizeof(argv));
	look->stages[0] = look->bash;
	look->request.stages = look->stages;
	*look->slot = launch_new(look->attempt->host->launchers, &look->request, &events, look);
}

void process_look(struct attempt *attempt, struct launch **slot, struct far_look **far)
{
	struct look *look = arena_alloc(attempt->arena, sizeof(*look));
	struct launch_end end;
	const char *script;
	struct str wrong;

	look->attempt = attempt;
	look->slot = slot;
	script = readable_script(look);
	if (!process_request_look(attempt, &look->request, &wrong))
		attempt_error(attempt, "%.*s", STR_ARG(wrong));
	else if (far_is(attempt))
		*far = far_look(attempt, &look->request, script, slot);
	else if (!launch_look(&look->request, &end))
		attempt_error(
		    attempt, "%.*s", STR_ARG(process_why(attempt->arena, &look->request, &end)));
	else if (script)
		read_script(look, script);
	else
		attempt_succeed(attempt, NULL);
}
