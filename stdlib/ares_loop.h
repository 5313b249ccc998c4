/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_ARES_LOOP_H
#define STDLIB_ARES_LOOP_H

#include <ares.h>

#include "act/loop.h"

/*
 * One channel of c-ares on the loop. A link owns the channel once it has taken it, its sockets, their watches and a
 * timer. `turned` is called after each call into c-ares, outside of all of its callbacks, and may free the link.
 */
struct ares_link;

struct ares_link *ares_link_new(struct loop *loop, void (*turned)(void *self), void *self);

/* Adds to the options of a channel what the link needs; gives the bits of their mask. */
int ares_link_options(struct ares_link *link, struct ares_options *options);

/* Takes over a channel that was made with these options. Nothing was asked of it yet. */
void ares_link_take(struct ares_link *link, ares_channel channel);

/* NULL before a channel was taken. */
ares_channel ares_link_channel(const struct ares_link *link);

/* Sets the timer to the channel's next deadline: after something was asked, and at the end of `turned`. */
void ares_link_go_on(struct ares_link *link);

/* Who sent the last bytes: "127.0.0.1:53", or "" for nobody; and whether over TCP. */
const char *ares_link_answerer(const struct ares_link *link, bool *ret_tcp);

/* Ends what was asked and closes everything. Not within a callback of c-ares. Accepts NULL. */
void ares_link_free(struct ares_link *link);

#endif
