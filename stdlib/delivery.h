/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_DELIVERY_H
#define STDLIB_DELIVERY_H

#include "act/attempt.h"
#include "stdlib/channel.h"

/*
 * One contact is told: a request, and again after a pause where nobody answered, or the service was not able to take
 * it. Lives in the attempt's arena; what it holds elsewhere is given back when it ends.
 */
struct delivery;

struct delivered {
	const struct connection_spec *channel; /* NULL: nothing can be sent to a person */
	bool done; /* the service has taken it */
	int64_t status; /* of its last answer; 0: there was none */
	int64_t tries;
	struct str why; /* a sentence where it was not done */
	const struct value *const *attempts; /* maps {contact, try, status, why, after} */
	size_t attempt_count;
};

/*
 * Begins; contact is its map with secrets opened, sealed as it was recorded. `ended` is called once, perhaps before
 * this returns, when delivery_result() is final.
 */
struct delivery *delivery_start(struct attempt *attempt, const struct value *contact,
    const struct value *sealed, const struct notice *notice, void (*ended)(void *self), void *self);

/* Gives up what is under way, which has a sentence then. `ended` is not called. */
void delivery_cancel(struct delivery *delivery, struct str why);

bool delivery_is_over(const struct delivery *delivery);
const struct delivered *delivery_result(const struct delivery *delivery);

/* Why such a contact cannot be told at all; empty: nothing is known against it. */
struct str delivery_obstacle(struct arena *arena, const struct value *contact);

#endif
