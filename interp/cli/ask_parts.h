/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ASK_PARTS_H
#define CLI_ASK_PARTS_H

#include "cli/ask.h"
#include "cli/console.h"
#include "cli/question.h"

/* For the files of ask.h alone. */
struct ask {
	struct ask_options options;
	struct engine *engine;
	struct terminal *terminal;
	struct loop_timer *pusher;
	struct console *console; /* NULL: there is nobody to be asked */
	const char *nobody; /* why, then */
	struct arena *arena;
	struct answerer giver; /* of what was answered beforehand: "alice on /dev/pts/3" */
	char *giver_name;
	struct question *questions; /* for a person, in the order they were asked */
	struct question *shown; /* the first of them, once it is on the screen; NULL: none is */
	bool unseen; /* the terminal has not taken it yet */
	bool stale; /* what is typed now may be meant for a question that has gone */
	bool news; /* something went wrong that whoever answers must know */
	struct question *settled; /* their answers are known */
	struct question *parked; /* nobody can answer them here: somebody else may, some time */
	struct loop_timer *turn; /* the loop turns before anything is answered, or shown */
};

/* A question as whoever answers here sees it. */
struct question *ask_question(const struct ask *ask, const struct message *message);

void ask_say(struct ask *ask, struct str text);

/* The question on the screen is over; other lines may come again. Returns it. */
struct question *ask_close(struct ask *ask);

/* One that is not on the screen needs no answer any more. */
void ask_forget(struct ask *ask, uint32_t id);

/* ask_beside.c: gives an answer to whoever drives the run. */
void ask_beside_answer(struct ask *ask, const struct question *question, struct message *message);

#endif
