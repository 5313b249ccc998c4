/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "run/peer.h"

/* A terminal that stands still is tried again so soon. */
enum { UNSEEN_US = 100000 };

static void next(void *self);
static void line_typed(void *self, struct str line);
static void input_ended(void *self, enum console_end end);
static void went_on(void *self);

/* "alice on /dev/pts/3"; where no standard stream tells the terminal, `otherwise` stands behind the name. */
static char *user_on(const char *user, const char *otherwise)
{
	const char *terminal = console_name();
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	buf_printf(&name, "%s%s%s", user, terminal ? " on " : "", terminal ? terminal : otherwise);
	return buf_take(&name);
}

struct ask *ask_new(const struct ask_options *options)
{
	static const struct console_events events = {line_typed, input_ended, went_on};
	struct ask *ask = mem_alloc(sizeof(*ask));

	ask->options = *options;
	ask->arena = arena_new();
	ask->giver_name = user_on(options->user, "");
	ask->giver = (struct answerer){ask->giver_name, peer_self(ask->arena)};
	ask->turn = loop_timer_new(options->loop, next, ask);
	if (option_given(options->invocation, "non-interactive"))
		ask->nobody = "--non-interactive was given";
	else
		ask->console = console_new(options->loop, &events, ask);
	if (!ask->console && !ask->nobody)
		ask->nobody = "there is no terminal";
	return ask;
}

void ask_connect(
    struct ask *ask, struct engine *engine, struct terminal *terminal, struct loop_timer *pusher)
{
	ask->engine = engine;
	ask->terminal = terminal;
	ask->pusher = pusher;
	if (ask->console && !console_is(engine ? STDERR_FILENO : STDOUT_FILENO))
		terminal_ask_at(terminal, console_fd(ask->console));
}

void ask_free(struct ask *ask)
{
	if (!ask)
		return;
	console_free(ask->console);
	questions_free(ask->questions);
	questions_free(ask->settled);
	questions_free(ask->parked);
	loop_timer_free(ask->turn);
	free(ask->giver_name);
	arena_free(ask->arena);
	free(ask);
}

struct question *ask_question(const struct ask *ask, const struct message *message)
{
	const struct ask_options *options = &ask->options;

	return question_new(
	    message, options->plan, options->invocation, options->followed, &ask->giver);
}

void ask_say(struct ask *ask, struct str text)
{
	terminal_say(ask->terminal, text);
	loop_timer_start(ask->pusher, 0);
}

/* Posts its answer, and frees it. */
static void answer(struct ask *ask, struct question *question, enum answer with, const char *who)
{
	struct message message = {.type = MESSAGE_ANSWERED};

	message.answered.id = question->ask.ask.id;
	message.answered.answer = with;
	message.answered.who = str_from(who);
	message.answered.digest = question->ask.ask.digest;
	if (with == ANSWER_APPROVED)
		message.answered.inputs = question->values;
	if (with != ANSWER_UNAVAILABLE && !question->recorded)
		message.answered.person = ask->giver.person;
	if (ask->options.beside.take)
		ask_beside_answer(ask, question, &message);
	else
		engine_post(ask->engine, &message);
	question_free(question);
}

/* A run that goes on is not ended for want of a person: what only one can answer is left for one. */
static bool is_left(const struct ask *ask, const struct question *question)
{
	return ask->options.resumed && !question->given;
}

/* Nothing goes on before somebody answers: what there is to be said, and the end of this process. */
static void leave(struct ask *ask)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (const struct question *at = ask->parked; at; at = at->next) {
		buf_printf(&text, "%s%.*s waits for a person: ", at == ask->parked ? "" : "; ",
		    STR_ARG(at->address));
		question_way_out(at, &text);
	}
	terminal_put_away(ask->terminal);
	complain("%.*s", STR_ARG(buf_view(&text)));
	buf_done(&text);
	engine_leave(ask->engine);
}

static void settle(struct ask *ask, struct question *question)
{
	struct buf who;

	buf_init(&who, BUF_UNBOUNDED);
	if (question->given) {
		buf_str(&who, question->who);
	} else {
		buf_printf(&who, "%s; ", ask->nobody);
		question_way_out(question, &who);
	}
	buf_byte(&who, '\0');
	answer(ask, question, question->given ? question->answer : ANSWER_UNAVAILABLE, who.ptr);
	buf_done(&who);
}

/* On the run's own clock, which from beside it is known by the question's line. */
static int64_t now(const struct ask *ask, const struct message *question)
{
	return ask->engine ? engine_now(ask->engine)
			   : question->t_us + loop_wall_us() - question->at_us;
}

