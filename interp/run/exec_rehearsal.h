/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_EXEC_REHEARSAL_H
#define RUN_EXEC_REHEARSAL_H

#include "record/recording.h"
#include "run/assumption.h"
#include "run/engine.h"
#include "run/executor.h"

/*
 * Performs what only reads, by another executor, and nothing else. What is not performed is taken to have ended as is
 * assumed of it, as it did in a record, or well: then nobody knows what it gave. What hangs on that is looked at as
 * things are, once and without waiting. In place of an action its own dry run is done, or else it is looked at whether
 * it could begin: where that fails, so does the action.
 *
 * People are not asked: what needs an approval is taken to be approved, what they do to be done. Locks are not taken,
 * for nobody must wait for a rehearsal. A condition that hangs on what was not done is taken to be true, so that what
 * would come of it is shown. What was assumed of a step, or is recorded, decides what hangs on it: the scheduler sees
 * to that.
 */
struct exec_rehearsal;

struct exec_rehearsal_options {
	struct engine *engine;
	struct loop *loop;
	const struct recording *from; /* answers for what is not performed; NULL: none */
	struct assumptions assumptions;
};

/* The options are copied; what they point to must outlive it. */
struct exec_rehearsal *exec_rehearsal_new(const struct exec_rehearsal_options *options);

/* Accepts NULL. */
void exec_rehearsal_free(struct exec_rehearsal *rehearsal);

/* Who performs what reads; to be said before the first effect. Its ends come by way of exec_rehearsal_amend(). */
void exec_rehearsal_read_by(struct exec_rehearsal *rehearsal, struct executor *reader);

/* For struct exec_live_options: makes of the end of what was done in place of an action that of the action. */
void exec_rehearsal_amend(void *rehearsal, struct message *finished);

struct executor *exec_rehearsal_executor(struct exec_rehearsal *rehearsal);

#endif
