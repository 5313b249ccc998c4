/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"
#include "stdlib/redis_reply.h"
#include "stdlib/redis_session.h"
#include "stdlib/redis_trouble.h"
#include "stdlib/registry.h"

/* redis.ping: log in, PING, and ask for the role in the same round trip. */

static const struct param params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.connection = "redis",
	.doc = "The server and the user to log in as."},
    {0}};

static const struct field results[] = {{"pong", &type_bool, "Whether PING was answered by PONG."},
    {"loading", &type_bool, "Whether the server still loads its data set; when it answered."},
    {"role", &type_string, "Master, slave or sentinel; empty when the user may not ask."},
    {"latency", &type_duration, "From the first packet to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {"code", &type_string, REDIS_CODE_DOC}, {0}};

static const char *const success_fields[] = {"pong", "loading", "class", "code", NULL};

const struct action_spec redis_ping_spec = {
    .name = "redis.ping",
    .summary = "Whether a Redis server lets us log in and answers PING.",
    .params = params,
    .results = results,
    .success_doc = "PING was answered by PONG",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

enum { PING, ROLE, COMMANDS };

static const char *const ping_words[] = {"PING"};
static const char *const role_words[] = {"ROLE"};
static const struct redis_command commands[COMMANDS] = {
    [PING] = {ping_words, 1, false}, [ROLE] = {role_words, 1, true}};

struct ping {
	struct attempt *attempt;
	struct redis_session *session;
	struct str peer;
	int64_t began_us;
	struct str role;
};

static bool take_reply(
    void *self, size_t index, const redisReply *reply, struct trouble *ret_trouble)
{
	struct ping *ping = self;
	struct arena *arena = ping->attempt->arena;

	if (index == ROLE) {
		if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0)
			ping->role = value_text(redis_value(arena, reply->element[0]));
		return true;
	}
	if (str_is(value_text(redis_value(arena, reply)), "PONG"))
		return true;
	*ret_trouble = trouble_of(
	    arena, TROUBLE_PROTOCOL, "%.*s answers PING by something else", STR_ARG(ping->peer));
	return false;
}

/* Whether it loads is known when it answered, be it by an error that is none of the login's. */
static void ended(void *self, const struct trouble *trouble, struct str code)
{
	struct ping *ping = self;
	struct arena *arena = ping->attempt->arena;
	struct map_builder result;

	map_begin(&result, arena);
	map_add(&result, "pong", value_bool(!trouble));
	if (!trouble || (code.len && trouble->class != TROUBLE_AUTH))
		map_add(&result, "loading", value_bool(str_is(code, "LOADING")));
	if (!trouble)
		map_add(&result, "role", value_string(arena, ping->role));
	map_add(&result, "code", value_string(arena, code));
	trouble_finish(ping->attempt, &result, trouble, ping->began_us);
}

static void start(struct attempt *attempt)
{
	struct ping *ping = arena_alloc(attempt->arena, sizeof(*ping));
	struct redis_order order = {.attempt = attempt,
	    .commands = commands,
	    .count = COMMANDS,
	    .reply = take_reply,
	    .ended = ended,
	    .self = ping};
	struct args args;
	struct str why;

	attempt->self = ping;
	ping->attempt = attempt;
	ping->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	if (!redis_target_read(
		&order.target, attempt->arena, args_map(&args, "connection"), &why)) {
		attempt_error(attempt, "%.*s", STR_ARG(why));
		return;
	}
	ping->peer = order.target.peer;
	redis_session_start(&order, &ping->session);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct ping *ping = attempt->self;

	(void)how;
	redis_session_cancel(ping->session, ping->began_us);
}

const struct action_impl redis_ping = {&redis_ping_spec, start, cancel, NULL};
