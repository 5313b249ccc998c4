/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"
#include "stdlib/pg_session.h"
#include "stdlib/pg_value.h"
#include "stdlib/registry.h"

/* postgres.ready: log in as the real user and have a real query answered. */

static const struct param params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.connection = "postgres",
	.doc = "The server and the role to log in as."},
    {0}};

static const struct field results[] = {
    {"ready", &type_bool, "Whether the role could log in and a query was answered."},
    {"in_recovery", &type_bool,
	"Whether the server replays WAL: a replica, or a restore; when ready."},
    {"server_version", &type_int, "As server_version_num: 150004 is 15.4; when ready."},
    {"latency", &type_duration, "From the first packet to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC},
    {"sqlstate", &type_string, "The server's error code, when it gave one."}, {0}};

static const char *const success_fields[] = {"ready", "class", "sqlstate", NULL};

const struct action_spec postgres_ready_spec = {
    .name = "postgres.ready",
    .summary = "Whether a PostgreSQL server lets a role log in and answers its queries.",
    .params = params,
    .results = results,
    .success_doc = "the query was answered",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

static const struct pg_statement probe[] = {
    {.sql = "SELECT pg_catalog.pg_is_in_recovery(), "
	    "pg_catalog.current_setting('server_version_num')::int4",
	.answers = true}};

struct ready {
	struct attempt *attempt;
	struct pg_session *session;
	int64_t began_us;
	const struct value *in_recovery;
	const struct value *server_version;
};

static const struct value *cell(struct ready *ready, const PGresult *part, int column)
{
	const char *text = PQgetvalue(part, 0, column);

	return pg_value(ready->attempt->arena, PQftype(part, column),
	    (struct str){text, (size_t)PQgetlength(part, 0, column)});
}

static bool take_row(void *self, size_t at, const PGresult *part, struct trouble *ret_trouble)
{
	struct ready *ready = self;

	(void)at;
	if (PQntuples(part) == 0)
		return true;
	if (PQnfields(part) == 2) {
		ready->in_recovery = cell(ready, part, 0);
		ready->server_version = cell(ready, part, 1);
		return true;
	}
	*ret_trouble = trouble_of(
	    ready->attempt->arena, TROUBLE_PROTOCOL, "the server answered something else");
	return false;
}

static void ended(void *self, const struct trouble *trouble, const char *sqlstate)
{
	struct ready *ready = self;
	struct arena *arena = ready->attempt->arena;
	struct trouble none;
	struct map_builder result;

	if (!trouble && !ready->server_version) {
		none = trouble_of(arena, TROUBLE_PROTOCOL, "the server answered nothing");
		trouble = &none;
	}
	map_begin(&result, arena);
	map_add(&result, "ready", value_bool(!trouble));
	if (!trouble) {
		map_add(&result, "in_recovery", ready->in_recovery);
		map_add(&result, "server_version", ready->server_version);
	}
	map_add(&result, "sqlstate", value_string(arena, arena_str(arena, str_from(sqlstate))));
	trouble_finish(ready->attempt, &result, trouble, ready->began_us);
}

static void start(struct attempt *attempt)
{
	struct ready *ready = arena_alloc(attempt->arena, sizeof(*ready));
	struct postgres_target target;
	struct pg_order order = {.attempt = attempt,
	    .target = &target,
	    .statements = probe,
	    .count = 1,
	    .row = take_row,
	    .ended = ended,
	    .self = ready};
	struct args args;
	struct str why;

	attempt->self = ready;
	ready->attempt = attempt;
	ready->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	if (!postgres_target_read(
		&target, attempt->arena, args_map(&args, "connection"), NULL, &why))
		attempt_error(attempt, "%.*s", STR_ARG(why));
	else if (args.wrong.len)
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	else
		pg_session_start(&order, &ready->session);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct ready *ready = attempt->self;

	(void)how;
	pg_session_cancel(ready->session, ready->began_us);
}

const struct action_impl postgres_ready = {&postgres_ready_spec, start, cancel, NULL};
