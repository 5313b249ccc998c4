/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watched.h"

#include <stdlib.h>
#include <unistd.h>

#include "act/loop.h"
#include "base/mem.h"
#include "cli/address.h"
#include "cli/ask.h"
#include "cli/foretold.h"
#include "cli/outcome.h"
#include "cli/question.h"
#include "cli/screen.h"
#include "view/terminal.h"

/* A terminal that stands still is tried again so soon. */
enum { PUSH_US = 100000 };

/* One that has no answer yet. */
struct open_question {
	struct open_question *next;
	struct arena *arena;
	struct message ask;
	bool paused; /* it was open at a pause: its answer does not follow at once */
	bool shown;
	bool put; /* to whoever watches */
};

struct watched {
	struct watched_options options;
	struct terminal *terminal;
	struct screen *screen; /* NULL: nothing is drawn */
	struct ask *ask; /* NULL: others answer */
	struct arena *arena; /* of what it was begun with */
	struct forecast *forecast; /* NULL: none is shown */
	struct loop_timer *pusher; /* of what the terminal did not take at once */
	struct open_question *questions; /* in the order they were asked */
	struct buf person; /* who can answer, and where */
	struct buf gap; /* what the record lacks, in a sentence; empty: nothing */
	size_t lines;
	int64_t last_t_us; /* of the last line, on the run's own clock, */
	int64_t
	    last_at_us; /* and when that was: on the wall, or of a past run on this machine's own clock */
	bool hushed;
	bool rehearsal;
	enum run_outcome outcome;
};

static void push(void *self)
{
	struct watched *watched = self;

	if (terminal_push(watched->terminal))
		loop_timer_start(watched->pusher, PUSH_US);
}

static void begin_to_ask(struct watched *watched)
{
	const struct watched_asks *asks = watched->options.asks;
	const struct ask_options ask = {
	    .loop = asks->loop,
	    .invocation = asks->invocation,
	    .user = "",
	    .transcript = watched->options.transcript,
	    .plan = watched->options.plan,
	    .beside = asks->taker,
	};

	watched->pusher = loop_timer_new(asks->loop, push, watched);
	watched->ask = ask_new(&ask);
	ask_connect(watched->ask, NULL, watched->terminal, watched->pusher);
}

/* Waits until all is written, but for what is held back while whoever watches is asked. */
static void catch_up(struct watched *watched)
{
	if (watched->ask && ask_is_asking(watched->ask))
		push(watched);
	else
		terminal_catch_up(watched->terminal);
}

/* On the run's own clock. */
static int64_t now(void *self)
{
	const struct watched *watched = self;

	if (watched->options.is_past)
		return watched->last_t_us +
		    (int64_t)((double)(loop_clock_us() - watched->last_at_us) *
			watched->options.speed);
	return watched->last_t_us + loop_wall_us() - watched->last_at_us;
}

static void note_time(struct watched *watched, const struct message *message)
{
	if (message->type == MESSAGE_SEAL) /* it has no time */
		return;
	watched->last_t_us = message->t_us;
	watched->last_at_us = watched->options.is_past ? loop_clock_us() : message->at_us;
}

static void go_on(void *self)
{
	struct watched *watched = self;

	if (watched->ask)
		ask_again(watched->ask);
}

static void foretell(void *self, int64_t now_us, struct buf *out)
{
	const struct watched *watched = self;

	foretold_put(watched->forecast, now_us, out);
}

static void begin_to_draw(struct watched *watched)
{
	const struct screen_options options = {
	    .loop = watched->options.loop,
	    .terminal = watched->terminal,
	    .fd = STDOUT_FILENO,
	    .now = now,
	    .go_on = go_on,
	    .foretell = watched->options.is_past ? NULL : foretell,
	    .self = watched,
	};

	watched->screen = screen_new(&options);
}

