/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "stdlib/args.h"
#include "stdlib/redis_session.h"
#include "stdlib/registry.h"

static const struct param params[] = {
    {.name = "host",
	.kind = PARAM_STRING,
	.preset = "127.0.0.1",
	.doc = "Name or address of the server, or the path of its Unix socket (begins with /)."},
    {.name = "port", .kind = PARAM_INT, .preset = "6379", .doc = "Port of the server."},
    {.name = "user",
	.kind = PARAM_STRING,
	.doc = "Name in the server's ACL; the default user when absent."},
    {.name = "password",
	.kind = PARAM_STRING,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "Password of that user, or the server's requirepass."},
    {.name = "db", .kind = PARAM_INT, .preset = "0", .doc = "Number of the database."}, {0}};

const struct connection_spec redis_connection = {
    .kind = "redis",
    .summary = "A Redis server, without TLS.",
    .params = params,
    .sessions = true,
};

bool redis_target_read(struct redis_target *target, struct arena *arena,
    const struct value *connection, struct str *ret_why)
{
	struct args args;
	struct str wrong;

	args_init(&args, connection, arena);
	*target = (struct redis_target){
	    .host = args_text(&args, "host"),
	    .user = args_cstr(&args, "user"),
	    .password = args_cstr(&args, "password"),
	    .port = (int)args_int(&args, "port", 6379, 1, 65535),
	    .db = (int)args_int(&args, "db", 0, 0, INT32_MAX),
	};
	wrong = args.wrong;
	if (!wrong.len && target->user && !target->password)
		wrong = STR("a user needs a password");
	if (wrong.len) {
		*ret_why = arena_printf(arena, "connection: %.*s", STR_ARG(wrong));
		return false;
	}
	if (!target->host.len)
		target->host = STR("127.0.0.1");
	if (target->host.ptr[0] == '/')
		target->peer = target->host;
	else
		target->peer = arena_printf(arena,
		    str_find(target->host, STR(":")) < 0 ? "%.*s:%d" : "[%.*s]:%d",
		    STR_ARG(target->host), target->port);
	return true;
}
