/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/far_look.h"

#include <string.h>

#include "stdlib/heard.h"
#include "stdlib/process_result.h"

struct far_look {
	struct attempt *attempt;
	struct launch **slot;
	struct launch_request asked; /* the questions, a stage for each that was to be run */
	struct far far;
	struct heard heard;
};

/* Says what is wrong with a program, as its launch would. */
static const char question[] =
    "case $1 in */*)[ -e \"$1\" ]||{ echo \"no such program: $1\" >&2;exit 1;};"
    "[ -x \"$1\" ]||{ echo \"not executable: $1\" >&2;exit 1;};;"
    "*)command -v \"$1\" >/dev/null||{ echo \"no such program: $1 (not in PATH)\" >&2;exit "
    "1;};;esac";

static void on_output(void *self, enum attempt_stream stream, struct str bytes)
{
	struct far_look *look = self;

	if (stream == ATTEMPT_STDERR)
		heard_add(&look->heard, bytes);
}

static void on_ended(void *self, const struct launch_end *end)
{
	struct far_look *look = self;
	struct attempt *attempt = look->attempt;
	struct str said = heard_line(&look->heard);
	struct far_end fate;

	*look->slot = NULL;
	far_end(&look->far, end, &fate);
	far_close(&look->far);
	if (fate.why.len)
		attempt_error(attempt, "%.*s", STR_ARG(fate.why));
	else if (fate.end.how == LAUNCH_RAN &&
	    status_succeeded(fate.end.status, fate.end.stage_count))
		attempt_succeed(attempt, NULL);
	else if (fate.end.how == LAUNCH_RAN && said.len)
		attempt_error(attempt, "%.*s", STR_ARG(said));
	else
		attempt_error(
		    attempt, "%.*s", STR_ARG(process_why(attempt->arena, &look->asked, &fate.end)));
}

static const struct launch_events events = {.output = on_output, .ended = on_ended};

static void on_ready(void *self, struct str wrong, struct str advice)
{
	struct far_look *look = self;
	struct launch_request request;

	if (!wrong.len && far_request(&look->far, &request, &wrong)) {
		*look->slot = launch_new(look->attempt->host->launchers, &request, &events, look);
		return;
	}
	far_close(&look->far);
	attempt_finish(look->attempt,
	    &(struct attempt_result){
		.error = true, .unchanged = true, .why = wrong, .advice = advice});
}

/* The stages that ask; bash is asked to read the script of a single one. */
static void ask(struct far_look *look, const char *script)
{
	struct arena *arena = look->attempt->arena;
	const char *const **stages = arena_array(arena, look->asked.stage_count, sizeof(*stages));

	for (size_t i = 0; i < look->asked.stage_count; i++) {
		const char *program = look->asked.stages[i][0];
		const char *const about[] = {"sh", "-c", question, "sh", program, NULL};
		const char *const read[] = {"bash", "-n", "-c", script, NULL};
		const char **argv = arena_array(arena, 6, sizeof(*argv));

		if (script)
			memcpy(argv, read, sizeof(read));
		else
			memcpy(argv, about, sizeof(about));
		stages[i] = argv;
	}
	look->asked.stages = stages;
}

struct far_look *far_look(struct attempt *attempt, const struct launch_request *asked,
    const char *script, struct launch **slot)
{
	struct far_look *look = arena_alloc(attempt->arena, sizeof(*look));

	look->attempt = attempt;
	look->slot = slot;
	look->asked = *asked;
	ask(look, script);
	far_init(&look->far, attempt, &look->asked);
	far_open(&look->far, on_ready, look);
	return look;
}

void far_look_cancel(struct far_look *look)
{
	on_ready(look, STR("it was ended before it was begun"), STR(""));
}
