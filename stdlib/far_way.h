/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FAR_WAY_H
#define STDLIB_FAR_WAY_H

#include "act/order.h"
#include "base/arena.h"
#include "value/value.h"

/*
 * The way to a target (value/target.h) as the commands that lead there: OpenSSH's client, sudo, docker, podman and
 * kubectl, each with its own configuration. None of them asks for a password or about an unknown key of a host. All
 * lives in the arena.
 */

/*
 * Fills in the hops of an order, and its way aside. `socket` is that of a connection which is up, from the folder that
 * the carrier runs in; NULL: the step makes one of its own.
 */
void far_way(
    struct arena *arena, const struct value *target, const char *socket, struct order *order);

/* The argv that makes such a connection, and runs `command` there. */
const char *const *far_way_master(
    struct arena *arena, const struct value *ssh, const char *socket, const char *command);

#endif
