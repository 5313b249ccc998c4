/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "stdlib/redis_fields.h"
#include "stdlib/redis_inquiry.h"
#include "stdlib/redis_trouble.h"
#include "stdlib/registry.h"

/*
 * redis.replication: from INFO. Only a master knows how many bytes a replica lacks; a replica knows when it last heard
 * of its master.
 */

static const struct param params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.connection = "redis",
	.doc = "The server and the user to log in as."},
    {0}};

static const struct type list_of_map = {.kind = TYPE_LIST, .of = &type_map};

static const struct field results[] = {
    {"role", &type_string, "master, slave or sentinel, as Redis calls them."},
    {"lag", &type_duration,
	"Slave: since it last heard of its master; master: since it last heard of its worst "
	"replica."},
    {"lag_bytes", &type_int, "Master: what its worst replica has not acknowledged."},
    {"link", &type_string, "Slave: whether its link to the master is up or down."},
    {"link_down_for", &type_duration, "Slave: for how long the link has been down."},
    {"master", &type_string, "Slave: host:port of its master."},
    {"syncing", &type_bool, "Slave: whether it copies the whole data set from its master."},
    {"sync_left_bytes", &type_int, "Slave that copies: how much is still to come; -1: unknown."},
    {"replicas", &list_of_map, "Those that are connected: address, state, lag, lag_bytes."},
    {"offset", &type_int, "How far its stream of changes is, in bytes."},
    {"latency", &type_duration, "From the first packet to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {"code", &type_string, REDIS_CODE_DOC}, {0}};

static const char *const success_fields[] = {"class", "code", NULL};

const struct action_spec redis_replication_spec = {
    .name = "redis.replication",
    .summary = "Whether Redis's replicas keep up, from either side.",
    .params = params,
    .results = results,
    .success_doc = "the server answered; how much lag is too much, `expect` must say",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

static const char section[] = "replication";

static struct str address(struct arena *arena, struct str host, int64_t port)
{
	return arena_printf(arena,
	    str_find(host, STR(":")) < 0 ? "%.*s:%" PRId64 : "[%.*s]:%" PRId64, STR_ARG(host),
	    port);
}

static int64_t int_of(const struct value *map, const char *name, int64_t fallback)
{
	const struct value *value = value_get(map, name);

	return value && value->type == VALUE_INT ? value->integer : fallback;
}

/* The worst of all. */
struct worst {
	int64_t lag_s;
	int64_t lag_bytes;
};

/* "slave0:ip=127.0.0.1,port=6380,state=online,offset=14,lag=0" */
static const struct value *replica(
    struct arena *arena, const struct value *told, int64_t offset, struct worst *worst)
{
	int64_t lag_s = int_of(told, "lag", -1);
	int64_t seen = int_of(told, "offset", offset);
	int64_t behind = seen >= 0 && seen < offset ? offset - seen : 0;
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "address",
	    value_string(
		arena, address(arena, value_text(value_get(told, "ip")), int_of(told, "port", 0))));
	map_add(&map, "state", value_string(arena, value_text(value_get(told, "state"))));
	if (offset >= 0) {
		map_add(&map, "lag_bytes", value_int(arena, behind));
		if (behind > worst->lag_bytes)
			worst->lag_bytes = behind;
	}
	if (lag_s >= 0 && lag_s <= REDIS_TIME_MAX_S) {
		map_add(&map, "lag", value_duration(arena, lag_s, 0));
		if (lag_s > worst->lag_s)
			worst->lag_s = lag_s;
	}
	return map_end(&map);
}

static void give_replicas(const struct redis_inquiry *inquiry, struct map_builder *result)
{
	struct arena *arena = inquiry->attempt->arena;
	const struct value *told = value_get(inquiry->fields, section);
	bool master = redis_inquiry_is(inquiry, section, "role", "master");
	int64_t offset = int_of(told, "master_repl_offset", -1);
	struct worst worst = {-1, -1};
	const struct value **items = NULL;
	size_t count = 0, capacity = 0;
	char name[32];

	for (size_t i = 0;; i++) {
		const struct value *one;

		snprintf(name, sizeof(name), "slave%zu", i);
		one = value_get(told, name);
		if (!one)
			break;
		items = arena_grow(arena, items, count, &capacity, sizeof(*items));
		items[count++] = replica(arena, one, offset, &worst);
	}
	map_add(result, "replicas", value_list(arena, items, count));
	if (master && worst.lag_bytes >= 0)
		map_add(result, "lag_bytes", value_int(arena, worst.lag_bytes));
	if (master && worst.lag_s >= 0)
		map_add(result, "lag", value_duration(arena, worst.lag_s, 0));
}

static void give_link(const struct redis_inquiry *inquiry, struct map_builder *result)
{
	struct arena *arena = inquiry->attempt->arena;
	const struct value *told = value_get(inquiry->fields, section);
	struct str host = value_text(value_get(told, "master_host"));
	bool up = redis_inquiry_is(inquiry, section, "master_link_status", "up");
	bool syncing = redis_inquiry_set(inquiry, section, "master_sync_in_progress");
	const char *silent = up ? "master_last_io_seconds_ago" : "master_link_down_since_seconds";

	map_add(result, "link", value_string(arena, up ? STR("up") : STR("down")));
	map_add(result, "master",
	    value_string(arena, address(arena, host, int_of(told, "master_port", 0))));
	map_add(result, "syncing", value_bool(syncing));
	redis_inquiry_seconds(inquiry, result, "lag", section, silent);
	if (!up)
		redis_inquiry_seconds(inquiry, result, "link_down_for", section, silent);
	if (syncing)
		redis_inquiry_int(
		    inquiry, result, "sync_left_bytes", section, "master_sync_left_bytes");
}

static bool judge(struct redis_inquiry *inquiry, struct map_builder *result, struct str *ret_why)
{
	struct arena *arena = inquiry->attempt->arena;
	const struct value *role = redis_field(inquiry->fields, section, "role", VALUE_STRING);

	if (!role && redis_inquiry_is(inquiry, "server", "redis_mode", "sentinel")) {
		map_add(result, "role", value_string(arena, STR("sentinel")));
		return true;
	}
	if (!role) {
		*ret_why = arena_printf(
		    arena, "%.*s tells nothing of its replication", STR_ARG(inquiry->peer));
		return false;
	}
	map_add(result, "role", role);
	if (str_is(value_text(role), "slave"))
		give_link(inquiry, result);
	give_replicas(inquiry, result);
	redis_inquiry_int(inquiry, result, "offset", section, "master_repl_offset");
	return true;
}

static void start(struct attempt *attempt)
{
	redis_inquiry_start(attempt, NULL, judge);
}

const struct action_impl redis_replication = {
    &redis_replication_spec, start, redis_inquiry_cancel, NULL};
