/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_STORE_H
#define SCHED_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "value/value.h"

/*
 * The store of values that a scheduler's state names by id: immutable, only ever added to, shared by all clones of a
 * state. Equal values have equal ids (small ones; a large one may be stored twice), so states can be compared. It
 * owns deep copies.
 */
struct store;

enum { STORE_NOTHING = 0 };

struct store *store_new(void);
void store_free(struct store *store);

/* The id of a value; NULL gives STORE_NOTHING. */
uint32_t store_put(struct store *store, const struct value *value);

/* The value under an id; NULL for STORE_NOTHING. Lives as long as the store. */
const struct value *store_get(const struct store *store, uint32_t id);

/* Whether there are steps in it: they are objects, which must be looked up in the state of whoever reads them. */
bool store_holds_objects(const struct store *store, uint32_t id);

/* Bytes held. */
size_t store_size(const struct store *store);

#endif
