/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_RESOLVE_H
#define STDLIB_RESOLVE_H

#include "act/loop.h"
#include "base/str.h"

/*
 * From a host's name to its addresses, without blocking the loop: names are looked up in libuv's pool, addresses
 * answer at once. A look-up owns itself: it ends in `done` or in resolve_cancel(), never both.
 */
enum { RESOLVE_MAX = 8, RESOLVE_TEXT = 64 };

struct resolved {
	const char *error; /* NULL, or what the system says; static storage */
	size_t count; /* at least 1 without an error */
	char address
	    [RESOLVE_MAX]
	    [RESOLVE_TEXT]; /* numeric, NUL-terminated, in the system's order of preference */
};

struct resolve;

/*
 * Starts a look-up, kept in *slot while it runs; *slot is NULL again when `done` is called, which may happen before
 * this returns. `resolved` is valid within the call.
 */
void resolve_start(struct loop *loop, struct str host, struct resolve **slot,
    void (*done)(void *self, const struct resolved *resolved), void *self);

/* `done` will not be called; a look-up that hangs in the pool ends later, unseen. Accepts a slot of NULL. */
void resolve_cancel(struct resolve **slot);

#endif
