/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_CONTROL_H
#define RUN_CONTROL_H

#include "run/engine.h"
#include "run/secrets.h"

/*
 * The runner's end of the control socket (control_socket.h, control_line.h): what people say from other terminals while
 * the run goes on. One process writes the chain, so notes are handed to the runner, which appends them: as an aside,
 * with who said it, its secrets masked. Answers to questions are handed to whoever asks them.
 *
 * Only root and the user who runs it are heard (SO_PEERCRED). Their names are the runner's own knowledge, and who they
 * are (peer.h) is the kernel's word; the terminal is what they say. They are told once the line was written to the
 * file: it outlives the runner from then on. That it outlives the machine too is asked of the disk, and not waited for.
 *
 * More than CONTROL_PEERS connections wait until another one is closed.
 */
struct control;

enum { CONTROL_PEERS = 64 };

/*
 * Takes an answer, complete but for its line: posts it, or appends to why a sentence without a full stop that says why
 * it is none, and returns false.
 */
struct answers_taker {
	bool (*take)(void *self, struct message *answered, struct buf *why);
	void *self;
};

struct control_options {
	struct loop *loop;
	struct engine *engine;
	const struct secrets *secrets;
	const char *dir; /* the run's folder */
	const char *user; /* who runs it */
	struct answers_taker answers; /* take is NULL: no answer is taken */
};

/*
 * Makes the socket; the options are copied, what they point to must outlive it. NULL with what is wrong appended to
 * error when there can be none.
 */
struct control *control_new(const struct control_options *options, struct buf *error);

/* Removes the socket and closes what is connected. Frees itself from the loop. Accepts NULL. */
void control_free(struct control *control);

#endif
