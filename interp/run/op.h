/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_OP_H
#define RUN_OP_H

#include "record/output_chunker.h"
#include "record/output_store.h"
#include "run/exec_live.h"
#include "run/sessions.h"
#include "run/unfinished.h"

/*
 * One operation of the live executor: an action, or a check that is asked until it holds. It makes one attempt after
 * another, each with an arena of its own, and ends in one `finished`. It frees itself when that was posted and the
 * last attempt let go of its memory.
 */
struct op;

/* What all operations share. */
struct op_context {
	struct exec_live_options options;
	struct sessions *sessions;
	struct sampler *sampler;
	struct op *ops; /* all that are not freed yet */
	struct op *finished; /* attempts that ended and wait to be judged, oldest first */
	struct op **finished_end;
	bool judging_soon;
};

/* Begins; start is copied. */
void op_start(struct op_context *context, const struct message *start);

/*
 * Finds out whether it could begin: in one attempt, in a connection of its own and ten seconds at most. Nothing of it
 * is told but its end, which is not judged.
 */
void op_look(struct op_context *context, const struct message *start);

/*
 * Goes on with one that an earlier life of the run began, where its action can find it again; else nobody knows how it
 * ended. Ends in one `finished` as well. `said`: what of its output is in the record; read during the call alone.
 */
void op_adopt(struct op_context *context, const struct unfinished_op *earlier,
    const struct output_store *said);

/* Ends it early, if it is still under way. */
void op_stop(struct op_context *context, const struct message *stop);

#endif
