/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_ASSUMPTION_H
#define RUN_ASSUMPTION_H

#include "sched/message.h"

/*
 * What somebody wants a step to be taken to have come to, in place of doing it: how it ended, what it gave, or both.
 */
struct assumption {
	struct str said; /* by which word: "--assume restart=failed" */
	enum outcome
	    outcome; /* succeeded, failed, timed_out, skipped, denied; NONE: outputs alone are said */
	bool has_exit; /* it is a process that ended with */
	int64_t exit_code;
	const struct value *outputs; /* a map of those that are said; NULL: none are */
};

/* Whoever knows them. */
struct assumptions {
	/* What is said of an instance, by its path, in the arena; false: nothing. */
	bool (*find)(
	    void *self, struct str node, struct arena *arena, struct assumption *ret_assumption);
	void *self;
};

#endif
