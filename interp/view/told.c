/* SPDX-License-Identifier: Apache-2.0 */
#include "view/told.h"

#include <stdlib.h>

#include "base/mem.h"

struct told {
	const struct plan *plan; /* NULL: that is not at hand */
	struct arena *arena;
	struct told_entry *items;
	size_t count;
	size_t capacity;
};

struct told *told_new(const struct plan *plan)
{
	struct told *told = mem_alloc(sizeof(*told));

	told->plan = plan;
	told->arena = arena_new();
	return told;
}

void told_free(struct told *told)
{
	if (!told)
		return;
	arena_free(told->arena);
	free(told->items);
	free(told);
}

static struct str text(struct told *told, const struct value *map, const char *key)
{
	return arena_str(told->arena, value_text(value_get(map, key)));
}

/* The kind of channel: what a contact has beside its name and title. */
static struct str channel_of(struct told *told, const struct value *contact)
{
	for (size_t i = 0; i < contact->map.count; i++)
		if (contact->map.entries[i].value->type == VALUE_MAP)
			return arena_str(told->arena, value_text(contact->map.entries[i].key));
	return (struct str){0};
}

static void add_one(struct told *told, const struct message *start, const struct value *contact)
{
	struct told_entry *entry;

	if (contact->type != VALUE_MAP)
		return;
	told->items = mem_grow(told->items, told->count, &told->capacity, sizeof(*told->items));
	entry = &told->items[told->count++];
	*entry = (struct told_entry){
	    .op = start->start.op,
	    .at_us = start->at_us,
	    .node = arena_str(told->arena, start->start.node),
	    .name = text(told, contact, "name"),
	    .title = text(told, contact, "title"),
	    .way = channel_of(told, contact),
	    .resolves = str_is(value_text(value_get(start->start.args, "event")), "resolve"),
	    .what = text(told, start->start.args, "summary"),
	};
	entry->by_hand = value_text(value_get(contact, "person")).len > 0;
	if (entry->by_hand)
		entry->way = text(told, contact, "person");
	if (told->plan && start->start.what == START_NOTIFY) {
		struct str title = told->plan->runbook->title;
		ptrdiff_t at = str_find(entry->what, title);
		size_t from = (size_t)at + title.len + 2;

		if (at >= 0 && from < entry->what.len)
			entry->what = str_sub(entry->what, from, entry->what.len - from);
	}
}

static void see_start(struct told *told, const struct message *start)
{
	const struct value *args = start->start.args;
	const struct value *to = args && args->type == VALUE_MAP ? value_get(args, "to") : NULL;

	if (!str_is(start->start.action, "notify.send") || !to || to->type != VALUE_LIST)
		return;
	for (size_t i = 0; i < to->list.count; i++)
		add_one(told, start, to->list.items[i]);
}

/* What a sentence on several says of one: "on_call: the secret key could not be had". */
static struct str why_of(struct told *told, struct str name, struct str why)
{
	struct arena *arena = told->arena;
	struct str lead = arena_printf(arena, "%.*s: ", STR_ARG(name));
	ptrdiff_t at = str_find(why, lead);
	ptrdiff_t end;

	if (at < 0)
		return arena_str(arena, why);
	why = str_sub(why, (size_t)at + lead.len, why.len);
	end = str_find(why, STR("; "));
	return arena_str(arena, str_sub(why, 0, end < 0 ? why.len : (size_t)end));
}

/* What the result says of one; where there is none, how the operation ended is all that is known. */
static void end_one(struct told *told, struct told_entry *entry, const struct message *finished)
{
	const struct value *result = finished->finished.result;
	const struct value *list = result && result->type == VALUE_MAP
	    ? value_get(result, "contacts")
	    : NULL;
	const struct value *delivered;
	const struct value *tries;

	entry->finished = true;
	entry->live = finished->finished.origin == ORIGIN_LIVE;
	entry->delivered = finished->finished.ok;
	if (!entry->delivered)
		entry->why = why_of(told, entry->name, finished->finished.why);
	for (size_t i = 0; list && list->type == VALUE_LIST && i < list->list.count; i++) {
		const struct value *one = list->list.items[i];

		if (one->type != VALUE_MAP ||
		    !str_eq(value_text(value_get(one, "contact")), entry->name))
			continue;
		tries = value_get(one, "tries");
		delivered = value_get(one, "delivered");
		entry->delivered = delivered && delivered->type == VALUE_BOOL && delivered->boolean;
		entry->why = text(told, one, "why");
		entry->tries = tries && tries->type == VALUE_INT ? tries->integer : 0;
	}
}

static void see_finished(struct told *told, const struct message *finished)
{
	for (size_t i = told->count; i-- > 0;)
		if (told->items[i].op == finished->finished.op && !told->items[i].finished)
			end_one(told, &told->items[i], finished);
}

void told_see(struct told *told, const struct message *message)
{
	if (message->type == MESSAGE_START)
		see_start(told, message);
	else if (message->type == MESSAGE_FINISHED)
		see_finished(told, message);
}

const struct told_entry *told_entries(const struct told *told, size_t *ret_count)
{
	*ret_count = told->count;
	return told->items;
}

const struct told_entry *told_by_op(const struct told *told, uint32_t op, size_t *ret_count)
{
	const struct told_entry *first = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < told->count; i++) {
		if (told->items[i].op != op)
			continue;
		if (!first)
			first = &told->items[i];
		++*ret_count;
	}
	return first;
}
