/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_HTTP_EXCHANGE_H
#define STDLIB_HTTP_EXCHANGE_H

#include "act/attempt.h"
#include "stdlib/http_order.h"
#include "stdlib/trouble.h"

/*
 * One HTTP request and its response, without following redirects and without blocking the loop (names are looked up
 * by us: curl would wait for its own look-up when it is cancelled). It lives in the attempt's arena; what it holds
 * elsewhere is given back when it ends or is cancelled.
 */
enum http_phase {
	HTTP_RESOLVE,
	HTTP_CONNECT,
	HTTP_TLS,
	HTTP_SEND,
	HTTP_WAIT, /* the request is sent, and nothing of the answer has come */
	HTTP_RECEIVE,
	HTTP_DONE
};

enum { HTTP_PHASES = HTTP_DONE + 1 };

/* "resolve", "connect", "tls", "send", "wait", "receive", "done". */
const char *http_phase_name(enum http_phase phase);

struct http_response {
	enum http_phase phase; /* how far it came */
	int64_t
	    took_us[HTTP_PHASES]; /* each phase that ended; -1: it did not, or is not measured */
	int64_t asked_us; /* on the loop's clock: when the request was sent; 0: it was not */
	int64_t answered_us; /* and when the first line of the answer came; 0: none did */
	int64_t status; /* 0: none came */
	const struct value *headers; /* a map, names in lower case; NULL without a status */
	const struct value *body; /* a stream; NULL unless done */
	const char *location; /* absolute, where a redirect leads; or NULL */
};

struct http_exchange;

/*
 * `ended` is called once, unless cancelled, perhaps before this returns; a trouble is NULL when a response came, of
 * whatever status. The response is valid within the call, its values as long as the arena. *slot is set before.
 */
void http_exchange_start(struct attempt *attempt, const struct http_order *order,
    const struct http_place *place, struct http_exchange **slot,
    void (*ended)(void *self, const struct http_response *response, const struct trouble *trouble),
    void *self);

/* Ends it and tells how far it came. */
void http_exchange_cancel(struct http_exchange *exchange, struct http_response *ret_response);

/* For people: "connecting to 127.0.0.1:80". */
struct str http_exchange_doing(const struct http_exchange *exchange);

#endif
