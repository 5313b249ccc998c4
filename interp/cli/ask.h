/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/command.h"
#include "run/engine.h"
#include "run/executor.h"
#include "view/terminal.h"

/*
 * Asking people. What they do by hand they say is done, and what they found out is asked for, one value at a time,
 * until it is what the runbook declares. Approvals: those given beforehand by --approve are answered at once; the
 * others are put to a person on the terminal, one at a time, and the answer is the step's id typed out, so that nobody
 * approves by accident; where there is no terminal nobody could be asked.
 */
struct ask;

struct ask_options {
	struct loop *loop;
	const struct invocation *invocation; /* its --approve, --answer and --non-interactive */
	const char *user;
	const struct plan *plan;
};

struct ask *ask_new(const struct ask_options *options);

/* Where answers go, and what shows the questions; before the first question. */
void ask_connect(struct ask *ask, struct engine *engine, struct terminal *terminal);

/* Frees itself from the loop. Accepts NULL. */
void ask_free(struct ask *ask);

struct asker ask_asker(struct ask *ask);

/* An observer, to be called behind the terminal's: shows an open question again below what was printed over it. */
void ask_see(void *self, const struct message *message);

#endif
