/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_REPLAYER_H
#define RUN_REPLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "record/codec.h"
#include "sched/sched.h"

/*
 * Decides again what a record says was decided: feeds a scheduler the `in` lines, compares what it gives with the `out`
 * lines, judges every result again, and skips the asides. Nothing is performed. What the scheduler holds afterwards is
 * the state of the run behind the last line; effects that were decided behind it, and did not reach the record, are
 * still to be had of it by sched_next().
 */
struct replayer;

/* The scheduler is new and the caller's; it must outlive the replayer. */
struct replayer *replayer_new(struct sched *sched);
void replayer_free(struct replayer *replayer);

/*
 * Takes the next line; an event's memory must last until the next event. False once the record and what is decided now
 * have parted; then nothing more is taken.
 */
bool replayer_see(struct replayer *replayer, const struct line *line);

/* A sealed record is over: false too when decisions are missing. One that was cut off may lack the last ones. */
bool replayer_end(struct replayer *replayer);

/* Where they parted, as a sentence that names the line; empty while they have not. */
struct str replayer_why(const struct replayer *replayer);

/* How much was decided again: effects that are the same, and results that were judged. */
int64_t replayer_effects(const struct replayer *replayer);
int64_t replayer_verdicts(const struct replayer *replayer);

#endif
