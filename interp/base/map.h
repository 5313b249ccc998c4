/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * A table from strings to pointers, for look-ups while loading. It owns its slots, neither the keys nor what they
 * lead to. It has no order: whoever needs one keeps an array beside it.
 */
struct map {
	struct map_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

void map_init(struct map *map);
void map_done(struct map *map);

/* What stands under the key, or NULL. */
void *map_get(const struct map *map, struct str key);

/* Puts value (not NULL) under key; returns what stood there before, or NULL. The key's bytes must outlive the map. */
void *map_put(struct map *map, struct str key, void *value);

#endif
