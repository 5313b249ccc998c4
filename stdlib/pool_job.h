/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_POOL_JOB_H
#define STDLIB_POOL_JOB_H

#include <stdbool.h>

#include "act/attempt.h"
#include "act/loop.h"

/*
 * Long work in libuv's pool, in slices. Between two slices it stands at the end of the pool's queue again, so that
 * reading a terabyte holds nobody's look-up of a name back. The job owns itself, and `self` with it.
 */
struct pool_job;

struct pool_work {
	/*
	 * In a thread of the pool, one slice at a time: does a part of some POOL_SLICE_US and returns whether there
	 * is more. It touches nothing but self, and looks at pool_must_end() before each thing that may take long.
	 */
	bool (*slice)(void *self, const struct pool_job *job);
	/* On the loop, once, when no slice is left or it was asked to end; not after pool_drop(). */
	void (*done)(void *self);
	/* On the loop, last of all: frees self. */
	void (*release)(void *self);
};

enum { POOL_SLICE_US = 50000 };

/* Begins it, kept in *slot until `done` is called. */
void pool_start(
    struct loop *loop, const struct pool_work *work, void *self, struct pool_job **slot);

/* Whether a slice should return without delay. From any thread; a NULL job has no reason to. */
bool pool_must_end(const struct pool_job *job);

/* So many more bytes were read, or will be. From any thread; a NULL job does not count. */
void pool_read(const struct pool_job *job, int64_t bytes);
void pool_expect(const struct pool_job *job, int64_t bytes);

/* How far it has come; a NULL job has nothing to tell. */
void pool_progress(const struct pool_job *job, struct progress *ret_progress);

/* It ends soon, and `done` says so; a slice that hangs in the system ends when the system lets it. */
void pool_end(struct pool_job *job);

/* It ends unseen: `done` will not be called. Accepts a slot of NULL. */
void pool_drop(struct pool_job **slot);

#endif
