/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_AOF_H
#define STDLIB_BACKUP_AOF_H

#include "stdlib/backup_walk.h"

/* The commands of an append-only file of Redis. Embedded in whoever walks it. */
struct aof {
	uint64_t arguments; /* of the present command that were not begun yet */
	uint64_t left; /* bytes of the present argument, and the two that end it */
	bool first; /* the next argument is the command's name */
	bool in_transaction; /* MULTI was read, EXEC not yet */
	uint64_t whole_to; /* where the last whole command, or transaction, ended */
	int64_t commands;
};

bool aof_recognise(struct str head);

/* One piece: true while there is more. False at its end (*ret_whole), or when the walk is broken. */
bool aof_step(struct aof *aof, struct walk *walk, bool *ret_whole);

#endif
