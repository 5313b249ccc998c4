/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "stdlib/args.h"
#include "stdlib/pg_session.h"
#include "stdlib/pg_statement.h"
#include "stdlib/pg_value.h"
#include "stdlib/registry.h"

/*
 * postgres.tables: what there is, to compare before and after a restore. One transaction sees one state: the tables are
 * listed, the smallest first, then counted in that order, each with what is left of the time. When it is up the server
 * ends the count it is at, and the transaction with it; that and all that come later keep the planner's estimate.
 */

static const struct param params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.connection = "postgres",
	.doc = "The server and the role to log in as."},
    {.name = "database", .kind = PARAM_STRING, .doc = "Another database than the connection's."},
    {.name = "schemas",
	.kind = PARAM_LIST,
	.doc = "Only the tables in these, which must exist; all but PostgreSQL's own when absent."},
    {.name = "estimate",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Count none: take the planner's estimates, as old as the last ANALYZE."},
    {.name = "count_size",
	.kind = PARAM_SIZE,
	.preset = "1GiB",
	.doc = "Larger tables are estimated, not counted."},
    {.name = "count_tables",
	.kind = PARAM_INT,
	.preset = "1000",
	.doc = "How many are counted at most, the smallest first; the others are estimated."},
    {.name = "count_time",
	.kind = PARAM_DURATION,
	.preset = "30s",
	.doc = "How long to count, all of them together, within 3/4 of the timeout; the others are "
	       "estimated."},
    {0}};

static const struct type map_of_map = {.kind = TYPE_MAP, .of = &type_map};
static const struct type map_of_int = {.kind = TYPE_MAP, .of = &type_int};

static const struct field results[] = {
    {"tables", &map_of_map,
	"By name, as in tables['public.users']: rows, exact (counted, not estimated), bytes."},
    {"counts", &map_of_int, "By name: rows alone, to compare with == what was and what is."},
    {"exact", &type_bool, "Whether every table was counted."},
    {"table_count", &type_int, "How many tables there are."},
    {"rows", &type_int, "Rows of all tables."},
    {"bytes", &type_int, "Size of all tables with their indexes."},
    {"latency", &type_duration, "From the first packet to the last of the answer."},
    {"class", &type_string, TROUBLE_DOC},
    {"sqlstate", &type_string, "The server's error code, when it gave one."}, {0}};

static const char *const success_fields[] = {"class", "sqlstate", NULL};

const struct action_spec postgres_tables_spec = {
    .name = "postgres.tables",
    .summary = "Rows and size of every table, counted where that is quick, else estimated.",
    .params = params,
    .results = results,
    .success_doc = "the server answered and has the schemas that were named",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 60000000,
};

enum { BEGIN, SETTINGS, MISSING, LIST, STATEMENTS };

/* All of them must fit into one line of a record. */
enum { TABLES_MAX = 5000 };

static const char missing_sql[] =
    "SELECT string_agg(name, ', ') FROM unnest($1::text[]) AS name "
    "WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = name)";

/* Until version 14 nobody could tell a table without rows from one that was never analyzed. */
static const char list_sql[] =
    "SELECT format('%I.%I', nspname, relname) AS name, "
    "CASE WHEN reltuples > 0 OR reltuples = 0 AND "
    "current_setting('server_version_num')::int >= 140000 THEN reltuples::bigint END, "
    "pg_total_relation_size(c.oid) AS bytes, "
    "has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') "
    "AND NOT row_security_active(c.oid) AND relispopulated AS countable "
    "FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace "
    "WHERE relkind IN ('r', 'm') AND relpersistence <> 't' AND CASE WHEN $1::text[] IS NULL "
    "THEN nspname <> 'information_schema' AND nspname !~ '^pg_' ELSE nspname = ANY ($1) END "
    "ORDER BY countable DESC, bytes, name LIMIT 5001";

struct table {
	const struct value *name;
	const struct value *rows; /* NULL: not known */
	const struct value *bytes;
	bool exact;
	bool countable; /* all of it is ours to see */
};

