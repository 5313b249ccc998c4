/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct map_slot {
	struct str key;
	uint64_t hash;
	void *value; /* NULL: the slot is free */
};

void map_init(struct map *map)
{
	*map = (struct map){0};
}

void map_done(struct map *map)
{
	free(map->slots);
	*map = (struct map){0};
}

/* The slot that holds the key, or the free one where it belongs. The table is never full. */
static struct map_slot *find(const struct map *map, struct str key, uint64_t hash)
{
	size_t mask = map->capacity - 1;
	size_t at = (size_t)hash & mask;

	while (map->slots[at].value &&
	    (map->slots[at].hash != hash || !str_eq(map->slots[at].key, key)))
		at = (at + 1) & mask;
	return &map->slots[at];
}

static void grow(struct map *map)
{
	struct map old = *map;

	map->capacity = old.capacity ? old.capacity * 2 : 16;
	map->slots = mem_alloc(map->capacity * sizeof(*map->slots));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i].value)
			*find(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
	free(old.slots);
}

void *map_get(const struct map *map, struct str key)
{
	return map->count ? find(map, key, str_hash(key))->value : NULL;
}

void *map_put(struct map *map, struct str key, void *value)
{
	struct map_slot *slot;
	uint64_t hash = str_hash(key);
	void *before;

	assert(value);
	if (map->count * 4 >= map->capacity * 3)
		grow(map);
	slot = find(map, key, hash);
	before = slot->value;
	if (!before)
		map->count++;
	*slot = (struct map_slot){key, hash, value};
	return before;
}
