/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_LOOP_H
#define ACT_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/*
 * The one event loop. It owns a uv_loop_t and counts what is open on it: loop_free() asserts that nothing is. Code
 * that opens a handle closes it with loop_close(), which frees the memory around it in the handle's last callback.
 */
struct loop {
	uv_loop_t uv;
	uv_idle_t idle; /* loop_defer()'s own; neither it nor the next is counted */
	uv_prepare_t prepare; /* loop_run()'s own */
	const bool *done; /* what loop_run() waits for */
	struct loop_deferred *first;
	struct loop_deferred **last;
};

struct loop *loop_new(void);

/* Runs the loop until closing handles are gone, asserts that none is left, frees it. Accepts NULL. */
void loop_free(struct loop *loop);

/* Runs until *done is true or nothing is left to wait for; not from within a callback. */
void loop_run(struct loop *loop, const bool *done);

/* Monotonic, in microseconds, read from the clock at each call. */
int64_t loop_clock_us(void);

/* Wall clock, UTC, in microseconds since 1970. */
int64_t loop_wall_us(void);

/*
 * Closes a handle and, in its last callback, gives `memory` to free() (NULL: nothing). The handle's data is not looked
 * at and may be changed.
 */
void loop_close(uv_handle_t *handle, void *memory);

/* Open handles that are not closing. */
unsigned loop_open_handles(const struct loop *loop);

/*
 * A one-shot timer with microsecond arguments (rounded up to libuv's milliseconds). Owned by its holder; the memory
 * around it must live until the callback of loop_timer_close() ran, or for ever. Where the whole process stood still,
 * stopped at its terminal perhaps, what came meanwhile is seen before the timers that were due: what ended in time has
 * not timed out.
 */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *loop, void (*fire)(void *self), void *self);
void loop_timer_start(struct loop_timer *timer, int64_t delay_us);
void loop_timer_stop(struct loop_timer *timer);
/* Stops it and frees it later by itself; `fire` is not called any more. Accepts NULL. */
void loop_timer_free(struct loop_timer *timer);

/* Calls `call` once, from the loop, as soon as the present callback has returned. */
void loop_defer(struct loop *loop, void (*call)(void *self), void *self);

#endif
