/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REDIS_SESSION_H
#define STDLIB_REDIS_SESSION_H

#include <hiredis/hiredis.h>

#include "act/attempt.h"
#include "stdlib/trouble.h"

/*
 * One visit to a Redis server: look up, connect, log in, send all commands in one round trip, hear the replies, leave.
 * It never blocks the loop. A session lives in its attempt's arena; after `ended` it does not touch the attempt again.
 * Where the attempt has a session to share, the connection is that: it is made by the first visit and stays open; one
 * that breaks is lost for all that come later.
 */
struct redis_session;

/* The connection kind "redis"; its texts live as long as the attempt. */
struct redis_target {
	struct str host; /* a name, an address, or the path of a Unix socket */
	struct str peer; /* for people: "127.0.0.1:6379" */
	const char *user; /* NULL: the default user */
	const char *password; /* NULL: none */
	int port;
	int db;
};

/* False with a sentence for the author. */
bool redis_target_read(struct redis_target *target, struct arena *arena,
    const struct value *connection, struct str *ret_why);

struct redis_command {
	const char *const *words;
	int count;
	bool optional; /* an error is no trouble */
};

struct redis_order {
	struct attempt *attempt;
	struct redis_target target;
	const struct redis_command *commands; /* must outlive the session */
	size_t count;
	/* The reply to commands[index], an error only of an optional one; false: *ret_trouble says what is wrong. */
	bool (*reply)(
	    void *self, size_t index, const redisReply *reply, struct trouble *ret_trouble);
	/*
	 * Once: all was replied to (trouble is NULL), or what went wrong, be it that it was cancelled; code is the
	 * server's error word, empty where it gave none. May be called before redis_session_start() returns.
	 */
	void (*ended)(void *self, const struct trouble *trouble, struct str code);
	void *self;
};

/* *slot is set before anything can be told. */
void redis_session_start(const struct redis_order *order, struct redis_session **slot);

/* Leaves at once, and ends with a timeout, or as cancelled, by the time since began_us (loop clock). */
void redis_session_cancel(struct redis_session *session, int64_t began_us);

#endif
