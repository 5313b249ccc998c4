/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pg_session.h"

#include <stdlib.h>
#include <string.h>

#include "stdlib/resolve.h"
#include "stdlib/watch.h"

/*
 * A session is looking up (resolve is set), connecting (PQconnectPoll is asked whenever the socket is ready; the socket
 * may be another after each call), answering (a pipeline of statements is on its way; `at` is the one whose results
 * come next), or over (neither resolve, watch nor conn is set).
 */
struct pg_session {
	struct pg_order order;
	struct postgres_target target;
	struct resolve *resolve;
	struct watch *watch;
	PGconn *conn;
	size_t at;
	bool answering;
	bool settled; /* everything was answered: the connection may serve others */
	bool
	    kept; /* a statement of the author's ended the transaction, and what was done before it stays */
	bool cleared; /* a failed transaction is being ended */
	size_t syncs; /* ends of groups of statements that are still to come */
	struct trouble trouble; /* the first statement's that failed */
	char sqlstate[PG_SQLSTATE + 1];
};

static void connect_on(struct pg_session *session);

static void close_shared(void *conn)
{
	PQfinish(conn);
}

/* A connection that others share stays, if nothing is on its way on it; one that was shared and is gone is lost. */
static void give_back(struct session *shared, struct pg_session *session)
{
	bool good = session->settled && PQstatus(session->conn) == CONNECTION_OK;

	if (!good && (shared->resource || session->answering)) {
		shared->lost = true;
		shared->resource = NULL;
	} else if (good) {
		shared->resource = session->conn;
		shared->close = close_shared;
		session->conn = NULL;
	}
}

static void leave(struct pg_session *session)
{
	struct session *shared = session->order.attempt->session;

	resolve_cancel(&session->resolve);
	watch_free(session->watch);
	session->watch = NULL;
	if (shared)
		give_back(shared, session);
	PQfinish(session->conn);
	session->conn = NULL;
}

/* The last thing that touches the session. */
static void end(struct pg_session *session, const struct trouble *trouble)
{
	leave(session);
	session->order.ended(session->order.self, trouble, session->sqlstate);
}

static void end_with(struct pg_session *session, struct trouble trouble)
{
	end(session, &trouble);
}

/* What the server said last before it left is worth more than that it left. */
static void end_broken(struct pg_session *session)
{
	if (session->trouble.class)
		end(session, &session->trouble);
	else
		end_with(session,
		    pg_trouble_of_connection(session->order.attempt->arena, session->conn,
			session->target.peer, session->sqlstate));
}

static void end_protocol(struct pg_session *session, const char *what)
{
	end_with(session, trouble_of(session->order.attempt->arena, TROUBLE_PROTOCOL, "%s", what));
}

static void hear_nothing(void *self, const PGresult *notice)
{
	(void)self;
	(void)notice;
}

/*
 * The one whose parts come next gives them row by row: libpq then holds no more than a row, though that one whole.
 */
static void expect_rows(struct pg_session *session)
{
	if (session->at < session->order.count && session->order.statements[session->at].answers)
		PQsetSingleRowMode(session->conn);
}

/* The last statement is our own COMMIT: whether another one did that before it. */
static bool ends_transaction(const struct pg_session *session, const PGresult *result)
{
	const char *tag = PQcmdStatus((PGresult *)(uintptr_t)result);

	return session->at + 1 < session->order.count &&
	    (strcmp(tag, "COMMIT") == 0 || strcmp(tag, "PREPARE TRANSACTION") == 0);
}

/* Of what inserts, updates or deletes; a SELECT's own rows are no change. */
static void tell_affected(struct pg_session *session, const PGresult *result)
{
	const char *tag = PQcmdStatus((PGresult *)(uintptr_t)result);
	const char *rows = PQcmdTuples((PGresult *)(uintptr_t)result);

	if (session->order.affected && rows[0] && strncmp(tag, "SELECT", 6) != 0)
		session->order.affected(session->order.self, strtoll(rows, NULL, 10));
}

/* False when the session is over. */
static bool flush(struct pg_session *session)
{
	int left = PQflush(session->conn);

	if (left < 0) {
		end_broken(session);
		return false;
	}
	watch_for(session->watch, left ? UV_READABLE | UV_WRITABLE : UV_READABLE);
	return true;
}

