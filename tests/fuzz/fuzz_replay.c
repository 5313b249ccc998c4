/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transcripts that no interpreter wrote, decided again: their lines are taken one by one (a fuzzer does not find the
 * digests of a chain), with the runbook that stands in them, or a small one. Whatever they say, it is told, and
 * nothing is asserted in the scheduler.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "lang/load.h"
#include "record/output_store.h"
#include "run/replayer.h"
#include "run/unfinished.h"
#include "stdlib/registry.h"

static const char small[] =
    "reprise: 1\nid: a\nsteps:\n"
    "  - {id: one, run: [a], timeout: 1s, verify: [{run: [b], within: 1s}]}\n"
    "  - {id: two, effect: read, run: [c], timeout: 1s, outputs: {x: stdout}}\n"
    "  - {id: many, for_each: '[1, 2]', run: [d], lock: l, timeout: 1s}\n"
    "  - {id: told, manual: Do it, inputs: {n: {type: int}}}\n";

/* The lines of a text as messages, until one is no line. A result's streams are those that stand before it. */
struct lines {
	struct str rest;
	struct output_store *outputs;
	int64_t count;
};

static bool next(struct lines *lines, struct arena *arena, struct line *ret_line)
{
	struct str text;
	struct str why;

	if (!str_line(&lines->rest, &text) ||
	    !message_decode(arena, text, lines->outputs, ret_line, &why))
		return false;
	/* as a reader would have it */
	if ((lines->count == 0) != (ret_line->message.type == MESSAGE_RUN_STARTED))
		return false;
	ret_line->message.seq = lines->count++;
	if (ret_line->known && ret_line->message.type == MESSAGE_OUTPUT)
		output_store_add(lines->outputs, &ret_line->message);
	return true;
}

static void find_runbook(struct str text, struct buf *out)
{
	struct lines lines = {.rest = text, .outputs = output_store_new()};
	struct arena *arena = arena_new();
	struct line line;

	while (next(&lines, arena, &line))
		if (line.known && line.message.type == MESSAGE_SOURCE)
			buf_str(out, line.message.source.text);
	output_store_free(lines.outputs);
	arena_free(arena);
}

static void replay(const struct plan *plan, struct str text)
{
	struct lines lines = {.rest = text, .outputs = output_store_new()};
	struct sched_options options = {.jobs = 4};
	struct arena *arena = arena_new(); /* of all lines: what is decided may point there */
	struct store *store = store_new();
	struct sched *sched = sched_new(plan, store, &options);
	struct replayer *replayer = replayer_new(sched);
	struct unfinished unfinished;
	struct line line;
	bool same = true;

	unfinished_init(&unfinished);
	while (same && next(&lines, arena, &line)) {
		same = replayer_see(replayer, &line);
		if (same && line.known)
			unfinished_see(&unfinished, &line.message);
	}
	if (same != (replayer_why(replayer).len == 0))
		abort();
	replayer_end(replayer);
	unfinished_done(&unfinished);
	replayer_free(replayer);
	sched_free(sched);
	store_free(store);
	output_store_free(lines.outputs);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct load load;
	struct buf runbook;

	buf_init(&runbook, BUF_UNBOUNDED);
	find_runbook(text, &runbook);
	if (!load_text(&load, "r.yaml", buf_view(&runbook), &stdlib_vocabulary)) {
		load_done(&load);
		load_text(&load, "r.yaml", STR(small), &stdlib_vocabulary);
	}
	if (load.plan)
		replay(load.plan, text);
	load_done(&load);
	buf_done(&runbook);
	return 0;
}
