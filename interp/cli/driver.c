/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/driver.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "act/launch.h"
#include "base/mem.h"
#include "cli/address.h"
#include "cli/approvals.h"
#include "cli/ask.h"
#include "cli/assumptions.h"
#include "cli/foretold.h"
#include "cli/outcome.h"
#include "cli/screen.h"
#include "run/control.h"
#include "run/exec_live.h"
#include "run/exec_rehearsal.h"
#include "run/secret_marks.h"
#include "run/signals.h"
#include "stdlib/registry.h"
#include "stdlib/ssh_links.h"

enum { PUSH_US = 100000, RETAKE_EVERY_MS = 250 };

struct driver {
	struct driver_options options;
	struct loop *loop;
	struct launch_pool *launchers;
	struct ssh_links *links;
	struct host host;
	struct engine *engine;
	struct terminal *terminal;
	struct screen *screen; /* NULL: nothing is drawn */
	struct ask *ask;
	struct comparator *comparator; /* NULL: it follows no record */
	struct exec_live *live;
	struct exec_rehearsal *rehearsal; /* NULL: all is performed */
	struct signals *signals;
	struct control *control; /* NULL: it could not be had, or is no more */
	struct loop_timer *pusher; /* of what the terminal did not take at once */
	struct observer observers[2];
};

struct secrets *driver_secrets(struct load *load, const struct value *params, const char *folder)
{
	struct secrets *secrets;
	struct buf told;
	struct json json;

	buf_init(&told, BUF_UNBOUNDED);
	for (size_t i = 0; i < load->source_count; i++) {
		const struct source *source = load->files.items[i]->source;

		buf_append(&told, source->bytes, source->len);
		buf_byte(&told, '\n');
	}
	json_init(&json, &told);
	value_to_json(&json, params);
	secrets = secrets_read(load->plan, folder, buf_view(&told), &load->diags);
	buf_done(&told);
	return secrets;
}

/* What is approved beforehand is shown as that. */
static void tell_approved(
    struct terminal *terminal, const struct invocation *invocation, const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->count; i++) {
		struct buf address;

		if (!plan->nodes[i].asks)
			continue;
		buf_init(&address, BUF_UNBOUNDED);
		address_path(&address, plan, &plan->nodes[i]);
		if (approvals_given(invocation, buf_view(&address)))
			terminal_answered(terminal, i);
		buf_done(&address);
	}
}

struct terminal *driver_terminal(
    const struct invocation *invocation, const struct plan *plan, const char *transcript)
{
	struct terminal *terminal;
	struct terminal_options options = {
	    .plan = plan,
	    .fd = STDERR_FILENO,
	    .color = wants_color(invocation, STDERR_FILENO),
	    .live = wants_live(invocation, STDERR_FILENO),
	    .quiet = option_given(invocation, "quiet"),
	    .transcript = transcript,
	};

	terminal = terminal_new(&options);
	tell_approved(terminal, invocation, plan);
	return terminal;
}

bool driver_record_failure(
    const struct invocation *invocation, enum record_failure *ret_record_failure)
{
	size_t choice; /* the words stand in the order of the enumeration */
	bool ok = option_choice(invocation, "on-record-failure", &choice);

	*ret_record_failure = ok ? (enum record_failure)choice : RECORD_FAILURE_STOP;
	return ok;
}

static void push(void *self)
{
	struct driver *driver = self;

	if (terminal_push(driver->terminal))
		loop_timer_start(driver->pusher, PUSH_US);
}

/* What a person would be asked. */
static void show_question(struct driver *driver, const struct message *ask)
{
	struct arena *arena = arena_new();
	struct terminal_question question = {
	    .ask = ask,
	    .address = address_of(arena, driver->options.plan, ask->ask.node, ask->ask.step),
	    .asking = TERMINAL_WOULD_ASK,
	};

	terminal_ask(driver->terminal, &question);
	arena_free(arena);
}

static void show(void *self, const struct message *message)
{
	struct driver *driver = self;

	if (driver->options.forecast)
		forecast_see(driver->options.forecast, message);
	terminal_see(driver->terminal, message);
	if (driver->rehearsal && message->type == MESSAGE_ASK &&
	    !option_given(driver->options.invocation, "quiet"))
		show_question(driver, message);
	push(driver);
	screen_touch(driver->screen);
}

static void show_sample(void *self, const struct sample *sample)
{
	struct driver *driver = self;

	terminal_sample(driver->terminal, sample);
	screen_touch(driver->screen);
}

static void show_saying(void *self, const struct saying *saying)
{
	struct driver *driver = self;

	terminal_hear(driver->terminal, saying);
	screen_touch(driver->screen);
}

