/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_trouble.h"

/* How an error begins, what it means, and how a sentence begins that the server's own words end. */
struct meaning {
	const char *prefix;
	enum trouble_class class;
	const char *says;
};

/* The first prefix that fits. */
static const struct meaning *meaning_of(struct str text)
{
	static const struct meaning table[] = {
	    {"NOAUTH", TROUBLE_AUTH, "wants a password, and none is given"},
	    {"WRONGPASS", TROUBLE_AUTH, "does not let us in"},
	    {"DENIED", TROUBLE_AUTH, "does not let us in"},
	    {"NOPERM", TROUBLE_AUTH, "does not let us do that"},
	    {"ERR AUTH", TROUBLE_AUTH, "does not let us in"},
	    {"ERR invalid password", TROUBLE_AUTH, "does not let us in"},
	    {"ERR Client sent AUTH", TROUBLE_AUTH, "does not let us in"},
	    {"ERR max number of clients", TROUBLE_SERVER, "has no connection left for us"},
	    {"LOADING", TROUBLE_UNREADY, "is still loading its data set"},
	    {"BUSY ", TROUBLE_UNREADY, "is busy with a script"},
	    {"MASTERDOWN", TROUBLE_UNREADY, "is a replica that has lost its master"},
	    {"CLUSTERDOWN", TROUBLE_UNREADY, "belongs to a cluster that is down"},
	    {"READONLY", TROUBLE_SERVER, "is a replica and takes no writes"},
	    {"OOM", TROUBLE_SERVER, "has no memory left for writes"},
	    {"MISCONF", TROUBLE_SERVER, "takes no writes because it cannot save"},
	    {"NOREPLICAS", TROUBLE_SERVER, "takes no writes while too few replicas follow it"},
	    {"", TROUBLE_SERVER, "says"},
	};
	size_t i = 0;

	while (!str_starts(text, str_from(table[i].prefix)))
		i++;
	return &table[i];
}

struct str redis_code(struct arena *arena, const redisReply *reply)
{
	struct str text = {reply->str, reply->len};
	size_t len = 0;

	if (reply->type != REDIS_REPLY_ERROR)
		return (struct str){0};
	while (len < text.len && text.ptr[len] >= 'A' && text.ptr[len] <= 'Z')
		len++;
	return arena_str(arena, str_sub(text, 0, len));
}

struct trouble redis_trouble(struct arena *arena, const redisReply *reply, struct str peer)
{
	struct str text = {reply->str, reply->len};
	const struct meaning *meaning = meaning_of(text);

	return trouble_of(arena, meaning->class, "%.*s %s: %.*s", STR_ARG(peer), meaning->says,
	    STR_ARG(trouble_line(arena, text)));
}
