/* SPDX-License-Identifier: Apache-2.0 */
#include "act/attempt.h"
#include "act/launch.h"
#include "stdlib/far.h"
#include "stdlib/far_look.h"
#include "stdlib/process_look.h"
#include "stdlib/process_request.h"
#include "stdlib/process_result.h"
#include "stdlib/registry.h"
#include "value/target.h"

/*
 * run and pipe: processes, through the launchers. A process is one attempt: in the attempt's arena, with what it
 * prints passed on as it comes; the executor keeps what the result is to have of it.
 */
struct process {
	struct attempt *attempt;
	struct launch *launch;
	struct launch_request request; /* as it was asked for */
	struct far *far; /* NULL: it runs here */
	struct far_look *look; /* what runs elsewhere is only looked at; else NULL */
	struct process_denial denial;
};

static void on_started(void *self, const struct launch_begun *begun)
{
	const struct process *process = self;
	struct attempt *attempt = process->attempt;

	/* What is begun elsewhere says that itself, when it has ended. */
	attempt->confined |= begun->confined;
	attempt->unconfined = arena_str(attempt->arena, str_from(begun->unconfined));
	if (attempt->only_reads && attempt->host->unconfined)
		attempt->unconfined = STR("--no-confine was given");
	attempt_started(attempt, begun->process.pid, begun->process.start_ticks);
}

static void on_output(void *self, enum attempt_stream stream, struct str bytes)
{
	struct process *process = self;

	if (stream == ATTEMPT_STDERR && (process->attempt->confined || process->far))
		process_hear(&process->denial, bytes);
	attempt_output(process->attempt, stream, bytes);
}

/* What a success left running was meant to stay (pg_ctl start); what a failure left is in the way of the next try. */
static bool on_keeps(void *self, const int32_t *status, size_t count)
{
	(void)self;
	return status_succeeded(status, count);
}

/* No process of it ran, and no file was emptied for what it prints. */
static bool began_nothing(const struct process *process, const struct launch_end *end)
{
	const struct value *out = value_get(process->attempt->args, "stdout");

	return (end->how == LAUNCH_REFUSED || end->how == LAUNCH_UNBEGUN) &&
	    process->request.stage_count == 1 && !value_get(out, "file");
}

/* `parts`: how what ran elsewhere was run there, or NULL. */
static void finish(struct process *process, const struct launch_end *end, const struct value *parts,
    struct attempt_result *result)
{
	struct attempt *attempt = process->attempt;
	struct arena *arena = attempt->arena;
	struct map_builder map;

	if (attempt->confined && !result->advice.len)
		result->advice = process_advice(&process->denial, attempt->is_check);
	result->ok = end->how == LAUNCH_RAN && !result->why.len &&
	    status_succeeded(end->status, end->stage_count);
	map_begin(&map, arena);
	process_add_fields(&map, &process->request, end);
	map_add(&map, "stdout", value_string(arena, STR("")));
	map_add(&map, "stderr", value_string(arena, STR("")));
	if (parts)
		map_add(&map, "far", parts);
	if (end->how != LAUNCH_REFUSED && end->how != LAUNCH_UNBEGUN && !result->lost)
		result->value = map_end(&map);
	attempt_finish(attempt, result);
}

static struct attempt_result result_of(const struct process *process, const struct launch_end *end)
{
	struct arena *arena = process->attempt->arena;

	return (struct attempt_result){
	    .error = end->how == LAUNCH_REFUSED || end->how == LAUNCH_LOST,
	    .unchanged = began_nothing(process, end),
	    .lost = end->how == LAUNCH_UNKNOWN,
	    .by_itself = end->by_itself,
	    .why = process_why(arena, &process->request, end),
	    .left = process_left(arena, end),
	    .missing = {end->missing[ATTEMPT_STDOUT], end->missing[ATTEMPT_STDERR]}};
}

static void on_ended(void *self, const struct launch_end *end)
{
	struct process *process = self;
	struct attempt_result result = result_of(process, end);

	process->launch = NULL;
	finish(process, end, NULL, &result);
}

static const struct launch_events events = {on_started, on_output, on_keeps, on_ended};

