/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_CRITICAL_PATH_H
#define LANG_CRITICAL_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/plan.h"

/*
 * The path through a plan that may take longest, by the limits that are written: timeouts times attempts, the delays
 * between them, the waiting of checks, and all of it for each item of a loop (the critical path method, over upper
 * bounds). The runbook's finally steps are not part of it.
 */
struct critical_path {
	uint32_t *nodes; /* top-level plan indexes, in order */
	size_t count;
	int64_t us; /* upper bound of the whole, the runbook's verify included */
	unsigned open; /* enum path_open: what on it has no bound that is known */
};

enum path_open {
	OPEN_TIMEOUT = 1, /* an action without a timeout: it may take for ever */
	OPEN_PEOPLE = 2, /* somebody is asked, and answers when it suits */
	OPEN_LIST = 4, /* a loop whose list is known at run time only: one item is counted */
};

/* `params` is a map of what is known of the runbook's own parameters. */
void critical_path_init(
    struct critical_path *path, const struct plan *plan, const struct value *params);
/* How long each step alone may take at most, by plan index; 0: nobody knows. People are not waited for. */
void critical_path_limits(const struct plan *plan, const struct value *params, int64_t *ret_us);

void critical_path_done(struct critical_path *path);

#endif
