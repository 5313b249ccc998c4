/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_matches.h"

#include <string.h>

#include "base/utf8.h"
#include "stdlib/text.h"

/* In bytes of a line of the record: what all may take, and one takes beside its texts. */
enum { COST_MAX = 400 << 10, COST_EACH = 100, COST_GROUP = 8 };

void file_matches_init(struct file_matches *matches, int64_t max, bool last)
{
	*matches = (struct file_matches){.max = max, .last = last};
}

void file_matches_done(struct file_matches *matches)
{
	for (int i = 0; i < 2; i++)
		arena_free(matches->generations[i].arena);
	memset(matches->generations, 0, sizeof(matches->generations));
}

/* As JSON: controls are escaped, what is not UTF-8 becomes U+FFFD. */
static size_t cost_of_text(struct str text)
{
	bool valid = utf8_valid(text);
	size_t cost = 4;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < 0x20 || c == 0x7F)
			cost += 6;
		else if (c == '"' || c == '\\')
			cost += 2;
		else
			cost += c < 0x80 || valid ? 1 : 3;
	}
	return cost;
}

static struct str group_of(
    const struct regex *regex, struct str searched, size_t i, bool *ret_there)
{
	size_t start = 0;
	size_t end = 0;

	*ret_there = regex_group(regex, i, &start, &end);
	return *ret_there ? str_sub(searched, start, end - start) : (struct str){0};
}

static size_t cost_of(const struct regex *regex, struct str searched, struct str text)
{
	size_t cost = COST_EACH + cost_of_text(text);
	bool there;

	for (size_t i = 0; i <= regex_groups(regex); i++) {
		struct str name = regex_group_name(regex, i);

		cost += COST_GROUP + name.len +
		    cost_of_text(group_of(regex, searched, i, &there)) * (name.len ? 2 : 1);
	}
	return cost;
}

static const struct value *value_of(struct arena *arena, const struct regex *regex,
    struct str searched, struct str text, int64_t line, int64_t offset)
{
	size_t count = regex_groups(regex) + 1;
	const struct value **groups = arena_array(arena, count, sizeof(*groups));
	struct map_builder named;
	struct map_builder map;

	map_begin(&map, arena);
	map_begin(&named, arena);
	for (size_t i = 0; i < count; i++) {
		struct str name = regex_group_name(regex, i);
		bool there;
		struct str group = group_of(regex, searched, i, &there);

		groups[i] = there ? text_value(arena, group) : value_null();
		if (name.len)
			map_add_str(&named, arena_str(arena, name), groups[i]);
	}
	if (line >= 0)
		map_add(&map, "line", value_int(arena, line));
	map_add(&map, "offset", value_int(arena, offset));
	map_add(&map, "text", text_value(arena, text));
	map_add(&map, "groups", value_list(arena, groups, count));
	map_add(&map, "named", map_end(&named));
	return map_end(&map);
}

static void begin(struct file_matches *matches, struct file_generation *generation)
{
	size_t max = (size_t)matches->max;

	generation->arena = arena_new();
	generation->items = arena_array(generation->arena, max, sizeof(*generation->items));
	generation->costs = arena_array(generation->arena, max, sizeof(*generation->costs));
}

/* The generation that takes a match of this cost; NULL when it is not kept. */
static struct file_generation *room(struct file_matches *matches, size_t cost)
{
	struct file_generation *newest = &matches->generations[0];

	if (cost > COST_MAX || matches->max == 0)
		return NULL;
	if (!newest->arena)
		begin(matches, newest);
	if (newest->count < (size_t)matches->max && newest->cost + cost <= COST_MAX)
		return newest;
	if (!matches->last)
		return NULL;
	arena_free(matches->generations[1].arena);
	matches->generations[1] = *newest;
	*newest = (struct file_generation){0};
	begin(matches, newest);
	return newest;
}

void file_matches_add(struct file_matches *matches, const struct regex *regex, struct str searched,
    struct str text, int64_t line, int64_t offset)
{
	size_t cost = cost_of(regex, searched, text);
	struct file_generation *generation = matches->full ? NULL : room(matches, cost);

	matches->count++;
	matches->full = !generation && !matches->last;
	if (!generation)
		return;
	generation->costs[generation->count] = cost;
	generation->items[generation->count++] = value_of(
	    generation->arena, regex, searched, text, line, offset);
	generation->cost += cost;
}

const struct value *file_matches_value(const struct file_matches *matches, struct arena *arena)
{
	const struct file_generation *newest = &matches->generations[0];
	const struct file_generation *older = &matches->generations[1];
	const struct value **items;
	size_t cost = newest->cost;
	size_t from = older->count;

	while (from > 0 && older->count - from + newest->count < (size_t)matches->max &&
	    cost + older->costs[from - 1] <= COST_MAX)
		cost += older->costs[--from];
	items = arena_array(arena, older->count - from + newest->count, sizeof(*items));
	for (size_t i = from; i < older->count; i++)
		items[i - from] = value_copy(arena, older->items[i]);
	for (size_t i = 0; i < newest->count; i++)
		items[older->count - from + i] = value_copy(arena, newest->items[i]);
	return value_list(arena, items, older->count - from + newest->count);
}
