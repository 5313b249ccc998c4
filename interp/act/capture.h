/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_CAPTURE_H
#define ACT_CAPTURE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/*
 * What is kept of a stream of any length in bounded memory: all of it up to `bound` bytes, else its first half-bound
 * as head, its last as tail, its size, and the SHA-256 of what lies between. It owns its memory until capture_value()
 * or capture_done().
 */
struct capture {
	size_t bound;
	size_t half;
	size_t capacity; /* of bytes: grows up to bound */
	char *bytes; /* the first half fills once, the second is a ring */
	int64_t size; /* bytes seen */
	struct digest *middle; /* of what the ring has lost; NULL until then */
};

/* bound is in bytes; under 2 it counts as 2. */
void capture_init(struct capture *capture, int64_t bound);
void capture_done(struct capture *capture);

void capture_add(struct capture *capture, struct str bytes);

/* The stream as a value; its bytes move to the arena and the capture is empty. */
const struct value *capture_value(struct capture *capture, struct arena *arena);

#endif
