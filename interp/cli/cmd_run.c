/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/launch.h"
#include "base/digest.h"
#include "base/units.h"
#include "cli/answers.h"
#include "cli/approvals.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/given.h"
#include "cli/outcome.h"
#include "cli/place.h"
#include "lang/load.h"
#include "run/control.h"
#include "run/engine.h"
#include "run/exec_live.h"
#include "run/secrets.h"
#include "run/signals.h"
#include "stdlib/registry.h"
#include "view/terminal.h"

enum { JOBS = 16, JOBS_MAX = 1000, PARAMS_MAX = 800 << 10, PUSH_US = 100000 };

static const struct option_row options[] = {
    OPTION_PARAMS,
    {"approve", 0, "STEP",
	"approve STEP beforehand: of a loop all its items, w[0] is one; may be given several "
	"times"},
    {"answer", 0, "STEP=WORD", "what a person would say: STEP=done, STEP=failed, STEP.INPUT=VALUE"},
    {"non-interactive", 0, NULL, "ask nobody: what is not approved beforehand is denied"},
    {"jobs", 'j', "N", "at most N operations at once (16)"},
    {"transcript", 0, "PATH", "where to keep the record (a new file)"},
    {"quiet", 'q', NULL, "say nothing while all is well"},
    OPTION_COLOR,
    {0},
};

/* Everything one run is made of, from the ground up. */
struct run {
	const struct invocation *invocation;
	struct load load;
	struct arena *arena;
	const struct value *params;
	struct secrets *secrets;
	struct place place;
	struct store *store;
	struct sched *sched;
	struct loop *loop;
	struct launch_pool *launchers;
	struct host host;
	struct engine *engine;
	struct terminal *terminal;
	struct ask *ask;
	struct exec_live *live;
	struct signals *signals;
	struct control *control; /* NULL: it could not be had */
	struct loop_timer *pusher; /* of what the terminal did not take at once */
	struct observer observers[2];
};

static void show_diags(struct run *run)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	load_show(&run->load, wants_color(run->invocation, STDERR_FILENO), &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	buf_done(&out);
}

static bool read_params(struct run *run)
{
	run->params = given_params(run->invocation, &run->load, run->arena);
	if (run->params && !value_fits(run->params, PARAMS_MAX)) {
		complain("the parameters are too large to be recorded: more than %d KiB together",
		    PARAMS_MAX >> 10);
		run->params = NULL;
	}
	return run->params != NULL;
}

static bool read_jobs(const struct run *run, unsigned *ret_jobs)
{
	const char *text = option_value(run->invocation, "jobs");
	int64_t jobs = JOBS;

	if (text && (!units_int(str_from(text), &jobs) || jobs < 1 || jobs > JOBS_MAX)) {
		complain("--jobs wants a number from 1 to %d, not %s", JOBS_MAX, text);
		return false;
	}
	*ret_jobs = (unsigned)jobs;
	return true;
}

static bool read_secrets(struct run *run)
{
	struct buf told;
	struct json json;

	buf_init(&told, BUF_UNBOUNDED);
	for (size_t i = 0; i < run->load.source_count; i++) {
		const struct source *source = run->load.files.items[i]->source;

		buf_append(&told, source->bytes, source->len);
		buf_byte(&told, '\n');
	}
	json_init(&json, &told);
	value_to_json(&json, run->params);
	run->secrets = secrets_read(
	    run->load.runbook, run->place.folder, buf_view(&told), &run->load.diags);
	buf_done(&told);
	return run->secrets != NULL;
}

static bool is_runbook(const struct run *run)
{
	if (run->load.is_part)
		complain("%s is a file to include, not a runbook", run->invocation->args[0]);
	return !run->load.is_part;
}

/* Everything that can be wrong before anything runs. Says what is. */
static bool prepare(struct run *run)
{
	struct buf error;
	bool ok = load_file(&run->load, run->invocation->args[0], &stdlib_vocabulary) &&
	    is_runbook(run) && read_params(run) &&
	    approvals_check(run->invocation, run->load.plan, run->params) &&
	    answers_check(run->invocation, run->load.plan, run->params);
	char *id;

	if (ok) {
		buf_init(&error, BUF_UNBOUNDED);
		id = arena_cstr(run->arena, run->load.runbook->id);
		ok = place_make(&run->place, run->arena, run->invocation->args[0], id,
		    option_value(run->invocation, "transcript"), &error);
		if (!ok)
			complain("%.*s", STR_ARG(buf_view(&error)));
		buf_done(&error);
	}
	ok = ok && read_secrets(run);
	show_diags(run);
	return ok;
}

static const struct value *source_facts(struct arena *arena, const struct source *source)
{
	struct map_builder file;
	char *hex = arena_alloc(arena, DIGEST_HEX + 1);

	digest_of((struct str){source->bytes, source->len}, hex);
	map_begin(&file, arena);
	map_add(&file, "name", value_string(arena, str_from(source->name)));
	map_add(&file, "sha256", value_string(arena, (struct str){hex, DIGEST_HEX}));
	map_add(&file, "size", value_int(arena, (int64_t)source->len));
	return map_end(&file);
}

static struct message started_message(struct run *run)
{
	struct message message = {.type = MESSAGE_RUN_STARTED};
	size_t count = run->load.source_count;
	const struct value **files = arena_array(run->arena, count, sizeof(*files));

