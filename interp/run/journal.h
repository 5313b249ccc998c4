/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_JOURNAL_H
#define RUN_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/source.h"
#include "record/transcript_writer.h"
#include "run/executor.h"

/*
 * The record of a run as its engine keeps it: every line is stamped, appended and shown to the observers, whether there
 * was room for it or not. What found no room is told of by a `record.gap` before the first line that there is room for
 * again; run.finished and the seal are one write.
 */
struct journal;

struct journal_options {
	struct writer_options writer;
	int64_t t_us; /* how far the run's own clock has come by now */
	const struct observer *observers;
	size_t observer_count;
};

/* NULL with a sentence appended to error. What the options point to must outlive it. */
struct journal *journal_new(const struct journal_options *options, struct buf *error);

/* What was not written is lost. Accepts NULL. */
void journal_free(struct journal *journal);

/* The run's own clock: microseconds since it began. */
int64_t journal_now(const struct journal *journal);

void journal_append(struct journal *journal, struct message *message);

/* Whether an observer wants samples; shows them one, stamped, and records nothing. */
bool journal_wants_samples(const struct journal *journal);
void journal_show(const struct journal *journal, struct sample *sample);

/* Shows them what no message brings before its end. */
void journal_say(const struct journal *journal, const struct saying *saying);

/* Files, as `source` lines. */
void journal_append_sources(
    struct journal *journal, const struct source *const *sources, size_t count);

/* Writes what waits, and the seal behind run.finished; the ticket of all of it. */
uint64_t journal_write(struct journal *journal);

/* Asks for it to be made durable; up to which ticket all is. */
void journal_sync(struct journal *journal, uint64_t ticket);
uint64_t journal_durable(struct journal *journal);

/* All is written but for what the record lost, and it can be relied on. */
bool journal_is_written(struct journal *journal);

/*
 * Whether there is news of the record: that it cannot be relied on, once and when it gets worse, or that it can again.
 * *ret_record is what is to be posted then; its sentence lives until the next call.
 */
bool journal_news(struct journal *journal, struct message *ret_record);

/* The worst that there was news of since it was last well. */
enum writer_state journal_told(const struct journal *journal);

/* Nobody was told of anything: a run goes on, and takes its record to be well. */
void journal_tell_anew(struct journal *journal);

/* The last word: writes, makes durable, gives back what was reserved. */
void journal_finish(struct journal *journal);

/* A sentence when the record could not be kept whole, else NULL. */
const char *journal_error(const struct journal *journal);

#endif
