/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "record/redact.h"

struct masking {
	const struct redactor *redactor;
	struct arena *arena;
};

static bool is_same(struct str a, struct str b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

static const struct value *mask_string(struct masking *masking, const struct value *value)
{
	struct str text = redact_text(masking->redactor, masking->arena, value->string.text);
	const struct clip *clip = value->string.clip;
	struct clip *masked;

	if (!clip)
		return is_same(text, value->string.text) ? value
							 : value_string(masking->arena, text);
	masked = arena_alloc(masking->arena, sizeof(*masked));
	*masked = *clip;
	masked->head = redact_text(masking->redactor, masking->arena, clip->head);
	masked->tail = redact_text(masking->redactor, masking->arena, clip->tail);
	if (is_same(text, value->string.text) && is_same(masked->head, clip->head) &&
	    is_same(masked->tail, clip->tail))
		return value;
	return value_stream(masking->arena, text, masked);
}

static const struct value *mask(struct masking *masking, const struct value *value);

static const struct value *mask_list(struct masking *masking, const struct value *value)
{
	size_t count = value->list.count;
	const struct value **items = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct value *item = mask(masking, value->list.items[i]);

		if (item == value->list.items[i])
			continue;
		if (!items) {
			items = arena_array(masking->arena, count, sizeof(*items));
			for (size_t k = 0; k < count; k++)
				items[k] = value->list.items[k];
		}
		items[i] = item;
	}
	return items ? value_list(masking->arena, items, count) : value;
}

static bool has_key(
    const struct value_entry *entries, size_t count, size_t but, const struct value *key)
{
	for (size_t i = 0; i < count; i++)
		if (i != but && value_equal(entries[i].key, key))
			return true;
	return false;
}

/* A masked key may have become what another is: then it is numbered. */
static void keep_apart(
    struct masking *masking, struct value_entry *entries, size_t count, size_t at)
{
	struct str text = value_text(entries[at].key);

	for (int number = 2; has_key(entries, count, at, entries[at].key); number++)
		entries[at].key = value_string(
		    masking->arena, arena_printf(masking->arena, "%.*s#%d", STR_ARG(text), number));
}

static const struct value *mask_map(struct masking *masking, const struct value *value)
{
	size_t count = value->map.count;
	struct value_entry *entries = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct value_entry *entry = &value->map.entries[i];
		const struct value *key = mask(masking, entry->key);
		const struct value *item = mask(masking, entry->value);

		if (key == entry->key && item == entry->value)
			continue;
		if (!entries) {
			entries = arena_array(masking->arena, count, sizeof(*entries));
			for (size_t k = 0; k < count; k++)
				entries[k] = value->map.entries[k];
		}
		entries[i] = (struct value_entry){key, item};
	}
	for (size_t i = 0; entries && i < count; i++)
		if (entries[i].key != value->map.entries[i].key)
			keep_apart(masking, entries, count, i);
	return entries ? value_map(masking->arena, entries, count) : value;
}

static const struct value *mask(struct masking *masking, const struct value *value)
{
	switch (value->type) {
	case VALUE_STRING:
		return mask_string(masking, value);
	case VALUE_LIST:
		return mask_list(masking, value);
	case VALUE_MAP:
		return mask_map(masking, value);
	default:
		return value;
	}
}

const struct value *redact_value(
    const struct redactor *redactor, struct arena *arena, const struct value *value)
{
	struct masking masking = {redactor, arena};

	return value && redactor_longest(redactor) ? mask(&masking, value) : value;
}
