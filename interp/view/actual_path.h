/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_ACTUAL_PATH_H
#define VIEW_ACTUAL_PATH_H

#include "view/chronicle.h"

/*
 * The actual critical path of a run: from its end back through what each step waited for last. Had any of these been
 * faster, the run would have been. Blocks and loops are gone into: of a loop with a bound on how many items run at once
 * an item waited for the one that made room.
 */
struct actual_part {
	size_t step; /* index + 1; 0: the runbook's own checks */
	int64_t from_t_us; /* when what it waited for had ended */
	int64_t to_t_us;
	size_t
	    next; /* a part of the same step, index + 1: a block has its checks before its steps and behind them */
	int64_t people_us; /* of that a question was open, its own or of what it is a part of */
};

struct actual_path {
	struct actual_part *parts; /* in order */
	size_t count;
	size_t capacity;
	bool *steps; /* by index: it is on the path, or something in it is */
	size_t *part_of; /* by index: its first part + 1; 0: it has none */
};

/* Of a chronicle that was weighed. */
void actual_path_init(struct actual_path *path, const struct chronicle *chronicle);
void actual_path_done(struct actual_path *path);

#endif