struct listing {
	struct attempt *attempt;
	struct pg_session *session;
	int64_t began_us;
	bool estimate;
	int64_t count_size;
	int64_t count_tables;
	int64_t count_us;
	struct pg_statement statements[STATEMENTS];
	const char *schemas; /* as an array; NULL: all */
	struct str missing; /* schemas */
	struct table *tables;
	size_t count;
	size_t capacity;
	bool counting;
};

static const struct value *cell(struct listing *listing, const PGresult *part, int column)
{
	struct str text = {PQgetvalue(part, 0, column), (size_t)PQgetlength(part, 0, column)};

	return PQgetisnull(part, 0, column)
	    ? NULL
	    : pg_value(listing->attempt->arena, PQftype(part, column), text);
}

/* One that was dropped meanwhile has no size. */
static void add_table(struct listing *listing, const PGresult *part)
{
	const struct value *countable = cell(listing, part, 3);
	struct table table = {.name = cell(listing, part, 0),
	    .rows = cell(listing, part, 1),
	    .bytes = cell(listing, part, 2),
	    .countable = countable && countable->type == VALUE_BOOL && countable->boolean};

	if (!table.name || !table.bytes || table.bytes->type != VALUE_INT)
		return;
	listing->tables = arena_grow(listing->attempt->arena, listing->tables, listing->count,
	    &listing->capacity, sizeof(*listing->tables));
	listing->tables[listing->count++] = table;
}

static bool take_part(void *self, size_t at, const PGresult *part, struct trouble *ret_trouble)
{
	struct listing *listing = self;

	if (PQntuples(part) == 0)
		return true;
	if (listing->counting) {
		listing->tables[at / 2].rows = cell(listing, part, 0);
		listing->tables[at / 2].exact = true;
	} else if (at == MISSING) {
		listing->missing = value_text(cell(listing, part, 0));
	} else if (listing->count < TABLES_MAX) {
		add_table(listing, part);
	} else {
		*ret_trouble = trouble_of(listing->attempt->arena, TROUBLE_LIMIT,
		    "there are more than %d tables: name schemas", TABLES_MAX);
		return false;
	}
	return true;
}

/* Those that are to be counted come first in the list. */
static size_t to_count(const struct listing *listing)
{
	size_t count = 0;

	while (!listing->estimate && !listing->missing.len && count < listing->count &&
	    (int64_t)count < listing->count_tables && listing->tables[count].countable &&
	    listing->tables[count].bytes->integer <= listing->count_size)
		count++;
	return count;
}

/* Before each count, what is left of the time. */
static const struct pg_statement *count_rows(void *self, size_t *ret_count)
{
	struct listing *listing = self;
	struct arena *arena = listing->attempt->arena;
	struct pg_statement *statements;
	size_t count = to_count(listing);
	const char *limit;

	if (listing->counting)
		return NULL;
	listing->counting = true;
	statements = arena_array(arena, 2 * count + 1, sizeof(*statements));
	limit = arena_printf(arena,
	    "SELECT set_config('statement_timeout', greatest(1, %" PRId64
	    " - floor(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000))"
	    "::bigint::text, true)",
	    listing->count_us / 1000)
		    .ptr;
	for (size_t i = 0; i < count; i++) {
		statements[2 * i].sql = limit;
		statements[2 * i + 1].sql = arena_printf(arena, "SELECT count(*) FROM ONLY %.*s",
		    STR_ARG(value_text(listing->tables[i].name)))
						.ptr;
		statements[2 * i + 1].answers = true;
	}
	statements[2 * count].sql = "ROLLBACK";
	*ret_count = 2 * count + 1;
	return statements;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(value_text(((const struct table *)a)->name),
	    value_text(((const struct table *)b)->name));
}

