/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_SSH_LINKS_H
#define STDLIB_SSH_LINKS_H

#include "act/launch.h"
#include "act/loop.h"
#include "base/str.h"
#include "value/value.h"

/*
 * Connections of OpenSSH's client, which the steps of a run share: one for each way to a host, or more where many steps
 * are there at once. One is made when it is wanted first, made again when it broke, and ends with the run. It ends with
 * the interpreter too, but not before the last step that goes over it. Owned by whoever drives the run.
 */
struct ssh_links;

/* `run_dir`: where their sockets lie. */
struct ssh_links *ssh_links_new(
    struct loop *loop, struct launch_pool *launchers, const char *run_dir);

/* When no claim is left, and from outside of the loop, which it runs until they have ended. Accepts NULL. */
void ssh_links_free(struct ssh_links *links);

/* A wish for a session over one, and the session as long as it is used. */
struct ssh_claim;

/* `socket` is to be used from run_dir; NULL with a sentence and perhaps a way out: then the claim is void. */
struct ssh_ready {
	const char *socket;
	struct str why;
	struct str advice;
};

/* `ready` is called once, from the loop; all that it is told lives during the call. */
struct ssh_claim *ssh_claim_new(struct ssh_links *links, const struct value *ssh,
    void (*ready)(void *self, const struct ssh_ready *how), void *self);

/* Takes it back, whether it was ready or not: what is void is not to be dropped. */
void ssh_claim_drop(struct ssh_claim *claim);

#endif