static void show(struct ask *ask, const struct question *question, enum terminal_asking asking)
{
	char *run = realpath(ask->options.transcript, NULL);
	struct terminal_question shown = {
	    .ask = &question->ask,
	    .address = question->address,
	    .asking = asking,
	    .now_us = now(ask, &question->ask),
	    .run = run ? run : ask->options.transcript,
	    .agreed = question->doubt.len > 0,
	};

	terminal_ask(ask->terminal, &shown);
	free(run);
}

static void prompt(struct ask *ask)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (ask->stale)
		buf_text(&text, "  The question before this one is gone. Press Enter to go on: ");
	else
		question_prompt(ask->shown, &text);
	ask_say(ask, buf_view(&text));
	buf_done(&text);
}

/* Listens, unless the terminal stands still, with ^S perhaps: then nobody has seen the question yet. */
static void begin_listening(struct ask *ask)
{
	ask->unseen = terminal_push(ask->terminal);
	console_listen(ask->console, !ask->unseen);
	if (ask->unseen)
		loop_timer_start(ask->turn, UNSEEN_US);
}

/* What was typed before the question was seen is no answer to it. */
static bool refuse_typed(struct ask *ask)
{
	bool any = console_discard(ask->console);

	if (any)
		ask_say(ask, STR("  What was typed before this is no answer to it.\n"));
	return any;
}

static void put_question(struct ask *ask)
{
	assert(ask->questions);
	ask->shown = ask->questions;
	ask->news = false;
	show(ask, ask->shown, TERMINAL_ASKS);
	terminal_hold(ask->terminal, true);
	if (!ask->engine)
		ask_say(ask, STR("  On ^D it is left to others.\n"));
	refuse_typed(ask);
	prompt(ask);
	begin_listening(ask);
}

/* Lets through what was held back, if there is something, and puts the question again below it. */
static void let_through(struct ask *ask)
{
	if (terminal_holds(ask->terminal)) {
		terminal_hold(ask->terminal, false);
		put_question(ask);
	} else {
		prompt(ask);
	}
}

/*
 * Answers the questions that answer themselves, those that there are by now: others may follow from that. Then one is
 * shown.
 */
static void next(void *self)
{
	struct ask *ask = self;
	size_t count = 0;

	for (const struct question *at = ask->settled; at; at = at->next)
		count++;
	for (; ask->settled && count; count--) {
		struct question *question = questions_take(&ask->settled, ask->settled->ask.ask.id);

		if (is_left(ask, question))
			questions_add(&ask->parked, question);
		else
			settle(ask, question);
	}
	if (ask->engine && ask->parked && !ask->questions && !ask->settled &&
	    sched_waits_for_people(engine_sched(ask->engine))) {
		leave(ask);
	} else if (ask->settled) {
		loop_timer_start(ask->turn, 0);
	} else if (ask->questions && !ask->shown) {
		put_question(ask);
	} else if (ask->shown && ask->news) {
		ask_say(ask, STR("\n"));
		let_through(ask);
	} else if (ask->shown && ask->unseen) {
		begin_listening(ask);
		if (!ask->unseen && refuse_typed(ask))
			prompt(ask);
	}
}

struct question *ask_close(struct ask *ask)
{
	struct question *question = questions_take(&ask->questions, ask->shown->ask.ask.id);

	ask->shown = NULL;
	terminal_hold(ask->terminal, false);
	loop_timer_start(ask->pusher, 0);
	loop_timer_start(ask->turn, 0);
	if (!ask->stale)
		console_listen(ask->console, false);
	return question;
}

static void answered_by_person(struct ask *ask, enum answer with)
{
	char *who = user_on(ask->options.user, " on the terminal");

	answer(ask, ask_close(ask), with, who);
	free(who);
}

/* A line that was begun before the question it would answer, if it is there at all. */
static void drop_stale(struct ask *ask, struct str line)
{
	ask->stale = false;
	if (ask->shown) {
		console_discard(ask->console);
		prompt(ask);
		return;
	}
	console_listen(ask->console, false);
	if (line.len)
		ask_say(ask, STR("  Nothing is asked any more: this is no answer to anything.\n"));
}

static void line_typed(void *self, struct str line)
{
	struct ask *ask = self;
	enum question_state state;
	struct buf said;

	line = str_trim(line);
	if (ask->stale) {
		drop_stale(ask, line);
		return;
	}
	buf_init(&said, BUF_UNBOUNDED);
	state = question_take(ask->shown, line, &said);
	ask_say(ask, buf_view(&said));
	buf_done(&said);
	if (state == QUESTION_ANSWERED) {
		answered_by_person(ask, ask->shown->answer);
	} else if (state == QUESTION_AGAIN && !line.len) {
		let_through(ask);
	} else {
		if (state == QUESTION_ONWARD)
			console_discard(ask->console);
		prompt(ask);
	}
}

