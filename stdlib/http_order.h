/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_HTTP_ORDER_H
#define STDLIB_HTTP_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/* What an HTTP request is to be, read from an action's arguments. Plain data in the attempt's arena. */
struct http_order {
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL */
	struct str body;
	bool has_body;
	const char *user; /* NULL: no basic authentication */
	const char *password;
	int64_t follow; /* redirects at most */
	int64_t max_size; /* of the body, in bytes */
	bool
	    connect_only; /* nothing is sent: it ends once it is connected, and speaks TLS where it must */
	bool tls_verify;
	const char *ca; /* file of trusted certificates; NULL: the system's */
};

/* False with a sentence for the author. */
bool http_order_read(
    struct http_order *order, struct arena *arena, const struct value *params, struct str *ret_why);

bool http_order_is(const struct http_order *order, const char *method);

/* Where a URL leads; texts in the arena. */
struct http_place {
	struct str scheme; /* "http" or "https" */
	struct str host; /* as curl writes it: an IPv6 address in brackets */
	struct str port;
	struct str peer; /* host:port */
	struct str shown; /* the URL without user and password */
};

/* False for what is no URL of HTTP. */
bool http_place_read(struct http_place *place, struct arena *arena, const char *url);

bool http_place_same_origin(const struct http_place *a, const struct http_place *b);

/*
 * The order after a redirect by `status` to url: 303 (and 301 and 302 for a POST) turn it into a GET without a body; a
 * new origin gets neither our headers nor our credentials.
 */
void http_order_redirect(
    struct http_order *order, int64_t status, const char *url, bool same_origin);

#endif
