/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_CURL_LOOP_H
#define STDLIB_CURL_LOOP_H

#include <curl/curl.h>

#include "act/loop.h"

/*
 * One libcurl transfer on the loop. A link owns the multi handle, its sockets' watches and its timer; the easy handle
 * stays its maker's and must outlive the link. `done` is called once, outside of all of curl's callbacks, and may free
 * the link.
 */
struct curl_link;

/* Starts the transfer; `done` comes later, never within this call. NULL when curl has no memory. */
struct curl_link *curl_link_new(
    struct loop *loop, CURL *easy, void (*done)(void *self, CURLcode code), void *self);

/* Whether one of its sockets has reached its peer: curl tells only once encryption is agreed on, too. */
bool curl_link_connected(const struct curl_link *link);

/* Ends the transfer, done or not, and closes its connection. Not within a callback of curl. Accepts NULL. */
void curl_link_free(struct curl_link *link);

#endif
