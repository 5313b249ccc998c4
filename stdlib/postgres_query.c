/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"
#include "stdlib/pg_effect.h"
#include "stdlib/pg_rows.h"
#include "stdlib/pg_session.h"
#include "stdlib/pg_statement.h"
#include "stdlib/registry.h"

/*
 * postgres.query: one statement in a read-only transaction that is rolled back. The transaction holds back every write
 * to the database; it cannot hold back what a function does outside of it (pg_terminate_backend, pg_promote), so a
 * statement that calls one of those that are known is a change. Where only reads may stand and a value brought such a
 * call, which no check could know, it is not sent.
 */

static const struct param params[] = {{.name = "connection",
					  .kind = PARAM_CONNECTION,
					  .flags = PARAM_REQUIRED | PARAM_TAKES_SECRETS,
					  .connection = "postgres",
					  .doc = "The server and the role to log in as."},
    {.name = "sql",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "One statement; values come in by $1, $2, …. A change where it acts outside of the "
	       "transaction, by pg_terminate_backend, dblink and their like, as COPY, DO, CALL."},
    {.name = "values",
	.kind = PARAM_LIST,
	.doc = "For $1, $2, …; a list becomes an array, a map JSON, a duration an interval."},
    {.name = "database", .kind = PARAM_STRING, .doc = "Another database than the connection's."},
    {.name = "max_rows",
	.kind = PARAM_INT,
	.preset = "10000",
	.doc = "More rows than this are a failure."},
    {.name = "statement_timeout",
	.kind = PARAM_DURATION,
	.doc = "How long the server may work on it; the step's timeout when absent."},
    {.name = "lock_timeout",
	.kind = PARAM_DURATION,
	.doc = "How long the server may wait for a lock."},
    {0}};

static const struct type list_of_string = {.kind = TYPE_LIST, .of = &type_string};
static const struct type list_of_map = {.kind = TYPE_LIST, .of = &type_map};

static const struct field results[] = {
    {"rows", &list_of_map, "Each row as a map from column to value."},
    {"row_count", &type_int, "How many rows."},
    {"columns", &list_of_string, "The columns' names, in order."},
    {"value", &type_dyn, "The value of the only column of the only row, else null."},
    {"latency", &type_duration, "From the first packet to the last of the answer."},
    {"class", &type_string, TROUBLE_DOC},
    {"sqlstate", &type_string, "The server's error code, when it gave one."}, {0}};

static const char *const success_fields[] = {"class", "sqlstate", NULL};

static enum effect_class effect_of(const struct value *given)
{
	struct str sql = value_text(value_get(given, "sql"));

	return sql.ptr ? pg_effect(sql, NULL) : EFFECT_CHANGE;
}

const struct action_spec postgres_query_spec = {
    .name = "postgres.query",
    .summary = "One SQL statement in a read-only transaction, its rows as typed values.",
    .params = params,
    .results = results,
    .success_doc = "the server ran the statement without an error",
    .success_fields = success_fields,
    .effect = EFFECT_CHANGE,
    .effect_of = effect_of,
    .timeout_us = 60000000,
};

enum { BEGIN, SETTINGS, STATEMENT, ROLLBACK, STATEMENTS };

struct query {
	struct attempt *attempt;
	struct pg_session *session;
	int64_t began_us;
	struct pg_statement statements[STATEMENTS];
	struct pg_rows rows;
};

static bool take_part(void *self, size_t at, const PGresult *part, struct trouble *ret_trouble)
{
	struct query *query = self;

	(void)at;
	return pg_rows_add(&query->rows, part, ret_trouble);
}

static void ended(void *self, const struct trouble *trouble, const char *sqlstate)
{
	struct query *query = self;
	struct arena *arena = query->attempt->arena;
	struct map_builder result;

	map_begin(&result, arena);
	if (!trouble)
		pg_rows_give(&query->rows, &result);
	map_add(&result, "sqlstate", value_string(arena, arena_str(arena, str_from(sqlstate))));
	trouble_finish(query->attempt, &result, trouble, query->began_us);
}

static bool read_order(struct query *query, struct args *args, struct str *ret_why)
{
	const char *sql = args_cstr(args, "sql");
	int64_t max_rows = args_int(args, "max_rows", 10000, 1, 1000000);
	int64_t statement_us = args_us(args, "statement_timeout", query->attempt->timeout_us);
	int64_t lock_us = args_us(args, "lock_timeout", 0);
	const struct value *values = args_list(args, "values");
	struct str what;

	if (args->wrong.len || !sql) {
		*ret_why = args->wrong.len ? args->wrong : STR("sql is empty");
		return false;
	}
	if (query->attempt->only_reads && pg_effect(str_from(sql), &what) != EFFECT_READ) {
		*ret_why = arena_printf(args->arena,
		    "\"%.*s\" in the statement changes something outside of the transaction, and "
		    "only a read may stand here: make it a step without `effect: read`",
		    STR_ARG(what));
		return false;
	}
	pg_rows_init(&query->rows, args->arena, max_rows);
	query->statements[BEGIN].sql = "BEGIN TRANSACTION READ ONLY";
	query->statements[SETTINGS].sql = pg_settings(args->arena, statement_us, lock_us, true);
	query->statements[STATEMENT].sql = sql;
	query->statements[STATEMENT].answers = true;
	query->statements[ROLLBACK].sql = "ROLLBACK";
	return !values || pg_values_read(args, values, &query->statements[STATEMENT], ret_why);
}

static void start(struct attempt *attempt)
{
	struct query *query = arena_alloc(attempt->arena, sizeof(*query));
	struct postgres_target target;
	struct pg_order order = {.attempt = attempt,
	    .target = &target,
	    .statements = query->statements,
	    .count = STATEMENTS,
	    .row = take_part,
	    .ended = ended,
	    .self = query};
	struct args args;
	struct str why;

	attempt->self = query;
	query->attempt = attempt;
	query->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	if (postgres_target_read(&target, attempt->arena, args_map(&args, "connection"),
		args_cstr(&args, "database"), &why) &&
	    read_order(query, &args, &why))
		pg_session_start(&order, &query->session);
	else
		attempt_error(attempt, "%.*s", STR_ARG(why));
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct query *query = attempt->self;

	(void)how;
	pg_session_cancel(query->session, query->began_us);
}

const struct action_impl postgres_query = {
    .spec = &postgres_query_spec, .start = start, .cancel = cancel};
