/* SPDX-License-Identifier: Apache-2.0 */
#include "run/journal.h"

#include <stdlib.h>

#include "act/loop.h"
#include "base/mem.h"
#include "record/source_lines.h"

struct journal {
	struct writer *writer;
	const struct observer *observers;
	size_t observer_count;
	int64_t began_clock_us;
	enum writer_state told;
	int64_t lost; /* lines that the record refused, and does not tell of yet */
	bool gap; /* some were refused: the record is not whole, whatever follows */
	bool recorded; /* run.finished is in the record */
	bool sealed;
	char *error;
};

struct journal *journal_new(const struct journal_options *options, struct buf *error)
{
	struct journal *journal = mem_alloc(sizeof(*journal));

	journal->observers = options->observers;
	journal->observer_count = options->observer_count;
	journal->began_clock_us = loop_clock_us() - options->t_us;
	journal->writer = writer_new(&options->writer, error);
	if (journal->writer)
		return journal;
	free(journal);
	return NULL;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	writer_free(journal->writer);
	free(journal->error);
	free(journal);
}

int64_t journal_now(const struct journal *journal)
{
	return loop_clock_us() - journal->began_clock_us;
}

static void note_error(struct journal *journal)
{
	free(journal->error);
	journal->error = mem_strdup(writer_error(journal->writer));
}

static bool append_gap(struct journal *journal, const struct message *before)
{
	struct message gap = {
	    .type = MESSAGE_RECORD_GAP, .at_us = before->at_us, .t_us = before->t_us};

	gap.record_gap.lines = journal->lost;
	gap.record_gap.why = str_from(journal->error);
	return writer_append(journal->writer, &gap);
}

void journal_append(struct journal *journal, struct message *message)
{
	message->at_us = loop_wall_us();
	message->t_us = journal_now(journal);
	if (journal->lost && append_gap(journal, message))
		journal->lost = 0;
	if (journal->lost || !writer_append(journal->writer, message)) {
		if (journal->lost++ == 0)
			note_error(journal);
		journal->gap = true;
	} else if (message->type == MESSAGE_RUN_FINISHED) {
		journal->recorded = true;
	}
	for (size_t i = 0; i < journal->observer_count; i++)
		journal->observers[i].see(journal->observers[i].self, message);
}

bool journal_wants_samples(const struct journal *journal)
{
	for (size_t i = 0; i < journal->observer_count; i++)
		if (journal->observers[i].sample)
			return true;
	return false;
}

void journal_show(const struct journal *journal, struct sample *sample)
{
	sample->t_us = journal_now(journal);
	for (size_t i = 0; i < journal->observer_count; i++)
		if (journal->observers[i].sample)
			journal->observers[i].sample(journal->observers[i].self, sample);
}

void journal_say(const struct journal *journal, const struct saying *saying)
{
	for (size_t i = 0; i < journal->observer_count; i++)
		if (journal->observers[i].saying)
			journal->observers[i].saying(journal->observers[i].self, saying);
}

static void append_source(void *context, const struct message *source)
{
	struct message line = *source;

	journal_append(context, &line);
}

void journal_append_sources(
    struct journal *journal, const struct source *const *sources, size_t count)
{
	for (size_t i = 0; i < count; i++)
		source_lines(str_from(sources[i]->name),
		    (struct str){sources[i]->bytes, sources[i]->len}, append_source, journal);
}

uint64_t journal_write(struct journal *journal)
{
	if (journal->recorded && !journal->sealed)
		journal->sealed = writer_seal(journal->writer);
	return writer_flush(journal->writer);
}

void journal_sync(struct journal *journal, uint64_t ticket)
{
	writer_sync(journal->writer, ticket);
}

uint64_t journal_durable(struct journal *journal)
{
	return writer_durable(journal->writer);
}

bool journal_is_written(struct journal *journal)
{
	return journal->lost == 0 && writer_state(journal->writer) <= WRITER_LOW;
}

bool journal_news(struct journal *journal, struct message *ret_record)
{
	enum writer_state state = writer_state(journal->writer);

	if (state <= journal->told && (state != WRITER_GOOD || journal->told == WRITER_GOOD))
		return false;
	journal->told = state;
	*ret_record = (struct message){.type = MESSAGE_RECORD};
	if (state != WRITER_GOOD) {
		note_error(journal);
		ret_record->record.state = RECORD_FAILED;
		ret_record->record.why = str_from(journal->error);
	}
	return true;
}

enum writer_state journal_told(const struct journal *journal)
{
	return journal->told;
}

void journal_tell_anew(struct journal *journal)
{
	journal->told = WRITER_GOOD;
}

void journal_finish(struct journal *journal)
{
	if (!writer_finish(journal->writer)) {
		note_error(journal);
	} else if (!journal->gap) { /* it was in danger, but all of it is there */
		free(journal->error);
		journal->error = NULL;
	}
}

const char *journal_error(const struct journal *journal)
{
	return journal->error;
}
