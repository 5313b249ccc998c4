/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_POSTGRES_H
#define STDLIB_POSTGRES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/*
 * The connection kind "postgres": where a server is and who we are there, as libpq wants to hear it. All of it lives
 * in the arena it was made in.
 */
enum { POSTGRES_KEYWORDS = 24, POSTGRES_HOST = 0 /* index of "host" */ };

struct postgres_target {
	struct str
	    host; /* to be looked up; empty when libpq needs no address: a socket's folder, or hostaddr is given */
	struct str peer; /* for people: "127.0.0.1:5432" */
	const char *user;
	const char *keywords[POSTGRES_KEYWORDS]; /* for PQconnectStartParams(), ended by NULL */
	const char *values[POSTGRES_KEYWORDS];
	unsigned count;
};

/* From a connection's map; `database` overrides its dbname unless NULL. False with a sentence for the author. */
bool postgres_target_read(struct postgres_target *target, struct arena *arena,
    const struct value *connection, const char *database, struct str *ret_why);

/* Adds one keyword. */
void postgres_target_set(struct postgres_target *target, const char *keyword, const char *value);

#endif
