/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REDIS_TROUBLE_H
#define STDLIB_REDIS_TROUBLE_H

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "stdlib/trouble.h"

/* What a Redis server says, as a class and a sentence. Everything returned lives in the arena. */

/* For the documentation of a "code" field. */
#define REDIS_CODE_DOC                                                                             \
	"The server's error word, when it gave one: NOAUTH, LOADING, OOM, READONLY, …."

/* The word in capitals that an error begins with; empty for what is no error. */
struct str redis_code(struct arena *arena, const redisReply *reply);

/* Of a reply that is an error. */
struct trouble redis_trouble(struct arena *arena, const redisReply *reply, struct str peer);

#endif