struct watched *watched_new(const struct watched_options *options)
{
	struct watched *watched = mem_alloc(sizeof(*watched));
	struct terminal_options terminal = {
	    .plan = options->plan,
	    .fd = STDOUT_FILENO,
	    .color = options->color,
	    .live = options->live,
	    .quiet = options->tail,
	    .transcript = options->transcript,
	};

	watched->options = *options;
	watched->terminal = terminal_new(&terminal);
	watched->arena = arena_new();
	watched->hushed = options->tail;
	buf_init(&watched->person, BUF_UNBOUNDED);
	buf_init(&watched->gap, BUF_UNBOUNDED);
	if (options->asks)
		begin_to_ask(watched);
	if (options->live)
		begin_to_draw(watched);
	return watched;
}

static void question_drop(struct open_question **link)
{
	struct open_question *question = *link;

	*link = question->next;
	arena_free(question->arena);
	free(question);
}

void watched_free(struct watched *watched)
{
	if (!watched)
		return;
	while (watched->questions)
		question_drop(&watched->questions);
	screen_free(watched->screen);
	ask_free(watched->ask);
	loop_timer_free(watched->pusher);
	terminal_free(watched->terminal);
	forecast_free(watched->forecast);
	arena_free(watched->arena);
	buf_done(&watched->person);
	buf_done(&watched->gap);
	free(watched);
}

static void keep_question(struct watched *watched, const struct message *ask)
{
	struct open_question *question = mem_alloc(sizeof(*question));
	struct open_question **link = &watched->questions;

	question->arena = arena_new();
	question->ask = message_copy(question->arena, ask);
	while (*link)
		link = &(*link)->next;
	*link = question;
}

static struct open_question **find(struct watched *watched, uint32_t id)
{
	struct open_question **link = &watched->questions;

	while (*link && (*link)->ask.ask.id != id)
		link = &(*link)->next;
	return link;
}

static void show(
    struct watched *watched, const struct open_question *question, enum terminal_asking asking)
{
	const struct message *ask = &question->ask;
	const struct terminal_question shown = {
	    .ask = ask,
	    .address = address_of(
		question->arena, watched->options.plan, ask->ask.node, ask->ask.step),
	    .asking = asking,
	    .now_us = ask->t_us + loop_wall_us() - ask->at_us,
	    .elsewhere = buf_view(&watched->person),
	    .run = watched->options.transcript,
	};

	terminal_ask(watched->terminal, &shown);
	catch_up(watched);
}

/* Shows a question that was not open long enough to be shown by itself. */
static void see_answered(struct watched *watched, const struct message *answered)
{
	struct open_question **link = find(watched, answered->answered.id);
	bool given = answered->answered.answer != ANSWER_UNAVAILABLE &&
	    str_starts(answered->answered.who, STR("--"));

	if (!*link)
		return;
	if ((*link)->put)
		ask_hear(watched->ask, answered);
	if (!(*link)->shown && !watched->hushed)
		show(watched, *link, given ? TERMINAL_ASKED : TERMINAL_ASKS_NOBODY);
	question_drop(link);
}

static void see_unask(struct watched *watched, const struct message *unask)
{
	struct open_question **link = find(watched, unask->unask.id);

	if (!*link)
		return;
	if ((*link)->put) {
		ask_asker(watched->ask).unask(watched->ask, unask);
	} else if ((*link)->shown) {
		terminal_withdraw(watched->terminal, unask->unask.why);
		catch_up(watched);
	}
	question_drop(link);
}

/* "alice on /dev/pts/3", or at least on which machine. */
static void see_driver(struct watched *watched, const struct value *host)
{
	struct str terminal = host ? value_text(value_get(host, "terminal")) : (struct str){0};

	if (!host)
		return;
	buf_clear(&watched->person); /* of who drove before a resume */
	buf_str(&watched->person, value_text(value_get(host, "user")));
	buf_text(&watched->person, " on ");
	buf_str(&watched->person, terminal.len ? terminal : value_text(value_get(host, "name")));
}

