/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PG_SESSION_H
#define STDLIB_PG_SESSION_H

#include <libpq-fe.h>

#include "act/attempt.h"
#include "stdlib/pg_trouble.h"
#include "stdlib/postgres.h"

/*
 * One visit to a PostgreSQL server: look up, connect, log in, send all statements in one round trip, read the
 * answers, perhaps send more, leave. It never blocks the loop. A session lives in its attempt's arena and holds the
 * connection until it ended or was cancelled; after `ended` it does not touch the attempt again. Where the attempt has
 * a session to share, the connection is that: it is made by the first visit and stays open; one that breaks is lost for
 * all that come later.
 */
struct pg_session;

struct pg_statement {
	const char *sql; /* one statement */
	const char *const *values; /* for $1 …, as text; a NULL among them is SQL's */
	int count;
	bool answers; /* its rows are told */
};

struct pg_order {
	struct attempt *attempt;
	const struct postgres_target *target;
	const struct pg_statement *statements; /* all must outlive the session */
	size_t count;
	bool apart; /* each on its own, in no transaction */
	/*
	 * A part of the answer to statements[at]: one row, or none (the end, with the columns' names and types). False
	 * ends the session with *ret_trouble.
	 */
	bool (*row)(void *self, size_t at, const PGresult *part, struct trouble *ret_trouble);
	/*
	 * All were answered without an error: the statements to send now, in place of those before, or NULL for none.
	 * NULL itself: there are no more.
	 */
	const struct pg_statement *(*more)(void *self, size_t *ret_count);
	/* How many rows a statement changed; NULL: nobody asks. */
	void (*affected)(void *self, int64_t rows);
	/*
	 * Once: everything was answered (trouble is NULL), or what went wrong, be it that it was cancelled; sqlstate is
	 * empty where the server gave none. May be called before pg_session_start() returns.
	 */
	void (*ended)(void *self, const struct trouble *trouble, const char *sqlstate);
	void *self;
};

/* *slot is set before anything can be told. The order is copied. */
void pg_session_start(const struct pg_order *order, struct pg_session **slot);

/*
 * Leaves at once, without a word to the server, which learns from the closed socket and rolls back. Ends with a
 * timeout, or as cancelled, by the time since began_us (loop clock).
 */
void pg_session_cancel(struct pg_session *session, int64_t began_us);

/*
 * Of one that failed: whether it is certain that it changed nothing. Nothing was sent, or
 * all of it was one transaction that the server has refused.
 */
bool pg_session_changed_nothing(const struct pg_session *session);

#endif
