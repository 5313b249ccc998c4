/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/answers.h"
#include "cli/approvals.h"

enum { PIECE = 1024 };

/* A question that waits for its turn or for its answer. */
struct question {
	struct question *next;
	uint32_t id;
	char *step;
	char *digest;
	bool given; /* by --approve or --answer */
	struct str word; /* how it was named there */
	const struct step *manual; /* what a person does; NULL: an approval */
	struct arena *arena; /* of its inputs; NULL for an approval */
	struct map_builder inputs; /* those there are so far */
	size_t input; /* the one that is asked for */
	bool did; /* it was said that it is done */
	enum answer answer; /* of what was given */
	const struct value *values;
};

struct ask {
	struct ask_options options;
	struct engine *engine;
	struct terminal *terminal;
	struct question *questions; /* the first is the one on the screen */
	struct question *settled; /* answers are known, and wait for the loop to turn */
	struct loop_timer *turn;
	int tty; /* -1: there is none */
	uv_poll_t *poll;
	struct buf typed;
	bool prompted;
};

static void question_free(struct question *question)
{
	arena_free(question->arena);
	free(question->step);
	free(question->digest);
	free(question);
}

static void answer_settled(void *self);

struct ask *ask_new(const struct ask_options *options)
{
	struct ask *ask = mem_alloc(sizeof(*ask));

	ask->options = *options;
	ask->turn = loop_timer_new(options->loop, answer_settled, ask);
	ask->tty = -1;
	buf_init(&ask->typed, (size_t)4 * PIECE);
	if (!option_given(options->invocation, "non-interactive"))
		ask->tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	return ask;
}

void ask_connect(struct ask *ask, struct engine *engine, struct terminal *terminal)
{
	ask->engine = engine;
	ask->terminal = terminal;
}

static void poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void stop_listening(struct ask *ask)
{
	if (ask->poll)
		uv_close((uv_handle_t *)ask->poll, poll_closed);
	ask->poll = NULL;
}

static void free_questions(struct question *question)
{
	while (question) {
		struct question *next = question->next;

		question_free(question);
		question = next;
	}
}

void ask_free(struct ask *ask)
{
	if (!ask)
		return;
	stop_listening(ask);
	free_questions(ask->questions);
	free_questions(ask->settled);
	loop_timer_free(ask->turn);
	buf_done(&ask->typed);
	if (ask->tty >= 0)
		close(ask->tty);
	free(ask);
}

static void post_answer(
    struct ask *ask, const struct question *question, enum answer answer, const char *who)
{
	struct message message = {.type = MESSAGE_ANSWERED};

	message.answered.id = question->id;
	message.answered.answer = answer;
	message.answered.who = str_from(who);
	message.answered.digest = str_from(question->digest);
	if (answer == ANSWER_APPROVED)
		message.answered.inputs = question->values;
	engine_post(ask->engine, &message);
}

/* Questions that answer themselves, in the order they were asked. */
static void answer_settled(void *self)
{
	struct ask *ask = self;

	while (ask->settled) {
		struct question *question = ask->settled;
		char who[300];

		ask->settled = question->next;
		snprintf(who, sizeof(who), "--%s %.*s, given by %s",
		    question->manual ? "answer" : "approve", STR_ARG(question->word),
		    ask->options.user);
		if (!question->given)
			snprintf(who, sizeof(who), "%s; %s",
			    option_given(ask->options.invocation, "non-interactive")
				? "--non-interactive was given"
				: "there is no terminal",
			    question->manual ? "--answer STEP=done says beforehand that it is done"
					     : "--approve ID gives it beforehand");
		post_answer(
		    ask, question, question->given ? question->answer : ANSWER_UNAVAILABLE, who);
		question_free(question);
	}
}

/* What is asked for next, its type, what it is for, and what an empty line means. */
static void prompt_input(const struct param_decl *decl, struct buf *text)
{
	buf_printf(text, "  %.*s (%s", STR_ARG(decl->name), param_kind_name(decl->kind));
	if (decl->description.len)
		buf_printf(text, ", %.*s", STR_ARG(decl->description));
	if (decl->choices) {
		buf_text(text, ", one of");
		for (size_t i = 0; i < decl->choices->list.count; i++) {
			buf_text(text, i ? ", " : " ");
			value_show(decl->choices->list.items[i], text);
		}
	}
	buf_text(text, ")");
	if (decl->preset) {
		buf_text(text, ", or nothing for ");
		value_show(decl->preset, text);
	}
	buf_text(text, ": ");
}

