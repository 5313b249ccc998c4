/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_CRITICAL_PATH_H
#define LANG_CRITICAL_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/plan.h"

/*
 * The path through a plan that may take longest, by the limits that are written: timeouts times attempts, the delays
 * between them, and the waiting of checks (the critical path method, over upper bounds). The runbook's finally steps
 * are not part of it.
 */
struct critical_path {
	uint32_t *nodes; /* top-level plan indexes, in order */
	size_t count;
	int64_t us; /* upper bound of the whole, the runbook's verify included */
	bool unlimited; /* a process without a timeout is somewhere on it: no bound then */
};

void critical_path_init(struct critical_path *path, const struct plan *plan);
void critical_path_done(struct critical_path *path);

#endif
