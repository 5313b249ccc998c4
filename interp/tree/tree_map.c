/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "tree/tree_parts.h"

/* Maps up to this many entries are searched for duplicate keys pair by pair. */
enum { SMALL_MAP = 16 };

static void refuse_duplicate(
    struct diags *diags, const struct node *first, const struct node *again)
{
	struct str key = str_sub(again->scalar.bytes, 0, 60);
	struct diag *diag = diag_error(diags, "duplicate-key", again->span,
	    "the key \"%.*s\" stands twice in this map", STR_ARG(key));

	diag_other(diags, diag, first->span, "first given here");
	diag_help(diags, diag, "keep one, with all that belongs there");
}

/* Whether a pair is kept; what is wrong with its key is reported, but for duplicates. */
static bool check_key(struct diags *diags, const struct node *key)
{
	struct diag *diag;

	if (key->kind != NODE_SCALAR)
		return false; /* reported when it began, or an alias */
	if (key->plain && str_is(key->scalar.bytes, "<<")) {
		diag = diag_error(diags, "yaml-merge", key->span,
		    "<< would merge another map into this one, and runbooks have no merge keys");
		diag_help(diags, diag, "write the keys out where they are meant");
		return false;
	}
	if (key->plain && key->scalar.bytes.len == 0) {
		diag_help(diags,
		    diag_error(diags, "yaml-key", key->span, "a key is missing before this :"),
		    "write one, or put the value in quotes");
		return false;
	}
	return true;
}

/* Drops the entries whose key stood before, keeping the order. */
static void drop_duplicates(struct diags *diags, struct node *map)
{
	struct node_entry *entries = map->map.entries;
	struct map seen;
	size_t kept = 0;

	map_init(&seen);
	for (size_t i = 0; i < map->map.count; i++) {
		struct str key = entries[i].key->scalar.bytes;
		const struct node *first = NULL;

		if (map->map.count > SMALL_MAP)
			first = map_get(&seen, key);
		else
			for (size_t j = 0; j < kept && !first; j++)
				if (str_eq(entries[j].key->scalar.bytes, key))
					first = entries[j].key;
		if (first) {
			refuse_duplicate(diags, first, entries[i].key);
			continue;
		}
		if (map->map.count > SMALL_MAP)
			map_put(&seen, key, (void *)(uintptr_t)entries[i].key);
		entries[kept++] = entries[i];
	}
	map->map.count = kept;
	map_done(&seen);
}

void tree_fill_map(struct arena *arena, struct node *map, const struct node *const *children,
    size_t pairs, struct diags *diags)
{
	struct node_entry *entries = arena_array(arena, pairs, sizeof(*entries));
	size_t count = 0;

	for (size_t i = 0; i < pairs; i++)
		if (check_key(diags, children[2 * i]))
			entries[count++] = (struct node_entry){
			    children[2 * i], children[2 * i + 1]};
	map->map.entries = entries;
	map->map.count = count;
	drop_duplicates(diags, map);
}
