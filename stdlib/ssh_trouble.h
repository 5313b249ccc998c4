/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_SSH_TROUBLE_H
#define STDLIB_SSH_TROUBLE_H

#include "base/arena.h"
#include "base/str.h"

/*
 * Why ssh could make no connection, by what it printed: its own last words, in one line, and a way out where one is
 * known (else empty). Both live in the arena.
 */
void ssh_trouble(struct arena *arena, struct str err, struct str out, struct str *ret_why,
    struct str *ret_advice);

#endif
