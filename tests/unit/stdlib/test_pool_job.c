/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <stdatomic.h>
#include <uv.h>

#include "stdlib/pool_job.h"

/* Slices, ends and drops; a gate holds a slice in its thread for as long as the test wants. */

struct work {
	struct pool_job *job;
	int slices; /* left to do */
	atomic_int done_slices;
	bool gated;
	uv_sem_t entered;
	uv_sem_t gate;
	bool *ret_done;
	bool *ret_released;
};

static struct loop *loop;
static bool done;
static bool released;

static bool slice(void *self, const struct pool_job *job)
{
	struct work *work = self;

	if (work->gated) {
		uv_sem_post(&work->entered);
		uv_sem_wait(&work->gate);
	}
	atomic_fetch_add(&work->done_slices, 1);
	return --work->slices > 0 && !pool_must_end(job);
}

static void over(void *self)
{
	struct work *work = self;

	assert_null(work->job);
	*work->ret_done = true;
}

static void release(void *self)
{
	struct work *work = self;

	*work->ret_released = true;
	uv_sem_destroy(&work->entered);
	uv_sem_destroy(&work->gate);
	free(work);
}

static const struct pool_work table = {slice, over, release};

static struct work *begin(int slices, bool gated)
{
	struct work *work = mem_alloc(sizeof(*work));

	done = released = false;
	work->slices = slices;
	work->gated = gated;
	work->ret_done = &done;
	work->ret_released = &released;
	uv_sem_init(&work->entered, 0);
	uv_sem_init(&work->gate, 0);
	pool_start(loop, &table, work, &work->job);
	return work;
}

static void runs_all_slices(void **state)
{
	struct work *work = begin(5, false);

	(void)state;
	assert_non_null(work->job);
	loop_run(loop, &released);
	assert_true(done);
}

static void is_dropped_while_a_slice_runs(void **state)
{
	struct work *work = begin(1000, true);

	(void)state;
	uv_sem_wait(&work->entered);
	pool_drop(&work->job);
	assert_null(work->job);
	pool_drop(&work->job);
	uv_sem_post(&work->gate);
	loop_run(loop, &released);
	assert_false(done);
}

static void is_asked_to_end(void **state)
{
	struct work *work = begin(1000, true);

	(void)state;
	uv_sem_wait(&work->entered);
	assert_false(pool_must_end(work->job));
	pool_end(work->job);
	assert_true(pool_must_end(work->job));
	uv_sem_post(&work->gate);
	loop_run(loop, &released);
	assert_true(done);
	assert_false(pool_must_end(NULL));
}

/* Threads that are held keep others in the queue: those are taken out of it. */
static void is_taken_out_of_the_queue(void **state)
{
	enum { THREADS = 4 };
	struct work *held[THREADS];
	struct work *waiting;
	bool held_done[THREADS] = {false};
	bool held_released[THREADS] = {false};

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		held[i] = begin(1, true);
		held[i]->ret_done = &held_done[i];
		held[i]->ret_released = &held_released[i];
		uv_sem_wait(&held[i]->entered);
	}
	waiting = begin(1, false);
	pool_drop(&waiting->job);
	loop_run(loop, &released);
	assert_false(done);
	for (size_t i = 0; i < THREADS; i++)
		uv_sem_post(&held[i]->gate);
	for (size_t i = 0; i < THREADS; i++)
		loop_run(loop, &held_released[i]);
}

static int start(void **state)
{
	(void)state;
	setenv("UV_THREADPOOL_SIZE", "4", 1);
	loop = loop_new();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(runs_all_slices),
	    cmocka_unit_test(is_dropped_while_a_slice_runs),
	    cmocka_unit_test(is_asked_to_end),
	    cmocka_unit_test(is_taken_out_of_the_queue),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