static void went_on(void *self)
{
	struct ask *ask = self;

	if (ask->shown) {
		refuse_typed(ask);
		prompt(ask);
		begin_listening(ask);
	} else {
		console_discard(ask->console);
	}
}

void ask_again(struct ask *ask)
{
	if (ask->console)
		went_on(ask);
}

/* Nobody is there any more: not for this question, nor for any other. */
static void person_gone(struct ask *ask)
{
	ask->nobody = "the terminal was closed";
	ask->stale = false;
	if (!ask->engine) { /* others answer */
		if (ask->shown)
			question_free(ask_close(ask));
		questions_free(ask->questions);
		ask->questions = NULL;
		return;
	}
	if (ask->shown)
		questions_add(&ask->settled, ask_close(ask));
	while (ask->questions)
		questions_add(
		    &ask->settled, questions_take(&ask->questions, ask->questions->ask.ask.id));
	loop_timer_start(ask->turn, 0);
}

static void input_ended(void *self, enum console_end end)
{
	struct ask *ask = self;

	if (end == CONSOLE_GONE) {
		person_gone(ask);
	} else if (ask->stale) {
		console_listen(ask->console, true);
		drop_stale(ask, (struct str){0});
	} else if (!ask->engine || ask->shown->ask.ask.kind == ASK_LOST) { /* no word is no "no" */
		ask_say(
		    ask, ask->engine ? STR("\n  Left for later.\n") : STR("\n  Left to others.\n"));
		questions_add(&ask->parked, ask_close(ask));
	} else {
		ask_say(ask, STR("\n"));
		answered_by_person(ask, ANSWER_DENIED);
	}
}

/*
 * Whether the run goes on at all comes before every other question. The one on the screen is put again behind it; what
 * is typed now was meant for that.
 */
static void ask_first(struct ask *ask, struct question *question)
{
	struct question *shown = NULL;

	if (ask->shown) {
		ask_say(ask, STR("\n  This question comes again, behind the next one.\n"));
		ask->stale = true;
		shown = ask_close(ask);
		shown->next = ask->questions;
		ask->questions = shown;
	}
	question->next = ask->questions;
	ask->questions = question;
}

static void ask_one(void *self, const struct message *message)
{
	struct ask *ask = self;
	const struct invocation *invocation = ask->options.invocation;
	struct question *question = ask_question(ask, message);

	loop_timer_start(ask->turn, 0);
	if (!ask->engine && ask->nobody) { /* others answer */
		question_free(question);
		return;
	}
	if (!question->given && !ask->nobody) {
		if (message->ask.kind == ASK_DIVERGED)
			ask_first(ask, question);
		else
			questions_add(&ask->questions, question);
		return;
	}
	if (!option_given(invocation, "quiet"))
		show(ask, question, question->given ? TERMINAL_ASKED : TERMINAL_ASKS_NOBODY);
	questions_add(&ask->settled, question);
}

/* Whoever is about to answer is told that it is too late. */
static void withdraw(struct ask *ask, struct str why)
{
	terminal_withdraw(ask->terminal, why);
	loop_timer_start(ask->pusher, 0);
	ask->stale = true;
	question_free(ask_close(ask));
}

void ask_forget(struct ask *ask, uint32_t id)
{
	question_free(questions_take(&ask->questions, id));
	question_free(questions_take(&ask->settled, id));
	question_free(questions_take(&ask->parked, id));
}

static void unask_one(void *self, const struct message *message)
{
	struct ask *ask = self;
	uint32_t id = message->unask.id;

	if (ask->shown && ask->shown->ask.ask.id == id) {
		withdraw(ask, message->unask.why);
		return;
	}
	ask_forget(ask, id);
}

/* A failure is not held back: the question is put again below it, and what is half typed was meant without it. */
void ask_see(void *self, const struct message *message)
{
	struct ask *ask = self;
	bool failed = message->type == MESSAGE_STEP_FINISHED && !message->step_finished.allowed &&
	    (message->step_finished.outcome == OUTCOME_FAILED ||
		message->step_finished.outcome == OUTCOME_TIMED_OUT ||
		message->step_finished.outcome == OUTCOME_LOST);
	bool departed = message->type == MESSAGE_DIVERGED;

	if (ask->parked) /* perhaps that was the last that went on */
		loop_timer_start(ask->turn, 0);
	if (!ask->shown || !terminal_holds(ask->terminal) ||
	    !(failed || departed ||
		(message->type == MESSAGE_RECORD && message->record.state == RECORD_FAILED)))
		return;
	ask->news = true;
	loop_timer_start(ask->turn, 0);
}

struct asker ask_asker(struct ask *ask)
{
	return (struct asker){ask_one, unask_one, ask};
}