/* A transaction of ours that failed: whoever comes next on a shared connection must not find it. */
static bool must_clear(const struct pg_session *session)
{
	return session->order.attempt->session && !session->cleared &&
	    PQtransactionStatus(session->conn) == PQTRANS_INERROR;
}

/* False when the session is over. */
static bool clear(struct pg_session *session)
{
	session->cleared = true;
	session->syncs = 1;
	session->at = session->order.count - 1; /* its end is the end of the last statement */
	if (PQsendQueryParams(session->conn, "ROLLBACK", 0, NULL, NULL, NULL, NULL, 0) &&
	    PQpipelineSync(session->conn))
		return flush(session);
	end_broken(session);
	return false;
}

static bool queue(struct pg_session *session)
{
	const struct pg_order *order = &session->order;

	session->at = 0;
	session->syncs = order->apart ? order->count : 1;
	for (size_t i = 0; i < order->count; i++) {
		const struct pg_statement *statement = &order->statements[i];

		if (!PQsendQueryParams(session->conn, statement->sql, statement->count, NULL,
			statement->values, NULL, NULL, 0))
			return false;
		if (order->apart && i + 1 < order->count && !PQpipelineSync(session->conn))
			return false;
	}
	if (!PQpipelineSync(session->conn))
		return false;
	expect_rows(session);
	return true;
}

/* Everything was answered: go on, or be over. False when the session is over. */
static bool settle(struct pg_session *session)
{
	struct pg_order *order = &session->order;
	const struct pg_statement *more = NULL;
	size_t count = 0;

	if (must_clear(session))
		return clear(session);
	if (!session->trouble.class && order->more)
		more = order->more(order->self, &count);
	if (!more) {
		session->settled = true;
		end(session, session->trouble.class ? &session->trouble : NULL);
		return false;
	}
	order->statements = more;
	order->count = count;
	if (queue(session))
		return flush(session);
	end_broken(session);
	return false;
}

/* What a statement gives; false when the session is over. */
static bool take_row(struct pg_session *session, const PGresult *result)
{
	struct pg_order *order = &session->order;
	struct trouble trouble = {0};

	if (!order->statements[session->at].answers ||
	    order->row(order->self, session->at, result, &trouble))
		return true;
	end(session, &trouble);
	return false;
}

/* One result; false when the session is over. */
static bool take(struct pg_session *session, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
		tell_affected(session, result);
		return take_row(session, result);
	case PGRES_SINGLE_TUPLE:
		return take_row(session, result);
	case PGRES_COMMAND_OK:
		tell_affected(session, result);
		session->kept |= ends_transaction(session, result);
		return true;
	case PGRES_EMPTY_QUERY:
	case PGRES_PIPELINE_ABORTED:
		return true;
	case PGRES_PIPELINE_SYNC:
		if (--session->syncs == 0)
			return settle(session);
		expect_rows(session);
		return true;
	case PGRES_FATAL_ERROR:
		if (!session->trouble.class)
			session->trouble = pg_trouble_of_result(session->order.attempt->arena,
			    result, session->target.peer, session->sqlstate);
		if (PQstatus(session->conn) == CONNECTION_OK)
			return true;
		end(session, &session->trouble);
		return false;
	default:
		end_protocol(session, "the statement copies data; a query gives rows");
		return false;
	}
}

/* Everything that has arrived; false when the session is over. */
static bool take_all(struct pg_session *session)
{
	bool more = true;

	while (more && !PQisBusy(session->conn)) {
		PGresult *result = PQgetResult(session->conn);

		if (result) {
			more = take(session, result);
			PQclear(result);
		} else if (session->at < session->order.count) {
			session->at++;
			expect_rows(session);
		} else {
			end_protocol(session, "the server ended its answer early");
			more = false;
		}
	}
	return more;
}

static void answer_seen(void *self, int events, bool failed)
{
	struct pg_session *session = self;

	(void)failed; /* libpq meets the error itself */
	/* What came before a broken connection counts, so its failure waits until the results are taken. */
	if (events & UV_READABLE)
		PQconsumeInput(session->conn);
	if (PQstatus(session->conn) == CONNECTION_OK && !flush(session))
		return;
	if (take_all(session) && PQstatus(session->conn) == CONNECTION_BAD)
		end_broken(session);
}