static void give(struct listing *listing, struct map_builder *result)
{
	struct arena *arena = listing->attempt->arena;
	struct map_builder tables, counts, one;
	int64_t rows = 0, bytes = 0;
	bool exact = true;

	map_begin(&tables, arena);
	map_begin(&counts, arena);
	if (listing->count)
		qsort(listing->tables, listing->count, sizeof(*listing->tables), by_name);
	for (size_t i = 0; i < listing->count; i++) {
		const struct table *table = &listing->tables[i];

		map_begin(&one, arena);
		if (table->rows) {
			map_add(&one, "rows", table->rows);
			map_add_str(&counts, value_text(table->name), table->rows);
			rows += table->rows->integer;
		}
		map_add(&one, "exact", value_bool(table->exact));
		map_add(&one, "bytes", table->bytes);
		map_add_str(&tables, value_text(table->name), map_end(&one));
		bytes += table->bytes->integer;
		exact = exact && table->exact;
	}
	map_add(result, "tables", map_end(&tables));
	map_add(result, "counts", map_end(&counts));
	map_add(result, "exact", value_bool(exact));
	map_add(result, "table_count", value_int(arena, (int64_t)listing->count));
	map_add(result, "rows", value_int(arena, rows));
	map_add(result, "bytes", value_int(arena, bytes));
}

static void ended(void *self, const struct trouble *trouble, const char *sqlstate)
{
	struct listing *listing = self;
	struct arena *arena = listing->attempt->arena;
	struct trouble missing = {.class = TROUBLE_NONE};
	struct map_builder result;

	/* The time to count was up; what was counted is good. */
	if (trouble && listing->counting && str_is(str_from(sqlstate), "57014")) {
		trouble = NULL;
		sqlstate = "";
	}
	if (!trouble && listing->missing.len) {
		missing.why = arena_printf(
		    arena, "there is no schema %.*s", STR_ARG(listing->missing));
		trouble = &missing;
	}
	map_begin(&result, arena);
	if (!trouble)
		give(listing, &result);
	map_add(&result, "sqlstate", value_string(arena, arena_str(arena, str_from(sqlstate))));
	trouble_finish(listing->attempt, &result, trouble, listing->began_us);
}

static bool read_order(struct listing *listing, struct args *args, struct str *ret_why)
{
	struct attempt *attempt = listing->attempt;
	struct pg_statement *statements = listing->statements;
	const struct value *schemas = args_list(args, "schemas");
	int64_t most_us = attempt->timeout_us / 4 * 3;

	listing->estimate = args_bool(args, "estimate", false);
	listing->count_size = args_int(args, "count_size", 1 << 30, 0, INT64_MAX);
	listing->count_tables = args_int(args, "count_tables", 1000, 0, INT64_MAX);
	listing->count_us = args_us(args, "count_time", 30000000);
	if (most_us && listing->count_us > most_us)
		listing->count_us = most_us;
	*ret_why = args->wrong;
	if (args->wrong.len ||
	    (schemas && !pg_param(args->arena, schemas, &listing->schemas, ret_why)))
		return false;
	statements[BEGIN].sql = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
	statements[SETTINGS].sql = pg_settings(args->arena, attempt->timeout_us, 0, true);
	statements[MISSING].sql = missing_sql;
	statements[LIST].sql = list_sql;
	for (size_t i = MISSING; i <= LIST; i++) {
		statements[i].values = &listing->schemas;
		statements[i].count = 1;
		statements[i].answers = true;
	}
	return true;
}

static void start(struct attempt *attempt)
{
	struct listing *listing = arena_alloc(attempt->arena, sizeof(*listing));
	struct postgres_target target;
	struct pg_order order = {.attempt = attempt,
	    .target = &target,
	    .statements = listing->statements,
	    .count = STATEMENTS,
	    .row = take_part,
	    .more = count_rows,
	    .ended = ended,
	    .self = listing};
	struct args args;
	struct str why;

	attempt->self = listing;
	listing->attempt = attempt;
	listing->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	if (postgres_target_read(&target, attempt->arena, args_map(&args, "connection"),
		args_cstr(&args, "database"), &why) &&
	    read_order(listing, &args, &why))
		pg_session_start(&order, &listing->session);
	else
		attempt_error(attempt, "%.*s", STR_ARG(why));
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct listing *listing = attempt->self;

	(void)how;
	pg_session_cancel(listing->session, listing->began_us);
}

const struct action_impl postgres_tables = {&postgres_tables_spec, start, cancel, NULL};