static void build_views(struct driver *driver)
{
	const struct driver_options *options = &driver->options;
	struct ask_options ask = {
	    .loop = driver->loop,
	    .invocation = options->invocation,
	    .user = options->place->user,
	    .transcript = options->place->transcript,
	    .plan = options->plan,
	    .followed = options->followed,
	    .resumed = options->earlier != NULL,
	};

	driver->terminal = options->terminal;
	driver->pusher = loop_timer_new(driver->loop, push, driver);
	driver->ask = ask_new(&ask);
	driver->observers[0] = (struct observer){.see = show, .self = driver};
	if (wants_live(options->invocation, STDERR_FILENO)) {
		driver->observers[0].sample = show_sample;
		driver->observers[0].saying = show_saying;
	}
	driver->observers[1] = (struct observer){.see = ask_see, .self = driver->ask};
}

/* The record that it follows, if there is one: what is compared, and shown beside what comes. */
static void follow(struct driver *driver)
{
	const struct followed *followed = driver->options.followed;
	struct comparator_options comparator = {.plan = driver->options.plan};

	if (!followed || !followed->recording)
		return;
	comparator.recording = followed->recording;
	comparator.changed = followed->changed;
	driver->comparator = comparator_new(&comparator);
	terminal_follow(driver->terminal, followed->recording, followed->transcript);
}

static bool build_engine(struct driver *driver)
{
	const struct driver_options *options = &driver->options;
	struct engine_options engine = {
	    .loop = driver->loop,
	    .sched = options->sched,
	    .path = options->place->transcript,
	    .tail = options->tail,
	    .t_us = options->t_us,
	    .observers = driver->observers,
	    .observer_count = 2,
	    .signer = options->signer,
	    .comparator = driver->comparator,
	};
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	driver->engine = engine_new(&engine, &error);
	if (!driver->engine)
		complain("nothing was run, for there would be no record: %.*s",
		    STR_ARG(buf_view(&error)));
	buf_done(&error);
	return driver->engine != NULL;
}

/* Lets others say something meanwhile; a run goes on without. */
static void open_control(struct driver *driver)
{
	const struct place *place = driver->options.place;
	struct control_options control = {driver->loop, driver->engine, driver->options.secrets,
	    place->dir, place->user, ask_taker(driver->ask)};
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	driver->control = control_new(&control, &error);
	if (!driver->control)
		complain("the run goes on, but nobody can watch it or add notes to it: cannot make "
			 "the socket "
			 "%s/control: %.*s",
		    place->dir, STR_ARG(buf_view(&error)));
	buf_done(&error);
}

/* Whether processes of an earlier life may print what nobody could mask any more. */
static bool mark_secrets(const struct driver_options *options)
{
	const char *dir = options->place->dir;
	bool changed = options->earlier && secret_marks_differ(dir, options->secrets);

	if (!secret_marks_write(dir, options->secrets, changed))
		complain("cannot write %s/secrets: if this run is cut off and goes on, what its "
			 "processes print then will not be kept",
		    dir);
	return changed;
}

/* Who performs: the live executor, or a rehearsal before it. */
static struct executor *performer(struct driver *driver)
{
	struct executor *live = exec_live_executor(driver->live);

	if (!driver->rehearsal)
		return live;
	exec_rehearsal_read_by(driver->rehearsal, live);
	return exec_rehearsal_executor(driver->rehearsal);
}

static void rehearse(struct driver *driver, struct exec_live_options *live)
{
	struct exec_rehearsal_options options = {
	    .engine = driver->engine,
	    .loop = driver->loop,
	    .from = driver->options.from,
	    .assumptions = assumptions_of(driver->options.invocation),
	};

	driver->rehearsal = exec_rehearsal_new(&options);
	live->amend = exec_rehearsal_amend;
	live->amender = driver->rehearsal;
}

static void build_executor(struct driver *driver)
{
	const struct driver_options *options = &driver->options;
	struct exec_live_options live = {
	    .engine = driver->engine,
	    .registry = &stdlib_registry,
	    .secrets = options->secrets,
	    .host = &driver->host,
	    .asker = ask_asker(driver->ask),
	    .earlier = options->earlier,
	    .withhold = mark_secrets(options),
	    .run = options->place->run,
	    .lock_folder = options->place->locks,
	};

	driver->links = ssh_links_new(driver->loop, driver->launchers, options->place->dir);
	driver->host = (struct host){.loop = driver->loop,
	    .launchers = driver->launchers,
	    .folder = options->place->folder,
	    .run_dir = options->place->dir,
	    .unconfined = option_given(options->invocation, "no-confine"),
	    .programs = &options->place->programs,
	    .links = driver->links};
	if (options->rehearses)
		rehearse(driver, &live);
	driver->live = exec_live_new(&live);
	engine_perform_by(driver->engine, performer(driver));
	ask_connect(driver->ask, driver->engine, driver->terminal, driver->pusher);
	open_control(driver);
	if (!options->earlier)
		driver->signals = signals_new(driver->loop, driver->engine);
}

