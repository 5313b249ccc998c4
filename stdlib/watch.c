/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/watch.h"

#include <stdlib.h>

#include "base/mem.h"

struct watch {
	uv_poll_t poll;
	int events;
	bool freed;
	void (*seen)(void *self, int events, bool failed);
	void *self;
};

static void polled(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	int wanted = watch->events;

	watch->seen(watch->self, status < 0 ? wanted : events, status < 0);
	/* libuv has stopped after an error; who goes on watching has not met it yet. */
	if (status < 0 && !watch->freed && watch->events && !uv_is_active((uv_handle_t *)poll))
		uv_poll_start(poll, watch->events, polled);
}

struct watch *watch_new(
    struct loop *loop, int fd, void (*seen)(void *self, int events, bool failed), void *self)
{
	struct watch *watch = mem_alloc(sizeof(*watch));

	watch->seen = seen;
	watch->self = self;
	if (uv_poll_init(&loop->uv, &watch->poll, fd) < 0) {
		free(watch); /* libuv knows nothing of it yet */
		return NULL;
	}
	watch->poll.data = watch;
	return watch;
}

void watch_for(struct watch *watch, int events)
{
	watch->events = events;
	if (events)
		uv_poll_start(&watch->poll, events, polled);
	else
		uv_poll_stop(&watch->poll);
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	watch->freed = true;
	loop_close((uv_handle_t *)&watch->poll, watch);
}
