/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/console.h"
#include "cli/question.h"

struct ask {
	struct ask_options options;
	struct engine *engine;
	struct terminal *terminal;
	struct loop_timer *pusher;
	struct console *console; /* NULL: there is nobody to be asked */
	const char *nobody; /* why, then */
	char *giver; /* of what was answered beforehand: "alice on /dev/pts/3" */
	struct question *questions; /* for a person, in the order they were asked */
	struct question *shown; /* the first of them, once it is on the screen; NULL: none is */
	bool unseen; /* the terminal has not taken it yet */
	bool stale; /* what is typed now may be meant for a question that has gone */
	bool news; /* something went wrong that whoever answers must know */
	struct question *settled; /* their answers are known */
	struct question *parked; /* nobody can answer them here: somebody else may, some time */
	struct loop_timer *turn; /* the loop turns before anything is answered, or shown */
};

/* A terminal that stands still is tried again so soon. */
enum { UNSEEN_US = 100000 };

static void next(void *self);
static void line_typed(void *self, struct str line);
static void input_ended(void *self, enum console_end end);

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
	static const struct console_events events = {line_typed, input_ended};
	struct ask *ask = mem_alloc(sizeof(*ask));

	ask->options = *options;
	ask->giver = user_on(options->user, "");
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
	if (ask->console && !console_is(STDERR_FILENO))
		terminal_ask_at(terminal, console_fd(ask->console));
}

static void free_questions(struct question *question)
{
	while (question) {
		struct question *after = question->next;

		question_free(question);
		question = after;
	}
}

void ask_free(struct ask *ask)
{
	if (!ask)
		return;
	console_free(ask->console);
	free_questions(ask->questions);
	free_questions(ask->settled);
	free_questions(ask->parked);
	loop_timer_free(ask->turn);
	free(ask->giver);
	free(ask);
}

static void add_last(struct question **list, struct question *question)
{
	while (*list)
		list = &(*list)->next;
	question->next = NULL;
	*list = question;
}

/* Takes a question out of a list; NULL when it is not there. */
static struct question *take(struct question **list, uint32_t id)
{
	struct question *question;

	while (*list && (*list)->ask.ask.id != id)
		list = &(*list)->next;
	question = *list;
	if (question)
		*list = question->next;
	return question;
}

static void say(struct ask *ask, struct str text)
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
	terminal_push(ask->terminal);
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

static void show(struct ask *ask, const struct question *question, enum terminal_asking asking)
{
	struct terminal_question shown = {
	    .ask = &question->ask,
	    .address = question->address,
	    .asking = asking,
	    .now_us = engine_now(ask->engine),
	};

	terminal_ask(ask->terminal, &shown);
}

static void prompt(struct ask *ask)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (ask->stale)
		buf_text(&text, "  The question before this one is gone. Press Enter to go on: ");
	else
		question_prompt(ask->shown, &text);
	say(ask, buf_view(&text));
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
		say(ask, STR("  What was typed before this is no answer to it.\n"));
	return any;
}

static void put_question(struct ask *ask)
{
	assert(ask->questions);
	ask->shown = ask->questions;
	ask->news = false;
	show(ask, ask->shown, TERMINAL_ASKS);
	terminal_hold(ask->terminal, true);
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
		struct question *question = take(&ask->settled, ask->settled->ask.ask.id);

		if (is_left(ask, question))
			add_last(&ask->parked, question);
		else
			settle(ask, question);
	}
	if (ask->parked && !ask->questions && !ask->settled &&
	    sched_waits_for_people(engine_sched(ask->engine))) {
		leave(ask);
	} else if (ask->settled) {
		loop_timer_start(ask->turn, 0);
	} else if (ask->questions && !ask->shown) {
		put_question(ask);
	} else if (ask->shown && ask->news) {
		say(ask, STR("\n"));
		let_through(ask);
	} else if (ask->shown && ask->unseen) {
		begin_listening(ask);
		if (!ask->unseen && refuse_typed(ask))
			prompt(ask);
	}
}

/* The question on the screen is over; other lines may come again. */
static struct question *close_question(struct ask *ask)
{
	struct question *question = take(&ask->questions, ask->shown->ask.ask.id);

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

	answer(ask, close_question(ask), with, who);
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
		say(ask, STR("  Nothing is asked any more: this is no answer to anything.\n"));
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
	say(ask, buf_view(&said));
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

/* Nobody is there any more: not for this question, nor for any other. */
static void person_gone(struct ask *ask)
{
	ask->nobody = "the terminal was closed";
	ask->stale = false;
	if (ask->shown)
		add_last(&ask->settled, close_question(ask));
	while (ask->questions)
		add_last(&ask->settled, take(&ask->questions, ask->questions->ask.ask.id));
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
	} else if (ask->shown->ask.ask.kind == ASK_LOST) { /* no word on it is no "no" */
		say(ask, STR("\n  Left for later.\n"));
		add_last(&ask->parked, close_question(ask));
	} else {
		say(ask, STR("\n"));
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
		say(ask, STR("\n  This question comes again, behind the next one.\n"));
		ask->stale = true;
		shown = close_question(ask);
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
	struct question *question = question_new(
	    message, ask->options.plan, invocation, ask->options.followed, ask->giver);

	loop_timer_start(ask->turn, 0);
	if (!question->given && !ask->nobody) {
		if (message->ask.kind == ASK_DIVERGED)
			ask_first(ask, question);
		else
			add_last(&ask->questions, question);
		return;
	}
	if (!option_given(invocation, "quiet"))
		show(ask, question, question->given ? TERMINAL_ASKED : TERMINAL_ASKS_NOBODY);
	add_last(&ask->settled, question);
}

/* Whoever is about to answer is told that it is too late. */
static void withdraw(struct ask *ask, struct str why)
{
	terminal_withdraw(ask->terminal, why);
	loop_timer_start(ask->pusher, 0);
	ask->stale = true;
	question_free(close_question(ask));
}

static void unask_one(void *self, const struct message *message)
{
	struct ask *ask = self;
	uint32_t id = message->unask.id;

	if (ask->shown && ask->shown->ask.ask.id == id) {
		withdraw(ask, message->unask.why);
		return;
	}
	question_free(take(&ask->questions, id));
	question_free(take(&ask->settled, id));
	question_free(take(&ask->parked, id));
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