/* What leads elsewhere has ended: what counts is what became of that. */
static void on_far_ended(void *self, const struct launch_end *end)
{
	struct process *process = self;
	struct arena *arena = process->attempt->arena;
	struct attempt_result result;
	struct far_end fate;

	process->launch = NULL;
	far_end(process->far, end, &fate);
	far_close(process->far);
	process->attempt->confined = fate.confined;
	result = result_of(process, &fate.end);
	if (fate.why.len)
		result.why = fate.why;
	else if (fate.end.how == LAUNCH_REFUSED)
		result.why = arena_printf(arena, "%.*s, %.*s", STR_ARG(result.why),
		    STR_ARG(target_place(arena, target_of(process->attempt->args))));
	if (fate.end.how == LAUNCH_REFUSED && fate.end.trouble == LAUNCH_TROUBLE_FIND &&
	    value_get(process->attempt->args, "script"))
		result.advice = STR("where there is no bash, say `shell: [sh, -eu, -c]`");
	result.lost |= fate.lost;
	result.loose = fate.lost;
	result.unchanged &= !fate.began;
	finish(process, &fate.end, fate.parts, &result);
}

/* What it leaves running is looked after there. */
static const struct launch_events far_events = {
    .started = on_started, .output = on_output, .ended = on_far_ended};

static void on_far_ready(void *self, struct str wrong, struct str advice)
{
	struct process *process = self;
	struct attempt *attempt = process->attempt;
	struct launch_request request;

	if (!wrong.len && far_request(process->far, &request, &wrong)) {
		process->launch = launch_new(
		    attempt->host->launchers, &request, &far_events, process);
		return;
	}
	process_request_drop(&process->request);
	far_close(process->far);
	attempt_finish(attempt,
	    &(struct attempt_result){
		.error = true, .unchanged = true, .why = wrong, .advice = advice});
}

/* Connections come first: nothing is begun before all of them are there. */
static void start_far(struct process *process)
{
	struct attempt *attempt = process->attempt;

	process->far = arena_alloc(attempt->arena, sizeof(*process->far));
	far_init(process->far, attempt, &process->request);
	far_open(process->far, on_far_ready, process);
}

static void start(struct attempt *attempt)
{
	struct process *process = arena_alloc(attempt->arena, sizeof(*process));
	struct str wrong;

	attempt->self = process;
	process->attempt = attempt;
	if (!process_request(attempt, &process->request, &wrong)) {
		attempt_error(attempt, "%.*s", STR_ARG(wrong));
		return;
	}
	if (far_is(attempt))
		start_far(process);
	else
		process->launch = launch_new(
		    attempt->host->launchers, &process->request, &events, process);
}

static void look(struct attempt *attempt)
{
	struct process *process = arena_alloc(attempt->arena, sizeof(*process));

	attempt->self = process;
	process->attempt = attempt;
	process_look(attempt, &process->launch, &process->look);
}

static void adopt(struct attempt *attempt)
{
	struct process *process = arena_alloc(attempt->arena, sizeof(*process));
	struct launch_process recorded = {attempt->recorded_pid, attempt->recorded_ticks};
	struct attempt_result lost = {.lost = true};
	struct launch_request request;

	attempt->self = process;
	process->attempt = attempt;
	if (!process_request_again(attempt, &process->request, &lost.why)) {
		attempt_finish(attempt, &lost);
		return;
	}
	if (far_is(attempt)) {
		process->far = arena_alloc(attempt->arena, sizeof(*process->far));
		far_init(process->far, attempt, &process->request);
		far_request_again(process->far, &request);
		process->launch = launch_adopt(
		    attempt->host->launchers, &request, recorded, &far_events, process);
	} else {
		process->launch = launch_adopt(
		    attempt->host->launchers, &process->request, recorded, &events, process);
	}
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct process *process = attempt->self;
	int64_t grace_us = how == CANCEL_KILL ? 0 : attempt->grace_us;

	if (process->launch)
		launch_stop(process->launch,
		    process->far || process->look ? far_grace_us(grace_us) : grace_us);
	else if (process->look && !attempt->finished)
		far_look_cancel(process->look);
	else if (process->far && !attempt->finished)
		on_far_ready(process, STR("it was ended before it was begun"), STR(""));
}

/* Of what runs elsewhere: what the near end of it reads, and sends there. */
static void progress(const struct attempt *attempt, struct progress *ret_progress)
{
	const struct process *process = attempt->self;

	if (process->launch)
		ret_progress->launcher = launch_launcher(process->launch);
}

static const struct type stage_type = {.kind = TYPE_OBJECT,
    .name = "a stage of a process",
    .fields = (const struct field[]){
	{"argv0", &type_string, "The program, as it was named."},
	{"exit_code", &type_int,
	    "Its exit status; 128 and the signal's number when a signal ended it."},
	{"signal", &type_dyn, "The name of the signal that ended it (\"SIGKILL\"), or null."},
	{0},
    }};
