/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_DNS_QUERY_H
#define STDLIB_DNS_QUERY_H

#include "act/attempt.h"
#include "stdlib/trouble.h"

/*
 * One question to the domain name system, by c-ares on the loop: over UDP, again over TCP where the answer was cut,
 * to one server after the other until one answers. Answers to other questions are not heard. A query owns itself: it
 * ends in `done` or in dns_query_cancel(), never both.
 */
struct dns_query;

struct dns_question {
	const char *name;
	int type; /* the number of the record's type */
	struct str server; /* name or address; empty: the servers of /etc/resolv.conf */
	int64_t port;
	bool tcp; /* not over UDP at all */
};

enum { DNS_RCODE_NAME = 3 }; /* NXDOMAIN */

struct dns_reply {
	int rcode; /* of the server's answer, or -1: there was none */
	struct str message; /* the whole of it; empty where c-ares kept nothing but the rcode */
	struct str server; /* that answered: "127.0.0.1:53" */
	bool tcp;
};

/*
 * Starts, kept in *slot while it runs; it is NULL again when `done` is called, perhaps before this returns.
 * `trouble` is NULL when a server answered, whatever it said. Both are valid within the call, the texts as long as
 * the arena.
 */
void dns_query_start(struct attempt *attempt, const struct dns_question *question,
    struct dns_query **slot,
    void (*done)(void *self, const struct dns_reply *reply, const struct trouble *trouble),
    void *self);

/* `done` will not be called, and nothing is left open. Accepts a slot of NULL. */
void dns_query_cancel(struct dns_query **slot);

/* For people: "asking 10.0.0.2:53". */
struct str dns_query_doing(const struct dns_query *query);

#endif
