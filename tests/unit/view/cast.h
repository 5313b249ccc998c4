/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_VIEW_CAST_H
#define TEST_VIEW_CAST_H

#include "lang/load.h"
#include "sched/message.h"

/*
 * The messages of runs as they might have been, for views: told by hand, with a clock that goes on by a second at each.
 * `hostile` is full of what comes from outside and should do no harm.
 */
struct cast {
	struct load load;
	struct arena *arena;
	struct message *items;
	size_t count;
	size_t past; /* so many were told by whoever drove the run first; 0: the run never died */
};

void cast_recovered(struct cast *cast);
void cast_failed(struct cast *cast);
void cast_hostile(struct cast *cast);
void cast_resumed(struct cast *cast);
void cast_done(struct cast *cast);

/* Loads a runbook of tests/unit/view/golden; fails the test when it is wrong. */
void cast_load(struct load *load, const char *name);

/* Holds a text against golden/NAME; UPDATE=1 writes it anew. */
void golden(const char *name, struct str text);

#endif
