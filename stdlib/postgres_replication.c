/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"
#include "stdlib/pg_rows.h"
#include "stdlib/pg_session.h"
#include "stdlib/pg_statement.h"
#include "stdlib/registry.h"

/*
 * postgres.replication: four questions in one read-only transaction. Their columns are called as the fields of the
 * result; what is null is not known, or not for us to see, and left out. From version 10 on; columns that came later
 * are read by way of JSON, where a missing one is null.
 */

static const struct param params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.connection = "postgres",
	.doc = "The server and the role to log in as."},
    {0}};

static const struct type list_of_string = {.kind = TYPE_LIST, .of = &type_string};
static const struct type list_of_map = {.kind = TYPE_LIST, .of = &type_map};

static const struct field results[] = {
    {"role", &type_string, "primary, or standby: a server in recovery."},
    {"lag_bytes", &type_int,
	"WAL that is not replayed: on a standby of what reached it, on a primary by its worst "
	"standby."},
    {"lag", &type_duration,
	"The same as a time; on a standby that lacks something, the age of the last commit it "
	"has."},
    {"streaming", &type_bool, "Standby: whether WAL streams in."},
    {"upstream", &type_string, "Standby: host:port it streams from."},
    {"slot", &type_string, "Standby: the slot it uses there."},
    {"replay_paused", &type_bool, "Standby: whether somebody paused the replay."},
    {"replayed_at", &type_timestamp, "Standby: when the last commit it has was made."},
    {"position", &type_string, "Where its WAL ends; on a standby, as far as it is replayed."},
    {"received", &type_string, "Standby: where the WAL ends that streamed in."},
    {"standbys", &list_of_map,
	"Those that are connected: name, address, state, sync, lag_bytes, lag."},
    {"slots", &list_of_map,
	"All of them: name, type, database, active, wal_status, retained_bytes, safe_bytes."},
    {"archive", &type_map,
	"mode, archived, last, last_at, failed, last_failed, last_failed_at, failing, "
	"failing_since (the last success)."},
    {"unseen", &list_of_string, "What the role may not see, and what would let it; perhaps empty."},
    {"latency", &type_duration, "From the first packet to the last of the answer."},
    {"class", &type_string, TROUBLE_DOC},
    {"sqlstate", &type_string, "The server's error code, when it gave one."}, {0}};

static const char *const success_fields[] = {"class", "sqlstate", NULL};

const struct action_spec postgres_replication_spec = {
    .name = "postgres.replication",
    .summary = "Whether PostgreSQL's standbys, slots and WAL archive keep up, from either side.",
    .params = params,
    .results = results,
    .success_doc = "the server answered; how much lag is too much, `expect` must say",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 10000000,
};

enum { BEGIN, SETTINGS, SERVER, STANDBYS, SLOTS, ARCHIVE, ROLLBACK, STATEMENTS };

enum { ROWS_MAX = 1000 };

/* Where the WAL of this server ends for those who follow it. */
#define HERE                                                                                       \
	"(SELECT pg_is_in_recovery() AS standby, CASE WHEN pg_is_in_recovery() "                   \
	"THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS position) AS here"

/* GREATEST passes over a null, minus does not. */
static const char server_sql[] =
    "SELECT CASE WHEN standby THEN 'standby' ELSE 'primary' END AS role, "
    "lag_bytes, CASE WHEN lag_bytes = 0 THEN interval '0' WHEN replayed_at IS NOT NULL "
    "THEN greatest(clock_timestamp() - replayed_at, interval '0') END AS lag, "
    "CASE WHEN standby AND pid IS NULL THEN false ELSE status = 'streaming' END AS streaming, "
    "upstream, slot, CASE WHEN standby THEN pg_is_wal_replay_paused() END AS replay_paused, "
    "replayed_at, position, received, "
    "CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN '{}' ELSE ARRAY[format("
    "'the state and the lag of standbys, and where a standby streams from: GRANT pg_monitor TO "
    "%I', "
    "current_user)] END AS unseen "
    "FROM " HERE " LEFT JOIN (SELECT pid, status, slot_name AS slot, latest_end_lsn AS told, "
    "to_jsonb(r) ->> 'sender_host' || ':' || (to_jsonb(r) ->> 'sender_port') AS upstream "
    "FROM pg_stat_wal_receiver AS r) AS receiver ON standby, "
    "LATERAL (SELECT CASE WHEN standby THEN pg_last_wal_receive_lsn() END AS received, "
    "CASE WHEN standby THEN pg_last_xact_replay_timestamp() END AS replayed_at) AS had, "
    "LATERAL (SELECT CASE WHEN pid IS NOT NULL AND coalesce(told, received) IS NOT NULL "
    "THEN (greatest(told, received, position) - position)::bigint END AS lag_bytes) AS missing";

static const char standbys_sql[] =
    "SELECT application_name AS name, host(client_addr) AS address, state, sync_state AS sync, "
    "(greatest(position, replay_lsn) - replay_lsn)::bigint AS lag_bytes, "
    "CASE WHEN replay_lsn >= position THEN interval '0' ELSE replay_lag END AS lag "
    "FROM pg_stat_replication, " HERE " ORDER BY application_name, pid";