static const struct type stages_type = {.kind = TYPE_LIST, .of = &stage_type};
static const struct type lines_type = {.kind = TYPE_LIST, .of = &type_string};

static const struct field results[] = {
    {"exit_code", &type_int,
	"0, or the exit status of the last stage that failed; 128 and the signal's number when a "
	"signal "
	"ended it."},
    {"signal", &type_dyn, "The name of the signal that ended it (\"SIGKILL\"), or null."},
    {"stdout", &type_stream, "What it printed on standard output; empty when that went to a file."},
    {"stderr", &type_stream, "What it printed on standard error, of all stages."},
    {"json", &type_dyn, "Standard output, read as JSON."},
    {"lines", &lines_type, "Standard output, line by line."},
    {"stages", &stages_type, "How each process of the pipe ended; one alone is a single stage."},
    {"duration", &type_duration, "From its start to the exit of its last stage."},
    {"far", &type_dyn,
	"Of a process with a target: how each part of it was run there, a list of {target, host, "
	"uid, by, pid, confined, unconfined}; `host` is what the machine there calls itself; `by` "
	"is \"reprise-launch\" or \"sh\"."},
    {0},
};

static const char success_doc[] =
    "exit status 0 of every stage; a writer's SIGPIPE is no failure when its reader succeeded";

static const char *const success_fields[] = {"exit_code", "signal", "stages", NULL};

/* What run and pipe have in common. */
#define PROCESS_PARAMS                                                                             \
	{.name = "env",                                                                            \
	    .kind = PARAM_MAP,                                                                     \
	    .flags = PARAM_TAKES_SECRETS,                                                          \
	    .doc = "Variables over the inherited environment; their values are texts."},           \
	    {.name = "cwd",                                                                        \
		.kind = PARAM_PATH,                                                                \
		.doc = "The folder to run in; the runbook's when it is not given."},               \
	    {.name = "stdin",                                                                      \
		.kind = PARAM_MAP,                                                                 \
		.flags = PARAM_TAKES_SECRETS,                                                      \
		.doc =                                                                             \
		    "What it reads: {file: PATH} or {text: TEXT}; nothing when it is not given."}, \
	    {.name = "stdout",                                                                     \
		.kind = PARAM_MAP,                                                                 \
		.doc = "Where it prints: {file: PATH}; captured when it is not given."},           \
	    {.name = "target",                                                                     \
		.kind = PARAM_MAP,                                                                 \
		.doc = "Where it runs; here when it is not given."},                               \
	{                                                                                          \
		0                                                                                  \
	}

const struct action_spec process_run_spec = {
    .name = "run",
    .summary = "Runs a process, or a shell script.",
    .params =
	(const struct param[]){
	    {.name = "argv",
		.kind = PARAM_LIST,
		.doc = "The program and its arguments; no shell looks at them."},
	    {.name = "script",
		.kind = PARAM_STRING,
		.doc = "A script for the shell instead; values reach it by env only."},
	    {.name = "shell",
		.kind = PARAM_LIST,
		.doc = "What the script is appended to; otherwise [bash, -euo, pipefail, -c]."},
	    PROCESS_PARAMS,
	},
    .results = results,
    .success_doc = success_doc,
    .success_fields = success_fields,
    .effect = EFFECT_CHANGE,
};

const struct action_spec process_pipe_spec = {
    .name = "pipe",
    .summary = "Runs processes that are joined by pipes.",
    .params =
	(const struct param[]){
	    {.name = "stages",
		.kind = PARAM_LIST,
		.flags = PARAM_REQUIRED,
		.doc = "An argv for each process, from the first writer to the last reader."},
	    {.name = "targets",
		.kind = PARAM_LIST,
		.doc = "Where each of them runs, in place of `target`; null is here."},
	    PROCESS_PARAMS,
	},
    .results = results,
    .success_doc = success_doc,
    .success_fields = success_fields,
    .effect = EFFECT_CHANGE,
};

const struct action_impl process_run = {.spec = &process_run_spec,
    .start = start,
    .cancel = cancel,
    .adopt = adopt,
    .look = look,
    .progress = progress};
const struct action_impl process_pipe = {.spec = &process_pipe_spec,
    .start = start,
    .cancel = cancel,
    .adopt = adopt,
    .look = look,
    .progress = progress};
