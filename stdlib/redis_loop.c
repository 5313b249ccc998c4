/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_loop.h"

static void want(struct redis_link *link, int events)
{
	link->wanted = events;
	if (link->watch)
		watch_for(link->watch, events);
}

static void add_read(void *self)
{
	struct redis_link *link = self;

	want(link, link->wanted | UV_READABLE);
}

static void del_read(void *self)
{
	struct redis_link *link = self;

	want(link, link->wanted & ~UV_READABLE);
}

static void add_write(void *self)
{
	struct redis_link *link = self;

	want(link, link->wanted | UV_WRITABLE);
}

static void del_write(void *self)
{
	struct redis_link *link = self;

	want(link, link->wanted & ~UV_WRITABLE);
}

/* Before hiredis closes the descriptor. */
static void cleanup(void *self)
{
	struct redis_link *link = self;

	watch_free(link->watch);
	link->watch = NULL;
	link->context = NULL;
}

/* Each call may free the context. */
static void seen(void *self, int events, bool failed)
{
	struct redis_link *link = self;

	(void)failed; /* hiredis meets the error itself */
	if (link->context && (events & UV_READABLE))
		redisAsyncHandleRead(link->context);
	if (link->context && (events & UV_WRITABLE))
		redisAsyncHandleWrite(link->context);
	link->after(link->self);
}

bool redis_link_init(struct redis_link *link, struct loop *loop, redisAsyncContext *context,
    void (*after)(void *self), void *self)
{
	*link = (struct redis_link){.loop = loop, .context = context, .after = after, .self = self};
	link->watch = watch_new(loop, context->c.fd, seen, link);
	if (!link->watch)
		return false;
	context->ev.data = link;
	context->ev.addRead = add_read;
	context->ev.delRead = del_read;
	context->ev.addWrite = add_write;
	context->ev.delWrite = del_write;
	context->ev.cleanup = cleanup;
	return true;
}

void redis_link_untie(struct redis_link *link)
{
	redisAsyncContext *context = link->context;

	cleanup(link);
	context->ev.data = NULL;
	context->ev.addRead = context->ev.delRead = NULL;
	context->ev.addWrite = context->ev.delWrite = NULL;
	context->ev.cleanup = NULL;
}

void redis_link_done(struct redis_link *link)
{
	if (link->context)
		redisAsyncFree(link->context);
}