/* Hands a new descriptor to the loop; false when the session is over. */
static bool watch_socket(
    struct pg_session *session, void (*seen)(void *self, int events, bool failed), int events)
{
	session->watch = watch_new(
	    session->order.attempt->host->loop, PQsocket(session->conn), seen, session);
	if (session->watch) {
		watch_for(session->watch, events);
		return true;
	}
	end_with(session,
	    trouble_of(session->order.attempt->arena, TROUBLE_SERVER,
		"the loop cannot watch the connection to %.*s", STR_ARG(session->target.peer)));
	return false;
}

static void send_all(struct pg_session *session)
{
	if (PQsetnonblocking(session->conn, 1) != 0 || !PQenterPipelineMode(session->conn) ||
	    !queue(session)) {
		end_broken(session);
		return;
	}
	session->answering = true;
	if (watch_socket(session, answer_seen, UV_READABLE))
		flush(session);
}

static void connect_seen(void *self, int events, bool failed)
{
	(void)events;
	(void)failed;
	connect_on(self);
}

/* libpq may close its socket within the call, and open another under the same number. */
static void connect_on(struct pg_session *session)
{
	PostgresPollingStatusType status;

	watch_free(session->watch);
	session->watch = NULL;
	status = PQconnectPoll(session->conn);
	if (status == PGRES_POLLING_OK)
		send_all(session);
	else if (status == PGRES_POLLING_FAILED)
		end_broken(session);
	else
		watch_socket(session, connect_seen,
		    status == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE);
}

static void connect_first(struct pg_session *session)
{
	session->conn = PQconnectStartParams(session->target.keywords, session->target.values, 0);
	if (!session->conn) {
		end_protocol(session, "libpq has no memory for a connection");
		return;
	}
	PQsetErrorVerbosity(session->conn, PQERRORS_VERBOSE);
	PQsetNoticeReceiver(session->conn, hear_nothing, NULL);
	if (PQstatus(session->conn) == CONNECTION_BAD)
		end_broken(session);
	else
		/* A connection that has just begun is to be polled once it can be written to. */
		watch_socket(session, connect_seen, UV_WRITABLE);
}

/* libpq tries a list of addresses in turn, if it is told the host's name for each. */
static void resolved(void *self, const struct resolved *found)
{
	struct pg_session *session = self;
	struct arena *arena = session->order.attempt->arena;
	struct str hosts = session->target.host;
	struct str addresses = {0};

	if (found->error) {
		end_with(session,
		    trouble_of(arena, TROUBLE_RESOLVE, "the name %.*s has no address: %s",
			STR_ARG(hosts), found->error));
		return;
	}
	for (size_t i = 0; i < found->count; i++) {
		addresses = arena_printf(
		    arena, "%.*s%s%s", STR_ARG(addresses), i ? "," : "", found->address[i]);
		if (i)
			hosts = arena_printf(
			    arena, "%.*s,%.*s", STR_ARG(hosts), STR_ARG(session->target.host));
	}
	if (found->count > 1)
		session->target.values[POSTGRES_HOST] = hosts.ptr;
	postgres_target_set(&session->target, "hostaddr", addresses.ptr);
	connect_first(session);
}

void pg_session_start(const struct pg_order *order, struct pg_session **slot)
{
	struct pg_session *session = arena_alloc(order->attempt->arena, sizeof(*session));

	session->order = *order;
	session->target = *order->target;
	*slot = session;
	if (order->attempt->session && order->attempt->session->resource) {
		session->conn = order->attempt->session->resource;
		send_all(session);
	} else if (session->target.host.len)
		resolve_start(order->attempt->host->loop, session->target.host, &session->resolve,
		    resolved, session);
	else
		connect_first(session);
}

/* For people: "connecting to 127.0.0.1:5432". */
static struct str doing_what(const struct pg_session *session)
{
	const char *doing = "logging in at";

	if (session->resolve)
		doing = "looking up the address of";
	else if (session->answering)
		doing = "waiting for the answer of";
	else if (!session->conn || PQstatus(session->conn) == CONNECTION_STARTED)
		doing = "connecting to";
	return arena_printf(
	    session->order.attempt->arena, "%s %.*s", doing, STR_ARG(session->target.peer));
}

void pg_session_cancel(struct pg_session *session, int64_t began_us)
{
	struct trouble trouble = trouble_of_cancel(
	    session->order.attempt, began_us, doing_what(session));

	leave(session);
	session->order.ended(session->order.self, &trouble, "");
}

bool pg_session_changed_nothing(const struct pg_session *session)
{
	return !session->answering ||
	    (!session->order.apart && !session->kept && session->settled && session->trouble.class);
}
