/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_OUTLET_H
#define RUN_OUTLET_H

#include "record/output_chunker.h"
#include "record/output_store.h"
#include "record/redact.h"

/*
 * Where the output of one attempt goes: masked, bounded, cut into `output` messages, and kept for the result. While it
 * is muted (the polls of a check: only the last counts) messages wait; outlet_forget() drops them.
 */
struct outlet;

struct outlet_options {
	uint32_t op;
	struct str step; /* borrowed */
	int64_t bound; /* bytes kept of each stream */
	bool muted;
	const struct redactor *redactor;
	const struct output_store
	    *said; /* what was recorded before somebody died; NULL: nobody did */
	int64_t known[2]; /* how much of each stream that was */
	void (*emit)(void *context, const struct message *output);
	void *context;
};

struct outlet *outlet_new(const struct outlet_options *options);
void outlet_free(struct outlet *outlet);

void outlet_feed(struct outlet *outlet, enum output_stream stream, struct str bytes);

/* Sends out what a person should see by now. */
void outlet_flush(struct outlet *outlet);

/* As output_chunker_unsent() has it; 0 while it is muted, for nobody is to see that. */
int64_t outlet_unsent(const struct outlet *outlet, enum output_stream stream, struct str *ret_line);

/* A stream is over, once; returns it as a result holds it, in the arena. */
const struct value *outlet_end(
    struct outlet *outlet, struct arena *arena, enum output_stream stream);

/* Sends out the rest of the streams that were not ended: no result holds them, but they were said. */
void outlet_close(struct outlet *outlet);

/* Begins anew; what waits muted is dropped. */
void outlet_forget(struct outlet *outlet);

/* Emits what waits. */
void outlet_speak(struct outlet *outlet);

#endif
