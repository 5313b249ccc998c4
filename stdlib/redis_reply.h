/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REDIS_REPLY_H
#define STDLIB_REDIS_REPLY_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "base/arena.h"
#include "value/value.h"

/*
 * What replies may cost: a reader makes no more objects than that, whatever a server sends. The bound must outlive its
 * hold on the reader.
 */
struct redis_bound {
	redisReader *reader;
	redisReplyObjectFunctions *plain; /* what the reader made replies by before */
	size_t left; /* bytes */
	bool over;
};

enum { REDIS_REPLY_MAX = 8 << 20 };

void redis_bound_init(struct redis_bound *bound, redisReader *reader);

/* The reader, which must be between two replies both times, is as it was. */
void redis_bound_done(struct redis_bound *bound);

/*
 * A reply as a value, copied to the arena: a status and a string are text, with U+FFFD for what is not UTF-8, an
 * integer is an int, an array a list, nothing is null, an error within an array a map {error: text}.
 */
const struct value *redis_value(struct arena *arena, const redisReply *reply);

#endif
