/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/command.h"
#include "cli/followed.h"
#include "run/control.h"
#include "run/engine.h"
#include "run/executor.h"
#include "view/terminal.h"

/*
 * Asking people. Questions that were answered beforehand, or that nobody is there to answer, are answered by
 * themselves; the others are put to the person at the terminal, one after another.
 *
 * What a person types answers the question that they see, or none. Whatever was typed before it was shown is thrown
 * away, half a line too; and after a question that went away under a person's hands the next one takes no answer before
 * a line was ended. While a question stands, other lines on the same terminal are held back: nothing is redrawn, and
 * neither the question nor what is being typed is lost in them. An empty line lets them through, and so does a failure:
 * then the question is put again.
 */
struct ask;

struct ask_options {
	struct loop *loop;
	const struct invocation *invocation; /* its --approve, --answer and --non-interactive */
	const char *user;
	const char *transcript;
	const struct plan *plan;
	const struct followed *followed; /* NULL, or an empty one: it follows no record */
	bool resumed; /* the run goes on after whoever drove it died */
	/* of who stands beside a run that others drive: what takes their answers; take is NULL: this drives it */
	struct answers_taker beside;
};

struct ask *ask_new(const struct ask_options *options);

/*
 * Where answers go, what shows the questions, and the timer that writes what the terminal did not take at once; before
 * the first question. Beside a run the engine is NULL.
 */
void ask_connect(
    struct ask *ask, struct engine *engine, struct terminal *terminal, struct loop_timer *pusher);

/* Frees itself from the loop. Accepts NULL. */
void ask_free(struct ask *ask);

struct asker ask_asker(struct ask *ask);

/* For what others answer, from beside: each is taken once, and counts where theirs is another person's word. */
struct answers_taker ask_taker(struct ask *ask);

/* Somebody else has answered: whoever is about to is told that it is too late. */
void ask_hear(struct ask *ask, const struct message *answered);

/* A question is on the screen: other lines are held back. */
bool ask_is_asking(const struct ask *ask);

/* This process was stopped, and goes on: what was typed meanwhile is no answer, and the prompt is put again. */
void ask_again(struct ask *ask);

/* An observer, to be called behind the terminal's. */
void ask_see(void *self, const struct message *message);

#endif
