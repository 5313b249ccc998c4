/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_MARKS_H
#define REACH_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "launch/wire.h"

/*
 * Tells a far end's marks (launch/wire.h) from what a step prints, in one stream as it comes. Bytes that may begin a
 * mark are held back until it is clear. Plain data, without ownership but `events`.
 */
struct marks_events {
	/* What the step printed. */
	void (*bytes)(void *self, const char *bytes, size_t len);
	/* The text of a mark, without its newline. */
	void (*mark)(void *self, char *text);
};

struct marks {
	char start[WIRE_NONCE_LEN + 3]; /* WIRE_MARK, the nonce, ":" */
	size_t start_len;
	const struct marks_events *events;
	void *self;
	size_t len; /* held back */
	char held[WIRE_NONCE_LEN + 2 + WIRE_MARK_MAX];
};

void marks_init(
    struct marks *marks, const char *nonce, const struct marks_events *events, void *self);

void marks_feed(struct marks *marks, const char *bytes, size_t len);

/* No more comes: what was held back is no mark. */
void marks_end(struct marks *marks);

#endif
