/* SPDX-License-Identifier: Apache-2.0 */
#include "act/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct loop_deferred {
	struct loop_deferred *next;
	void (*call)(void *self);
	void *self;
};

/* What fires later than so is looked at again behind what came meanwhile, and so much later. */
enum { LATE_US = 200000, BEHIND_MS = 50 };

struct loop_timer {
	uv_timer_t uv;
	struct loop *loop;
	int64_t due_us;
	bool late; /* the others were let by */
	void (*fire)(void *self);
	void *self;
};

struct loop *loop_new(void)
{
	struct loop *loop = mem_alloc(sizeof(*loop));
	int error = uv_loop_init(&loop->uv);

	assert(!error);
	error = uv_idle_init(&loop->uv, &loop->idle);
	assert(!error);
	error = uv_prepare_init(&loop->uv, &loop->prepare);
	assert(!error);
	(void)error;
	loop->idle.data = loop;
	loop->prepare.data = loop;
	uv_unref((uv_handle_t *)&loop->prepare);
	loop->last = &loop->first;
	return loop;
}

void loop_free(struct loop *loop)
{
	int error;

	if (!loop)
		return;
	while (loop->first)
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	assert(loop_open_handles(loop) == 0);
	uv_close((uv_handle_t *)&loop->idle, NULL);
	uv_close((uv_handle_t *)&loop->prepare, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	error = uv_loop_close(&loop->uv);
	assert(!error);
	(void)error;
	free(loop);
}

/* A timer may have made it true: then the loop must not go to sleep, which is what it would do next. */
static void stop_when_done(uv_prepare_t *prepare)
{
	const struct loop *loop = prepare->data;

	if (*loop->done)
		uv_stop(prepare->loop);
}

void loop_run(struct loop *loop, const bool *done)
{
	assert(!loop->done);
	loop->done = done;
	uv_prepare_start(&loop->prepare, stop_when_done);
	while (!*done && uv_run(&loop->uv, UV_RUN_ONCE))
		;
	uv_prepare_stop(&loop->prepare);
	loop->done = NULL;
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t loop_clock_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

int64_t loop_wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

static void free_memory(uv_handle_t *handle)
{
	free(handle->data);
}

void loop_close(uv_handle_t *handle, void *memory)
{
	handle->data = memory;
	uv_close(handle, free_memory);
}

static void count_open(uv_handle_t *handle, void *self)
{
	unsigned *count = self;

	*count += !uv_is_closing(handle);
}

unsigned loop_open_handles(const struct loop *loop)
{
	unsigned count = 0;

	/* The walk reads only, but libuv has no const. */
	uv_walk((uv_loop_t *)&loop->uv, count_open, &count);
	return count - !uv_is_closing((const uv_handle_t *)&loop->idle) -
	    !uv_is_closing((const uv_handle_t *)&loop->prepare);
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fire)(void *self), void *self)
{
	struct loop_timer *timer = mem_alloc(sizeof(*timer));

	uv_timer_init(&loop->uv, &timer->uv);
	timer->loop = loop;
	timer->fire = fire;
	timer->self = self;
	return timer;
}

static void fire_timer(uv_timer_t *uv)
{
	struct loop_timer *timer = (struct loop_timer *)uv;

	if (!timer->late && loop_clock_us() - timer->due_us > LATE_US) {
		timer->late = true;
		uv_timer_start(uv, fire_timer, BEHIND_MS, 0);
		return;
	}
	timer->fire(timer->self);
}

void loop_timer_start(struct loop_timer *timer, int64_t delay_us)
{
	uint64_t ms = delay_us > 0 ? ((uint64_t)delay_us + 999) / 1000 : 0;

	timer->due_us = loop_clock_us() + delay_us;
	timer->late = false;
	/* libuv counts from the time at which the loop last woke: a long callback would shorten the delay. */
	uv_update_time(&timer->loop->uv);
	uv_timer_start(&timer->uv, fire_timer, ms, 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
	uv_timer_stop(&timer->uv);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (timer)
		loop_close((uv_handle_t *)&timer->uv, timer);
}

/* Calls those that were deferred before; what they defer comes next time. */
static void call_deferred(uv_idle_t *idle)
{
	struct loop *loop = idle->data;
	struct loop_deferred *deferred = loop->first;

	loop->first = NULL;
	loop->last = &loop->first;
	while (deferred) {
		struct loop_deferred *next = deferred->next;

		deferred->call(deferred->self);
		free(deferred);
		deferred = next;
	}
	if (!loop->first)
		uv_idle_stop(idle);
}

void loop_defer(struct loop *loop, void (*call)(void *self), void *self)
{
	struct loop_deferred *deferred = mem_alloc(sizeof(*deferred));

	deferred->call = call;
	deferred->self = self;
	*loop->last = deferred;
	loop->last = &deferred->next;
	uv_idle_start(&loop->idle, call_deferred);
}
