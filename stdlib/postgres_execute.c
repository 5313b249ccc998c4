/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"
#include "stdlib/pg_rows.h"
#include "stdlib/pg_session.h"
#include "stdlib/pg_statement.h"
#include "stdlib/registry.h"

/*
 * postgres.execute: statements that change something, all of them in one transaction or, where a statement refuses that
 * (VACUUM, CREATE DATABASE, ALTER SYSTEM), one alone. COMMIT is sent once every answer has come and is within its
 * bounds: whatever ends the attempt before that has changed nothing.
 */

static const struct param params[] = {{.name = "connection",
					  .kind = PARAM_CONNECTION,
					  .flags = PARAM_REQUIRED | PARAM_TAKES_SECRETS,
					  .connection = "postgres",
					  .doc = "The server and the role to log in as."},
    {.name = "sql",
	.kind = PARAM_STRING,
	.flags = PARAM_PRINCIPAL,
	.doc = "One statement; values come in by $1, $2, …."},
    {.name = "values",
	.kind = PARAM_LIST,
	.doc =
	    "For $1, $2, … of sql; a list becomes an array, a map JSON, a duration an interval."},
    {.name = "statements",
	.kind = PARAM_LIST,
	.doc = "Several statements in place of sql, in order, without values."},
    {.name = "transaction",
	.kind = PARAM_BOOL,
	.preset = "true",
	.doc = "All in one transaction; false for the one statement that refuses to be in one."},
    {.name = "database", .kind = PARAM_STRING, .doc = "Another database than the connection's."},
    {.name = "max_rows",
	.kind = PARAM_INT,
	.preset = "10000",
	.doc = "More rows than this are a failure, and nothing is changed."},
    {.name = "statement_timeout",
	.kind = PARAM_DURATION,
	.doc = "How long the server may work on each; the step's timeout when absent."},
    {.name = "lock_timeout",
	.kind = PARAM_DURATION,
	.doc = "How long the server may wait for a lock."},
    {0}};

static const struct type list_of_string = {.kind = TYPE_LIST, .of = &type_string};
static const struct type list_of_map = {.kind = TYPE_LIST, .of = &type_map};

static const struct field results[] = {
    {"rows", &list_of_map, "Each row of the last statement as a map from column to value."},
    {"row_count", &type_int, "How many rows."},
    {"columns", &list_of_string, "The columns' names, in order."},
    {"value", &type_dyn, "The value of the only column of the only row, else null."},
    {"affected", &type_int, "How many rows all statements inserted, updated or deleted."},
    {"latency", &type_duration, "From the first packet to the last of the answer."},
    {"class", &type_string, TROUBLE_DOC},
    {"sqlstate", &type_string, "The server's error code, when it gave one."}, {0}};

static const char *const success_fields[] = {"class", "sqlstate", NULL};

const struct action_spec postgres_execute_spec = {
    .name = "postgres.execute",
    .summary = "SQL statements that change something, in one transaction.",
    .params = params,
    .results = results,
    .success_doc = "the server ran every statement without an error",
    .success_fields = success_fields,
    .effect = EFFECT_CHANGE,
    .timeout_us = 60000000,
};

struct execution {
	struct attempt *attempt;
	struct pg_session *session;
	int64_t began_us;
	struct pg_statement *statements;
	size_t count;
	bool apart;
	bool committing;
	int64_t affected;
	struct pg_rows rows;
};

static bool take_part(void *self, size_t at, const PGresult *part, struct trouble *ret_trouble)
{
	struct execution *execution = self;

	(void)at;
	return pg_rows_add(&execution->rows, part, ret_trouble);
}

static void count_rows(void *self, int64_t rows)
{
	((struct execution *)self)->affected += rows;
}

static const struct pg_statement *commit(void *self, size_t *ret_count)
{
	static const struct pg_statement statement = {.sql = "COMMIT"};
	struct execution *execution = self;

	if (execution->apart || execution->committing)
		return NULL;
	execution->committing = true;
	*ret_count = 1;
	return &statement;
}

static void finish(struct execution *execution, const struct trouble *trouble, const char *sqlstate)
{
	struct arena *arena = execution->attempt->arena;
	struct trouble unknown;
	struct map_builder result;

	/* The server's own refusal means no; what cut it short means nothing. */
	if (trouble && execution->committing &&
	    (!*sqlstate || str_starts(str_from(sqlstate), STR("57")))) {
		unknown = trouble_of(arena, trouble->class,
		    "%.*s; whether the transaction was committed is not known",
		    STR_ARG(trouble->why));
		trouble = &unknown;
	}
	map_begin(&result, arena);
	if (!trouble) {
		pg_rows_give(&execution->rows, &result);
		map_add(&result, "affected", value_int(arena, execution->affected));
	}
	map_add(&result, "sqlstate", value_string(arena, arena_str(arena, str_from(sqlstate))));
	trouble_finish(execution->attempt, &result, trouble, execution->began_us);
}

