/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BUS_LOOP_H
#define STDLIB_BUS_LOOP_H

#include <systemd/sd-bus.h>

#include "act/loop.h"

/*
 * One connection to a message bus (D-Bus, by sd-bus) on the loop. A link owns the connection, its watch and its timer.
 * `turned` is called after each call into sd-bus that did something, outside of all of its callbacks, and may free the
 * link; its error is the system's number where the connection is lost, else 0.
 */
struct bus_link;

/* Connects to an address of D-Bus ("unix:path=…"); NULL with *ret_error, the system's number, if that fails at once. */
struct bus_link *bus_link_new(struct loop *loop, const char *address,
    void (*turned)(void *self, int error), void *self, int *ret_error);

sd_bus *bus_link_bus(const struct bus_link *link);

/* What was asked goes out, and answers come in: after each call of sd-bus that sends something. */
void bus_link_go_on(struct bus_link *link);

/* Ends what was asked and closes the connection. Not within a callback of sd-bus. Accepts NULL. */
void bus_link_free(struct bus_link *link);

#endif
