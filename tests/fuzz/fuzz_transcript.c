/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader on arbitrary bytes, and the decoder on each of their lines (a fuzzer does not find the digests of a
 * chain). What was understood must be written and understood again as the same.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "record/codec.h"
#include "record/output_store.h"
#include "record/transcript_reader.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void read_all(struct str text)
{
	struct reader *reader = reader_open_text(text);
	const struct transcript_report *report = reader_report(reader);
	struct arena *arena = arena_new();
	struct line line;
	int64_t lines = 0;

	reader_keep_outputs(reader);
	while (reader_next(reader, arena, &line)) {
		must(line.message.seq == lines++);
		arena_reset(arena);
	}
	must(report->lines == lines);
	must(report->size + report->torn_bytes <= (int64_t)text.len);
	must((report->why != NULL) == (report->state == TRANSCRIPT_DAMAGED));
	must(report->state != TRANSCRIPT_DAMAGED || report->line == lines + 1);
	must(report->state != TRANSCRIPT_TORN ||
	    report->size + report->torn_bytes == (int64_t)text.len);
	must(report->state == TRANSCRIPT_TORN || report->state == TRANSCRIPT_DAMAGED ||
	    report->size == (int64_t)text.len);
	arena_free(arena);
	reader_free(reader);
}

static void decode_line(struct arena *arena, struct output_store *store, struct str text)
{
	struct str why = {0};
	struct line line;
	struct line again;
	struct buf first;
	struct buf second;

	if (!message_decode(arena, text, store, &line, &why)) {
		must(why.len > 0);
		return;
	}
	must(line.known || line.why.len > 0);
	if (!line.known)
		return;
	if (line.message.type == MESSAGE_OUTPUT)
		output_store_add(store, &line.message);
	buf_init(&first, TRANSCRIPT_LINE);
	buf_init(&second, TRANSCRIPT_LINE);
	if (message_encode(&line.message, line.prev.ptr, &first)) {
		must(message_decode(
		    arena, str_sub(buf_view(&first), 0, first.len - 1), store, &again, &why));
		must(again.known && again.message.type == line.message.type);
		must(message_encode(&again.message, again.prev.ptr, &second));
		must(str_eq(buf_view(&first), buf_view(&second)));
	}
	buf_done(&first);
	buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct output_store *store = output_store_new();
	struct arena *arena = arena_new();
	struct str line;

	read_all(text);
	while (str_line(&text, &line)) {
		decode_line(arena, store, line);
		arena_reset(arena);
	}
	arena_free(arena);
	output_store_free(store);
	return 0;
}
