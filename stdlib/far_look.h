/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FAR_LOOK_H
#define STDLIB_FAR_LOOK_H

#include "act/attempt.h"
#include "act/launch.h"
#include "stdlib/far.h"

/*
 * Whether what runs elsewhere could begin there: it is gone to each place, and asked there for the folder and the
 * programs; of a script for bash (`script`, else NULL) whether bash can read it. Ends in attempt_finish(). *slot is the
 * launch that asks, while there is one; before that, far_look_cancel() ends it.
 */
struct far_look *far_look(struct attempt *attempt, const struct launch_request *asked,
    const char *script, struct launch **slot);

void far_look_cancel(struct far_look *look);

#endif
