/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/store.h"

#include <assert.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

/* Values whose JSON is longer are stored without looking for an equal one. */
enum { SHARED_BYTES = 4096 };

struct entry {
	const struct value *value;
	bool holds_objects;
};

struct store {
	struct arena *arena;
	struct entry *values; /* by id - 1 */
	size_t count;
	size_t capacity;
	struct map ids; /* canonical JSON to id, kept as a pointer-sized number */
};

struct store *store_new(void)
{
	struct store *store = mem_alloc(sizeof(*store));

	store->arena = arena_new();
	map_init(&store->ids);
	return store;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	map_done(&store->ids);
	arena_free(store->arena);
	free(store->values);
	free(store);
}

static bool holds_objects(const struct value *value)
{
	bool found = value->type == VALUE_OBJECT;

	for (size_t i = 0; value->type == VALUE_LIST && i < value->list.count && !found; i++)
		found = holds_objects(value->list.items[i]);
	for (size_t i = 0; value->type == VALUE_MAP && i < value->map.count && !found; i++)
		found = holds_objects(value->map.entries[i].value);
	return found;
}

static uint32_t add(struct store *store, const struct value *value)
{
	assert(store->count < UINT32_MAX - 1);
	store->values = mem_grow(
	    store->values, store->count, &store->capacity, sizeof(*store->values));
	store->values[store->count++] = (struct entry){
	    value_copy(store->arena, value), holds_objects(value)};
	return (uint32_t)store->count;
}

uint32_t store_put(struct store *store, const struct value *value)
{
	struct json json;
	struct buf text;
	uint32_t id;

	if (!value)
		return STORE_NOTHING;
	buf_init(&text, SHARED_BYTES);
	json_init(&json, &text);
	value_to_json(&json, value);
	if (text.full) {
		id = add(store, value);
	} else {
		id = (uint32_t)(uintptr_t)map_get(&store->ids, buf_view(&text));
		if (id == 0) {
			id = add(store, value);
			map_put(&store->ids, arena_str(store->arena, buf_view(&text)),
			    (void *)(uintptr_t)id);
		}
	}
	buf_done(&text);
	return id;
}

const struct value *store_get(const struct store *store, uint32_t id)
{
	assert(id <= store->count);
	return id ? store->values[id - 1].value : NULL;
}

bool store_holds_objects(const struct store *store, uint32_t id)
{
	assert(id <= store->count);
	return id && store->values[id - 1].holds_objects;
}

size_t store_size(const struct store *store)
{
	return arena_size(store->arena);
}