static void prompt(struct ask *ask)
{
	const struct question *question = ask->questions;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (!question->manual)
		buf_printf(&text, "  Type %s to approve, no to deny: ", question->step);
	else if (!question->did)
		buf_text(&text, "  Type done once it is done, failed if it cannot be done: ");
	else
		prompt_input(&question->manual->manual.inputs[question->input], &text);
	print_text(ask->tty, text.ptr, text.len);
	buf_done(&text);
	ask->prompted = true;
}

static void show_next(struct ask *ask);

/* The device, such as /dev/pts/3: of what is open on it anyway, for /dev/tty is called the same on every terminal. */
static const char *terminal_name(void)
{
	const int fds[] = {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO};
	const char *name = NULL;

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds) && !name; i++)
		name = ttyname(fds[i]);
	return name;
}

static void answered(struct ask *ask, enum answer answer)
{
	struct question *question = ask->questions;
	const char *name = terminal_name();
	char who[200];

	snprintf(who, sizeof(who), "%s on %s", ask->options.user, name ? name : "the terminal");
	ask->questions = question->next;
	ask->prompted = false;
	post_answer(ask, question, answer, who);
	question_free(question);
	show_next(ask);
}

/* A value that was asked for; what is wrong with it is said, and it is asked for again. */
static void read_input(struct ask *ask, struct str line)
{
	struct question *question = ask->questions;
	const struct manual *manual = &question->manual->manual;
	const struct param_decl *decl = &manual->inputs[question->input];
	const struct value *value = line.len ? NULL : decl->preset;
	struct diags diags;
	struct buf text;

	diags_init(&diags);
	if (!value)
		value = decl_read(question->arena, decl, arena_str(question->arena, line), &diags);
	if (value) {
		map_add_str(&question->inputs, decl->name, value);
		question->input++;
	} else if (diags.count) {
		buf_init(&text, BUF_UNBOUNDED);
		buf_printf(&text, "  %.*s%s%.*s\n", STR_ARG(diags.items[0].message),
		    diags.items[0].help.len ? "; " : "", STR_ARG(diags.items[0].help));
		print_text(ask->tty, text.ptr, text.len);
		buf_done(&text);
	}
	diags_done(&diags);
}

static void read_manual(struct ask *ask, struct str line)
{
	static const char again[] = "  That is neither. ";
	struct question *question = ask->questions;

	if (question->did) {
		read_input(ask, line);
	} else if (str_is(line, "failed")) {
		answered(ask, ANSWER_DENIED);
		return;
	} else if (str_is(line, "done")) {
		question->did = true;
	} else if (line.len) {
		print_text(ask->tty, again, sizeof(again) - 1);
	}
	if (!question->did || question->input < question->manual->manual.input_count) {
		prompt(ask);
		return;
	}
	question->values = question->input ? map_end(&question->inputs) : NULL;
	answered(ask, ANSWER_APPROVED);
}

static void read_answer(struct ask *ask, struct str line)
{
	static const char again[] = "  That is neither. ";

	if (!ask->questions)
		return;
	line = str_trim(line);
	if (ask->questions->manual)
		read_manual(ask, line);
	else if (str_is(line, ask->questions->step)) {
		answered(ask, ANSWER_APPROVED);
	} else if (str_is(line, "no") || str_is(line, "n")) {
		answered(ask, ANSWER_DENIED);
	} else {
		if (line.len)
			print_text(ask->tty, again, sizeof(again) - 1);
		prompt(ask);
	}
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct ask *ask = poll->data;
	char *room = buf_reserve(&ask->typed, PIECE);
	ssize_t got = -1;
	struct str rest;
	struct str line;

	(void)events;
	if (!room) { /* nobody types a line that long: it is no answer */
		buf_clear(&ask->typed);
		room = buf_reserve(&ask->typed, PIECE);
	}
	if (status == 0)
		got = read(ask->tty, room, PIECE);
	if (got < 0 && status == 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) { /* the terminal is gone, or ^D */
		stop_listening(ask);
		if (ask->questions)
			answered(ask, got == 0 ? ANSWER_DENIED : ANSWER_UNAVAILABLE);
		return;
	}
	buf_added(&ask->typed, (size_t)got);
	while (ask->typed.len && memchr(ask->typed.ptr, '\n', ask->typed.len)) {
		char *copy;
		size_t len;

		rest = buf_view(&ask->typed);
		str_line(&rest, &line);
		len = line.len;
		copy = mem_strndup(line.ptr, len);
		buf_consume(&ask->typed, len + 1);
		read_answer(ask, (struct str){copy, len});
		free(copy);
	}
}

