/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_CONTROL_LINE_H
#define RUN_CONTROL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/*
 * What is said over the control socket of a run (control_socket.h), version 1: JSON objects in UTF-8, one a line, each
 * at most CONTROL_LINE bytes long with its newline. Every request has one answer, in their order. Keys that are not
 * known are ignored; a request of another version is refused, in the form of version 1.
 *
 *     > {"control":1,"do":"note","terminal":"/dev/pts/3","text":"traffic is switched off"}
 *     < {"control":1,"ok":true,"line":17,"masked":false}
 *     < {"control":1,"ok":false,"why":"a note needs a text"}
 *
 *     > {"control":1,"do":"answer","terminal":"/dev/pts/3","id":2,"answer":"approved","digest":"1f3a…"}
 *     < {"control":1,"ok":true,"line":23,"masked":false}
 *     < {"control":1,"ok":false,"why":"that question is not open any more"}
 *
 * `terminal` is left out by who has none. `line` counts the lines of the transcript from 1, as editors and sed do; the
 * line is in the file by then. `masked`: secrets stood in the text and are named there instead. `why` is a sentence
 * without a full stop. An answer is "approved" or "denied"; `id` and `digest` are those of the question as its record
 * has them (the digest of one that has none is left out): whoever answers has seen that one, and no other.
 *
 * Whoever connects and says nothing is told one thing: the connection lasts as long as its runner drives the run.
 */
enum {
	CONTROL_VERSION = 1,
	CONTROL_LINE = 32 << 10,
	CONTROL_NOTE = 4096, /* the most bytes of a note's text, */
	CONTROL_TERMINAL = 128 /* and of a terminal's name */
};

enum control_do { CONTROL_DO_NOTE, CONTROL_DO_ANSWER };

struct control_request {
	enum control_do what;
	struct str terminal; /* empty: none */
	struct str text; /* of a note */
	uint32_t id; /* of an answer: its question, */
	struct str digest; /* and what that was about; empty: nothing that has one */
	bool approved;
};

struct control_answer {
	bool ok;
	int64_t line; /* when ok */
	bool masked;
	struct str why; /* when not */
};

/* Each appends one line, with its newline. */
void control_put_request(struct buf *out, const struct control_request *request);
void control_put_answer(struct buf *out, const struct control_answer *answer);

/* Each reads a line without its newline into the arena; false with a sentence appended to why. */
bool control_get_request(
    struct arena *arena, struct str line, struct control_request *ret_request, struct buf *why);
bool control_get_answer(
    struct arena *arena, struct str line, struct control_answer *ret_answer, struct buf *why);

/* Whether a text, trimmed, can be a note; else a sentence appended to why. */
bool control_note_fits(struct str text, struct buf *why);

#endif
