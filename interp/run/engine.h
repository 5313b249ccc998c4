/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "act/loop.h"
#include "base/source.h"
#include "record/transcript_writer.h"
#include "run/comparator.h"
#include "run/executor.h"
#include "run/unfinished.h"
#include "sched/sched.h"

/*
 * The engine joins the scheduler, the record and an executor. Its one loop: append an event to the record, post it,
 * drain the scheduler to the last effect, append those, write, and only then hand them over. So what the record says
 * is the whole order there was.
 *
 * An effect that changes something waits until its line is durable; one sync serves all that became ready meanwhile.
 * Effects without that gate go at once, gated ones in the order they were decided; a stop that overtakes a start gives
 * `finished{not_begun}`.
 *
 * A run that follows a record has a comparator. Where an end departs from the record, that is posted before it; where a
 * decision does, behind it, and what was decided with it waits at the gate until the scheduler has decided about that.
 *
 * When the record cannot be kept, a `record` event says so, and again when it gets worse; what waits for the disk is
 * refused (`not_begun`), or goes on without it where the run does not need its record (sched_needs_record()). A record
 * that cannot be written is tried again every tenth of a second.
 */
struct engine;

struct engine_options {
	struct loop *loop;
	struct sched *sched;
	const char *path; /* of the transcript, which must not exist unless there is a tail */
	const struct writer_tail *tail; /* where the record goes on; NULL: it begins */
	int64_t t_us; /* with a tail: how far the run's own clock has come by now */
	struct observer *observers;
	size_t observer_count;
	int (*sync)(int fd); /* as in struct writer_options: for tests */
	int64_t reserve; /* likewise */
	const struct signing_key *signer; /* likewise: signs the seal */
	struct comparator
	    *comparator; /* the caller's, who frees it last; NULL: it follows no record */
};

/* Creates the transcript. NULL with a sentence appended to error when it cannot be written. */
struct engine *engine_new(const struct engine_options *options, struct buf *error);
void engine_free(struct engine *engine);

/* Who performs; set before the first post. */
void engine_perform_by(struct engine *engine, struct executor *executor);

/*
 * The first post: run.started, followed in the record by the files that the runbook is made of, and by an aside, NULL
 * for none, before anything is decided.
 */
void engine_begin(struct engine *engine, struct message *run_started,
    const struct source *const *sources, size_t count, struct message *aside);

/*
 * The first post of a run that goes on: run.resumed, followed in the record by the files of a runbook that was changed
 * meanwhile, if there are any. The scheduler stands behind the last line of the record, with what it decided there and
 * the record lacks still to be had of it. What is unfinished is handed over once more: questions are asked again,
 * operations adopted, locks that were waited for are waited for.
 */
void engine_resume(struct engine *engine, struct message *run_resumed,
    const struct source *const *sources, size_t count, struct unfinished *unfinished);

/*
 * Feeds one `in` message and hands over what follows from it. Stamps it. Not from within an executor's call.
 */
void engine_post(struct engine *engine, struct message *in);

/* Appends an aside: recorded and seen, decides nothing; written with the next event, or a tenth of a second later. */
void engine_aside(struct engine *engine, struct message *aside);

/*
 * The same, written at once, with the disk asked to make it durable. False when the record did not take it, or not into
 * the file: engine_record_error() says why. Not from within an executor's call, nor once the run is over.
 */
bool engine_aside_now(struct engine *engine, struct message *aside);

/* How far an operation has come, for those who see: not recorded. Whether any of them wants to know. */
bool engine_wants_samples(const struct engine *engine);
void engine_sample(const struct engine *engine, struct sample *sample);

/* The same of what it has printed and no message brings yet. */
void engine_say(const struct engine *engine, const struct saying *saying);

/* Microseconds since the run began: its own clock. */
int64_t engine_now(const struct engine *engine);

/* Runs the loop until the run has finished and the record is sealed. */
void engine_run(struct engine *engine);

/*
 * Leaves the run as it is, to be resumed: all that waits is written, and engine_run() returns. The caller must end the
 * process then, as if it had died: what it began goes on under its launchers.
 */
void engine_leave(struct engine *engine);
bool engine_is_left(const struct engine *engine);

/* The record is sealed: nothing may be posted any more. */
bool engine_is_over(const struct engine *engine);

/* The last effect of a finished run. */
enum run_outcome engine_outcome(const struct engine *engine);

/* A sentence when the record could not be kept whole, else NULL. */
const char *engine_record_error(const struct engine *engine);

struct sched *engine_sched(const struct engine *engine);

#endif