static const char slots_sql[] =
    "SELECT slot_name AS name, slot_type AS type, database, active, "
    "to_jsonb(s) ->> 'wal_status' AS wal_status, "
    "(greatest(position, restart_lsn) - restart_lsn)::bigint AS retained_bytes, "
    "(to_jsonb(s) ->> 'safe_wal_size')::bigint AS safe_bytes "
    "FROM pg_replication_slots AS s, " HERE " ORDER BY slot_name";

/* The server keeps no time of the first failure: it came after the last success. */
static const char archive_sql[] =
    "SELECT current_setting('archive_mode') AS mode, archived_count AS archived, "
    "last_archived_wal AS last, last_archived_time AS last_at, failed_count AS failed, "
    "last_failed_wal AS last_failed, last_failed_time AS last_failed_at, failing, "
    "CASE WHEN failing THEN coalesce(last_archived_time, stats_reset) END AS failing_since "
    "FROM pg_stat_archiver, LATERAL (SELECT current_setting('archive_mode') <> 'off' AND "
    "coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing) "
    "AS now";

struct replication {
	struct attempt *attempt;
	struct pg_session *session;
	int64_t began_us;
	struct pg_statement statements[STATEMENTS];
	struct pg_rows rows[STATEMENTS];
};

static bool take_part(void *self, size_t at, const PGresult *part, struct trouble *ret_trouble)
{
	struct replication *replication = self;

	return pg_rows_add(&replication->rows[at], part, ret_trouble);
}

/* The largest of a field that all of a list's maps may have; NULL when none has it. */
static const struct value *worst(const struct value *list, const char *field)
{
	const struct value *most = NULL;

	for (size_t i = 0; i < list->list.count; i++) {
		const struct value *value = value_get(list->list.items[i], field);
		int order = 0;

		if (value && (!most || (value_compare(value, most, &order) && order > 0)))
			most = value;
	}
	return most;
}

static void give(const struct replication *replication, struct map_builder *result)
{
	const struct value *server = pg_rows_known(&replication->rows[SERVER], 0);
	const struct value *standbys = pg_rows_list(&replication->rows[STANDBYS]);
	static const char *const lags[] = {"lag_bytes", "lag"};

	for (size_t i = 0; i < server->map.count; i++)
		map_add_str(
		    result, value_text(server->map.entries[i].key), server->map.entries[i].value);
	for (size_t i = 0; i < 2; i++) {
		const struct value *lag = worst(standbys, lags[i]);

		if (lag && str_is(value_text(value_get(server, "role")), "primary"))
			map_add(result, lags[i], lag);
	}
	map_add(result, "standbys", standbys);
	map_add(result, "slots", pg_rows_list(&replication->rows[SLOTS]));
	map_add(result, "archive", pg_rows_known(&replication->rows[ARCHIVE], 0));
}

static void ended(void *self, const struct trouble *trouble, const char *sqlstate)
{
	struct replication *replication = self;
	struct arena *arena = replication->attempt->arena;
	struct trouble none;
	struct map_builder result;

	if (!trouble && (!replication->rows[SERVER].count || !replication->rows[ARCHIVE].count)) {
		none = trouble_of(arena, TROUBLE_PROTOCOL, "the server answered nothing");
		trouble = &none;
	}
	map_begin(&result, arena);
	if (!trouble)
		give(replication, &result);
	map_add(&result, "sqlstate", value_string(arena, arena_str(arena, str_from(sqlstate))));
	trouble_finish(replication->attempt, &result, trouble, replication->began_us);
}

static void ask(struct replication *replication)
{
	struct attempt *attempt = replication->attempt;
	struct pg_statement *statements = replication->statements;

	statements[BEGIN].sql = "BEGIN TRANSACTION READ ONLY";
	statements[SETTINGS].sql = pg_settings(attempt->arena, attempt->timeout_us, 0, true);
	statements[SERVER].sql = server_sql;
	statements[STANDBYS].sql = standbys_sql;
	statements[SLOTS].sql = slots_sql;
	statements[ARCHIVE].sql = archive_sql;
	statements[ROLLBACK].sql = "ROLLBACK";
	for (size_t i = SERVER; i <= ARCHIVE; i++) {
		statements[i].answers = true;
		pg_rows_init(&replication->rows[i], attempt->arena, ROWS_MAX);
	}
}

static void start(struct attempt *attempt)
{
	struct replication *replication = arena_alloc(attempt->arena, sizeof(*replication));
	struct postgres_target target;
	struct pg_order order = {.attempt = attempt,
	    .target = &target,
	    .statements = replication->statements,
	    .count = STATEMENTS,
	    .row = take_part,
	    .ended = ended,
	    .self = replication};
	struct args args;
	struct str why;

	attempt->self = replication;
	replication->attempt = attempt;
	replication->began_us = loop_clock_us();
	ask(replication);
	args_init(&args, attempt->args, attempt->arena);
	if (postgres_target_read(
		&target, attempt->arena, args_map(&args, "connection"), NULL, &why))
		pg_session_start(&order, &replication->session);
	else
		attempt_error(attempt, "%.*s", STR_ARG(why));
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct replication *replication = attempt->self;

	(void)how;
	pg_session_cancel(replication->session, replication->began_us);
}

const struct action_impl postgres_replication = {&postgres_replication_spec, start, cancel, NULL};
