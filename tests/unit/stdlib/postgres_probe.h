/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_POSTGRES_PROBE_H
#define TEST_POSTGRES_PROBE_H

#include "probe.h"
#include "stdlib/registry.h"

/* A PostgreSQL server of the tests, as user aragora unless said otherwise. */
struct postgres_probe {
	struct loop *loop;
	int port;
	const char *user; /* NULL: aragora */
};

/* `more` holds the arguments beside the connection; empty or a part of a JSON map. */
static inline struct probe *postgres_begin(const struct postgres_probe *at, struct session *session,
    const struct action_impl *impl, const char *more)
{
	struct probe *probe;
	char *args = NULL;

	assert_true(asprintf(&args,
			"{\"connection\":{\"host\":\"127.0.0.1\",\"port\":%d,\"user\":\"%s\","
			"\"dbname\":\"postgres\",\"password\":\"secret\"}%s%s}",
			at->port, at->user ? at->user : "aragora", *more ? "," : "", more) >= 0);
	probe = probe_begin_in(at->loop, impl, 0, session, args);
	free(args);
	return probe;
}

static inline struct probe *postgres_run(const struct postgres_probe *at, struct session *session,
    const struct action_impl *impl, const char *more)
{
	struct probe *probe = postgres_begin(at, session, impl, more);

	probe_wait(probe);
	return probe;
}

/* The SQL stands inside JSON. */
static inline void postgres_do(const struct postgres_probe *at, const char *sql)
{
	char more[1000];
	struct probe *probe;

	snprintf(more, sizeof(more), "\"sql\":\"%s\"", sql);
	probe = postgres_run(at, NULL, &postgres_execute, more);
	probe_expect_ok(probe);
	probe_free(probe);
}

/* Asks until the answer is true. */
static inline void postgres_await(const struct postgres_probe *at, const char *sql)
{
	char more[1000];
	bool there = false;

	snprintf(more, sizeof(more), "\"sql\":\"%s\"", sql);
	while (!there) {
		struct probe *probe = postgres_run(at, NULL, &postgres_query, more);

		probe_expect_ok(probe);
		there = value_equal(probe_get(probe, "value"), value_bool(true));
		probe_free(probe);
	}
}

/* Until the server runs (or no longer runs) a statement that holds the mark. */
static inline void postgres_await_running(
    const struct postgres_probe *at, const char *mark, bool running)
{
	char sql[300];

	snprintf(sql, sizeof(sql),
	    "SELECT %sEXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
	    "'%%%s%%' AND pid <> pg_backend_pid())",
	    running ? "" : "NOT ", mark);
	postgres_await(at, sql);
}

#endif