struct driver *driver_new(const struct driver_options *options)
{
	struct driver *driver = mem_alloc(sizeof(*driver));

	driver->options = *options;
	driver->loop = loop_new();
	driver->launchers = launch_pool_new(
	    driver->loop, options->place->programs.launcher, options->place->dir, options->jobs);
	build_views(driver);
	follow(driver);
	if (!build_engine(driver)) {
		driver_free(driver);
		return NULL;
	}
	build_executor(driver);
	return driver;
}

void driver_free(struct driver *driver)
{
	if (!driver)
		return;
	control_free(driver->control);
	signals_free(driver->signals);
	screen_free(driver->screen);
	ask_free(driver->ask);
	loop_timer_free(driver->pusher);
	exec_live_free(driver->live);
	exec_rehearsal_free(driver->rehearsal);
	engine_free(driver->engine);
	comparator_free(driver->comparator);
	terminal_free(driver->terminal);
	forecast_free(driver->options.forecast);
	ssh_links_free(driver->links);
	launch_pool_free(driver->launchers);
	loop_free(driver->loop);
	free(driver);
}

struct engine *driver_engine(const struct driver *driver)
{
	return driver->engine;
}

bool driver_forecast(struct driver *driver, int64_t t_us, struct message *ret_aside)
{
	*ret_aside = (struct message){.type = MESSAGE_OUTLOOK, .outlook.role = CLASS_ASIDE};
	return foretold_ask(driver->options.forecast, t_us, &ret_aside->outlook.told);
}

void driver_retake(struct driver *driver)
{
	const struct timespec pause = {.tv_nsec = RETAKE_EVERY_MS * 1000000L};
	bool said = false;
	struct buf why;

	buf_init(&why, BUF_UNBOUNDED);
	while (!exec_live_retake(driver->live, driver->options.earlier, &why)) {
		if (!said)
			complain("%.*s", STR_ARG(buf_view(&why)));
		said = true;
		buf_clear(&why);
		nanosleep(&pause, NULL);
	}
	buf_done(&why);
	/* until now ^C ends this process, and leaves the run as it is */
	driver->signals = signals_new(driver->loop, driver->engine);
}

/* Nobody could be asked what only a person can say. What runs goes on, and whoever resumes the run finds it so. */
static void leave(struct driver *driver)
{
	terminal_put_away(driver->terminal);
	complain("the run is left as it is, to be gone on with: reprise resume %s",
	    driver->options.place->transcript);
	_exit(STATUS_DENIED);
}

static int64_t now(void *self)
{
	const struct driver *driver = self;

	return engine_now(driver->engine);
}

/* The process was stopped, and goes on: who is asked may have typed meanwhile, at somebody else. */
static void go_on(void *self)
{
	struct driver *driver = self;

	ask_again(driver->ask);
}

static void foretell(void *self, int64_t now_us, struct buf *out)
{
	const struct driver *driver = self;

	foretold_put(driver->options.forecast, now_us, out);
}

static void begin_to_draw(struct driver *driver)
{
	const struct screen_options options = {
	    .loop = driver->loop,
	    .terminal = driver->terminal,
	    .fd = STDERR_FILENO,
	    .stopped = STR("suspended: what was begun goes on, but nobody watches its timeouts, "
			   "and nothing new begins. fg goes on with the run.\n"),
	    .now = now,
	    .go_on = go_on,
	    .foretell = foretell,
	    .self = driver,
	};

	if (wants_live(driver->options.invocation, STDERR_FILENO))
		driver->screen = screen_new(&options);
}

int driver_run(struct driver *driver)
{
	const char *transcript = driver->options.place->transcript;
	const char *record_error;

	begin_to_draw(driver);
	engine_run(driver->engine);
	screen_free(driver->screen);
	driver->screen = NULL;
	if (engine_is_left(driver->engine))
		leave(driver);
	control_free(driver->control);
	driver->control = NULL;
	secret_marks_remove(driver->options.place->dir);
	record_error = engine_record_error(driver->engine);
	terminal_end(driver->terminal, record_error);
	print_text(STDOUT_FILENO, transcript, strlen(transcript));
	print_text(STDOUT_FILENO, "\n", 1);
	if (sched_departed(driver->options.sched))
		return STATUS_DIVERGED;
	return outcome_status(engine_outcome(driver->engine), !record_error);
}