/* What was answered beforehand is not in the record before it is asked: it is taken as a question like others. */
static void begin_to_foretell(struct watched *watched, const struct message *message)
{
	const struct value *params = message->run_started.params;

	if (watched->options.is_past || !watched->screen || message->run_started.rehearsal ||
	    message->run_started.alone)
		return;
	params = params ? value_copy(watched->arena, params) : NULL;
	watched->forecast = foretold_new(
	    watched->options.plan, params, message->run_started.run, NULL);
}

static void see_run_started(struct watched *watched, const struct message *message)
{
	watched->rehearsal = message->run_started.rehearsal != NULL;
	see_driver(watched, message->run_started.host);
	begin_to_foretell(watched, message);
}

static void see_gap(struct watched *watched, const struct message *message)
{
	buf_clear(&watched->gap);
	buf_printf(&watched->gap, "%lld lines could not be recorded: %.*s",
	    (long long)message->record_gap.lines, STR_ARG(message->record_gap.why));
}

void watched_see(struct watched *watched, const struct message *message)
{
	watched->lines++;
	note_time(watched, message);
	if (message->type == MESSAGE_RUN_STARTED)
		see_run_started(watched, message);
	else if (message->type == MESSAGE_RUN_RESUMED)
		see_driver(watched, message->run_resumed.host);
	else if (message->type == MESSAGE_ASK)
		keep_question(watched, message);
	else if (message->type == MESSAGE_ANSWERED)
		see_answered(watched, message);
	else if (message->type == MESSAGE_UNASK)
		see_unask(watched, message);
	else if (message->type == MESSAGE_RECORD_GAP)
		see_gap(watched, message);
	else if (message->type == MESSAGE_RUN_FINISHED)
		watched->outcome = message->run_finished.outcome;
	if (watched->forecast)
		forecast_see(watched->forecast, message);
	terminal_see(watched->terminal, message);
	if (watched->ask)
		ask_see(watched->ask, message);
	catch_up(watched);
	screen_touch(watched->screen);
}

static void begin_to_show(struct watched *watched)
{
	struct buf text;

	watched->hushed = false;
	terminal_hush(watched->terminal, false);
	buf_init(&text, BUF_UNBOUNDED);
	buf_printf(&text, "… %zu lines of the record are left out …\n", watched->lines);
	terminal_say(watched->terminal, buf_view(&text));
	buf_done(&text);
}

/* To whoever watches, if they can answer it. */
static void put(struct watched *watched, struct open_question *question)
{
	question->shown = true;
	question->put = watched->ask && question_is_open_to_all(&question->ask);
	if (question->put)
		ask_asker(watched->ask).ask(watched->ask, &question->ask);
	else
		show(watched, question,
		    watched->options.is_past ? TERMINAL_ASKS_NOBODY : TERMINAL_ASKS_ELSEWHERE);
}

void watched_pause(struct watched *watched)
{
	bool past = watched->options.is_past;

	if (watched->hushed)
		begin_to_show(watched);
	for (struct open_question *at = watched->questions; at; at = at->next) {
		if ((at->paused || past) && !at->shown)
			put(watched, at);
		at->paused = true;
	}
	catch_up(watched);
}

void watched_cut_off(struct watched *watched)
{
	struct message unask = {.type = MESSAGE_UNASK};

	unask.unask.why = STR("nobody drives the run any more");
	for (const struct open_question *at = watched->questions; at; at = at->next) {
		unask.unask.id = at->ask.ask.id;
		if (at->put)
			ask_asker(watched->ask).unask(watched->ask, &unask);
	}
	catch_up(watched);
}

enum status watched_end(struct watched *watched)
{
	bool whole = watched->gap.len == 0;

	buf_byte(&watched->gap, '\0');
	terminal_hush(watched->terminal, false);
	terminal_end(watched->terminal, whole ? NULL : watched->gap.ptr);
	return outcome_status(watched->outcome, whole);
}

bool watched_is_rehearsal(const struct watched *watched)
{
	return watched->rehearsal;
}
