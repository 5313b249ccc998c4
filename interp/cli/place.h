/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include <stdbool.h>

#include "act/order.h"
#include "base/arena.h"
#include "base/buf.h"
#include "value/value.h"

/*
 * Where a run lives and what it knows of the machine. All strings live in the arena.
 * It is kept where kept.h says, for its owner only.
 */
struct place {
	const char *run; /* its id: "20261122T030405Z-database-failure-3f2a" */
	const char *transcript; /* absolute or as given */
	const char *dir; /* the run's folder, absolute */
	bool made; /* it was not there before */
	const char *folder; /* the runbook's, absolute */
	const char *locks; /* where locks of our own lie when there is no folder for all */
	struct order_programs programs; /* that belong to this one */
	const char *user;
	char seed[17];
};

/* transcript: where it shall be, or NULL. Makes the folder. False with a sentence appended to error. */
bool place_make(struct place *place, struct arena *arena, const char *runbook_path,
    const char *runbook_id, const char *transcript, struct buf *error);

/*
 * The same for a run that goes on, of which the record says all that is its own: run, transcript, dir and folder are
 * given, the seed is not asked for any more.
 */
bool place_again(struct place *place, struct arena *arena, struct buf *error);

/* The boot of the machine: a process number means something within one alone. "" where it cannot be known. */
const char *place_boot(struct arena *arena);

/* {name, user, uid, pid, boot_id, terminal}. */
const struct value *place_host(const struct place *place, struct arena *arena);

/* {reprise, libuv, pcre2, libcurl}: versions. */
const struct value *place_program(struct arena *arena);

#endif
