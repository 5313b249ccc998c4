/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_HEADWAY_H
#define STDLIB_HEADWAY_H

#include <stdatomic.h>

#include "act/attempt.h"

/* How far work in a thread of the pool has come, in bytes: counted there, asked for in the loop. Zeroed at first. */
struct headway {
	atomic_int_fast64_t done;
	atomic_int_fast64_t total;
};

/* So many more were read, or will be. */
static inline void headway_add(struct headway *headway, int64_t bytes)
{
	atomic_fetch_add_explicit(&headway->done, bytes, memory_order_relaxed);
}

static inline void headway_expect(struct headway *headway, int64_t bytes)
{
	atomic_fetch_add_explicit(&headway->total, bytes, memory_order_relaxed);
}

static inline int64_t headway_done(const struct headway *headway)
{
	return atomic_load_explicit(&headway->done, memory_order_relaxed);
}

/* Where more was read than was expected, nobody knows of how much that is. */
static inline void headway_tell(const struct headway *headway, struct progress *ret_progress)
{
	int64_t total = atomic_load_explicit(&headway->total, memory_order_relaxed);

	ret_progress->done = headway_done(headway);
	ret_progress->total = total < ret_progress->done ? 0 : total;
}

#endif
