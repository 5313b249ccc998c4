/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_UNFINISHED_H
#define RUN_UNFINISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "record/output_store.h"
#include "sched/message.h"

/*
 * What a record has begun and not ended: operations, questions, locks. A fold over its messages, from the first on. It
 * owns copies of all it keeps.
 */

/* An operation that was begun, and whose end is not in the record. */
struct unfinished_op {
	struct message start;
	bool announced; /* its process, if it has one, is in the record: */
	int64_t pid; /* 0: it has none, or another boot of the machine had it */
	int64_t start_ticks;
	bool confined; /* that process, as it was recorded */
	/*
	 * How much of each stream its first life recorded. What that read and did not record is missing behind it; what
	 * a later life found of the rest comes then.
	 */
	int64_t known[2];
	bool resumed; /* a later life has taken it over already: `known` stays */
};

struct unfinished {
	struct arena *arena;
	struct unfinished_op *ops; /* in the order they began */
	size_t op_count;
	size_t op_capacity;
	struct message *asks; /* open questions */
	size_t ask_count;
	size_t ask_capacity;
	struct unfinished_lock {
		struct message acquire;
		bool held;
	} * locks; /* wanted, or held */
	size_t lock_count;
	size_t lock_capacity;
	struct str *sessions; /* connections whose one session was used */
	size_t session_count;
	size_t session_capacity;
	struct output_store *outputs; /* of the operations above */
};

void unfinished_init(struct unfinished *unfinished);
void unfinished_done(struct unfinished *unfinished);

void unfinished_see(struct unfinished *unfinished, const struct message *message);

#endif