	for (size_t i = 0; i < count; i++)
		files[i] = source_facts(run->arena, run->load.files.items[i]->source);
	message.run_started.format = 1;
	message.run_started.run = str_from(run->place.run);
	message.run_started.mode = STR("run");
	message.run_started.runbook = run->load.runbook->id;
	message.run_started.title = run->load.runbook->title;
	message.run_started.params = run->params;
	message.run_started.seed = str_from(run->place.seed);
	message.run_started.program = place_program(run->arena);
	message.run_started.host = place_host(&run->place, run->arena);
	message.run_started.sources = value_list(run->arena, files, count);
	message.run_started.dir = str_from(run->place.dir);
	return message;
}

static void push(void *self)
{
	struct run *run = self;

	if (terminal_push(run->terminal))
		loop_timer_start(run->pusher, PUSH_US);
}

static void show(void *self, const struct message *message)
{
	struct run *run = self;

	terminal_see(run->terminal, message);
	push(run);
}

static void build_views(struct run *run)
{
	struct terminal_options terminal = {
	    .plan = run->load.plan,
	    .fd = STDERR_FILENO,
	    .color = wants_color(run->invocation, STDERR_FILENO),
	    .quiet = option_given(run->invocation, "quiet"),
	    .transcript = run->place.transcript,
	};
	struct ask_options ask = {run->loop, run->invocation, run->place.user, run->load.plan};

	run->terminal = terminal_new(&terminal);
	run->pusher = loop_timer_new(run->loop, push, run);
	run->ask = ask_new(&ask);
	run->observers[0] = (struct observer){show, run};
	run->observers[1] = (struct observer){ask_see, run->ask};
}

/* Lets others say something meanwhile; a run goes on without. */
static void open_control(struct run *run)
{
	struct control_options control = {
	    run->loop, run->engine, run->secrets, run->place.dir, run->place.user};
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	run->control = control_new(&control, &error);
	if (!run->control)
		complain("the run goes on, but nobody can watch it or add notes to it: cannot make "
			 "the socket "
			 "%s/control: %.*s",
		    run->place.dir, STR_ARG(buf_view(&error)));
	buf_done(&error);
}

/* Puts the parts together; false with a sentence when there can be no record. */
static bool build(struct run *run, unsigned jobs)
{
	struct sched_options sched = {.jobs = jobs};
	struct engine_options engine;
	struct exec_live_options live;
	struct buf error;

	run->loop = loop_new();
	run->launchers = launch_pool_new(run->loop, run->place.launcher, jobs);
	run->store = store_new();
	run->sched = sched_new(run->load.plan, run->store, &sched);
	build_views(run);
	engine = (struct engine_options){
	    .loop = run->loop,
	    .sched = run->sched,
	    .path = run->place.transcript,
	    .observers = run->observers,
	    .observer_count = 2,
	};
	buf_init(&error, BUF_UNBOUNDED);
	run->engine = engine_new(&engine, &error);
	if (!run->engine)
		complain("nothing was run, for there would be no record: %.*s",
		    STR_ARG(buf_view(&error)));
	buf_done(&error);
	if (!run->engine)
		return false;
	run->host = (struct host){run->loop, run->launchers, run->place.folder, run->place.dir};
	live = (struct exec_live_options){
	    .engine = run->engine,
	    .registry = &stdlib_registry,
	    .secrets = run->secrets,
	    .host = &run->host,
	    .asker = ask_asker(run->ask),
	    .run = run->place.run,
	    .lock_folder = run->place.locks,
	};
	run->live = exec_live_new(&live);
	engine_perform_by(run->engine, exec_live_executor(run->live));
	ask_connect(run->ask, run->engine, run->terminal, run->pusher);
	run->signals = signals_new(run->loop, run->engine);
	open_control(run);
	return true;
}

static void tear_down(struct run *run)
{
	signals_free(run->signals);
	ask_free(run->ask);
	loop_timer_free(run->pusher);
	exec_live_free(run->live);
	engine_free(run->engine);
	sched_free(run->sched);
	store_free(run->store);
	terminal_free(run->terminal);
	launch_pool_free(run->launchers);
	loop_free(run->loop);
	secrets_free(run->secrets);
	if (run->place.made)
		rmdir(run->place.dir); /* where nothing was left in it */
	arena_free(run->arena);
	load_done(&run->load);
}

static int perform(struct run *run)
{
	struct message started = started_message(run);
	const struct source **sources;
	const char *record_error;

	sources = arena_array(run->arena, run->load.source_count, sizeof(*sources));
	for (size_t i = 0; i < run->load.source_count; i++)
		sources[i] = run->load.files.items[i]->source;
	engine_begin(run->engine, &started, sources, run->load.source_count);
	engine_run(run->engine);
	control_free(run->control);
	record_error = engine_record_error(run->engine);
	terminal_end(run->terminal, record_error);
	print_text(STDOUT_FILENO, run->place.transcript, strlen(run->place.transcript));
	print_text(STDOUT_FILENO, "\n", 1);
	return outcome_status(engine_outcome(run->engine), !record_error);
}

static int run_runbook(const struct invocation *invocation)
{
	struct run run = {.invocation = invocation, .arena = arena_new()};
	int status = STATUS_WRONG;
	unsigned jobs;

	if (read_jobs(&run, &jobs) && prepare(&run) && build(&run, jobs))
		status = perform(&run);
	tear_down(&run);
	return status;
}

const struct command command_run = {
    .name = "run",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .summary = "run a runbook for real, and record it",
    .details = "Progress goes to standard error, the transcript's path to standard output. The "
	       "first ^C ends what\n"
	       "runs and goes on to the finally steps, the second ends those too. Runs are kept in "
	       "$REPRISE_HOME,\n"
	       "by default ~/.local/state/reprise.",
    .options = options,
    .run = run_runbook,
};
