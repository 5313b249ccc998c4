/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REDIS_LOOP_H
#define STDLIB_REDIS_LOOP_H

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "act/loop.h"
#include "stdlib/watch.h"

/*
 * Ties a hiredis context to the loop. The link is embedded in its holder and must outlive the context, or let go of it.
 * `after` is called whenever hiredis has worked on what arrived and has returned: there, and not in hiredis's own
 * callbacks, the context may be freed or let go.
 */
struct redis_link {
	struct loop *loop;
	struct watch *watch;
	redisAsyncContext *context; /* NULL once hiredis has freed it or is about to */
	int wanted;
	void (*after)(void *self);
	void *self;
};

/* While nothing is on its way. False when the descriptor cannot be watched; the context is still the caller's. */
bool redis_link_init(struct redis_link *link, struct loop *loop, redisAsyncContext *context,
    void (*after)(void *self), void *self);

/* Lets go of the context, on which nothing may be on its way: the caller's again, tied to nothing. */
void redis_link_untie(struct redis_link *link);

/* Frees the context, if there still is one. Not within a callback of hiredis. */
void redis_link_done(struct redis_link *link);

#endif
