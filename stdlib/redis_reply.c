/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_reply.h"

#include <stdint.h>

#include "stdlib/text.h"

/* What an object of hiredis and the value made of it cost beside their text. */
enum { OBJECT_BYTES = 64 };

/* False past the bound; hiredis then ends the connection as if there were no memory. */
static bool charge(struct redis_bound *bound, size_t bytes)
{
	if (bytes > bound->left)
		bound->over = true;
	else
		bound->left -= bytes;
	return !bound->over;
}

static void *create_string(const redisReadTask *task, char *text, size_t len)
{
	struct redis_bound *bound = task->privdata;

	return charge(bound, len + OBJECT_BYTES) ? bound->plain->createString(task, text, len)
						 : NULL;
}

/* The items are paid for before there is any: their number is only a claim. */
static void *create_array(const redisReadTask *task, int count)
{
	struct redis_bound *bound = task->privdata;

	return charge(bound, OBJECT_BYTES + (size_t)count * sizeof(void *))
	    ? bound->plain->createArray(task, count)
	    : NULL;
}

static void *create_integer(const redisReadTask *task, long long integer)
{
	struct redis_bound *bound = task->privdata;

	return charge(bound, OBJECT_BYTES) ? bound->plain->createInteger(task, integer) : NULL;
}

static void *create_nil(const redisReadTask *task)
{
	struct redis_bound *bound = task->privdata;

	return charge(bound, OBJECT_BYTES) ? bound->plain->createNil(task) : NULL;
}

static const redisReplyObjectFunctions bounded = {
    create_string, create_array, create_integer, create_nil, freeReplyObject};

/* A reader that has given a reply has the task for the next one ready, with what belonged to that. */
static void set(redisReader *reader, const redisReplyObjectFunctions *functions, void *bound)
{
	reader->fn = (redisReplyObjectFunctions *)(uintptr_t)functions;
	reader->privdata = bound;
	reader->rstack[0].privdata = bound;
}

void redis_bound_init(struct redis_bound *bound, redisReader *reader)
{
	*bound = (struct redis_bound){
	    .reader = reader, .plain = reader->fn, .left = REDIS_REPLY_MAX};
	set(reader, &bounded, bound);
}

void redis_bound_done(struct redis_bound *bound)
{
	set(bound->reader, bound->plain, NULL);
}

const struct value *redis_value(struct arena *arena, const redisReply *reply)
{
	struct str text = {reply->str, reply->len};
	const struct value **items;
	struct map_builder error;

	switch (reply->type) {
	case REDIS_REPLY_INTEGER:
		return value_int(arena, reply->integer);
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
		return text_value(arena, text);
	case REDIS_REPLY_ARRAY:
		items = arena_array(arena, reply->elements + 1, sizeof(*items));
		for (size_t i = 0; i < reply->elements; i++)
			items[i] = redis_value(arena, reply->element[i]);
		return value_list(arena, items, reply->elements);
	case REDIS_REPLY_ERROR:
		map_begin(&error, arena);
		map_add(&error, "error", text_value(arena, text));
		return map_end(&error);
	default:
		return value_null();
	}
}