static void ended(void *self, const struct trouble *trouble, const char *sqlstate)
{
	struct execution *execution = self;
	struct trouble told;

	if (!trouble) {
		finish(execution, NULL, sqlstate);
		return;
	}
	told = *trouble;
	told.unchanged = pg_session_changed_nothing(execution->session);
	finish(execution, &told, sqlstate);
}

/* The author's statements behind the settings; false with a sentence. */
static bool read_statements(struct execution *execution, struct args *args, size_t at,
    size_t *ret_count, struct str *ret_why)
{
	const struct value *list = args_list(args, "statements");
	const char *sql = args_cstr(args, "sql");
	const struct value *values = args_list(args, "values");
	size_t count = list ? list->list.count : 1;

	if (args->wrong.len || (sql != NULL) == (list != NULL) || !count) {
		*ret_why = args->wrong.len
		    ? args->wrong
		    : STR("it wants either sql or statements, and not empty");
		return false;
	}
	if (execution->apart && count > 1) {
		*ret_why = STR("transaction: false runs one statement, not several");
		return false;
	}
	execution->statements = arena_array(
	    args->arena, at + count, sizeof(*execution->statements));
	for (size_t i = 0; i < count; i++) {
		struct str text = list ? value_text(list->list.items[i]) : str_from(sql);

		if (!text.len) {
			*ret_why = STR("statements: each is a text that is not empty");
			return false;
		}
		execution->statements[at + i].sql = arena_cstr(args->arena, text);
	}
	execution->statements[at + count - 1].answers = true;
	*ret_count = count;
	return !values || pg_values_read(args, values, &execution->statements[at], ret_why);
}

static bool read_order(struct execution *execution, struct args *args, struct str *ret_why)
{
	int64_t max_rows = args_int(args, "max_rows", 10000, 1, 1000000);
	int64_t statement_us = args_us(args, "statement_timeout", execution->attempt->timeout_us);
	int64_t lock_us = args_us(args, "lock_timeout", 0);
	size_t at;
	size_t count;

	execution->apart = !args_bool(args, "transaction", true);
	at = execution->apart ? 1 : 2;
	if (!read_statements(execution, args, at, &count, ret_why))
		return false;
	pg_rows_init(&execution->rows, args->arena, max_rows);
	execution->statements[at - 1].sql = pg_settings(
	    args->arena, statement_us, lock_us, !execution->apart);
	if (!execution->apart)
		execution->statements[0].sql = "BEGIN";
	execution->count = at + count;
	return true;
}

/* Begins a visit with these statements, or with the author's where they are NULL. */
static void visit(struct attempt *attempt, const struct pg_statement *statements, size_t count)
{
	struct execution *execution = arena_alloc(attempt->arena, sizeof(*execution));
	struct postgres_target target;
	struct pg_order order;
	struct args args;
	struct str why;

	attempt->self = execution;
	execution->attempt = attempt;
	execution->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	if (!postgres_target_read(&target, attempt->arena, args_map(&args, "connection"),
		args_cstr(&args, "database"), &why) ||
	    !read_order(execution, &args, &why)) {
		attempt_error(attempt, "%.*s", STR_ARG(why));
		return;
	}
	order = (struct pg_order){.attempt = attempt,
	    .target = &target,
	    .statements = statements ? statements : execution->statements,
	    .count = statements ? count : execution->count,
	    .apart = execution->apart && !statements,
	    .row = take_part,
	    .more = statements ? NULL : commit,
	    .affected = count_rows,
	    .ended = ended,
	    .self = execution};
	pg_session_start(&order, &execution->session);
}

static void start(struct attempt *attempt)
{
	visit(attempt, NULL, 0);
}

/* Whether the server lets us in and serves us: in a transaction in which nothing can be written, nothing is done. */
static void look(struct attempt *attempt)
{
	static const struct pg_statement nothing[] = {
	    {.sql = "BEGIN TRANSACTION READ ONLY"}, {.sql = "COMMIT"}};

	visit(attempt, nothing, sizeof(nothing) / sizeof(*nothing));
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct execution *execution = attempt->self;

	(void)how;
	pg_session_cancel(execution->session, execution->began_us);
}

const struct action_impl postgres_execute = {
    .spec = &postgres_execute_spec, .start = start, .cancel = cancel, .look = look};
