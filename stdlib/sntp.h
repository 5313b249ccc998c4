/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_SNTP_H
#define STDLIB_SNTP_H

#include "act/attempt.h"
#include "stdlib/trouble.h"

/*
 * One question to a time server, as RFC 4330 and RFC 5905 have it: over UDP, asked again each second while nothing
 * comes. Our clock is only read. An inquiry owns itself: it ends in `done` or in sntp_cancel(), never both.
 */
struct sntp;

struct sntp_answer {
	int64_t ahead_us; /* our clock before the server's; negative: behind it */
	int64_t uncertainty_us; /* either way */
	int stratum; /* 1: the server has a reference clock; each step away from one adds 1 */
};

/*
 * Starts, kept in *slot while it runs; it is NULL again when `done` is called, perhaps before this returns.
 * `trouble` is NULL with an answer. `peer`, for people, lives in the attempt's arena.
 */
void sntp_start(struct attempt *attempt, struct str host, int64_t port, struct sntp **slot,
    void (*done)(void *self, const struct sntp_answer *answer, struct str peer,
	const struct trouble *trouble),
    void *self);

/* `done` will not be called, and nothing is left open. Accepts a slot of NULL. */
void sntp_cancel(struct sntp **slot);

/* For people: "asking ntp.example.com:123 for the time". */
struct str sntp_doing(const struct sntp *sntp);

#endif
