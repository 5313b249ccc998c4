/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "act/launch_parts.h"
#include "base/mem.h"

/* Launchers started ahead, while the interpreter is small and a fork of it is cheap. */
enum { EARLY = 2 };

/* Past the kernel's own limit for arguments and environment (6 MiB at most), it is not worth the way. */
enum { WIRE_MAX = 16 << 20 };

static const int64_t farewell_us = 5000000;

void launch_pool_put_idle(struct launch_pool *pool, struct launch_slot *slot)
{
	slot->next_idle = pool->idle;
	pool->idle = slot;
	uv_unref((uv_handle_t *)&slot->poll);
}

void launch_pool_take_idle(struct launch_pool *pool, struct launch_slot *slot)
{
	struct launch_slot **at = &pool->idle;

	while (*at && *at != slot)
		at = &(*at)->next_idle;
	if (*at)
		*at = slot->next_idle;
}

void launch_pool_remove(struct launch_pool *pool, struct launch_slot *slot)
{
	struct launch_slot **at = &pool->slots;

	while (*at != slot)
		at = &(*at)->next;
	*at = slot->next;
	pool->leaving -= slot->leaving;
	pool->parted = pool->leaving == 0;
	launch_slot_free(slot);
}

struct launch_pool *launch_pool_new(
    struct loop *loop, const char *program, const char *run_dir, unsigned max)
{
	struct launch_pool *pool = mem_alloc(sizeof(*pool));
	struct rlimit nofile;
	int error;

	assert(max > 0);
	pool->loop = loop;
	pool->program = mem_strdup(program);
	pool->guard = launch_guard_take(run_dir);
	pool->max = max;
	pool->last = &pool->first;
	pool->chunk = mem_alloc(LAUNCH_CHUNK);
	buf_init(&pool->wire, WIRE_MAX);
	error = getrlimit(RLIMIT_NOFILE, &nofile);
	assert(!error);
	(void)error;
	pool->soft_nofile = nofile.rlim_cur;
	for (unsigned i = 0; i < EARLY && i < max; i++) {
		struct launch_slot *slot = launch_slot_new(pool, &error);

		/* What is wrong is told when a launch needs one. */
		if (!slot)
			break;
		launch_pool_put_idle(pool, slot);
	}
	return pool;
}

static void set_true(void *self)
{
	*(bool *)self = true;
}

void launch_pool_free(struct launch_pool *pool)
{
	struct loop_timer *timer;

	if (!pool)
		return;
	assert(!pool->first && pool->busy == 0);
	while (pool->idle) {
		pool->idle->leaving = true;
		pool->leaving++;
		launch_slot_quit(pool->idle);
	}
	assert(pool->serving == 0);
	timer = loop_timer_new(pool->loop, set_true, &pool->parted);
	loop_timer_start(timer, farewell_us);
	pool->parted = pool->leaving == 0;
	loop_run(pool->loop, &pool->parted);
	loop_timer_free(timer);
	while (pool->slots)
		launch_pool_remove(pool, pool->slots);
	if (pool->guard >= 0)
		close(pool->guard);
	buf_done(&pool->wire);
	free(pool->chunk);
	free(pool->program);
	free(pool);
}

/* Passes by itself, or as soon as others have ended. */
static bool is_shortage(int error)
{
	return error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == ENOBUFS || error == ETOOMANYREFS;
}

/* A launcher without a launch; NULL with *ret_error, which is 0 when all are busy. */
static struct launch_slot *find_slot(struct launch_pool *pool, int *ret_error)
{
	struct launch_slot *slot = pool->idle;

	*ret_error = 0;
	if (slot)
		launch_pool_take_idle(pool, slot);
	else if (pool->serving < pool->max)
		slot = launch_slot_new(pool, ret_error);
	return slot;
}

/* Begins the launch at the head of the queue. 0, or an error number: then it waits there still. */
static int begin_first(struct launch_pool *pool, struct launch_slot *slot)
{
	struct launch *launch = pool->first;
	int error;

	uv_ref((uv_handle_t *)&slot->poll);
	error = launch_begin_on(launch, slot);
	if (!error) {
		launch_pool_forget(pool, launch);
		pool->busy++;
	} else if (error == EPIPE || error == ECONNRESET) {
		launch_slot_quit(slot);
	} else {
		launch_pool_put_idle(pool, slot);
	}
	return error;
}

void launch_pool_pump(struct launch_pool *pool)
{
	while (pool->first) {
		struct launch *launch = pool->first;
		bool fresh = !pool->idle;
		int error;
		struct launch_slot *slot = find_slot(pool, &error);

		if (!slot && !error)
			return;
		if (slot)
			error = begin_first(pool, slot);
		/* An idle launcher that somebody killed: the next one, or a new one, will do. */
		if (!error || (!fresh && (error == EPIPE || error == ECONNRESET)))
			continue;
		if (is_shortage(error) && pool->busy)
			return;
		launch_pool_forget(pool, launch);
		launch_refuse(launch, error);
	}
}

void launch_pool_add(struct launch_pool *pool, struct launch *launch)
{
	if (!launch->request.aside) {
		*pool->last = launch;
		pool->last = &launch->next;
		return;
	}
	pool->max++;
	launch->next = pool->first;
	pool->first = launch;
	if (pool->last == &pool->first)
		pool->last = &launch->next;
}

void launch_pool_forget(struct launch_pool *pool, struct launch *launch)
{
	struct launch **at = &pool->first;

	while (*at != launch)
		at = &(*at)->next;
	*at = launch->next;
	if (pool->last == &launch->next)
		pool->last = at;
}
