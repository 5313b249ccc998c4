/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/postgres.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

#include "stdlib/args.h"
#include "stdlib/registry.h"

static const char *const ssl_modes[] = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL};

static const struct param params[] = {
    {.name = "host",
	.kind = PARAM_STRING,
	.preset = "127.0.0.1",
	.doc = "Name or address of the server, or the folder of its Unix socket (begins with /)."},
    {.name = "hostaddr",
	.kind = PARAM_STRING,
	.doc = "The address, when host is only the name that its certificate must bear."},
    {.name = "port", .kind = PARAM_INT, .preset = "5432", .doc = "Port of the server."},
    {.name = "user", .kind = PARAM_STRING, .flags = PARAM_REQUIRED, .doc = "Role to log in as."},
    {.name = "dbname",
	.kind = PARAM_STRING,
	.doc = "Database; the one named like the user when absent."},
    {.name = "password",
	.kind = PARAM_STRING,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "Password of the role; without one, ~/.pgpass is asked."},
    {.name = "sslmode",
	.kind = PARAM_STRING,
	.preset = "prefer",
	.choices = ssl_modes,
	.doc = "How much encryption and proof of identity to insist on."},
    {.name = "sslrootcert", .kind = PARAM_PATH, .doc = "Certificates of trusted authorities."},
    {.name = "sslcert", .kind = PARAM_PATH, .doc = "Our own certificate."},
    {.name = "sslkey", .kind = PARAM_PATH, .doc = "The key to it."},
    {.name = "options", .kind = PARAM_STRING, .doc = "Server settings, as `-c name=value …`."},
    {.name = "application_name",
	.kind = PARAM_STRING,
	.preset = "reprise",
	.doc = "How the server's views and log call us."},
    {0}};

const struct connection_spec postgres_connection = {
    .kind = "postgres",
    .summary = "A PostgreSQL server and the role to use there.",
    .params = params,
    .sessions = true,
};

void postgres_target_set(struct postgres_target *target, const char *keyword, const char *value)
{
	if (!value)
		return;
	assert(target->count + 1 < POSTGRES_KEYWORDS);
	target->keywords[target->count] = keyword;
	target->values[target->count++] = value;
}

static void read_place(struct postgres_target *target, struct args *args, int64_t port)
{
	struct str host = args_text(args, "host");
	const char *address = args_cstr(args, "hostaddr");

	if (!host.len)
		host = address ? str_from(address) : STR("127.0.0.1");
	assert(target->count == POSTGRES_HOST);
	postgres_target_set(target, "host", arena_cstr(args->arena, host));
	postgres_target_set(target, "hostaddr", address);
	if (host.ptr[0] == '/') {
		target->peer = arena_printf(
		    args->arena, "%.*s/.s.PGSQL.%" PRId64, STR_ARG(host), port);
		return;
	}
	target->peer = arena_printf(args->arena,
	    str_find(host, STR(":")) < 0 ? "%.*s:%" PRId64 : "[%.*s]:%" PRId64, STR_ARG(host),
	    port);
	if (!address)
		target->host = host;
}

bool postgres_target_read(struct postgres_target *target, struct arena *arena,
    const struct value *connection, const char *database, struct str *ret_why)
{
	static const char *const same[] = {"password", "sslmode", "sslrootcert", "sslcert",
	    "sslkey", "options", "application_name"};
	struct args args;
	int64_t port;

	*target = (struct postgres_target){0};
	args_init(&args, connection, arena);
	port = args_int(&args, "port", 5432, 1, 65535);
	read_place(target, &args, port);
	postgres_target_set(target, "port", arena_printf(arena, "%" PRId64, port).ptr);
	target->user = args_cstr(&args, "user");
	postgres_target_set(target, "user", target->user);
	postgres_target_set(target, "dbname", database ? database : args_cstr(&args, "dbname"));
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		postgres_target_set(target, same[i], args_cstr(&args, same[i]));
	postgres_target_set(target, "client_encoding", "UTF8");
	/* Kerberos would be looked for by blocking calls, even where nobody uses it. */
	postgres_target_set(target, "gssencmode", "disable");
	if (args.wrong.len)
		*ret_why = arena_printf(arena, "connection: %.*s", STR_ARG(args.wrong));
	return !args.wrong.len;
}
