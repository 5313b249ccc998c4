/* SPDX-License-Identifier: Apache-2.0 */
#include "run/outlet.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"

enum { STREAMS = 2 };

struct waiting {
	struct message *items; /* their bytes are in the arena */
	size_t count;
	size_t capacity;
	struct arena *arena;
};

struct outlet {
	struct outlet_options options;
	struct redact_stream masks[STREAMS];
	struct output_chunker chunkers[STREAMS];
	bool used[STREAMS];
	bool ended[STREAMS];
	struct output_store *store;
	struct waiting waiting;
};

static void chunk(void *context, const struct message *output)
{
	struct outlet *outlet = context;
	struct waiting *waiting = &outlet->waiting;
	struct message copy = *output;

	output_store_add(outlet->store, output);
	if (!outlet->options.muted) {
		outlet->options.emit(outlet->options.context, output);
		return;
	}
	copy.output.bytes = arena_str(waiting->arena, output->output.bytes);
	waiting->items = mem_grow(
	    waiting->items, waiting->count, &waiting->capacity, sizeof(*waiting->items));
	waiting->items[waiting->count++] = copy;
}

static void begin(struct outlet *outlet)
{
	for (int i = 0; i < STREAMS; i++) {
		redact_stream_begin(&outlet->masks[i], outlet->options.redactor);
		output_chunker_init(&outlet->chunkers[i], outlet->options.op, outlet->options.step,
		    (enum output_stream)i, outlet->options.bound, chunk, outlet);
		if (outlet->options.said)
			output_chunker_resume(&outlet->chunkers[i], outlet->options.known[i]);
		outlet->used[i] = outlet->ended[i] = false;
	}
}

static void end(struct outlet *outlet)
{
	for (int i = 0; i < STREAMS; i++) {
		redact_stream_done(&outlet->masks[i]);
		output_chunker_done(&outlet->chunkers[i]);
	}
}

struct outlet *outlet_new(const struct outlet_options *options)
{
	struct outlet *outlet = mem_alloc(sizeof(*outlet));

	outlet->options = *options;
	outlet->store = output_store_new();
	if (options->said)
		output_store_copy(outlet->store, options->said, options->op);
	outlet->waiting.arena = arena_new();
	begin(outlet);
	return outlet;
}

void outlet_free(struct outlet *outlet)
{
	if (!outlet)
		return;
	end(outlet);
	output_store_free(outlet->store);
	arena_free(outlet->waiting.arena);
	free(outlet->waiting.items);
	free(outlet);
}

void outlet_feed(struct outlet *outlet, enum output_stream stream, struct str bytes)
{
	outlet->used[stream] = true;
	output_chunker_feed(
	    &outlet->chunkers[stream], redact_stream_feed(&outlet->masks[stream], bytes));
}

void outlet_flush(struct outlet *outlet)
{
	for (int i = 0; i < STREAMS; i++)
		if (outlet->used[i])
			output_chunker_flush(&outlet->chunkers[i]);
}

int64_t outlet_unsent(const struct outlet *outlet, enum output_stream stream, struct str *ret_line)
{
	if (outlet->options.muted || !outlet->used[stream])
		return 0;
	return output_chunker_unsent(&outlet->chunkers[stream], ret_line);
}

static const struct clip *end_stream(struct outlet *outlet, enum output_stream stream)
{
	outlet->ended[stream] = true;
	output_chunker_feed(&outlet->chunkers[stream], redact_stream_end(&outlet->masks[stream]));
	return output_chunker_end(&outlet->chunkers[stream]);
}

const struct value *outlet_end(
    struct outlet *outlet, struct arena *arena, enum output_stream stream)
{
	const struct clip *clip = end_stream(outlet, stream);

	return output_store_stream(outlet->store, arena, outlet->options.op, stream, clip);
}

void outlet_close(struct outlet *outlet)
{
	for (int i = 0; i < STREAMS; i++)
		if (outlet->used[i] && !outlet->ended[i])
			end_stream(outlet, (enum output_stream)i);
}

void outlet_forget(struct outlet *outlet)
{
	end(outlet);
	begin(outlet);
	output_store_forget(outlet->store, outlet->options.op);
	outlet->waiting.count = 0;
	arena_reset(outlet->waiting.arena);
}

void outlet_speak(struct outlet *outlet)
{
	for (size_t i = 0; i < outlet->waiting.count; i++)
		outlet->options.emit(outlet->options.context, &outlet->waiting.items[i]);
	outlet->waiting.count = 0;
}
