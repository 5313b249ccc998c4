/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_CHORE_H
#define STDLIB_CHORE_H

#include "act/loop.h"

/*
 * Work that has no asynchronous form, in libuv's pool. A chore owns its job: the job is all that the work may touch,
 * and is freed when the work has ended, however long that takes. It ends in `done` or in chore_drop(), never both.
 */
struct chore;

struct chore_kind {
	void (*work)(void *job); /* in a thread of the pool */
	void (*free)(void *job); /* on the loop: after `done`, or when what was dropped has ended */
};

/* Begins; kept in *slot, which is NULL again when `done` is called, never within this call. */
void chore_start(struct loop *loop, const struct chore_kind *kind, void *job, struct chore **slot,
    void (*done)(void *self, void *job), void *self);

/* `done` will not be called; what hangs in the pool ends later, unseen. Accepts a slot of NULL. */
void chore_drop(struct chore **slot);

#endif
