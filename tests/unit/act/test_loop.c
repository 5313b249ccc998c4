/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <unistd.h>

#include "act/loop.h"
#include "base/mem.h"

static void set_true(void *self)
{
	*(bool *)self = true;
}

/* Done within a timer's callback, with nothing else to wake the loop: it must not go to sleep then. */
static void test_timer_ends_run(void **state)
{
	struct loop *loop = loop_new();
	bool done = false;
	struct loop_timer *timer = loop_timer_new(loop, set_true, &done);
	uv_async_t *async = mem_alloc(sizeof(*async));
	int64_t began = loop_clock_us();

	(void)state;
	/* Something that keeps the loop waiting for ever. */
	assert_int_equal(uv_async_init(&loop->uv, async, NULL), 0);
	for (int i = 0; i < 50; i++) {
		done = false;
		loop_timer_start(timer, 1);
		loop_run(loop, &done);
		assert_true(done);
	}
	assert_true(loop_clock_us() > began);
	assert_int_equal(loop_open_handles(loop), 2);
	loop_close((uv_handle_t *)async, async);
	loop_timer_free(timer);
	assert_int_equal(loop_open_handles(loop), 0);
	loop_free(loop);
}

static void test_timer_stops(void **state)
{
	struct loop *loop = loop_new();
	bool late = false;
	bool done = false;
	struct loop_timer *early = loop_timer_new(loop, set_true, &done);
	struct loop_timer *stopped = loop_timer_new(loop, set_true, &late);
	struct loop_timer *freed = loop_timer_new(loop, set_true, &late);

	(void)state;
	loop_timer_start(early, 3000);
	loop_timer_start(stopped, 1000);
	loop_timer_start(freed, 1000);
	loop_timer_stop(stopped);
	loop_timer_free(freed);
	loop_run(loop, &done);
	assert_false(late);
	loop_timer_free(early);
	loop_timer_free(stopped);
	loop_timer_free(NULL);
	loop_free(loop);
}

/* Whether what came first was seen first. */
struct stall {
	bool came;
	bool timed_out;
};

static void come(uv_poll_t *poll, int status, int events)
{
	struct stall *stall = poll->data;

	(void)status;
	(void)events;
	stall->came = true;
	uv_poll_stop(poll);
}

static void time_out(void *self)
{
	struct stall *stall = self;

	assert_true(stall->came);
	stall->timed_out = true;
}

/* Where the whole process stood still past a timer, what came meanwhile comes before it. */
static void test_stood_still(void **state)
{
	struct loop *loop = loop_new();
	struct stall stall = {0};
	struct loop_timer *timer = loop_timer_new(loop, time_out, &stall);
	uv_poll_t poll = {.data = &stall};
	int64_t began_us = loop_clock_us();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	uv_poll_init(&loop->uv, &poll, ends[0]);
	uv_poll_start(&poll, UV_READABLE, come);
	loop_timer_start(timer, 1000);
	assert_int_equal(write(ends[1], "x", 1), 1);
	while (loop_clock_us() - began_us < 400000)
		;
	loop_run(loop, &stall.timed_out);
	assert_true(stall.timed_out);
	loop_close((uv_handle_t *)&poll, NULL);
	loop_timer_free(timer);
	loop_free(loop);
	close(ends[0]);
	close(ends[1]);
}

struct chain {
	struct loop *loop;
	int left;
	int calls;
	bool done;
};

static void step(void *self)
{
	struct chain *chain = self;

	chain->calls++;
	if (chain->left-- > 0)
		loop_defer(chain->loop, step, chain);
	else
		chain->done = true;
}

/* Deferred calls come from the loop, in order, and may defer further ones. */
static void test_defer(void **state)
{
	struct chain chain = {.loop = loop_new(), .left = 10};

	(void)state;
	loop_defer(chain.loop, step, &chain);
	assert_int_equal(chain.calls, 0);
	loop_run(chain.loop, &chain.done);
	assert_int_equal(chain.calls, 11);
	/* Nothing is left to wait for. */
	chain.done = false;
	loop_run(chain.loop, &chain.done);
	assert_false(chain.done);
	/* The loop's end still makes the calls that were promised. */
	chain.left = 2;
	loop_defer(chain.loop, step, &chain);
	loop_free(chain.loop);
	assert_int_equal(chain.calls, 14);
	loop_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_timer_ends_run),
	    cmocka_unit_test(test_timer_stops),
	    cmocka_unit_test(test_stood_still),
	    cmocka_unit_test(test_defer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