static void show_next(struct ask *ask)
{
	if (!ask->questions) {
		stop_listening(ask);
		return;
	}
	if (!ask->poll) {
		ask->poll = mem_alloc(sizeof(*ask->poll));
		ask->poll->data = ask;
		uv_poll_init(&ask->options.loop->uv, ask->poll, ask->tty);
		uv_poll_start(ask->poll, UV_READABLE, readable);
	}
	prompt(ask);
}

static void add_last(struct question **list, struct question *question)
{
	while (*list)
		list = &(*list)->next;
	*list = question;
}

static bool is_put_to_somebody(const struct ask *ask, const struct question *question)
{
	return !question->given && ask->tty >= 0;
}

/* What a person is to do, and what --answer says of it already. */
static void prepare_manual(
    const struct ask *ask, struct question *question, const struct message *message)
{
	const struct plan_node *node = plan_at(ask->options.plan, message->ask.node);

	assert(node);
	question->manual = node->step;
	question->arena = arena_new();
	map_begin(&question->inputs, question->arena);
	switch (answers_of(ask->options.invocation, question->manual, message->ask.node,
	    question->arena, &question->word, &question->values)) {
	case ANSWERS_NOTHING:
		break;
	case ANSWERS_FAILED:
		question->answer = ANSWER_DENIED;
		question->given = true;
		break;
	case ANSWERS_DONE:
		question->given = true;
		break;
	}
}

static void prepare_approval(
    const struct ask *ask, struct question *question, const struct message *message)
{
	const char *word = approvals_given(ask->options.invocation, message->ask.node);

	question->given = word != NULL;
	question->word = str_from(word ? word : "");
}

static void ask_one(void *self, const struct message *message)
{
	struct ask *ask = self;
	struct question *question = mem_alloc(sizeof(*question));

	question->id = message->ask.id;
	question->step = mem_strndup(message->ask.step.ptr, message->ask.step.len);
	question->digest = mem_strndup(message->ask.digest.ptr, message->ask.digest.len);
	question->answer = ANSWER_APPROVED;
	if (message->ask.kind == ASK_MANUAL)
		prepare_manual(ask, question, message);
	else
		prepare_approval(ask, question, message);
	if (is_put_to_somebody(ask, question) || !option_given(ask->options.invocation, "quiet"))
		terminal_ask(ask->terminal, message);
	if (!is_put_to_somebody(ask, question)) {
		add_last(&ask->settled, question);
		loop_timer_start(ask->turn, 0);
		return;
	}
	add_last(&ask->questions, question);
	if (question == ask->questions)
		show_next(ask);
}

/* Takes a question out of a list; NULL when it is not there. */
static struct question *take(struct question **list, uint32_t id)
{
	struct question *question;

	while (*list && (*list)->id != id)
		list = &(*list)->next;
	question = *list;
	if (question)
		*list = question->next;
	return question;
}

static void unask_one(void *self, const struct message *message)
{
	struct ask *ask = self;
	struct question *settled = take(&ask->settled, message->unask.id);
	const struct question *shown = ask->questions;
	struct question *open = take(&ask->questions, message->unask.id);

	if (open && open == shown) {
		if (ask->prompted)
			print_text(ask->tty, "\n", 1);
		ask->prompted = false;
		show_next(ask);
	}
	if (open)
		question_free(open);
	if (settled)
		question_free(settled);
}

struct asker ask_asker(struct ask *ask)
{
	return (struct asker){ask_one, unask_one, ask};
}

void ask_see(void *self, const struct message *message)
{
	struct ask *ask = self;

	/* decisions print nothing worth a new prompt, the question's own answer none at all */
	if (ask->prompted && ask->questions &&
	    (message->type == MESSAGE_OUTPUT || message->type == MESSAGE_STEP_FINISHED ||
		message->type == MESSAGE_START))
		prompt(ask);
}
